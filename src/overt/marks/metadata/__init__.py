"""The metadata mark (隐式标识): the `AIGC` object of GB 45438-2025 clause 6 and Annex E in a file's metadata."""

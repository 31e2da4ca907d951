"""The pipeline: marks on in their order, read back, recorded, released."""

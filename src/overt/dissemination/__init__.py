"""The disseminator's act: from the verdict on a file that others made to the label that its distributor writes back.

Source: Labeling Measures art. 6; GB 45438-2025 Annex E (f, g) for the propagator pair.
`plan` says what is to be written and told, as pure rules; `act` does it, reads it back and records it; `model` is
what the record keeps.
Not here: showing the notice, which is the platform's page, and asking users for their declaration.
"""

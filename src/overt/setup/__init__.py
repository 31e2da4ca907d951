"""Setting Overt up, and saying what a set-up lacks."""

"""Pages that a person opens: one HTML file each, without a network and without scripts."""

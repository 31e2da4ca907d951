"""HTTP: what a set-up answers to other programs."""

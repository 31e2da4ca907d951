"""Where each duty stands: its controls, its state and its evidence, computed from the running system."""

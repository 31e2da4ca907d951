"""Pages and forms for everybody: no account, and they work without scripts."""

"""Pages for staff and inspectors. A module has `router`, and `ENTRY` where it stands in the navigation."""

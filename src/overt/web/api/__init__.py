"""What programs ask under `/v1`, and the C2PA resolution of soft bindings. A module has `router`."""

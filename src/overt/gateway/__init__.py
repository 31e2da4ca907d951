"""A proxy in front of generators: each request is gated, each answer is marked, and the application stays as it is."""

"""Speed, measured as ratios against a named peer in the same run. `make bench` runs all; nothing here is a test."""

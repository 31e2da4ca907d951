"""The database's versions. `HEAD` is the newest; a test holds it to the newest file in `versions`."""

HEAD = "0018"

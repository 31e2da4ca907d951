"""`python -m overt` is `overt`."""

from overt.cli import main

main()

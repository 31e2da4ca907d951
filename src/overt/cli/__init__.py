"""The command line: a client of the library, never the place of a rule.

Exit codes: 0 done; 1 the answer is "no"; 2 wrong use; 3 could not tell.
"""

from overt.cli.app import main

__all__ = ["main"]

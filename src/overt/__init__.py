"""Overt 明示 makes synthetic media say so.

`mark` puts the marks on a content and releases it; `inspect` says what a file's marks say.
"""

from overt.api import inspect, mark
from overt.language import Text

__all__ = ["Text", "inspect", "mark"]
__version__ = "0.1.0"

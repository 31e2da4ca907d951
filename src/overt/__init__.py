"""Overt 明示 makes synthetic media say so.

`decide` answers whether something may be synthesised; `mark` puts the marks on a content and releases it; `inspect`
says what a file's marks say; `measure` says clause by clause how well they are made; `trace` leads from a copy back to
our record, and `remember` makes a reported content known; `disseminate` writes into a file of others what its
distributor has to; `label_stream` and `frame_scene` label what is shown without a file.

Generators inside a program: `generator` decorates a function, `wrap` wraps a pipeline, `requested` says for whom.
"""

from typing import TYPE_CHECKING, Any

from overt.language import Text

if TYPE_CHECKING:
    from overt.api import (
        decide,
        disseminate,
        frame_scene,
        inspect,
        label_stream,
        label_stream_async,
        mark,
        measure,
        remember,
        trace,
    )
    from overt.wrappers.generator import generator
    from overt.wrappers.pipelines import wrap
    from overt.wrappers.studio import requested

__all__ = [
    "Text",
    "decide",
    "disseminate",
    "frame_scene",
    "generator",
    "inspect",
    "label_stream",
    "label_stream_async",
    "mark",
    "measure",
    "remember",
    "requested",
    "trace",
    "wrap",
]
_WRAPPERS = {"generator": "generator", "requested": "studio", "wrap": "pipelines"}
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    # Loaded when asked for: a guarded worker imports this package too, and shall start quickly with little in it.
    if name in _WRAPPERS:
        from importlib import import_module  # noqa: PLC0415

        return getattr(import_module(f"overt.wrappers.{_WRAPPERS[name]}"), name)
    if name in __all__:
        from overt import api  # noqa: PLC0415

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

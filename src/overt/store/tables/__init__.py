"""The tables, a module for each part. A change needs a migration in `migrations/versions`; a test compares the two."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from overt.store.tables.base import metadata
from overt.store.tables.content import (
    contents,
    disseminations,
    fingerprints,
    isccs,
    manifests,
    reports,
    watermark_ids,
)
from overt.store.tables.ledger import ledger_about, ledger_entries, ledger_openings, person_keys

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = [
    "contents",
    "disseminations",
    "fingerprints",
    "isccs",
    "ledger_about",
    "ledger_entries",
    "ledger_openings",
    "manifests",
    "metadata",
    "person_keys",
    "reports",
    "watermark_ids",
]

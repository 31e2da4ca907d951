"""Puts a bundle together for a set-up: entries of its ledger, the released files, what is read out of them, receipts.

```python
made = bundling.bundle(settings.load(), Order("0190a000-…"), files=[Path("out.png")])
Path("evidence.json").write_bytes(made.data)
```
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from hashlib import file_digest
from pathlib import Path
from typing import Final

from overt import api
from overt.errors import OvertError, UsageError
from overt.ledger.bundle import Document, Enclosed
from overt.settings import Setup
from overt.store import bundles
from overt.store.bundles import Made, Order
from overt.store.records import Store

MOST_ENCLOSED: Final = 16 << 20
"""Bytes of a file that are put into a bundle; of a larger one only its hash is, and the file goes beside."""


def bundle(setup: Setup, order: Order, files: Sequence[Path] = ()) -> Made:
    """The bundle that is asked for. `files` are released files; receipts of consents come with all personal data.

    Raises `OvertError` where the ledger has nothing about the id, or a file is not one that was released under it.
    """
    enclosed = [_enclosed(path) for path in files]
    readings = _readings(setup, files, enclosed)
    with closing(api.records(setup)) as store, api.ledger(setup, store) as ledger:
        documents = [*readings, *(_receipts(setup, store, order) if order.personal == "all" else ())]
        asked = replace(order, contents=[*order.contents, *enclosed], documents=[*order.documents, *documents])
        return bundles.make(ledger, setup.settings.producer, asked)


def _enclosed(path: Path) -> Enclosed:
    try:
        with path.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
            file.seek(0)
            data = file.read(MOST_ENCLOSED + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", f"无法读取 {path}：{error.strerror}") from error
    return Enclosed(path.name, digest, data if len(data) <= MOST_ENCLOSED else None)


def _readings(setup: Setup, files: Sequence[Path], enclosed: Sequence[Enclosed]) -> list[Document]:
    """What is read out of the files now."""
    if not files:
        return []
    with api.inspector(setup) as inspector:
        found = [inspector.inspect(path).as_json() | {"file": path.name} for path in files]
    return [
        Document("inspection", each.sha256, json.dumps(told, ensure_ascii=False, sort_keys=True))
        for each, told in zip(enclosed, found, strict=True)
    ]


def _receipts(setup: Setup, store: Store, order: Order) -> list[Document]:
    """The receipts of the consents on which the decisions rest."""
    if not isinstance(order.about, str):
        return []
    from overt.consenting import Desk  # noqa: PLC0415  # slow to import

    consents = Desk(setup, store).consents
    found = []
    for each in (order.about, *bundles.consents_of(store, order.about)):
        try:
            asked = consents.find(each)
            receipt = consents.receipt(asked) if asked else None
        except OvertError:  # Sealed under a key that is gone: the entries tell.
            continue
        if receipt:
            found.append(Document("consent-receipt", each, json.dumps(receipt, ensure_ascii=False, sort_keys=True)))
    return found

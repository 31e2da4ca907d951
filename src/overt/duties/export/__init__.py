"""Papers of where all duties stand: a PDF to read, a spreadsheet to filter, OSCAL for programs, and the signed record.

```python
taken = record.take(view)                       # what is seen now, with the ledger's checkpoint, signed
paper = made(taken, "pdf", ("zh", "en"))        # the bytes, their name and their kind
```

All four tell the same signed record. Nothing here judges: a state is what the running system shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from typing import Final, Literal, get_args
from uuid import uuid4

from overt.duties.export.record import Taken
from overt.language import Language, Text
from overt.ledger.events.duties import RegisterExported

Form = Literal["pdf", "xlsx", "oscal", "json"]
FORMS: Final[tuple[Form, ...]] = get_args(Form)
_MODULES: Final[dict[Form, str]] = {"pdf": "pdf", "xlsx": "sheet", "oscal": "oscal", "json": "record"}
ENDINGS: Final[dict[Form, str]] = {"pdf": ".pdf", "xlsx": ".xlsx", "oscal": ".oscal.zip", "json": ".json"}
MEDIA_TYPES: Final[dict[Form, str]] = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "oscal": "application/zip",
    "json": "application/json",
}


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper. `record` is the SHA-256 of the signed record that it tells; `entry` the ledger's, or None."""

    form: Form
    name: str
    media_type: str
    data: bytes
    sha256: str
    record: str
    entry: int | None = None


def made(taken: Taken, form: Form, languages: tuple[Language, ...] = ("zh", "en")) -> Paper:
    """The paper, recorded nowhere. Raises `SetupError` where what writes it is not installed."""
    data: bytes = import_module(f"{__name__}.{_MODULES[form]}").write(taken, languages)
    day = taken.at.strftime("%Y-%m-%dT%H%M%SZ")
    name = f"overt-duties-{taken.record['rulebook']}-{day}{ENDINGS[form]}"
    return Paper(form, name, MEDIA_TYPES[form], data, sha256(data).hexdigest(), taken.digest)


def recorded(paper: Paper, taken: Taken, by: str) -> Paper:
    """The same paper, with the ledger entry that says that it was made, and by whom."""
    event = RegisterExported(
        uuid4().hex, paper.form, taken.record["rulebook"], taken.record["digest"], paper.record, paper.sha256, by
    )
    with taken.view.store.acting() as act:
        entry = act.record(event)
    return Paper(paper.form, paper.name, paper.media_type, paper.data, paper.sha256, paper.record, entry)


MISSING: Final = Text(zh='运行 pip install "overt[docs]"。', en='Run `pip install "overt[docs]"`.')

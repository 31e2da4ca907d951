"""The verbs of `overt`, spoken to a server: marking, inspecting, tracing, asking the gate, evidence, duties.

```python
from overt.client import Client

with Client("https://overt.example.com", key="overt_…") as overt:
    print(overt.inspect("upload.jpg").verdict.kind)
```

What is answered locally with an object is answered with the same object here; errors are the same family, in both
languages. A request whose answer was lost on the way is sent again under the same `Idempotency-Key`: it acts once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from overt.client import answers
from overt.client.transport import Transport
from overt.errors import UsageError

if TYPE_CHECKING:
    from overt.gate.model import Ask, Decision
    from overt.inspection import Inspection
    from overt.marking.work import Released

__all__ = ["Client"]
Named = str | PathLike[str]


class Client:
    """A server's API for programs. Close it when done, or use it as a context manager. Threads may share it."""

    def __init__(self, address: str, key: str = "", *, seconds: float = 600.0) -> None:
        self._http = Transport(address, key, seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Lets the connections go."""
        self._http.close()

    def inspect(self, path: Named) -> Inspection:
        """The verdict on one file, with its readings."""
        told = self._http.upload("/v1/inspections", _file(path), wait="/v1/inspections")
        return answers.inspection(told, str(path))

    def mark(
        self,
        source: Named,
        target: Named,
        *,
        technique: str | Sequence[str],
        decision: Decision | str | None = None,
    ) -> Released:
        """Has `source` marked and released, and writes the marked file to `target`."""
        techniques = [technique] if isinstance(technique, str) else list(technique)
        fields: dict[str, Any] = {"technique": techniques}
        if decision is not None:
            fields["decision"] = decision if isinstance(decision, str) else decision.id
        job = self._http.job("/v1/contents", _file(source), fields)
        self._http.fetch(job["file"], Path(target))
        return answers.released(job["result"], Path(source), Path(target))

    def decide(self, ask: Ask) -> Decision:
        """The gate's signed and recorded answer to a request."""
        from overt.gate.decision import from_json  # noqa: PLC0415

        wanted, files = answers.request(ask)
        return from_json(self._http.ask("/v1/decisions", wanted, files))

    def trace(self, path: Named) -> dict[str, Any]:
        """From a copy to the server's records: the object of `overt trace --json`."""
        found: dict[str, Any] = self._http.job("/v1/contents/searches", _file(path))["result"]
        return found | {"file": str(path)}

    def remember(self, path: Named, reason: str) -> dict[str, Any]:
        """Keeps the fingerprints of a reported content at the server."""
        found: dict[str, Any] = self._http.job("/v1/contents/reported", _file(path), {"reason": reason})["result"]
        return {"file": str(path), **found}

    def disseminate(self, source: Named, target: Named, *, declared: bool = False) -> dict[str, Any]:
        """Prepares a file of others for distribution as `target`: the object of `overt disseminate --json`."""
        fields = {"declared": "yes"} if declared else {}
        job = self._http.job("/v1/disseminations", _file(source), fields)
        written = bool(job.get("file"))
        if written:
            self._http.fetch(job["file"], Path(target))
        return {"file": str(source), "out": str(target) if written else None, "sidecar": None, **job["result"]}

    def bundle(self, about: str, target: Named, **order: str) -> dict[str, Any]:
        """Evidence about an id or a period (`2026-11-01..2026-12-01`), written to `target`.

        `order`: `personal`, `person`, `ground`, `recipient` as in the API.
        """
        job = self._http.posted("/v1/bundles", {"about": about, **order}, wait="/v1/jobs")
        self._http.fetch(job["file"], Path(target))
        found: dict[str, Any] = job["result"]
        return found | {"bundle": str(target)}

    def contents(self, **filters: str) -> Iterator[dict[str, Any]]:
        """The contents of the record that fit, the newest first."""
        return self._http.every("/v1/contents", filters)

    def content(self, content_id: str) -> dict[str, Any]:
        """The whole life of one content."""
        return self._http.got(f"/v1/contents/{content_id}")

    def events(self, first: int = 0, tag: str = "") -> Iterator[dict[str, Any]]:
        """What happened, from this ledger entry on."""
        return self._http.every("/v1/events", {"from": str(first), "tag": tag})

    def duties(self, **filters: str) -> dict[str, Any]:
        """Where the duties stand: the totals, and all duties that fit in `items`."""
        first = self._http.got("/v1/duties", {"most": "200", **filters})
        items, after = list(first["items"]), first["next"]
        while after:
            page = self._http.got("/v1/duties", {"most": "200", "after": after, **filters})
            items, after = items + page["items"], page["next"]
        return first | {"items": items, "next": ""}

    def duty(self, duty_id: str, rulebook: str = "") -> dict[str, Any]:
        """One duty, with its controls and its evidence."""
        return self._http.got(f"/v1/duties/{duty_id}", {"rulebook": rulebook})

    def export_duties(
        self, target: Named, *, form: str = "pdf", languages: str = "both", rulebook: str = ""
    ) -> dict[str, Any]:
        """A paper of where the duties stand now, written to `target`."""
        wanted = {"form": form, "languages": languages, "rulebook": rulebook}
        headers = self._http.download("/v1/duties/exports", wanted, Path(target))
        return {
            "file": str(target),
            "sha256": answers.digest(headers["repr-digest"]),
            "record": headers["overt-record"],
            "entry": int(headers["overt-ledger-entry"]),
        }


def _file(path: Named) -> Path:
    found = Path(path)
    if not found.is_file():
        raise UsageError(f"there is no file {path}", f"文件 {path} 不存在")
    return found

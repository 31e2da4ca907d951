"""The whole house behind its verbs: the set-up that applies, put together.

```python
import overt

released = overt.mark("face.png", "out/face.png", technique="face_replacement")
print(overt.inspect("out/face.png").verdict.kind)
```
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, nullcontext, suppress
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from overt import settings
from overt.errors import SetupError
from overt.marks.examine import KINDS
from overt.marks.label import FILE_ENDING
from overt.media.budget import MARKING, Budget
from overt.settings import VAULT_FILE, Setup

if TYPE_CHECKING:
    from overt.consenting import Desk
    from overt.dissemination.act import Disseminated, Disseminator
    from overt.gate.gate import Gate
    from overt.gate.model import Ask, Decision
    from overt.inspection import Inspection, Inspector
    from overt.inspection.conformance import Finding
    from overt.marking.pipeline import Marker, Released
    from overt.marks.credential.issuer import Issuer
    from overt.marks.credential.model import Trust
    from overt.marks.kept import Remembered
    from overt.marks.label import LabelStyle
    from overt.marks.label.text.stream import Markup
    from overt.marks.metadata.security import PublicKey, Seal
    from overt.marks.model import ReadingKind
    from overt.marks.watermark.keys import Key
    from overt.rulebook import LabelRules
    from overt.store.publishing import Ledger
    from overt.store.records import Store
    from overt.tracing.finder import Finder
    from overt.tracing.model import Trace
    from overt.tracing.tracer import Tracer


def records(setup: Setup) -> Store:
    """The set-up's records, open. Close them when done. Raises `SetupError`."""
    from overt.store.records import Store  # noqa: PLC0415

    applies = setup.settings
    vault = setup.keys / VAULT_FILE
    return Store.open(setup.data, applies.store.url, vault if vault.is_file() else None)


@contextmanager
def gate(setup: Setup, store: Store | None = None) -> Iterator[Gate]:
    """The gate of a set-up, over records that are open already or are opened for it. Raises `SetupError`."""
    from overt import gated  # noqa: PLC0415
    from overt.rulebook import load  # noqa: PLC0415

    applies = setup.settings
    rulebook = load(applies.rulebook, setup.home / applies.overrides if applies.overrides else None)
    with nullcontext(store) if store else closing(records(setup)) as kept, gated.gate(setup, kept, rulebook) as ready:
        yield ready


def catch_up(setup: Setup) -> int:
    """Makes what should have followed from answers in the people's queue when a process ended, and clears its files.

    Long-running programs do so when they start. Returns from how many answers something followed late.
    """
    from overt import gated  # noqa: PLC0415

    with closing(records(setup)) as store:
        if not gated.tidy(setup, store):
            return 0
        with gate(setup, store) as answering:
            return gated.queue(setup, store, answering).catch_up()


@contextmanager
def consents(setup: Setup) -> Iterator[Desk]:
    """What asks people before their likeness is used: `desk.consents`, `desk.recalls`, `desk.refusals`."""
    from overt.consenting import Desk  # noqa: PLC0415

    with closing(records(setup)) as store:
        yield Desk(setup, store)


@contextmanager
def ledger(setup: Setup, store: Store | None = None) -> Iterator[Ledger]:
    """The ledger as others see it: checkpoints, proofs, receipts. Raises `SetupError` without a key in `[ledger]`."""
    from overt.ledger import signing, sm  # noqa: PLC0415
    from overt.ledger.cosignature import witness  # noqa: PLC0415
    from overt.store.publishing import Ledger, Voice, default_origin  # noqa: PLC0415

    applies = setup.settings.ledger
    if applies.key is None:
        raise SetupError("[ledger] names no key", "[ledger] 未指定密钥", hint=signing.WAY_OUT)
    voice = Voice(
        origin=applies.origin or default_origin(setup.settings.producer),
        signer=signing.load(setup.home / applies.key),
        sm=sm.load(setup.home / applies.sm) if applies.sm else None,
        witnesses=tuple(map(witness, applies.witnesses)),
        tsa=applies.tsa,
        former=tuple(signing.load_public(setup.home / path) for path in applies.former),
    )
    if store is not None:
        yield Ledger(store, voice)
        return
    with closing(records(setup)) as opened:
        yield Ledger(opened, voice)


@contextmanager
def marker(
    setup: Setup, folder: Path, *, only: Sequence[str] | None = None, style: str | None = None
) -> Iterator[Marker]:
    """A marker for a set-up that releases into `folder`. `only` names the marks to put on, `style` a label style.

    Where the set-up's gate is on, it marks nothing without a decision.
    """
    from overt.marking.pipeline import MARKS, Marker, checked_marks  # noqa: PLC0415  # keeps `import overt` light

    marks = checked_marks(only if only is not None else MARKS)
    applies = setup.settings
    with (
        closing(records(setup)) as kept,
        gate(setup, kept) if applies.gate.on else nullcontext() as asking,
        Marker(
            producer=applies.producer,
            folder=folder,
            registry=kept,
            rulebook=applies.rulebook,
            system=applies.system,
            style=style or _style_file(setup),
            marks=marks,
            budget=_marking_budget(applies.budget),
            seal=seal(setup),
            issuer=issuer(setup) if "credential" in marks else None,
            key=next(iter(watermark_keys(setup, former=False)), None) if "watermark" in marks else None,
            asked=only is not None,
            previews=applies.trace.previews,
            gate=asking,
        ) as ready,
    ):
        yield ready


@contextmanager
def inspector(setup: Setup | None, *, kinds: tuple[ReadingKind, ...] = KINDS) -> Iterator[Inspector]:
    """An inspector, with our own record where there is a set-up.

    Where watermarks are read, copies of our releases are looked up by what they show, too.
    """
    from overt.inspection import Inspector  # noqa: PLC0415

    if setup is None:
        with Inspector(kinds=kinds) as ready:
            yield ready
        return

    with closing(records(setup)) as store, ExitStack() as opened:
        finder = opened.enter_context(_finder(setup, store)) if "watermark" in kinds else None
        yield opened.enter_context(_inspector(setup, store, kinds, finder))


@contextmanager
def tracer(setup: Setup) -> Iterator[Tracer]:
    """What traces files back to the set-up's records."""
    from overt.tracing.tracer import Tracer  # noqa: PLC0415

    with (
        closing(records(setup)) as store,
        _finder(setup, store) as finder,
        _inspector(setup, store, KINDS, finder) as reader,
    ):
        yield Tracer(reader, finder, previews=setup.settings.trace.previews)


def _finder(setup: Setup, store: Store) -> Finder:
    from overt.tracing.finder import Finder  # noqa: PLC0415

    return Finder(store, setup.data, setup.settings.budget, index=setup.settings.trace.index)


def _inspector(setup: Setup, store: Store, kinds: tuple[ReadingKind, ...], finder: Finder | None) -> Inspector:
    from overt.inspection import Inspector  # noqa: PLC0415

    applies = setup.settings
    return Inspector(
        applies.rulebook,
        producer=applies.producer,
        registry=store,
        kinds=kinds,
        budget=applies.budget,
        pinned=_pinned(setup),
        trust=trust(setup),
        keys=watermark_keys(setup) if "watermark" in kinds else (),
        copies=finder,
    )


@contextmanager
def disseminator(setup: Setup, folder: Path) -> Iterator[Disseminator]:
    """A disseminator for a set-up that writes into `folder`."""
    from overt.dissemination.act import Disseminator  # noqa: PLC0415

    applies = setup.settings
    with (
        inspector(setup) as reader,
        closing(records(setup)) as store,
        Disseminator(
            reader,
            propagator=applies.dissemination.propagator or applies.producer,
            folder=folder,
            registry=store,
            seal=seal(setup),
            issuer=issuer(setup),
            credential=applies.dissemination.credential,
            budget=_marking_budget(applies.budget),
        ) as ready,
    ):
        yield ready


def mark(
    source: str | PathLike[str],
    target: str | PathLike[str],
    *,
    technique: str | Sequence[str],
    only: Sequence[str] | None = None,
    style: str | None = None,
    decision: Decision | str | None = None,
    setup: Setup | None = None,
) -> Released:
    """Puts the marks on `source`, reads them back, records and releases it as `target`.

    `decision` is what the gate answered (`decide`), or its id; needed where the set-up's gate is on.
    Raises an `OvertError`; then `target` is as it was.
    """
    techniques = [technique] if isinstance(technique, str) else list(technique)
    with marker(setup or settings.load(), Path(target).parent, only=only, style=style) as ready:
        return ready.mark(Path(source), Path(target), techniques, decision=decision)


def decide(ask: Ask, *, setup: Setup | None = None) -> Decision:
    """The gate's signed and recorded answer to a request: `allow`, `hold` or `refuse`, with every reason."""
    with gate(setup or settings.load()) as ready:
        return ready.decide(ask)


def inspect(
    path: str | PathLike[str], *, kinds: tuple[ReadingKind, ...] = KINDS, setup: Setup | None = None
) -> Inspection:
    """The verdict on one file, with its readings. Raises `UsageError` where there is no file to open."""
    with inspector(setup or settings.load_if_present(), kinds=kinds) as ready:
        return ready.inspect(Path(path))


def trace(path: str | PathLike[str], *, setup: Setup | None = None) -> Trace:
    """From a copy to our records: who made it, when, and what leads there. Raises `SetupError` without a set-up."""
    with tracer(setup or settings.load()) as ready:
        return ready.trace(Path(path))


def remember(path: str | PathLike[str], reason: str, *, setup: Setup | None = None) -> Remembered:
    """Keeps the fingerprints of a content that was reported, so that it is known when it comes again."""
    with tracer(setup or settings.load()) as ready:
        return ready.remember(Path(path), reason)


def issuer(setup: Setup) -> Issuer | None:
    """What signs the set-up's content credentials; None where it names no certificate, or the extra is missing.

    Raises `SetupError` for keys and certificates that cannot be used.
    """
    from overt.marks.credential import sdk  # noqa: PLC0415

    chosen = setup.settings.credential
    if chosen.certificates is None or not sdk.available():
        return None
    from overt.marks.credential.issuer import Issuer  # noqa: PLC0415
    from overt.marks.credential.signer import Command, LocalKey  # noqa: PLC0415
    from overt.marks.credential.timestamp import Authority  # noqa: PLC0415

    certificates = setup.home / chosen.certificates
    return Issuer(
        LocalKey(setup.home / chosen.key, certificates) if chosen.key else Command(chosen.command, certificates),
        stamper=Authority(chosen.tsa) if chosen.tsa else None,
        training=chosen.training or None,
        anchors=_anchors(setup),
    )


def trust(setup: Setup) -> Trust:
    """Whose content credentials the set-up trusts, its own among them. Raises `SetupError`."""
    from overt.marks.credential.model import Trust  # noqa: PLC0415
    from overt.marks.credential.signer import certificate_chain  # noqa: PLC0415

    own = ""
    if setup.settings.credential.certificates:
        with suppress(SetupError):  # Whoever only inspects need not have what signs.
            own = certificate_chain(setup.home / setup.settings.credential.certificates)
    return Trust(anchors=_anchors(setup), own=own)


def watermark_keys(setup: Setup, *, former: bool = True) -> tuple[Key, ...]:
    """The keys of the set-up's watermarks, the current one first. Raises `SetupError` for one that cannot be read."""
    from overt.marks.watermark import keyfile  # noqa: PLC0415

    chosen = setup.settings.watermark
    paths = ((chosen.key,) if chosen.key else ()) + (chosen.former if former else ())
    return tuple(keyfile.load(setup.home / path, chosen.presence) for path in paths)


def _anchors(setup: Setup) -> str:
    from overt.marks.credential.signer import certificate_chain  # noqa: PLC0415

    return "".join(certificate_chain(setup.home / path) for path in setup.settings.credential.trust)


def disseminate(
    source: str | PathLike[str], target: str | PathLike[str], *, declared: bool = False, setup: Setup | None = None
) -> Disseminated:
    """Prepares a file that others made for distribution as `target`: our propagation data in its label, and the notice.

    `declared` is the uploader's own word that it is synthetic. Raises an `OvertError`; then `target` is as it was.
    """
    with disseminator(setup or settings.load(), Path(target).parent) as ready:
        return ready.disseminate(Path(source), Path(target), declared=declared)


def measure(
    path: str | PathLike[str], *, rulebooks: Sequence[str] = ("cn",), setup: Setup | None = None
) -> tuple[Finding, ...]:
    """Clause by clause, what these rulebooks ask of a file and what was measured."""
    from overt.inspection.conformance import assess  # noqa: PLC0415
    from overt.rulebook import mark_rules  # noqa: PLC0415

    answer = inspect(path, setup=setup)
    return tuple(finding for name in rulebooks for finding in assess(answer, mark_rules(name)))


def label_stream(
    chunks: Iterable[str], *, markup: Markup = "markdown", style: str | None = None, setup: Setup | None = None
) -> Iterator[str]:
    """The pieces of an answer with its label first, so that it arrives whatever the client cuts off, and at the end.

    For a service that answers asynchronously, and for the `aigc` object in its events: `overt.marks.label.text.stream`.
    """
    from overt.marks.label.text.stream import labelled  # noqa: PLC0415

    rules, chosen = interface(setup, style)
    return labelled(chunks, rules, chosen, markup=markup)


def label_stream_async(
    chunks: AsyncIterable[str], *, markup: Markup = "markdown", style: str | None = None, setup: Setup | None = None
) -> AsyncIterator[str]:
    """As `label_stream`, for pieces that arrive asynchronously."""
    from overt.marks.label.text.stream import labelled_async  # noqa: PLC0415

    rules, chosen = interface(setup, style)
    return labelled_async(chunks, rules, chosen, markup=markup)


def frame_scene(viewer: str, *, title: str = "", style: str | None = None, setup: Setup | None = None) -> str:
    """A page around a viewer of a virtual scene, with the label over it from the first picture on.

    `viewer` is markup, and goes onto the page as it is.
    """
    from overt.marks.label.scene.page import page  # noqa: PLC0415

    rules, chosen = interface(setup, style)
    return page(viewer, title, rules, chosen)


def interface(setup: Setup | None, style: str | None) -> tuple[LabelRules, LabelStyle]:
    """The rules and the style for what is labelled as it is shown, without a file; China's where there is no set-up."""
    from overt.marks import label  # noqa: PLC0415
    from overt.rulebook import mark_rules  # noqa: PLC0415

    applies = setup or settings.load_if_present()
    if applies is None:
        return mark_rules().label, label.style(style or "standard")
    return mark_rules(applies.settings.rulebook).label, label.style(style or _style_file(applies))


def _marking_budget(asked: Budget) -> Budget:
    """The limits for marking: an operator's larger ones count, a smaller one is meant for strangers' files."""
    chosen = {name: max(getattr(asked, name), getattr(MARKING, name)) for name in asked.model_fields_set}
    return MARKING.model_copy(update=chosen)


def _style_file(setup: Setup) -> str:
    """The style of the set-up: a name, or a file beside `overt.toml`."""
    name = setup.settings.label.style
    return str(setup.home / name) if name.endswith(FILE_ENDING) else name


def seal(setup: Setup) -> Seal:
    """What makes the security data of our labels. The private key stays in this process."""
    from overt.marks.metadata.security import load_seal  # noqa: PLC0415

    chosen = setup.settings.security
    return load_seal(chosen.sign, setup.home / chosen.key if chosen.key else None)


def _pinned(setup: Setup) -> tuple[PublicKey, ...]:
    """The keys whose holders the operator knows, and our own. Raises `SetupError` for what is no key."""
    from overt.marks.metadata.security import public_keys  # noqa: PLC0415

    keys: list[PublicKey] = []
    for entry in setup.settings.security.pinned:
        path = setup.home / entry
        try:
            text = path.read_text("ascii") if len(entry) < _LONGEST_NAME and path.is_file() else entry
        except (OSError, ValueError) as error:
            raise SetupError(f"{path} cannot be read: {error}", f"无法读取 {path}：{error}") from error
        if not (meant := public_keys(text)):
            raise SetupError(
                f"[security] pinned: {entry[:60]!r} is no public key and no file with one",
                f"[security] pinned：{entry[:60]!r} 既不是公钥，也不是公钥文件",
            )
        keys += meant
    with suppress(SetupError):  # Whoever only inspects need not hold the key that marks.
        own = seal(setup).public_key
        keys += [own] if own else []
    return tuple(keys)


_LONGEST_NAME = 255

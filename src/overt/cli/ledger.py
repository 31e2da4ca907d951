"""`overt ledger`: checkpoints, proofs, receipts, time stamps, and the check of the whole tree."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from overt import api, settings
from overt.cli.show import err, interactive, out, plain, print_json
from overt.errors import UsageError
from overt.language import Text

if TYPE_CHECKING:
    from overt.store.audit import Audit
    from overt.store.publishing import Published
    from overt.store.tree import Progress

HELP = Text(
    zh="账本：签署检查点，出具证明、回执和时间戳，核对整棵树。",
    en="The ledger: sign checkpoints, give proofs, receipts and time stamps, check the whole tree.",
)
_DOES_NOT_HOLD, _COULD_NOT_TELL = 1, 3

app = typer.Typer(no_args_is_help=True, add_completion=False)

_Json = Annotated[bool, typer.Option("--json", help=str(Text(zh="输出 JSON。", en="Print JSON.")))]
_Out = Annotated[
    Path | None, typer.Option("--out", "-o", metavar="FILE", help=str(Text(zh="写入此文件。", en="Write it here.")))
]
_Entry = Annotated[
    int,
    typer.Argument(metavar="ENTRY", min=0, help=str(Text(zh="条目序号（从 0 起）。", en="The entry's index, from 0."))),
]


@app.command(
    "publish", help=str(Text(zh="写出新条目并签署检查点。", en="Write out new entries and sign a checkpoint."))
)
def publish(as_json: _Json = False) -> int:
    """Publishes; 1 where a witness did not cosign."""
    with api.ledger(settings.load()) as ledger, _progress() as progress:
        published = ledger.publish(progress)
    if as_json:
        print_json(_told(published))
    else:
        out.print(plain_lines(published.note.decode()), soft_wrap=True)
    for error in published.missing:
        err.print(plain(error.message), style="yellow", soft_wrap=True)
    return int(bool(published.missing))


@app.command("checkpoint", help=str(Text(zh="显示最近签署的检查点。", en="Show the newest signed checkpoint.")))
def checkpoint(as_json: _Json = False) -> int:
    """Prints it as it is; 3 where none was signed yet."""
    with api.ledger(settings.load()) as ledger:
        latest = ledger.latest()
    if latest is None:
        err.print(plain(_UNSIGNED), soft_wrap=True)
        return _COULD_NOT_TELL
    if as_json:
        print_json(_told(latest))
    else:
        out.print(plain_lines(latest.note.decode()), end="", soft_wrap=True)
    return 0


@app.command(
    "key", help=str(Text(zh="显示日志的名称和公钥，供他人核对。", en="Show the log's name and key, for others."))
)
def key(as_json: _Json = False) -> int:
    """Prints the key as tools for signed notes take it."""
    from overt.ledger.checkpoint import ed25519_key  # noqa: PLC0415

    with api.ledger(settings.load()) as ledger:
        known = ed25519_key(ledger.voice.origin, ledger.voice.signer.public)
    if as_json:
        print_json({"origin": known.name, "key": known.spelled, "public": known.public.hex()})
    else:
        out.print(plain(known.spelled), soft_wrap=True)
    return 0


@app.command("entries", help=str(Text(zh="列出某编号的条目。", en="List the entries about an id.")))
def entries(
    any_id: Annotated[
        str,
        typer.Argument(
            metavar="ID", help=str(Text(zh="内容、决定或同意的编号。", en="The id of a content, decision or consent."))
        ),
    ],
    as_json: _Json = False,
) -> int:
    """Prints one line for each; 1 where there is none."""
    from overt.ledger.entry import decode  # noqa: PLC0415
    from overt.store.log import entries_about  # noqa: PLC0415

    with api.ledger(settings.load()) as ledger, ledger.store.reading() as connection:
        found = [(each.index, decode(each.entry)) for each in entries_about(connection, ledger.store.vault, any_id)]
    for index, entry in found:
        told = {"index": index, "tag": entry.tag, "time": entry.time, "number": entry.number}
        if as_json:
            print_json(told | {"stream": entry.stream, "commitment": entry.commitment.hex()})
        else:
            out.print(plain(f"{index:>9}  {entry.time or '–':<24}  {entry.tag}"), soft_wrap=True)
    if not found:
        err.print(plain(Text(zh="账本中没有该编号的条目。", en="The ledger has no entry about this id.")))
    return int(not found)


@app.command("proof", help=str(Text(zh="条目在树中的证明。", en="The proof that an entry is in the tree.")))
def proof(
    entry: _Entry,
    size: Annotated[
        int | None,
        typer.Option(
            min=1, help=str(Text(zh="树的大小（默认为最近的检查点）。", en="Tree size; the newest checkpoint's."))
        ),
    ] = None,
    as_json: _Json = False,
) -> int:
    """Prints the hashes, nearest first."""
    with api.ledger(settings.load()) as ledger:
        view = ledger.tree.view()
        latest = ledger.latest()
        whole = size or (latest.checkpoint.size if latest and entry < latest.checkpoint.size else view.size)
        if not entry < whole <= view.size:
            raise _no_such(view.size)
        path, leaf, root = view.inclusion(entry, whole), view.leaf(entry), view.root_at(whole)
    told = {"entry": entry, "size": whole, "leaf": _b64(leaf), "root": _b64(root), "proof": list(map(_b64, path))}
    return _print_proof(told, path, as_json=as_json)


@app.command("consistency", help=str(Text(zh="证明两个检查点之间只有增长。", en="The proof that the tree only grew.")))
def consistency(
    first: Annotated[str, typer.Argument(help=str(Text(zh="较早的大小或检查点文件。", en="Earlier size, or file.")))],
    second: Annotated[
        str | None, typer.Argument(help=str(Text(zh="较晚的（默认为当前）。", en="Later; the present where left out.")))
    ] = None,
    as_json: _Json = False,
) -> int:
    """Prints the proof; 1 where a checkpoint that is given is not one of this tree."""
    with api.ledger(settings.load()) as ledger:
        view = ledger.tree.view()
        (one, one_root), (two, two_root) = _head(first), _head(second) if second else (view.size, None)
        if not 0 <= one <= two <= view.size:
            raise _no_such(view.size)
        roots, path = (view.root_at(one), view.root_at(two)), view.consistency(one, two)
    holds = all(given in (None, root) for given, root in zip((one_root, two_root), roots, strict=True))
    told = {"first": one, "second": two, "first_root": _b64(roots[0]), "second_root": _b64(roots[1])}
    _print_proof(told | {"holds": holds, "proof": list(map(_b64, path))}, path, as_json=as_json)
    if not holds:
        en = "The checkpoint given is not one of this tree: somebody was shown another history."
        err.print(
            plain(Text(zh="所给检查点不属于这棵树：有人看到的是另一份历史。", en=en)), style="bold red", soft_wrap=True
        )
    return 0 if holds else _DOES_NOT_HOLD


@app.command(
    "receipt", help=str(Text(zh="条目的 COSE 回执（RFC 9942）。", en="A COSE receipt for an entry (RFC 9942)."))
)
def receipt(entry: _Entry, target: _Out = None, as_json: _Json = False) -> int:
    """Writes the receipt, and beside it the entry that it is for."""
    with api.ledger(settings.load()) as ledger:
        made = ledger.receipt(entry)
        (data,) = ledger.tree.entries(entry, entry + 1)
    target = target or Path(f"entry-{entry}.cose")
    target.write_bytes(made)
    target.with_suffix(".json").write_bytes(data)
    if as_json:
        print_json({"entry": entry, "receipt": str(target), "data": str(target.with_suffix(".json"))})
    else:
        out.print(plain(target), plain(target.with_suffix(".json")), sep="\n", soft_wrap=True)
    return 0


@app.command(
    "stamp", help=str(Text(zh="为最近的检查点取得时间戳（RFC 3161）。", en="Have the checkpoint time-stamped."))
)
def stamp(as_json: _Json = False) -> int:
    """Asks the authority in `[ledger] tsa`."""
    from overt.ledger import timestamp  # noqa: PLC0415

    with api.ledger(settings.load()) as ledger:
        stamped = ledger.stamp()
        where = ledger.folder / "stamps" / f"{stamped.checkpoint.size}.tsr"
    at = timestamp.claimed(stamped.stamp or b"").isoformat()
    if as_json:
        print_json(_told(stamped) | {"stamped": at, "file": str(where)})
    else:
        out.print(plain(f"{at}  {where}"), soft_wrap=True)
    return 0


@app.command("verify", help=str(Text(zh="核对整个账本。", en="Check the whole ledger.")))
def verify(as_json: _Json = False) -> int:
    """Hashes everything again; 1 where something does not hold, 3 where nothing was signed to compare with."""
    from overt.store import audit  # noqa: PLC0415

    with api.ledger(settings.load()) as ledger, _progress() as progress:
        found = audit.verify(ledger, progress)
    if as_json:
        print_json(_audited(found))
    else:
        _show(found)
    if found.count:
        return _DOES_NOT_HOLD
    return _COULD_NOT_TELL if found.unsigned else 0


_UNSIGNED = Text(
    zh="尚未签署检查点：无法说明条目与从前相同。运行 overt ledger publish 即可签署。",
    en="No checkpoint was signed yet: nothing shows that entries are what they were. `overt ledger publish` signs one.",
)


def plain_lines(text: str) -> str:
    """A text of several lines, shown as it is."""
    return "\n".join(map(plain, text.split("\n")))


def _show(found: Audit) -> None:
    lines = [
        Text(zh=f"{found.size} 个条目", en=f"{found.size} entries"),
        Text(zh=f"{found.opened} 个内容与承诺相符", en=f"{found.opened} openings are what was committed to"),
        Text(
            zh=f"{found.closed} 个没有可读的内容（到期、密钥已销毁或没有保险库密钥）",
            en=f"{found.closed} without an opening to read (expired, key destroyed, or no vault key here)",
        ),
        Text(zh=f"{found.tiles} 个文件与数据库核对", en=f"{found.tiles} files compared with the database"),
    ]
    for line in lines:
        out.print(f"  {plain(line)}", soft_wrap=True)
    out.print(f"  {Text(zh='根', en='root')} {_b64(found.root)}", soft_wrap=True)
    for problem in found.problems:
        out.print(f"[bold red]✗[/] {plain(problem.place)}: {plain(problem.said)}", soft_wrap=True)
    if found.count > len(found.problems):
        more = found.count - len(found.problems)
        out.print(plain(Text(zh=f"另有 {more} 处", en=f"and {more} more")))
    if found.unsigned:
        out.print(f"[magenta]?[/] {plain(_UNSIGNED)}", soft_wrap=True)
    elif not found.count:
        said = Text(zh="全部与已签署的检查点一致。", en="Everything agrees with the signed checkpoint.")
        out.print(f"[green]✓[/] {plain(said)}", soft_wrap=True)


def _audited(found: Audit) -> dict[str, Any]:
    return {
        "size": found.size,
        "root": _b64(found.root),
        "checkpoint": found.checkpoint.size if found.checkpoint else None,
        "opened": found.opened,
        "closed": found.closed,
        "tiles": found.tiles,
        "problems": [{"place": each.place, **each.said.both()} for each in found.problems],
        "count": found.count,
    }


def _told(published: Published) -> dict[str, Any]:
    head = published.checkpoint
    return {
        "origin": head.origin,
        "size": head.size,
        "root": _b64(head.root),
        "new": published.new,
        "note": published.note.decode(),
        "missing": [error.message.both() for error in published.missing],
    }


def _print_proof(told: dict[str, Any], path: Sequence[bytes], *, as_json: bool) -> int:
    if as_json:
        print_json(told)
    else:
        for name, value in told.items():
            if name != "proof":
                out.print(plain(f"{name:<12}{value}"), soft_wrap=True)
        for each in path:
            out.print(f"  {_b64(each)}", soft_wrap=True)
    return 0


def _head(text: str) -> tuple[int, bytes | None]:
    """A tree's size, and its root where a checkpoint is given."""
    from overt.ledger.checkpoint import note, read  # noqa: PLC0415

    if text.isdecimal() and len(text) < 19:
        return int(text), None
    try:
        head = read(note(Path(text).read_bytes()).text)
    except OSError as error:
        raise UsageError(f"{text} is neither a size nor a file", f"{text} 既不是大小，也不是文件") from error
    return head.size, head.root


def _no_such(size: int) -> UsageError:
    return UsageError(f"the ledger has {size} entries", f"账本共有 {size} 个条目")


def _b64(value: bytes) -> str:
    return base64.b64encode(value).decode()


@contextmanager
def _progress() -> Iterator[Progress | None]:
    """A bar where somebody watches."""
    if not interactive():
        yield None
        return
    from rich.progress import Progress as Bar  # noqa: PLC0415

    with Bar(console=err, transient=True) as bar:
        task = bar.add_task(str(Text(zh="条目", en="entries")), total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)

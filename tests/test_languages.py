"""Chinese and English are equals: whoever writes one writes the other. Read from the source, not from running it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import overt
from overt import errors
from overt.errors import OvertError

SOURCE = Path(overt.__file__).parent
MODULES = {str(path.relative_to(SOURCE)): ast.parse(path.read_text("utf-8")) for path in SOURCE.rglob("*.py")}
ERRORS = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, OvertError)}
CJK = re.compile(r"[\u3400-\u9fff]")
LATIN = re.compile(r"[A-Za-z]")
EXTRAS = ("media", "c2pa", "search")
SAME_IN_BOTH = {
    "Python",
    "UTF-32",
    "chmod 600 ",
    "English",
    "中文",
    *(f"pip install 'overt[{extra}]'" for extra in EXTRAS),
}
"""Names and commands, which have no translation; and languages, which everybody reads in their own."""

Order = dict[str, int]
"""Where a call takes its two languages."""


def order_of(names: list[str]) -> Order | None:
    return {name: names.index(name) for name in ("en", "zh")} if {"en", "zh"} <= set(names) else None


def helpers(module: ast.Module) -> dict[str, Order | None]:
    """The module's functions and errors; with the places of `en` and `zh` if they take both."""
    found: dict[str, Order | None] = {}
    for node in module.body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = order_of([argument.arg for argument in node.args.args])
        elif isinstance(node, ast.ClassDef) and any(getattr(base, "id", "").endswith("Error") for base in node.bases):
            starts = [each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"]
            own = order_of([argument.arg for argument in starts[0].args.args[1:]]) if starts else None
            found[node.name] = own if starts else {"en": 0, "zh": 1}
    return found


def dotted(path: str) -> str:
    return "overt." + path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


HELPERS = {dotted(path): helpers(module) for path, module in MODULES.items()}
HELPERS["overt.errors"] = {name: {"en": 0, "zh": 1} for name in ERRORS}
HELPERS["overt.language"] = {"Text": {"zh": 0, "en": 1}}


def known(module: ast.Module) -> dict[str, Order | None]:
    """What a module calls by name, or by a module's name, that takes both languages."""
    found: dict[str, Order | None] = {**HELPERS["overt.errors"], **HELPERS["overt.language"]}
    found |= {f"errors.{name}": order for name, order in HELPERS["overt.errors"].items()}
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and node.module:
            for each in node.names:
                name = each.asname or each.name
                found[name] = HELPERS.get(node.module, {}).get(each.name)
                inside = HELPERS.get(f"{node.module}.{each.name}", {})
                found |= {f"{name}.{inner}": order for inner, order in inside.items()}
    return found | helpers(module)


@dataclass(frozen=True)
class Pair:
    """A call that says something in two languages."""

    line: int
    en: ast.expr | None
    zh: ast.expr | None


def pairs(module: ast.Module) -> Iterator[Pair]:
    """Every call of an error, of `Text`, or of a function that takes both languages."""
    orders = known(module)
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            order = orders.get(ast.unparse(node.func))
            if order:
                named = {keyword.arg: keyword.value for keyword in node.keywords}
                if None in named:  # Both languages come out of a mapping that was written before.
                    continue
                at = dict(enumerate(node.args))
                yield Pair(node.lineno, *(named.get(name, at.get(order[name])) for name in ("en", "zh")))


def literals(value: ast.expr) -> Iterator[str]:
    """The words that are written out in an expression, without what is put into them."""
    match value:
        case ast.Constant(value=str() as text):
            yield text
        case ast.JoinedStr():
            yield "".join(str(part.value) for part in value.values if isinstance(part, ast.Constant))
        case ast.IfExp():
            yield from literals(value.body)
            yield from literals(value.orelse)


def takes(value: ast.expr, language: str) -> bool:
    return any(isinstance(node, ast.Attribute) and node.attr == language for node in ast.walk(value))


def complaints(module: ast.Module) -> Iterator[str]:
    """What is not said in both languages, or in the wrong one."""
    for pair in pairs(module):
        if pair.en is None or pair.zh is None:
            yield f"{pair.line}: only one language"
            continue
        for text in literals(pair.zh):
            if LATIN.search(text) and not CJK.search(text) and text not in SAME_IN_BOTH:
                yield f"{pair.line}: no Chinese in {text!r}"
        for text in literals(pair.en):
            if CJK.search(text) and text not in SAME_IN_BOTH:
                yield f"{pair.line}: Chinese in the English {text!r}"
        if takes(pair.zh, "en") or takes(pair.en, "zh"):
            yield f"{pair.line}: one language inside the other"


def leaks(module: ast.Module) -> Iterator[str]:
    """Where an error of ours is put into a text as it is, which is its English, and not its `message`."""
    for handler in ast.walk(module):
        if isinstance(handler, ast.ExceptHandler) and handler.type and handler.name:
            if not {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)} & ERRORS:
                continue
            for node in ast.walk(handler):
                match node:
                    case (
                        ast.FormattedValue(value=ast.Name(id=name))
                        | ast.Call(func=ast.Name(id="str"), args=[ast.Name(id=name)])
                    ) if name == handler.name:
                        yield f"{node.lineno}: only the English of {name}"


def test_every_text_has_both_languages():
    assert sum(1 for module in MODULES.values() for _ in pairs(module)) > 500
    assert [f"{name}:{told}" for name, module in MODULES.items() for told in complaints(module)] == []


def test_no_error_is_told_in_english_alone():
    assert [f"{name}:{told}" for name, module in MODULES.items() for told in leaks(module)] == []


BAD = {
    "no Chinese at all": 'FormatError("broken")',
    "English twice": 'FormatError("broken", "broken")',
    "English in an f-string": 'errors.FormatError(f"{n} bytes", f"{n} bytes")',
    "English on one side of a choice": 'FormatError("a" if n else "b", "甲" if n else "b")',
    "Chinese in the English": 'Text(zh="损坏", en="损坏")',
    "the English of another text": 'Text(zh=f"损坏：{fault.en}", en=f"broken: {fault.en}")',
    "the languages exchanged": 'Text("broken", "损坏")',
    "through a helper": 'def _no(code: int, en: str, zh: str): ...\n_no(1, "broken", "broken")',
    "an error inside a text": 'try: ...\nexcept FormatError as e: Text(zh=f"损坏：{e}", en=f"broken: {e}")',
    "an error as text": "try: ...\nexcept (ValueError, FormatError) as e: Fault(str(e))",
}


@pytest.mark.parametrize("source", BAD.values(), ids=BAD.keys())
def test_what_is_missing_is_seen(source: str):
    module = ast.parse(source)
    assert [*complaints(module), *leaks(module)]

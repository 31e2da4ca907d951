"""The reference says what the code says."""

from __future__ import annotations

import importlib.util
import inspect
import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import get_args

import pytest
from pydantic import BaseModel

import overt
from docs.pages import DOCS, ROOT, page
from overt import errors
from overt.cli.mark import released_json
from overt.formats import containers
from overt.gate.model import Decision
from overt.inspection import Inspector, verdict
from overt.inspection.verdict import VerdictKind
from overt.ledger import bundle
from overt.marking.pipeline import Released
from overt.marks import label
from overt.marks.metadata import defects
from overt.marks.model import Reading
from overt.rulebook import LabelRules, MetadataRules, load
from overt.settings import Settings
from samples import container_of


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


sys.path.insert(0, str(ROOT / "tools"))  # the tools are no package, and one imports another
reference = _load("reference")
LANGUAGES = ("en", "zh")


def _reference(language: str, name: str) -> str:
    return page(DOCS / language / "reference" / f"{name}.md").text


@pytest.mark.parametrize(("path", "language"), list(reference.pages()), ids=lambda value: str(value).split("/")[-1])
def test_generated_parts_are_as_the_code_has_them(path: Path, language: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert reference.renewed(text, language) == text, "run: python tools/reference.py"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_piece_stands_in_some_page(language: str) -> None:
    texts = [path.read_text(encoding="utf-8") for path, of in reference.pages() if of == language]
    for name in reference.PIECES:
        assert any(f"<!-- generated: {name} (" in text for text in texts), name


def _settings(model: type[BaseModel], before: str = "") -> list[str]:
    """The names of all settings, those of a section with its name before them."""
    names = []
    for name, field in model.model_fields.items():
        section = field.annotation
        nested = isinstance(section, type) and issubclass(section, BaseModel)
        names += _settings(section, f"{before}{name}.") if nested else [f"{before}{name}"]
    return names


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_of_the_code_has_a_row(language: str) -> None:
    for page_name, names in {
        "settings": [
            *_settings(Settings),
        ],
        "formats": [container.name for container in containers()],
        "styles": label.styles(),
        "rulebook-cn": [
            *LabelRules.model_fields,
            *MetadataRules.model_fields,
            *(duty.id for duty in load("cn").duties),
        ],
        "techniques": load("cn").techniques,
        "defects": defects.names(),
        "verdicts": [*get_args(VerdictKind), *re.findall(r'Contradiction\("([\w-]+)"', inspect.getsource(verdict))],
        "errors": [name for name, value in vars(errors).items() if inspect.isclass(value) and name.endswith("Error")],
        "python": [*overt.__all__, *Released.__dataclass_fields__],
    }.items():
        text = _reference(language, page_name)
        assert [name for name in names if f"| `{name}` |" not in text] == [], page_name


@pytest.mark.parametrize("language", LANGUAGES)
def test_errors_have_their_exit_codes(language: str) -> None:
    text = _reference(language, "errors")
    for name, value in vars(errors).items():
        if inspect.isclass(value) and name.endswith("Error"):
            assert re.search(rf"\| `{name}` \|.*\| {value.exit_code} \|", text), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_signatures_are_those_of_the_code(language: str) -> None:
    text = _reference(language, "python")
    for function in (overt.mark, overt.inspect, overt.disseminate, overt.generator, overt.wrap, overt.requested):
        for name in inspect.signature(function).parameters:
            assert re.search(rf"^ {{4}}{name}[:,]", text, re.MULTILINE), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_json_reference_names_every_key(language: str, stranger: Inspector, samples: dict[str, Path]) -> None:
    text = _reference(language, "json")
    told = stranger.inspect(samples["txt"]).as_json()
    released = Released("", Path(), Path(), None, "", "", (), (Reading("label", "absent"),), 0)
    for key in (*told, *told["readings"][0], *released_json(released)):
        assert f"`{key}`" in text, key


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_json_reference_names_the_keys_of_decisions_and_bundles(language: str) -> None:
    text = _reference(language, "json")
    sealed = set(re.findall(r'^        "(\w+)":', inspect.getsource(bundle.sealed), re.MULTILINE))
    for key in (*Decision.__dataclass_fields__, *sealed):
        assert f"`{key}`" in text, key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_and_option_has_its_words(language: str) -> None:
    for name, told in reference.helps(language).items():
        chinese = re.search(r"[\u4e00-\u9fff]", told.split("\n\n")[1])
        assert bool(chinese) == (language == "zh"), name
        for option in re.findall(r"^  (-\S.*(?:\n {10,}.*)*)", told, re.MULTILINE):
            said = re.sub(r"\[default.*|\[required\]", "", option)
            assert re.search(r"\s{2,}\S", said), (name, option)
            assert bool(re.search(r"[\u4e00-\u9fff]", said)) == (language == "zh"), (name, option)


@pytest.mark.parametrize("path", ["README.md", "README.zh.md"])
def test_the_readme_shows_the_real_help(path: str) -> None:
    language = "zh" if "zh" in path else "en"
    text = (ROOT / path).read_text(encoding="utf-8")
    assert f" {len(containers())} " in text, "how many formats there are"
    for name, told in reference.helps(language).items():
        if name and " " not in name:
            assert f"`overt {name}`" in text
            sentence = re.sub(r"\s+", " ", told.split("\n\n")[1].strip())
            flat = re.sub(r"\s+", " ", text)
            assert sentence.replace(" ", "") in flat.replace(" ", ""), name


def test_the_survival_table_has_every_handling() -> None:
    survival = _load("survival_table")
    for language in LANGUAGES:
        text = page(DOCS / language / "explanation" / "survival.md").text
        for handling in survival.HANDLINGS:
            assert f"| {handling.kind} | {handling.name.in_(language)} |" in text


READERS = {
    "exiftool": "libimage-exiftool-perl", "ffprobe": "ffmpeg", "pdfinfo": "poppler-utils", "head": "", "cat": "",
    "grep": "",
}  # fmt: skip


def test_independent_readers_show_the_mark(released: dict[str, Released]) -> None:
    for suffix, done in released.items():
        command = reference.READERS[container_of(suffix)].replace("FILE", str(done.path))
        run = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
        assert command.split()[0] in READERS
        assert done.content_id in run.stdout, command


def test_the_json_example_is_json() -> None:
    for language in LANGUAGES:
        examples = [b.body for b in page(DOCS / language / "reference" / "json.md").blocks if b.kind == "json"]
        assert examples
        for example in examples:
            json.loads(example)

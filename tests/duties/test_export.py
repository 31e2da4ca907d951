"""Papers: read back by readers of others, with the numbers that the board has."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pikepdf
import pytest

from duty_views import NOW
from overt.duties import answering
from overt.duties.export import FORMS, made, record, recorded
from overt.duties.export.record import Taken
from overt.duties.export.sheet import safe
from overt.duties.factfile import Answer
from overt.duties.told import counts
from overt.duties.view import View
from overt.rulebook.overrides import Override, apply
from overt.settings import Setup
from overt.store.records import Store

FORMULA = '=HYPERLINK("http://evil.example")'


@pytest.fixture(scope="module")
def taken(house: Setup, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Taken]:
    """What is seen of a set-up with a determination whose reason is a formula, and an overridden number."""
    home = tmp_path_factory.mktemp("papers")
    own = house.model_copy(update={"settings": house.settings.model_copy(update={"data": home})})
    store = Store.open(home)
    try:
        later = date.today() + timedelta(days=90)  # noqa: DTZ011
        answering.determine(View.on(own, store), [Answer("live", False, FORMULA, "Head", later, "")])
        book = View.on(own, store).rulebook
        words = {"zh": "更长", "en": "Longer"}
        number = Override(
            duty="CSL-23c", name="log.least", value=12, unit="month", reason=words, by="Head", on=NOW.date()
        )
        yield record.take(View.of(own, store, apply(book, (number,))))
    finally:
        store.close()


def test_the_record_is_signed_over_everything(taken: Taken) -> None:
    file = made(taken, "json").data
    assert record.genuine(file)
    told = json.loads(file)
    assert f"\n{taken.view.store.ledger_root()[0]}\n" in told["record"]["checkpoint"]
    told["record"]["duties"][0]["state"] = "met"
    assert not record.genuine(json.dumps(told).encode())


def test_the_spreadsheet_runs_nothing_and_words_its_states(taken: Taken) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.load_workbook(io.BytesIO(made(taken, "xlsx", ("en",)).data))
    assert book.sheetnames == ["This paper", "Duties", "Evidence", "Facts", "Own numbers"]
    duties = book["Duties"]
    assert duties.max_row == len(taken.standings) + 1
    assert (duties.freeze_panes, bool(duties.auto_filter.ref)) == ("B2", True)
    states = [row[5] for row in duties.iter_rows(min_row=2, values_only=True)]
    assert states.count("gap") == counts(taken.standings)["gap"]
    assert len({cell.fill.start_color.rgb for cell in duties["F"][1:]}) > 1
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not any(cell.data_type == "f" for cell in cells)
    assert f"'{FORMULA}" in {cell.value for cell in cells}
    assert ("6 months", "12 months") in {(row[2], row[3]) for row in book.worksheets[4].iter_rows(values_only=True)}


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1"])
def test_no_cell_begins_a_formula(text: str) -> None:
    assert safe(text) == f"'{text}"
    assert safe("a\x00b") == "a\ufffdb"


def test_the_pdf_has_every_duty_and_the_signed_record_within(taken: Taken, tmp_path: Path) -> None:
    pytest.importorskip("typst")
    pdfium = pytest.importorskip("pypdfium2")
    paper = made(taken, "pdf", ("zh", "en"))
    (file := tmp_path / "paper.pdf").write_bytes(paper.data)
    with pikepdf.open(file) as pdf:
        assert record.genuine(bytes(pdf.attachments["record.json"].get_file().read_bytes()))
        assert len(pdf.pages) > 20
        assert pdf.open_outline().root
    text = "".join(page.get_textpage().get_text_bounded() for page in pdfium.PdfDocument(file))
    assert "各项义务的履行情况" in text
    missing = [each.duty.id for each in taken.standings if each.duty.id not in text]
    assert not missing


def test_oscal_is_read_by_trestle(taken: Taken, tmp_path: Path) -> None:
    pytest.importorskip("trestle")
    from trestle.oscal.assessment_results import AssessmentResults  # noqa: PLC0415
    from trestle.oscal.catalog import Catalog  # noqa: PLC0415

    with zipfile.ZipFile(io.BytesIO(made(taken, "oscal").data)) as archive:
        archive.extractall(tmp_path)
    catalog = Catalog.oscal_read(tmp_path / "catalog.json")
    results = AssessmentResults.oscal_read(tmp_path / "assessment-results.json")
    controls = {control.id for group in catalog.groups for control in group.controls}
    assert controls == {each.duty.id for each in taken.standings}
    result = results.results[0]
    told = counts(taken.standings)
    states = [finding.target.status.state for finding in result.findings]
    assert [str(getattr(each, "value", each)) for each in states].count("not-satisfied") == told["gap"]
    assert len(states) == told["gap"] + told["met"]
    assert len(result.observations) == len(taken.standings)
    assert record.genuine((tmp_path / "record.json").read_bytes())


def test_every_paper_is_recorded_with_its_digest(taken: Taken) -> None:
    paper = recorded(made(taken, "json"), taken, "staff:1")
    event = taken.view.event(paper.entry or 0)
    assert event is not None
    assert (event["sha256"], event["record"], event["by"]) == (paper.sha256, taken.digest, "staff:1")
    assert set(FORMS) == {"pdf", "xlsx", "oscal", "json"}

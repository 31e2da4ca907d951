"""A consent from the link to the withdrawal, through gate, marking, inspection and the recall list."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from overt import api, settings
from overt.errors import RefusedError
from overt.gate.book import Answer as Answered
from overt.gate.consent.model import Scope, Told
from overt.gate.model import Ask, Depicted
from overt.language import Text
from overt.settings import Setup
from overt.setup.initialise import initialise
from overt.store.accounts import Accounts
from overt.store.consent_rows import Answer, Upload
from overt.store.refusals import Joining

TOLD = Told("李明", "li@example.cn", "王芳", "一张漫画肖像", "展览")
SCOPE = Scope(("face",), ("face_replacement",), ("art",), uses=2)


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    initialise(tmp_path, "Example-Studio")
    config = tmp_path / "overt.toml"
    config.write_text(config.read_text().replace("# reach =", "reach =").replace("# on = true", "on = true"))
    return settings.load(config)


def consented(setup: Setup, *, confirmed: bool) -> str:
    with api.consents(setup) as desk:
        link = desk.consents.ask(TOLD, SCOPE)
        asked = desk.consents.open(link.token, "zh", guarded=False)
        assert asked.challenge is not None
        answer = Answer(SCOPE.likeness, SCOPE.techniques, SCOPE.purposes, asked.notice, asked.challenge.id)
        desk.consents.give(link.token, answer, Upload(b"a film", "video/webm"))
        if confirmed:
            desk.consents.check(link.consent_id, confirmed=True, by="staff-1")
    return link.consent_id


def ask(setup: Setup, consent: str, described: str = "") -> Ask:
    with closing(api.records(setup)) as store:
        account = Accounts(store).open()
        Accounts(store).attest(account, "id", "provider", "reference")
    shows = (Depicted("face", consent, described=described),)
    return Ask(account, ("face_replacement",), "art", "images.edit", depicted=shows)


def codes(reasons: object) -> set[str]:
    return {each.code for each in reasons}  # type: ignore[attr-defined]


def test_a_withdrawal_stops_what_is_coming_and_reaches_what_is_out(setup: Setup, media: Path, tmp_path: Path) -> None:
    consent = consented(setup, confirmed=True)
    source, first, second = (tmp_path / name for name in ("source.png", "first.png", "second.png"))
    with Image.open(media / "images" / "kodim23.png") as picture:
        picture.convert("RGB").resize((192, 128)).save(source)
    with api.gate(setup) as gate, api.marker(setup, tmp_path, only=["label", "metadata"]) as marker:
        done, in_flight = (gate.decide(ask(setup, consent)) for _ in range(2))
        assert (done.outcome, in_flight.outcome) == ("allow", "allow")
        released = marker.mark(source, first, ["face_replacement"], decision=done)
        assert released.content_id == done.content_ids[0]
        with api.consents(setup) as desk:
            assert [each.content_id for each in desk.recalls.withdraw(consent)] == [released.content_id]
            assert desk.recalls.recall_list()["list"]["recalls"][0]["content_id"] == released.content_id
        # What was decided and not made, is not made any more.
        with pytest.raises(RefusedError, match="withdrew"):
            marker.mark(source, second, ["face_replacement"], decision=in_flight)
        assert not second.exists()
        late = gate.decide(ask(setup, consent))
    assert late.outcome == "refuse"
    assert "consent:withdrawn" in codes(late.reasons)
    # Who looks at the file learns it.
    verdict = api.inspect(first, kinds=("metadata",), setup=setup).verdict
    (told,) = [each for each in verdict.reasons if released.content_id in each.text.en and "withdrawn" in each.text.en]
    assert told.duty == "PI-13"
    assert verdict.kind == "confirmed"


def test_nothing_is_made_before_the_recording_was_confirmed(setup: Setup) -> None:
    consent = consented(setup, confirmed=False)
    with api.gate(setup) as gate:
        decision = gate.decide(ask(setup, consent))
        assert decision.outcome == "hold"
        assert "consent:unchecked" in codes(decision.reasons)
        # Waving it through does not stand for looking at the recording.
        answered = gate.answer(decision.id, Answered("allow", "staff-1", Text(zh="可以", en="fine")))
        assert answered.outcome == "refuse"
        assert "consent:unchecked" in codes(answered.reasons)


def test_somebody_on_the_register_is_never_passed_over(setup: Setup) -> None:
    consent = consented(setup, confirmed=True)
    with api.consents(setup) as desk:
        refusal_id, _ = desk.refusals.join(Joining(("李明",), "li@example.cn"))
        desk.refusals.verify(refusal_id, "staff-1")
    with api.gate(setup) as gate:
        decision = gate.decide(ask(setup, consent, described="李明"))
        assert decision.outcome == "hold"
        assert "refusal:possible" in codes(decision.reasons)
        # A person of staff looked: it is a namesake, who consented.
        word = Text(zh="同名者，本人已同意", en="a namesake, who consented")
        assert gate.answer(decision.id, Answered("allow", "staff-1", word)).outcome == "allow"

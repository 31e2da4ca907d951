"""Looks consents up, and says them: to the page, to the gate, to staff, as a receipt."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select

from overt.gate.consent import notice as notices
from overt.gate.consent import receipt as receipts
from overt.gate.consent.challenge import Challenge
from overt.gate.consent.model import Scope, Standing, Told
from overt.language import Language, Text
from overt.ledger.signing import Signer
from overt.rulebook.model import Rulebook
from overt.store.consent_rows import Asked, Upload, by_token, challenge_from, opened, standing_of
from overt.store.objects import Objects
from overt.store.records import Store
from overt.store.sealed import SealedObjects
from overt.store.tables.consents import consent_recordings, consents


class ConsentBook:
    """The consents of one set-up, to read. `controller` is in whose name people are asked, `reach` how to get in touch.

    `purposes` are those of the policy, in words.
    """

    def __init__(
        self,
        store: Store,
        signer: Signer,
        objects: Objects,
        *,
        controller: str,
        reach: str,
        rulebook: Rulebook,
        purposes: Mapping[str, Text] | None = None,
    ) -> None:
        self.store = store
        self.signer = signer
        self.controller = controller
        self.reach = reach
        self.rulebook = rulebook
        self.purposes = purposes
        self.objects = SealedObjects(objects)

    def words(self, scope: Scope) -> notices.Words:
        """What a scope's names mean to people."""
        return notices.words(scope, self.rulebook, self.purposes or {})

    def notice(self, asked: Asked, language: Language) -> notices.Notice:
        """The notice of a request in a language."""
        told = asked.told or Told("", "", "", "", "")
        until = datetime.fromisoformat(asked.standing.link_expires)
        return notices.notice(
            asked.scope,
            told,
            self.words(asked.scope),
            controller=asked.controller,
            reach=self.reach,
            until=until,
            language=language,
        )

    def by_token(self, token: str) -> Asked | None:
        """What is behind a link; None for a token of nothing."""
        with self.store.reading() as connection:
            row = by_token(connection, token)
            return opened(connection, self.store.vault, row) if row else None

    def find(self, consent_id: str) -> Asked | None:
        """The consent of this id."""
        found = self._every(consents.c.consent_id == consent_id)
        return found[0] if found else None

    def receipt(self, asked: Asked) -> dict[str, Any] | None:
        """The signed receipt of a consent; None where there is none yet."""
        consent = asked.standing.consent
        if consent is None:
            return None
        times = {"asked": asked.asked, "opened": asked.opened, "given": asked.answered}
        times |= {"limited": asked.limited, "withdrawn": asked.standing.withdrawn}
        events = {name: time for name, time in times.items() if time}
        return receipts.receipt(consent, asked.scope, events, reach=self.reach, signer=self.signer)

    def of_person(self, person: str) -> tuple[Asked, ...]:
        """All that a person was asked, the latest first."""
        return self._every(consents.c.person == person)

    def every(self, *, waiting: bool = False) -> tuple[Asked, ...]:
        """All consents, the latest first; with `waiting` those whose recording waits for a person of staff."""
        given_and_waiting = (consents.c.proof == "waiting") & (consents.c.state == "given")
        return self._every(given_and_waiting if waiting else consents.c.consent_id != "")

    def standing(self, consent_id: str) -> Standing | None:
        """Where a consent stands: what the gate asks."""
        with self.store.reading() as connection:
            return standing_of(connection, consent_id)

    def recording(self, consent_id: str) -> tuple[Upload, Challenge | None] | None:
        """The latest recording of a consent, opened, with what it should show."""
        query = (
            select(consent_recordings)
            .where(consent_recordings.c.consent_id == consent_id)
            .order_by(consent_recordings.c.received.desc())
        )
        with self.store.reading() as connection:
            row = connection.execute(query).mappings().first()
            if row is None:
                return None
            about = f"recordings/{row['recording_id']}"
            data = self.objects.get(connection, self.store.vault, row["person"], about, row["object"])
            return (Upload(data, row["media_type"]), challenge_from(row["challenge"])) if data is not None else None

    def preview(self, asked: Asked) -> bytes | None:
        """What the person is shown of what will be made."""
        if not asked.preview:
            return None
        with self.store.reading() as connection:
            return self.objects.get(connection, self.store.vault, asked.person, f"previews/{asked.id}", asked.preview)

    def _every(self, condition: ColumnElement[bool]) -> tuple[Asked, ...]:
        query = select(consents).where(condition).order_by(consents.c.asked.desc(), consents.c.consent_id)
        with self.store.reading() as connection:
            return tuple(
                opened(connection, self.store.vault, row) for row in connection.execute(query).mappings().all()
            )

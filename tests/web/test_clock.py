"""Times on pages: one zone for a set-up, with its offset; the records' UTC beside it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from overt.errors import UsageError
from overt.settings import Settings, WebSettings
from overt.web import clock, inspections

MOMENT = "2026-11-23T20:31:07Z"


@pytest.mark.parametrize(
    ("zone", "told", "day"),
    [
        (UTC, "2026-11-23 20:31 UTC", "2026-11-23"),
        (clock.CHINA, "2026-11-24 04:31 UTC+8", "2026-11-24"),
        (ZoneInfo("Asia/Kolkata"), "2026-11-24 02:01 UTC+5:30", "2026-11-24"),
        (timezone(timedelta(hours=-9, minutes=-30)), "2026-11-23 11:01 UTC-9:30", "2026-11-23"),
    ],
)
def test_a_moment_is_told_where_people_live(zone: timezone, told: str, day: str) -> None:
    clock.live_in(zone)
    assert clock.clock(MOMENT) == told == clock.clock(datetime(2026, 11, 23, 20, 31, 7, tzinfo=UTC))
    assert clock.day(MOMENT) == day
    assert clock.exact(MOMENT) == "2026-11-23 20:31:07 UTC"
    assert clock.minute(MOMENT) == told[11:]
    clock.live_in(UTC)


def test_a_day_stays_a_day() -> None:
    clock.live_in(clock.CHINA)
    assert {each("2026-11-23") for each in (clock.clock, clock.day, clock.exact)} == {"2026-11-23"}
    clock.live_in(UTC)


def test_a_day_of_a_form_begins_where_people_live() -> None:
    clock.live_in(ZoneInfo("Europe/Berlin"))
    # The last day of summer time has 25 hours.
    begins, ends = (clock.begins(date(2026, 10, each)).astimezone(UTC) for each in (25, 26))
    assert (begins.isoformat(), ends - begins) == ("2026-10-24T22:00:00+00:00", timedelta(hours=25))
    assert inspections.day("2026-10-25", end=True) == "2026-10-25T23:00:00.000Z"
    for wrong in ("9999-12-31", "31.12.2026"):
        with pytest.raises(UsageError):
            inspections.day(wrong, end=True)
    clock.live_in(UTC)


def test_the_law_gives_the_zone_where_no_setting_does() -> None:
    assert clock.zone_of(_settings()) == clock.CHINA
    assert clock.zone_of(_settings(rulebook="eu")) == UTC
    assert clock.zone_of(_settings(web=WebSettings(timezone="Europe/Berlin"))) == ZoneInfo("Europe/Berlin")
    with pytest.raises(ValidationError, match="IANA"):
        WebSettings(timezone="Mars/Phobos")


def _settings(**told: object) -> Settings:
    return Settings.model_validate({"producer": "Example-Studio", **told})

"""The gateway's keys and jobs, on both databases."""

from __future__ import annotations

import pytest

from overt.errors import UsageError
from overt.store.gateway import PREFIX, GatewayJob, GatewayRecords
from overt.store.log import entries_about
from overt.store.records import Store


def test_a_key_opens_until_it_is_withdrawn(store: Store) -> None:
    records = GatewayRecords(store)
    key, secret = records.add_key("app", purpose="art", consents=("c-1",), names_accounts=True)
    assert secret.startswith(PREFIX)
    assert records.key(secret) == key == records.keys()[0]
    assert records.key(secret + "x") is None
    records.withdraw_key("app")
    assert records.key(secret) is None
    assert records.keys()[0].withdrawn
    with store.reading() as connection:
        told = [each.opening.event["tag"] for each in entries_about(connection, store.vault, key.key_id)]
    assert told == ["gateway:key:make", "gateway:key:withdraw"]
    with pytest.raises(UsageError, match="no key"):
        records.withdraw_key("app")


def test_names_are_taken_once_and_accounts_are_there(store: Store) -> None:
    records = GatewayRecords(store)
    first, _ = records.add_key("app")
    with pytest.raises(UsageError, match="already"):
        records.add_key("app")
    with pytest.raises(UsageError, match="no account"):
        records.add_key("other", account="nobody")
    assert records.add_key("other", account=first.account)[0].account == first.account
    with pytest.raises(UsageError, match="characters"):
        records.add_key(" ")


def test_jobs_are_found_by_their_number(store: Store) -> None:
    records = GatewayRecords(store)
    records.add_job(GatewayJob("video_1", "key", "{}"))
    records.finish_job("video_1", "name.video_mp4", "video/mp4")
    assert records.job("video_1") == GatewayJob("video_1", "key", "{}", "video/mp4", "name.video_mp4")
    assert records.job("video_2") is None

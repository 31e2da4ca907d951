"""People of staff, their links, credentials and sessions, on both databases."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from evidence import Law
from overt.access import codes, passwords
from overt.access.model import Principal
from overt.access.passkeys import Passkey
from overt.errors import UsageError
from overt.store import persons
from overt.store.api_keys import ApiKeys
from overt.store.credentials import Credentials, NamedPasskey, PasswordAndCode
from overt.store.records import Store
from overt.store.sessions import Sessions
from overt.store.staff import Staff
from overt.store.staff_links import LIVES, StaffLinks
from overt.store.tables.ledger import ledger_entries
from overt.store.tables.staff import sessions, staff_credentials, staff_links

PASSWORD = "correct horse battery staple"
NOW = datetime.now(UTC)


def tags(store: Store) -> list[str]:
    with store.reading() as connection:
        return list(connection.execute(select(ledger_entries.c.tag).order_by(ledger_entries.c.index)).scalars())


def passkey(number: int = 1) -> NamedPasskey:
    return NamedPasskey(Passkey(bytes([number]) * 32, b"key", 3), "laptop")


def test_from_the_first_link_to_the_last_administrator(store: Store):
    links, staff = StaffLinks(store), Staff(store)
    first = links.enrol(links.first(), passkey(), name="王芳", login="Wang@Example.cn", new_id="a" * 32)
    assert (first.person.id, first.person.login, first.person.roles) == (
        "a" * 32,
        "wang@example.cn",
        ("administrator",),
    )
    assert staff.has_administrator()
    second, token = links.invite("李强", "li@example.cn", ["reviewer"], by=None)
    with pytest.raises(UsageError, match="last administrator"):
        staff.leave(first.person.id, by="operator")
    with pytest.raises(UsageError, match="last administrator"):
        staff.grant(first.person.id, ["reviewer"], by=None)
    staff.grant(second.id, ["administrator"], by=None)
    with pytest.raises(UsageError, match="last administrator"):
        staff.leave(first.person.id, by="operator")  # Who was only invited cannot let anybody in.
    links.enrol(token, passkey(2))
    staff.leave(first.person.id, by="operator")
    assert Sessions(store).who(first.token) is None
    assert Credentials(store).of(first.person.id) == []
    with pytest.raises(UsageError, match="ended"):
        links.again(first.person.id, by=None)
    seen = tags(store)
    assert seen[:5] == [
        *("staff:link:make", "staff:person:add", "staff:credential:add", "staff:session:begin", "staff:person:add"),
    ]
    assert {"staff:person:grant", "staff:person:leave", "staff:session:end"} <= set(seen)


def test_links_end(store: Store):
    links = StaffLinks(store)
    person, token = links.invite("李强", "li@example.cn", ["reviewer"], by=None)
    ends = datetime.now(UTC) + LIVES["invitation"]
    assert links.look(token).person == person
    assert links.look(token, ends) is None
    with pytest.raises(UsageError, match="works no more"):
        links.enrol(token, passkey(), at=ends)
    Staff(store).leave(person.id, by="operator")
    assert links.look(token) is None


def test_nothing_that_opens_the_console_lies_open_in_the_tables(store: Store):
    secret = codes.secret()
    links = StaffLinks(store)
    _, token = links.invite("李强", "li@example.cn", ["reviewer"], by=None)
    step = codes.step(secret, _code(secret, NOW), NOW)
    enrolled = links.enrol(token, PasswordAndCode(passwords.hashed(PASSWORD), secret, step))
    _, key = ApiKeys(store).make("x", ["staff:read"], by=None)
    with store.reading() as connection:
        told = repr([connection.execute(select(each)).all() for each in (sessions, staff_credentials, staff_links)])
    for each in (secret, PASSWORD, token, enrolled.token, key, "李强", "li@example.cn", *enrolled.recovery):
        assert each not in told


def test_each_code_counts_once_also_for_two_at_the_same_time(store: Store):
    links, secret = StaffLinks(store), codes.secret()
    _, token = links.invite("李强", "li@example.cn", ["reviewer"], by=None)
    enrolled = links.enrol(token, PasswordAndCode(passwords.hashed(PASSWORD), secret, 0))
    kept, code = Credentials(store), _code(secret, NOW)
    assert kept.check("li@example.cn", PASSWORD + "!", code, NOW) is None
    assert kept.check("nobody@example.cn", PASSWORD, code, NOW) is None
    assert kept.check(" LI@example.cn", PASSWORD, code, NOW).id == enrolled.person.id
    assert kept.check("li@example.cn", PASSWORD, code, NOW) is None
    later = NOW + timedelta(seconds=codes.STEP)
    assert kept.check("li@example.cn", PASSWORD, code, later) is None, "it is still shown, and was used"
    assert kept.check("li@example.cn", PASSWORD, _code(secret, later), later)
    assert kept.check("li@example.cn", PASSWORD, enrolled.recovery[0].upper().replace("-", " "), later)
    assert kept.check("li@example.cn", PASSWORD, enrolled.recovery[0], later) is None
    Staff(store).leave(enrolled.person.id, by="operator")
    assert kept.check("li@example.cn", PASSWORD, enrolled.recovery[1], later) is None


def test_a_passkey_is_of_one_person_and_its_counter_only_grows(store: Store):
    links, kept = StaffLinks(store), Credentials(store)
    _, one = links.invite("一", "one@example.cn", ["reviewer"], by=None)
    _, two = links.invite("二", "two@example.cn", ["reviewer"], by=None)
    enrolled = links.enrol(one, passkey())
    with pytest.raises(UsageError):
        links.enrol(two, passkey())
    assert links.look(two), "what failed used nothing up"
    person, found = kept.passkey(passkey().passkey.known_as)
    assert (person.id, asdict(found)) == (enrolled.person.id, asdict(passkey().passkey))
    assert kept.passkey_used(found, 4)
    assert not kept.passkey_used(found, 4), "another sign-in came first"


def test_erasing_a_person_leaves_no_way_in(store: Store):
    links = StaffLinks(store)
    for number in (1, 2):
        enrolled = links.enrol(links.first(), passkey(number), name="李强", login="li@example.cn")
        persons.erase(store, Law(), enrolled.person.id, "request", datetime.now(UTC))
        assert Sessions(store).who(enrolled.token) is None
        assert Credentials(store).passkey(passkey(number).passkey.known_as) is None
        assert Staff(store).by_login("li@example.cn") is None
        assert not Staff(store).has_administrator(), "they are nobody's key to the house"
    assert [each.name for each in Staff(store).every()] == ["", ""]


def test_keys_are_listed_by_pages_and_bounded(store: Store):
    keys, who = ApiKeys(store), Principal("key", "k", "k", (), frozenset({"programs:write", "staff:read"}))
    made = [keys.make(f"key {number}", ["staff:read"], by=who)[0].id for number in range(5)]
    seen, after = [], None
    while page := keys.every(2, after):
        seen += [each.id for each in page]
        after = (page[-1].made, page[-1].id)
    assert sorted(seen) == sorted(made)
    with pytest.raises(UsageError, match="no more than it has"):
        keys.make("x", ["persons:erase"], by=who)
    for name, scopes in (("", ["staff:read"]), ("x", []), ("x", ["everything:do"]), ("x" * 101, ["staff:read"])):
        with pytest.raises(UsageError):
            keys.make(name, scopes, by=None)


def _code(secret: str, at: datetime) -> str:
    import pyotp  # noqa: PLC0415

    return pyotp.TOTP(secret).at(at)

from __future__ import annotations

import pytest

from overt.access.model import GRANTED, PERMISSIONS, ROLES, Principal, granted


def test_every_permission_is_held_by_a_role_and_every_role_holds_some():
    assert set().union(*GRANTED.values()) == set(PERMISSIONS)
    assert set(GRANTED) == set(ROLES)
    assert all(GRANTED.values())


def test_no_role_may_do_everything():
    assert all(set(held) < set(PERMISSIONS) for held in GRANTED.values())


def test_an_inspector_changes_nothing_of_ours():
    acts = {each.partition(":")[2] for each in GRANTED["inspector"]}
    assert acts <= {"read", "inspect", "export", "uncover", "ask"}


def test_roles_add_up_and_unknown_permissions_are_errors():
    both = Principal("staff", "1", "A", ("operator", "reviewer"), granted(("operator", "reviewer")))
    assert both.may("decisions:ask")
    assert both.may("reviews:answer")
    assert not both.may("staff:write")
    with pytest.raises(KeyError):
        both.may("everything:do")

"""`overt staff`: whoever stands at the machine is never locked out."""

from __future__ import annotations

import json
from pathlib import Path

from commands import overt_here
from overt import api, settings
from overt.access.passkeys import Passkey
from overt.setup.initialise import initialise
from overt.store.credentials import NamedPasskey
from overt.store.staff_links import StaffLinks


def overt(folder: Path, *arguments: str) -> tuple[int, str]:
    done = overt_here("staff", *arguments, folder=folder)
    return done.returncode, done.stdout


def test_the_operator_lets_people_in_and_out(tmp_path: Path) -> None:
    initialise(tmp_path, "Example-Studio")
    store = api.records(settings.load(tmp_path / "overt.toml"))
    code, said = overt(tmp_path, "link", "--json")
    assert code == 0
    token = json.loads(said)["path"].removeprefix("/welcome/")
    StaffLinks(store).enrol(
        token, NamedPasskey(Passkey(b"1" * 16, b"key"), "laptop"), name="王芳", login="wang@example.cn"
    )
    code, said = overt(tmp_path, "list", "--json")
    assert [(each["login"], each["state"]) for each in json.loads(said)["staff"]] == [("wang@example.cn", "active")]
    code, said = overt(tmp_path, "link", "wang@example.cn", "--json")
    assert StaffLinks(store).look(json.loads(said)["path"].removeprefix("/welcome/")).kind == "reset"
    assert overt(tmp_path, "remove", "wang@example.cn")[0] == 2, "the last administrator stays"
    assert overt(tmp_path, "link", "nobody")[0] == 2
    store.close()

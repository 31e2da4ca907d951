"""Objects in a folder and in a bucket (moto's S3 server over HTTP)."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from overt.errors import SetupError, UsageError
from overt.store.objects import Objects


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    server = pytest.importorskip("moto.server").ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture(params=["folder", "bucket"])
def objects(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Objects:
    if request.param == "folder":
        return Objects.open("", tmp_path)
    import httpx  # noqa: PLC0415

    address = request.getfixturevalue("bucket")
    httpx.post(f"{address}/moto-api/reset")
    httpx.put(f"{address}/evidence").raise_for_status()
    for name, value in {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    return Objects.open("s3://evidence/a/prefix", tmp_path)


def test_an_object_comes_back_under_its_hash(objects: Objects):
    name = objects.put(b"a recording")

    assert name == sha256(b"a recording").hexdigest() == objects.put(b"a recording")
    assert objects.get(name) == b"a recording"
    assert list(objects.names()) == [name]
    objects.delete(name)
    objects.delete(name)
    assert (objects.get(name), objects.has(name), list(objects.names())) == (None, False, [])


def test_what_was_changed_is_not_handed_out(tmp_path: Path):
    objects = Objects.open("", tmp_path)
    name = objects.put(b"as it was")
    (tmp_path / "objects" / name[:2] / name).write_bytes(b"as it is")

    with pytest.raises(SetupError, match="damaged"):
        objects.get(name)


def test_names_lead_nowhere_else(objects: Objects):
    for name in ("", "../../etc/passwd", "a" * 63, "A" * 64, "a" * 64 + "\n"):
        with pytest.raises(UsageError):
            objects.get(name)


def test_a_bucket_that_is_not_there_is_the_set_ups_problem(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("AWS_ENDPOINT_URL", bucket)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with pytest.raises(SetupError, match="objects"):
        Objects.open("s3://no-such-bucket", tmp_path).put(b"x")
    with pytest.raises(SetupError, match="ftp"):
        Objects.open("ftp://example.com/", tmp_path)

"""The resolution interface, on real releases and copies of them."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import c2pa
import httpx
import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from overt import api, settings
from overt.fingerprints import pdq
from overt.marking.pipeline import Released
from overt.marks.credential import active
from overt.marks.watermark.model import shortened, spelled
from overt.settings import Setup
from overt.setup.initialise import initialise
from overt.store.records import Store
from overt.web.app import application
from overt.web.limits import Allowance

WATERMARK, PDQ = "dev.overt.watermark.1", "dev.overt.fingerprint.pdq.1"
PROSE = (
    "春天的早晨，河边的柳树刚刚发芽，孩子们沿着石板路跑向学校，卖豆浆的老人推着车慢慢走过桥头。"
    "雾气从水面升起来，远处的山只剩下淡淡的轮廓，谁也没有注意到钟楼上的那只白鸽已经飞走了。"
    "多年以后，当他们再次回到这座小城，桥头的豆浆摊早已不在，只有那条石板路还和从前一样湿润。"
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Setup:
    folder = tmp_path_factory.mktemp("serving")
    initialise(folder, "Example-Studio")
    return settings.load(folder / "overt.toml")


@pytest.fixture(scope="module")
def released(home: Setup, media: Path) -> Released:
    source, bare = home.home / "kodim23.png", home.home / "bare.png"
    with Image.open(media / "images" / "kodim23.png") as picture:
        picture.convert("RGB").resize((576, 384)).save(source)
    with Image.open(media / "images" / "kodim04.png") as picture:
        picture.convert("RGB").resize((384, 576)).save(bare)
    with api.marker(home, home.home / "out") as marker:
        release = marker.mark(source, home.home / "out" / "kodim23.png", ["image_generation"])
    with api.marker(home, home.home / "out", only=["metadata"]) as marker:
        marker.mark(bare, home.home / "out" / "bare.png", ["image_generation"])
    return release


@pytest.fixture(scope="module")
def copy(released: Released, home: Setup) -> bytes:
    """The released picture, scaled, compressed, without anything beside its pixels."""
    path = home.home / "copy.jpg"
    with Image.open(released.path) as picture:
        picture.convert("RGB").resize((500, 333)).save(path, quality=80)
    return path.read_bytes()


@pytest.fixture(scope="module")
def client(home: Setup, released: Released) -> Iterator[TestClient]:
    generous = Allowance(1000, 1000)
    with TestClient(
        application(home, most_bytes=4 << 20, asking=generous, uploading=generous), raise_server_exceptions=False
    ) as client:
        yield client


def urn(released: Released) -> str:
    return f"urn:c2pa:{released.content_id}"


def encoded(raw: bytes | str) -> str:
    return base64.b64encode(raw if isinstance(raw, bytes) else raw.encode()).decode()


def test_a_watermark_id_leads_to_the_manifest(client: TestClient, released: Released) -> None:
    for bits in (64, 40):
        digits = spelled(shortened(released.content_id, bits), bits)
        for value in (
            digits,
            encoded(digits),
            encoded(bytes.fromhex(digits)),
            encoded(bytes.fromhex(digits)).rstrip("="),
        ):
            answer = client.get("/matches/byBinding", params={"alg": WATERMARK, "value": value})
            assert answer.json() == {
                "matches": [{"manifestId": urn(released), "similarityScore": 100}],
                "outcome": "found",
            }
    posted = client.post("/v1/matches/byBinding", json={"alg": WATERMARK, "value": encoded(digits)})
    assert posted.json()["matches"][0]["manifestId"] == urn(released)


def test_more_results_may_be_asked_for_than_are_given(client: TestClient, released: Released) -> None:
    """The standard's `maxResults` has no upper limit."""
    digits = spelled(shortened(released.content_id, 64), 64)
    answer = client.get("/matches/byBinding", params={"alg": WATERMARK, "value": digits, "maxResults": 100_000})
    assert [each["manifestId"] for each in answer.json()["matches"]] == [urn(released)]


def test_the_manifest_is_the_one_that_was_released(client: TestClient, released: Released) -> None:
    answer = client.get(f"/manifests/{urn(released)}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/c2pa"
    assert active.identifier(answer.content) == urn(released)
    assert answer.content in released.path.read_bytes()
    alone = client.get(f"/manifests/{urn(released)}", params={"returnActiveManifest": "true"}).content
    assert active.identifier(alone) == urn(released)
    assert len(alone) <= len(answer.content)


def test_another_reader_takes_the_manifest_for_the_released_file_alone(
    client: TestClient, released: Released, copy: bytes
) -> None:
    given = client.get(f"/manifests/{urn(released)}").content
    said = {}
    for kind, data in (("png", released.path.read_bytes()), ("jpeg", copy)):
        reader = c2pa.Reader(f"image/{kind}", io.BytesIO(data), manifest_data=given)
        told = json.loads(reader.json())
        assert told["active_manifest"] == urn(released)
        said[kind] = {status["code"] for status in told["validation_status"]}
    assert "assertion.dataHash.mismatch" in said["jpeg"] - said["png"]


def test_a_pdq_hash_leads_to_the_manifest(client: TestClient, released: Released) -> None:
    with Image.open(released.path) as picture:
        kept = pdq.fingerprint(np.asarray(picture.convert("RGB"))).values[0]
    near = kept.copy()
    near[:2] ^= 0b101
    for value in (kept, near):
        answer = client.get("/matches/byBinding", params={"alg": PDQ, "value": encoded(value.tobytes())}).json()
        assert [each["manifestId"] for each in answer["matches"]] == [urn(released)]
    other = hashlib.sha256(b"another").digest()
    answer = client.get("/matches/byBinding", params={"alg": PDQ, "value": encoded(other)}).json()
    assert answer == {"matches": [], "outcome": "not-found"}


@pytest.mark.parametrize("algorithm", [None, WATERMARK, PDQ])
def test_a_stripped_copy_leads_to_the_manifest(
    client: TestClient, released: Released, copy: bytes, algorithm: str | None
) -> None:
    parameters = {"alg": algorithm} if algorithm else {}
    answer = client.post("/matches/byContent", params=parameters, content=copy, headers={"content-type": "image/jpeg"})
    assert answer.status_code == 200, answer.text
    assert [each["manifestId"] for each in answer.json()["matches"]] == [urn(released)]


def test_another_picture_leads_nowhere(client: TestClient, media: Path) -> None:
    other = (media / "images" / "da2_demo01_s256.png").read_bytes()
    answer = client.post("/matches/byContent", content=other, headers={"content-type": "image/png"})
    assert answer.json() == {"matches": [], "outcome": "not-found"}


def test_what_has_no_manifest_is_not_given_out(client: TestClient, home: Setup) -> None:
    bare = (home.home / "out" / "bare.png").read_bytes()
    answer = client.post("/matches/byContent", content=bare, headers={"content-type": "image/png"})
    assert answer.json()["matches"] == []
    store = Store.open(home.data)
    content_id = store.by_sha256(hashlib.sha256(bare).hexdigest()).content_id
    store.close()
    assert client.get(f"/manifests/urn:c2pa:{content_id}").status_code == 404


def test_the_algorithms_are_told(client: TestClient) -> None:
    assert client.get("/services/supportedAlgorithms").json() == {
        "watermarks": [{"alg": WATERMARK}],
        "fingerprints": [{"alg": PDQ}],
    }
    paths = client.get("/openapi.json").json()["paths"]
    assert set(paths) > {
        "/matches/byBinding",
        "/matches/byContent",
        "/manifests/{manifest_id}",
        "/services/supportedAlgorithms",
        "/recalls",
        "/recalls/status-list",
        "/recalls/{content_id}",
    }


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/matches/byBinding", 400),
        ("GET", f"/matches/byBinding?alg={WATERMARK}&value=!!", 400),
        ("GET", f"/matches/byBinding?alg={WATERMARK}&value=AAAA", 400),
        ("GET", "/matches/byBinding?alg=com.example&value=AAAA", 400),
        ("GET", f"/matches/byBinding?alg={WATERMARK}&value={'A' * 3000}", 414),
        ("GET", f"/matches/byBinding?alg={WATERMARK}&value=0011223344556677&maxResults=0", 400),
        ("GET", "/manifests/..%2F..%2Fetc", 404),
        ("GET", "/manifests/anything", 400),
        ("GET", "/manifests/urn:c2pa:00000000-0000-4000-8000-000000000000", 404),
        ("GET", "/v1/nothing", 404),
        ("DELETE", "/matches/byBinding", 405),
        ("POST", "/matches/byReference", 404),
    ],
)
def test_errors_say_what_to_do_in_both_languages(client: TestClient, method: str, path: str, status: int) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    told = answer.json()
    assert told["status"] == status
    assert all(told[part][language] for part in ("message", "hint") for language in ("zh", "en"))
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("content", "media_type", "status"),
    [
        (b"", "image/png", 400),
        (b"\x89PNG\r\n\x1a\n" + bytes(5 << 20), "image/png", 413),
        (b"\x00\x01\x02 what is this", "application/octet-stream", 415),
        (b"anything", "multipart/form-data", 415),
        (b"anything", "", 415),
    ],
)
def test_files_that_cannot_be_taken(client: TestClient, content: bytes, media_type: str, status: int) -> None:
    assert (
        client.post("/matches/byContent", content=content, headers={"content-type": media_type}).status_code == status
    )


def test_a_broken_file_is_never_told_as_not_found(client: TestClient, copy: bytes) -> None:
    answer = client.post("/matches/byContent", content=copy[: len(copy) // 3], headers={"content-type": "image/jpeg"})
    assert answer.status_code == 422 or answer.json()["outcome"] != "not-found"


def test_a_body_that_does_not_say_its_length_is_cut_off(client: TestClient) -> None:
    pieces = (bytes(1 << 20) for _ in range(8))
    answer = client.post("/matches/byContent", content=pieces, headers={"content-type": "image/png"})
    assert answer.status_code == 413


def test_browsers_of_other_origins_may_ask(client: TestClient) -> None:
    answer = client.options("/matches/byContent", headers={"origin": "https://example.org"})
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"


def test_a_failure_of_ours_tells_strangers_nothing(home: Setup, released: Released) -> None:
    app = application(home)
    with TestClient(app, raise_server_exceptions=False) as client:
        service, app.state.service = app.state.service, None
        answer = client.get(f"/manifests/{urn(released)}")
        app.state.service = service
    assert answer.status_code == 500
    assert "NoneType" not in answer.text
    assert answer.json()["message"]["zh"] == "服务出错"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_caller_that_asks_too_often_waits(home: Setup) -> None:
    with TestClient(application(home, asking=Allowance(2, 1))) as client:
        answers = [client.get("/services/supportedAlgorithms") for _ in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 429]
    assert int(answers[2].headers["retry-after"]) > 30


def test_a_server_of_its_own_answers(home: Setup, released: Released) -> None:
    command = [sys.executable, "-m", "overt", "serve", "--port", "0", "--max-upload", "1"]
    with subprocess.Popen(
        command, cwd=home.home, env=os.environ | {"OVERT_LANG": "en"}, stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            told = server.stderr.readline()
            assert told.startswith("Listening at http://127.0.0.1:"), told
            address = told.split()[-1]
            with httpx.Client(base_url=address, timeout=60) as client:
                digits = spelled(shortened(released.content_id, 64), 64)
                found = client.get("/matches/byBinding", params={"alg": WATERMARK, "value": digits}).json()
                assert client.get(f"/v1/manifests/{found['matches'][0]['manifestId']}").status_code == 200
                large = client.post(
                    "/matches/byContent", content=bytes(2 << 20), headers={"content-type": "image/jpeg"}
                )
                assert large.status_code == 413
                assert "server" not in large.headers
        finally:
            with contextlib.suppress(ProcessLookupError):
                server.send_signal(signal.SIGINT)
        assert server.wait(60) == 0

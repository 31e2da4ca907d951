"""An example of every body that the API takes, by operation and media type. The tests send each as it stands here."""

from __future__ import annotations

from typing import Any, Final

_JSON: Final = "application/json"
_FORM: Final = "multipart/form-data"
_WHY: Final = {"reason": "repeated requests for fake notices of authorities"}
_STATEMENT: Final = {"owner": "head of compliance", "reason": "the procedure was replaced"}

_DOCUMENTS: Final[dict[str, Any]] = {
    "attest": {"method": "phone", "provider": "verify.example", "reference": "chk_8f3a"},
    "imposeSanction": {"kind": "warn", **_WHY, "duty": "DS-10e", "appeal": "https://example.com/appeal"},
    "liftSanction": {"reason": "the appeal was right"},
    "makeBundle": {"about": "2026-11-01..2026-12-01", "recipient": "the cyberspace administration of the city"},
    "askConsent": {
        "told": {
            "name": "李明",
            "contact": "li@example.cn",
            "asker": "王芳（短视频作者）",
            "made": "一段 30 秒的生日祝福",
            "shown": "只在家人群里",
        },
        "scope": {"likeness": ["voice"], "techniques": ["voice_conversion"], "purposes": ["entertainment"]},
        "language": "zh",
    },
    "checkRecording": {"outcome": "confirmed", "reason": "face and sentence match"},
    "withdrawConsent": {"reason": "by telephone on 3 May"},
    "askGate": {
        "account": "7f3c9a52e5b84d3f9f6c1d2e3a4b5c6d",
        "purpose": "education",
        "techniques": ["image_generation"],
        "prompt": "春天的山水画",
    },
    "exportDuties": {"form": "json", "languages": "both"},
    "makeStatement": {
        "duties": ["DS-08b"],
        "topic": "supporters",
        "text": "The contract with each technical supporter names its duties of information security.",
        "owner": "head of compliance",
        "expires": "2035-12-31",
    },
    "withdrawStatement": _STATEMENT,
    "determineFacts": [
        {
            "fact": "public_opinion",
            "value": True,
            "reasons": "users publish to everybody, and can be followed",
            "owner": "head of compliance",
            "review_by": "2035-12-31",
        }
    ],
    "tryText": {"text": "请把存款转到安全账户"},
    "publishNotice": {
        "zh": "# 基本原理\n扩散模型根据文字生成图片。",
        "en": "# Principle\nA diffusion model makes pictures from words.",
        "covers": ["AR-16b"],
    },
    "makeApiKey": {"name": "upload check", "scopes": ["contents:inspect"], "ends": "2035-01-01T00:00:00Z"},
    "fileReport": {"kind": "face", "links": ["https://example.com/p/1"], "language": "zh"},
    "askReporter": {"question": "在哪里看到的？请补充链接。"},
    "answerReport": {"outcome": "acted", "reason": "已删除，并记住其指纹。", "clauses": ["DS-12"]},
    "closeReport": {"reason": "the reporter took it back by telephone"},
    "placeHold": {
        "reason": "inquiry 2026-118",
        "authority": "the cyberspace administration of the city",
        "since": "2026-11-01",
        "before": "2026-12-01",
    },
    "releaseHold": {"reason": "the inquiry has ended"},
    "erasePerson": {"ground": "request"},
    "answerReview": {"answer": "refuse", "words": "教人诈骗", "duties": ["DS-06a"]},
    "queryByLargeBinding": {"alg": "dev.overt.watermark.1", "value": "c2FtcGxl"},
    "inviteStaff": {"name": "王芳", "login": "wang.fang@example.cn", "roles": ["reviewer"]},
    "grantRoles": {"roles": ["reviewer", "compliance"]},
    "switchOff": {"kind": "function", "name": "images.generate", "reason": "outputs that the review did not catch"},
    "switchOn": {"kind": "function", "name": "images.generate", "reason": "the review catches them now"},
    "enterWarrant": {
        "authority": "某市网信办",
        "number": "网检〔2026〕12号",
        "basis": "DS-21a",
        "scope": {"subjects": ["contents", "duties"], "since": "2026-11-01T00:00:00Z"},
        "since": "2034-12-01T00:00:00Z",
        "until": "2034-12-15T00:00:00Z",
        "paper_name": "notice.pdf",
        "paper": "JVBERi0xLjcK",
    },
    "extendWarrant": {"until": "2034-12-31T00:00:00Z", "reason": "the authority asked for two more weeks"},
    "endWarrant": {"reason": "the inspection is over"},
    "admitOfficer": {"name": "张三", "login": "officer@gov.example"},
    "moveMaterialRequest": {
        "kind": "answer",
        "text": "见附件。",
        "files": [{"name": "log.txt", "data": "MjAyNi0xMS0wMSAwOTowMAo="}],
    },
    "askForMaterial": {
        "text": "2026 年 11 月 1 日的审核记录。",
        "form": "CSV",
        "due": "2035-01-01T00:00:00Z",
    },
    "moveOwnRequest": {"kind": "accept"},
    "uncoverPerson": {
        "person": "7f3c9a52e5b84d3f9f6c1d2e3a4b5c6d",
        "what": "name",
        "reason": "case 12: compare the name with the report",
    },
    "makeWebhook": {
        "address": "https://hooks.example.com/overt",
        "tags": ["gate:decision:", "marking:content:release"],
    },
    "turnWebhook": {"state": "off"},
}
_FORMS: Final[dict[str, dict[str, str]]] = {
    "markContent": {"file": "text.txt", "technique": "passage_generation"},
    "searchByFile": {"text": "山高水长，云淡风轻。"},
    "rememberReported": {"file": "text.txt", "reason": "report 12: a forged notice"},
    "disseminate": {"file": "text.txt", "declared": "yes"},
    "inspect": {"file": "text.txt"},
    "sendLibrary": {"file": "library.csv"},
}
BODIES: Final[dict[str, dict[str, Any]]] = {
    **{name: {_JSON: body} for name, body in _DOCUMENTS.items()},
    **{name: {_FORM: body} for name, body in _FORMS.items()},
}
"""By operation, then by media type. In forms, `file` is the name of a file to choose."""

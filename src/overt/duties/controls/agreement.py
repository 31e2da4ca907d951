"""The service agreement and the rules (AR-07b, DS-08, GA-09b, LB-08): published, shown, accepted."""

from __future__ import annotations

from overt.duties import answers
from overt.duties.model import Evidence, Found, gap, met, no_evidence
from overt.duties.registry import control
from overt.duties.view import View
from overt.gate.account.model import Published, TextKind
from overt.language import Text
from overt.store.agreements import Agreements

_LABELS = ("显式标识", "隐式标识")
"""The law's own words for both kinds of labels (Labeling Measures, art. 3)."""
_PUBLISH: dict[TextKind, Text] = {
    "agreement": Text(
        zh="尚未发布服务协议。运行 overt agreement publish", en="No agreement was published: `overt agreement publish`"
    ),
    "rules": Text(
        zh="尚未发布管理规则。运行 overt agreement publish --kind rules",
        en="No rules were published: `overt agreement publish --kind rules`",
    ),
}


@control("AR-07b", "DS-08a", name=Text(zh="管理规则和平台公约", en="Rules and platform convention"))
def rules(view: View) -> Found:
    """A version of the rules is published and applies."""
    current = _current(view, "rules")
    if current is None:
        return gap(_PUBLISH["rules"])
    return met(Text(zh="管理规则已发布并适用", en="Rules are published and apply"), _shown(current))


@control("DS-08a", "GA-09b", name=Text(zh="服务协议", en="Service agreement"))
def agreement(view: View) -> Found:
    """A version of the agreement applies, and users accepted it."""
    current = _current(view, "agreement")
    if current is None:
        return gap(_PUBLISH["agreement"])
    if not _counts(view, current)[1]:
        return no_evidence(
            Text(zh="尚无账号同意现行服务协议", en="No account accepted the agreement yet"), _shown(current)
        )
    return met(
        Text(zh="服务协议已发布，并有同意记录", en="The agreement is published, and acceptances are recorded"),
        _shown(current),
        _asked(view, current),
    )


@control("LB-08", name=Text(zh="协议说明标识方法和样式", en="The agreement explains the labels"))
def labels_explained(view: View) -> Found:
    """The agreement speaks of both kinds of labels, its publisher says that it states them, and users were prompted."""
    current = _current(view, "agreement")
    if current is None:
        return gap(_PUBLISH["agreement"])
    if missing := [word for word in _LABELS if word not in current.text.zh]:
        return gap(
            Text(
                zh=f"服务协议没有写明：{'、'.join(missing)}",
                en=f"The agreement does not speak of: {', '.join(missing)}",
            ),
            _shown(current),
        )
    return _read(view, current, "LB-08")


@control("DS-08b", name=Text(zh="提示使用者的信息安全义务", en="Users are prompted of their duties"))
def users_prompted(view: View) -> Found:
    """The agreement states users' duties of information security, and users were prompted to read it."""
    current = _current(view, "agreement")
    return gap(_PUBLISH["agreement"]) if current is None else _read(view, current, "DS-08b")


@control(
    "DS-08b", name=Text(zh="提示技术支持者的信息安全义务", en="Technical supporters are prompted"), statements=True
)
def supporters_prompted(view: View) -> Found:
    """Supporters are no accounts: somebody states that they were prompted."""
    return answers.statement(view, "DS-08b", topic="supporters")


def _read(view: View, current: Published, duty: str) -> Found:
    """Whether the text says that it states this duty, and accounts were prompted to read it."""
    if duty not in current.covers:
        return gap(
            Text(
                zh=f"发布者没有注明协议载有 {duty} 的内容（--covers {duty}）",
                en=f"Its publisher does not say that the agreement states {duty} (`--covers {duty}`)",
            ),
            _shown(current),
        )
    if not _counts(view, current)[0]:
        return no_evidence(
            Text(zh="尚未提示账号阅读现行版本", en="No account was prompted to read the version that applies yet"),
            _shown(current),
        )
    return met(
        Text(zh="协议载有相应内容，并已提示阅读", en="The agreement states it, and accounts were prompted to read it"),
        _shown(current),
        _asked(view, current),
    )


def _current(view: View, kind: TextKind) -> Published | None:
    return Agreements(view.store).current(kind, view.now)


def _counts(view: View, current: Published) -> tuple[int, int]:
    return Agreements(view.store).counts(current.kind, current.version)


def _shown(current: Published) -> Evidence:
    shows = Text(zh=f"版本 {current.version}，文本的 SHA-256", en=f"Version {current.version}, SHA-256 of the text")
    return Evidence("file", shows, current.sha256, at=current.valid_from)


def _asked(view: View, current: Published) -> Evidence:
    prompted, accepted = _counts(view, current)
    return Evidence(
        "count", Text(zh="已提示；已同意的账号", en="Accounts prompted; accepted"), f"{prompted}; {accepted}"
    )

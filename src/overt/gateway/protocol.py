"""Answers that are no content, in the shape of the OpenAI HTTP API, so that its clients raise their proper errors.

```json
{"error": {"message": "…", "type": "permission_error", "code": "refused", "param": null,
           "decision": "…", "reasons": [{"code": "…", "duties": ["DS-14b"], "zh": "…", "en": "…"}],
           "diagnostics": {"zh": "…", "en": "…"}}}
```

| what | status | code |
|---|---|---|
| the gate refuses, or the review of what came out | 403 | `refused` |
| it holds: a person has to look | 409 | `held` |
| no key, or none that holds | 401 | `invalid_api_key` |
| the request makes no sense, or cannot be answered with marks | 400 | `unsupported`, … |
| an address that the gateway does not know | 404 | `unknown_url` |
| too large | 413 | `too_large` |
| too much at once | 429 | `busy` |
| our fault, or the set-up's | 500 | `gateway_error` |
| the generator's answer makes no sense | 502 | `upstream_error` |

`x-should-retry: false` tells clients not to ask again by themselves where only a person or another request helps.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.responses import JSONResponse

from overt.errors import BudgetError, MediaError, OvertError, ReadBackError, RefusedError, UnsupportedError, UsageError
from overt.gate.model import Decision, Finding, Reason
from overt.gateway.workers import BusyError
from overt.language import Text

_log = logging.getLogger(__name__)

CONTENT_ID: Final = "Overt-Content-Id"
DECISION: Final = "Overt-Decision"
_WITHHELD = Text(zh="网关出错", en="the gateway failed")
_TYPES: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    413: "invalid_request_error",
    429: "rate_limit_error",
}
_ERRORS: Final[tuple[tuple[type[OvertError], int, str], ...]] = (
    (BusyError, 429, "busy"),
    (RefusedError, 403, "refused"),
    (UsageError, 400, "invalid_request"),
    (UnsupportedError, 400, "unsupported"),
    (BudgetError, 413, "too_large"),
    # What comes out of a generator and cannot be marked is the generator's fault, as far as the client can tell.
    (MediaError, 502, "upstream_error"),
    (ReadBackError, 502, "marks_not_readable"),
)


class GatewayError(OvertError):
    """An answer in the protocol's own shape."""

    def __init__(
        self,
        status: int,
        code: str,
        message: Text,
        *,
        hint: Text | None = None,
        param: str | None = None,
        decision: str = "",
        reasons: Sequence[Reason] = (),
    ) -> None:
        super().__init__(message.en, message.zh, hint=hint)
        self.status = status
        self.code = code
        self.param = param
        self.decision = decision
        self.reasons: tuple[Reason, ...] = tuple(reasons)

    def told(self) -> dict[str, Any]:
        """The error as the protocol has it."""
        hint = self.hint.both() if "hint" in vars(self) else None
        both = f"{self.message.en} ({self.message.zh})"
        error: dict[str, Any] = {
            "message": both,
            "type": _TYPES.get(self.status, "server_error"),
            "code": self.code,
            "param": self.param,
            "diagnostics": {"message": self.message.both(), **({"hint": hint} if hint else {})},
        }
        if self.decision:
            error |= {"decision": self.decision, "reasons": [reason_json(each) for each in self.reasons]}
        return {"error": error}

    def response(self) -> JSONResponse:
        """The error as an answer."""
        headers = {"Retry-After": "2"} if self.status == 429 else {"x-should-retry": "false"}
        if self.decision:
            headers[DECISION] = self.decision
        return JSONResponse(self.told(), self.status, headers)


def reason_json(reason: Reason) -> dict[str, Any]:
    """A reason of the gate, in both languages, with the duties that it cites."""
    return {"code": reason.code, "duties": list(reason.duties), **reason.text.both()}


def why(decision: Decision, finding: Finding) -> dict[str, Any]:
    """Why a text ends here."""
    outcome = "hold" if finding.outcome == "allow" else finding.outcome
    reasons = [reason_json(each) for each in finding.reasons]
    return {"decision": decision.id, "outcome": outcome, "reasons": reasons}


def of_decision(decision: Decision) -> GatewayError:
    """The answer for a decision that does not allow."""
    return _refused(
        decision.outcome,
        decision.id,
        decision.reasons,
        Text(
            zh=f"审核通过后，以请求头 {DECISION}: {decision.id} 重新发送同一请求。",
            en=f"When it has been passed, send the same request again with the header {DECISION}: {decision.id}.",
        ),
    )


def of_output(decision: Decision, finding: Finding) -> GatewayError:
    """The answer for something that came out and may not be handed over."""
    outcome = "hold" if finding.outcome == "allow" else finding.outcome  # It could not tell.
    return _refused(
        outcome,
        decision.id,
        finding.reasons,
        Text(
            zh="产出内容未交付。审核通过后请再次取得；无引擎可审的种类由运营者在 [gate] unseen 中决定。",
            en="What came out was not handed over. Ask for it again when it was passed. What happens to kinds that "
            "no engine can look at, the operator sets by `unseen` in [gate].",
        ),
    )


def _refused(outcome: str, decision: str, reasons: Sequence[Reason], way_out: Text) -> GatewayError:
    zh, en = "；".join(each.text.zh for each in reasons), "; ".join(each.text.en for each in reasons)
    if outcome == "hold":
        return GatewayError(
            409,
            "held",
            Text(zh=f"须由人工审核：{zh or '等待审核'}", en=f"a person has to look at this first: {en or 'on hold'}"),
            hint=way_out,
            decision=decision,
            reasons=reasons,
        )
    return GatewayError(
        403,
        "refused",
        Text(zh=f"不予许可：{zh or '未说明理由'}", en=f"refused: {en or 'no reason was given'}"),
        hint=Text(zh="按所列理由补正后重新请求。", en="Mend what the reasons name, and ask again."),
        decision=decision,
        reasons=reasons,
    )


def of_error(error: OvertError) -> GatewayError:
    """The answer for an error of ours. What is wrong with the set-up is for the log, not for clients."""
    if isinstance(error, GatewayError):
        return error
    for kind, status, code in _ERRORS:
        if isinstance(error, kind):
            return GatewayError(status, code, error.message, hint=error.hint)
    _log.error("a request failed: %s", error)
    return GatewayError(500, "gateway_error", _WITHHELD, hint=OvertError.hint)


def unexpected(error: BaseException) -> GatewayError:
    """The answer for what nobody expected."""
    _log.error("a request failed", exc_info=error)
    return GatewayError(500, "gateway_error", _WITHHELD, hint=OvertError.hint)


def unsupported(param: str, message: Text, hint: Text | None = None) -> GatewayError:
    """A part of the interface that would let something out without marks, or that the gateway lacks."""
    return GatewayError(400, "unsupported", message, hint=hint, param=param)


def upstream_failed(message: Text) -> GatewayError:
    """The generator's answer makes no sense, or there is none."""
    return GatewayError(
        502, "upstream_error", message, hint=Text(zh="检查生成服务。", en="Look at the generator behind the gateway.")
    )


def told_headers(decision: Decision, content_ids: Sequence[str]) -> Mapping[str, str]:
    """What every answer with contents says in its headers."""
    return {DECISION: decision.id, CONTENT_ID: ", ".join(content_ids)}

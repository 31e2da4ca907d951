"""The console does nothing that programs cannot: each of its acts has its operation under `/v1`, or a reason."""

from __future__ import annotations

from starlette.routing import Route

from overt.web import navigation

PAGES_ONLY = {
    "account.end_others", "account.set_password", "account.recovery_kept", "account.remove",  # One's own sign-in.
    "review.set_comfort",  # One's own screen.
}  # fmt: skip
OPERATIONS = {
    "accounts.open_one": "openAccount", "accounts.attest": "attest", "accounts.impose": "imposeSanction",
    "accounts.lift": "liftSanction", "accounts.close": "closeAccount", "consents.ask": "askConsent",
    "consents.check": "checkRecording", "consents.withdraw": "withdrawConsent", "contents.by_file": "searchByFile",
    "contents.remember": "rememberReported", "contents.mark": "markContent", "contents.bundle": "makeBundle",
    "contents.forget": "forgetReported", "decisions.ask": "askGate", "decisions.mark": "markReviewedOutput",
    "duties.again": "listDuties", "inspector_desk.ask": "askForMaterial", "inspector_desk.step": "moveOwnRequest",
    "inspectors.enter": "enterWarrant", "inspectors.confirm": "confirmWarrant", "inspectors.extend": "extendWarrant",
    "inspectors.end": "endWarrant", "inspectors.admit": "admitOfficer", "inspectors.step": "moveMaterialRequest",
    "keys.begin": "examineSetup", "ledger.audit": "auditLedger", "library.attempt": "tryText",
    "library.upload": "sendLibrary", "library.put": "sendLibrary", "notices.publish": "publishNotice",
    "persons.export": "exportPerson", "persons.erase": "erasePerson", "programs.make": "makeApiKey",
    "programs.withdraw": "withdrawApiKey", "refusals.new_code": "makeRefusalCode", "refusals.verify": "verifyRefusal",
    "reports.act": "takeReport askReporter confirmReport answerReport closeReport", "retention.place": "placeHold",
    "retention.release": "releaseHold", "retention.run": "expireRecords", "review.take": "takeNextReview",
    "review.answer": "answerReview", "review.renew": "renewReview", "review.back": "releaseReview",
    "review.follow": "followReview", "review.mark": "markReviewedOutput", "staff.invite": "inviteStaff",
    "staff.grant": "grantRoles", "staff.link": "linkStaff", "staff.leave": "removeStaff", "switches.off": "switchOff",
    "switches.on": "switchOn", "uncover.give": "uncoverPerson", "webhooks.make": "makeWebhook",
    "webhooks.turn": "turnWebhook", "webhooks.delete": "deleteWebhook", "webhooks.resend": "resendDelivery",
}  # fmt: skip


def routes(folder: str) -> list[Route]:
    return [each for router in navigation.routers(folder) for each in router.routes if isinstance(each, Route)]  # type: ignore[arg-type]


def test_every_act_of_the_console_has_its_operation() -> None:
    acts = {
        f"{each.endpoint.__module__.rpartition('.')[2]}.{each.endpoint.__name__}"
        for each in routes("console")
        if "POST" in (each.methods or ())
    }
    assert acts - PAGES_ONLY == set(OPERATIONS)
    known = {getattr(each, "operation_id", None) for each in routes("api")}
    assert {name for told in OPERATIONS.values() for name in told.split()} <= known

"""The gate once more, written from the design and not from its code: was this change of the raw rows allowed?

`judge` compares the stored rows before and after one transaction. It knows nothing of triggers, permits' code or
seals, so that a hole in them is not repeated here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from gate_world import Rows

Row = dict[str, Any]
GUARDED = (
    "username", "email", "phone", "password_hash", "status", "must_change_password", "locked_until",
    "failed_attempts", "activated_at", "contact_changed_at",
)  # fmt: skip
RECORD = ("audit_event", "audit_seal", "audit_head")
COUNTERS = {
    "portal_account": {"failed_attempts", "locked_until"},
    "recovery_credential": {"tries", "revoked_at"},
    "identity_check": None,
    "outbox_message": None,
}
"""What a counted refusal (a wrong password, code or fact) may touch besides the record; None: any column."""
_KNOWLEDGE = {"birth-date", "postal-code", "phone", "email", "last-visit"}
_POSSESSION = {"code-email", "code-phone", "callback"}
_NEEDS = {
    "resend-invite": "basic", "resend-invite --letter": "basic", "send-reset": "basic", "recover-username": "basic",
    "unlock": "basic", "secure-account": "basic", "issue-temp-login": "strong", "disable": "strong",
    "enable": "strong", "update-contact": "strong", "change-username": "strong", "decline": "basic",
    "credentials revoke": "basic",
}  # fmt: skip
_SENDS = {"resend-invite", "resend-invite --letter", "send-reset", "recover-username", "update-contact"}
_BEARS = {
    "resend-invite": {"invitation"}, "resend-invite --letter": {"letter"}, "send-reset": {"reset"},
    "unlock": {"unlock-link"}, "issue-temp-login": {"temp-login"},
    "update-contact": {"confirm-code", "confirm-link", "object-link"},
}  # fmt: skip


def differing(before: Rows, after: Rows) -> Iterator[tuple[str, Row | None, Row | None]]:
    """Table, old row, new row of everything that is not as it was."""
    for table in before.keys() | after.keys():
        old, new = before.get(table, {}), after.get(table, {})
        for key in old.keys() | new.keys():
            if old.get(key) != new.get(key):
                yield table, old.get(key), new.get(key)


def judge(before: Rows, after: Rows) -> list[str]:
    """The actions by which accounts or credentials changed; asserts that each was allowed."""
    actions = []
    for table, old, new in differing(before, after):
        assert new is not None or table == "patient_name", f"a row of {table} is gone"
        if table == "portal_account" and old is not None and new is not None:
            columns = {c for c in GUARDED if old[c] != new[c]}
            if columns and not _only_raised(old, new, columns):
                actions.append(_permitted(before, after, old, new, columns))
        elif table == "portal_account" and new is not None:
            assert (new["status"], new["password_hash"], new["permit_id"]) == ("new", None, None)
        elif table in ("recovery_credential", "change_request") and old is None and new is not None:
            actions.append(_borne(before, after, table, new))
        elif table == "permit" and old is None and new is not None:
            assert new["spent_seq"] == new["changed_seq"]
            _require_ground(before, after, new)
        elif table == "permit":
            raise AssertionError("a permit changed after its event")
    return actions


def only_counted(before: Rows, after: Rows) -> bool:
    """Whether nothing but the record and counters differ: what a refusal may leave behind."""
    for table, old, new in differing(before, after):
        if table in RECORD:
            continue
        if table not in COUNTERS:
            return False
        may = COUNTERS[table]
        if old is None or new is None:
            if may is not None:
                return False
        elif may is not None and {c for c in new if new[c] != old[c]} - may - {"changed_seq", "seal"}:
            return False
    return True


def _only_raised(old: Row, new: Row, columns: set[str]) -> bool:
    raised = new["failed_attempts"] >= old["failed_attempts"] and (
        new["locked_until"] == old["locked_until"]
        or (new["locked_until"] is not None and (old["locked_until"] or "") < new["locked_until"])
    )
    return columns <= {"failed_attempts", "locked_until"} and raised


def _permitted(before: Rows, after: Rows, old: Row, new: Row, columns: set[str]) -> str:
    permit = after["permit"][(new["permit_id"],)]
    assert (new["permit_id"],) not in before["permit"], "a permit of an earlier event"
    assert permit["mrn"] == new["mrn"]
    assert permit["spent_seq"] == permit["changed_seq"] == new["changed_seq"]
    for column in columns:
        assert _covers(permit, column, old, new, after), f"{permit['action']} does not cover {column}"
    gives = {"username", "email", "phone", "activated_at"} & columns or (
        new["password_hash"] not in (None, old["password_hash"])
        or ("status" in columns and new["status"] != "declined")
    )
    if gives and permit["ground"] == "check":
        assert permit["level"] == "strong", "knowledge alone gave access"
    return str(permit["action"])


def _covers(permit: Row, column: str, old: Row, new: Row, after: Rows) -> bool:
    value, action = new[column], permit["action"]
    if action == "unlock":
        return column == "locked_until" and value is None and (permit["level"], permit["ground"]) != ("basic", "check")
    if action == "secure-account":
        return (column, value) in (("password_hash", None), ("must_change_password", 0))
    if action == "issue-temp-login":
        return {
            "password_hash": value is not None, "must_change_password": value == 1, "username": old["username"] is None
        }.get(column, False)  # fmt: skip
    if action == "disable":
        return (column, value) == ("status", "disabled")
    if action == "decline":
        return (column, value) == ("status", "declined")
    if action == "change-username":
        return column == "username" and value is not None
    if action == "enable":
        return column == "status" and value == ("active" if old["activated_at"] else "new")
    if action == "apply-contact":
        request = after["change_request"][(permit["ground_id"],)]
        return column == "contact_changed_at" or (column, value) == (request["kind"], request["new_value"])
    if action == "import-contact":
        return old["status"] == "new" and column in ("email", "phone", "contact_changed_at")
    if action == "redeem":
        return {
            "username": old["activated_at"] is None, "password_hash": value is not None,
            "must_change_password": value == 0, "locked_until": value is None, "failed_attempts": value == 0,
            "status": (old["status"], value) == ("new", "active"), "activated_at": old["activated_at"] is None,
        }.get(column, False)  # fmt: skip
    if action in ("sign-in", "change-password"):
        return (column, value) in (("locked_until", None), ("failed_attempts", 0)) or (
            column == "password_hash" and None not in (value, old["password_hash"])
        )
    return False


def _borne(before: Rows, after: Rows, table: str, new: Row) -> str:
    if new.get("kind") == "code" and table == "recovery_credential":
        check = after["identity_check"][(new["check_id"],)]
        assert check["patient"] == new["mrn"]
        assert _level(check) != "none"
        assert check["ended_at"] is None
        return "verify-identity"
    permit = after["permit"][(new["permit_id"],)]
    assert (new["permit_id"],) not in before["permit"], "a permit of an earlier event"
    assert (permit["mrn"], permit["spent_seq"]) == (new["mrn"], new["changed_seq"])
    if table == "change_request":
        assert permit["action"] == "update-contact"
    else:
        assert new["kind"] in _BEARS[permit["action"]]
    return str(permit["action"])


def _require_ground(before: Rows, after: Rows, permit: Row) -> None:
    ground, at = permit["ground"], permit["issued_at"]
    if ground == "check":
        check = after["identity_check"][(permit["ground_id"],)]
        needs, level = _NEEDS[permit["action"]], _level(check)
        assert (check["patient"], check["staff"]) == (permit["mrn"], permit["staff"])
        assert check["started_at"] <= at < check["expires_at"]
        assert check["ended_at"] is None
        assert check["outcome"] == "passed" or (check["outcome"], permit["action"]) == ("held", "secure-account")
        assert level == "strong" or level == needs, "the check is too weak"
        uses = [p for p in after["permit"].values() if (p["ground_id"], p["action"]) == (check["id"], permit["action"])]
        assert len(uses) <= (3 if permit["action"] in _SENDS else 1)
        own = json.loads(after["staff_member"][(permit["staff"],)]["linked"])
        assert permit["mrn"] not in own, "the own record"
    elif ground in ("approval", "time"):
        request, staff = after["change_request"][(permit["ground_id"],)], after["staff_member"]
        assert (request["mrn"], request["state"]) == (permit["mrn"], "effective")
        assert request["confirmed_at"] is not None
        assert request["confirmed_at"] <= at < request["expires_at"]
        made_under = after["identity_check"][(request["check_id"],)]
        assert _level(made_under) == "strong"
        assert made_under["started_at"] <= request["requested_at"] < made_under["expires_at"]
        if ground == "approval":
            assert request["decided_by"] == permit["staff"] != request["requested_by"]
            assert staff[(permit["staff"],)]["role"] == "admin"
        else:
            assert request["waits_until"] is not None
            assert request["waits_until"] <= at
            admins = [m["name"] for m in before["staff_member"].values() if m["role"] == "admin"]
            live = [name for name in admins if before["staff_member"][(name,)]["status"] == "active"]
            assert [name for name in live if name != request["requested_by"]] == [], "an admin could have approved"
    elif ground == "redemption":
        old, new = (rows["recovery_credential"][(permit["ground_id"],)] for rows in (before, after))
        assert (old["mrn"], old["redeemed_at"], old["revoked_at"]) == (permit["mrn"], None, None)
        assert new["redeemed_at"] == at < old["expires_at"]
    elif ground == "sign-in":
        account = before["portal_account"][(permit["mrn"],)]
        assert account["status"] == "active"
        assert (account["locked_until"] or "") <= at
    elif ground == "import":
        assert after["staff_member"][(permit["staff"],)]["role"] == "admin"
        assert before["portal_account"][(permit["mrn"],)]["status"] == "new"
    else:
        assert ground == "asked"
        assert permit["staff"] is None
        assert permit["action"] in ("resend-invite", "send-reset", "recover-username")


def _level(check: Row) -> str:
    """Design §3.1, counted from the stored evidence."""
    held = {e["method"] for e in json.loads(check["evidence"]) if e["outcome"] in ("match", "attested")}
    known = (held & _KNOWLEDGE) - set(json.loads(check["spoiled"]))
    if {"photo-id", "birth-date"} <= held:
        return "strong"
    if len(known) < 3 or "birth-date" not in known:
        return "none"
    return "strong" if held & _POSSESSION else "basic"

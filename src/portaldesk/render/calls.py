"""What the clerk sees during a call: checks, changes, diagnoses, requests."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from portaldesk.render import screens, times
from portaldesk.render.screens import Part, Table
from portaldesk.rules import letter_codes

if TYPE_CHECKING:
    from portaldesk.services.changes import Changed
    from portaldesk.services.contacts import ContactAsked
    from portaldesk.services.credentials_listing import CredentialLine, Listed
    from portaldesk.services.diagnosis import Diagnosis
    from portaldesk.services.finding import Found
    from portaldesk.services.identity_checks import CheckView
    from portaldesk.services.requests import RequestView
    from portaldesk.services.temporary_logins import TemporaryLogin

_SEEN = {
    "match": "matched",
    "no-match": "did not match",
    "not-on-file": "not on file",
    "sent": "code sent",
    "attested": "seen (your word)",
}
SHARED = "another patient has this address too: ask whether it is a family address."
PROXY_LOGIN = (
    "An invitation goes to the proxy's own email. Without an email, or a phone or postal code of theirs, none does; "
    "then in person: portaldesk verify-identity {patient} --proxy NAME --birth-date - --photo-id KIND; issue-temp-login"
)
_DONE = {"done": "Done", "link-sent": "Sent", "waiting": "Asked for"}


def show_found(found: Found) -> None:
    """The masked rows of `find`."""
    rows = [
        (p.mrn, p.name, p.status + (f", goes on as {p.goes_on_as}" if p.goes_on_as else ""), p.account_status)
        for p in found.patients
    ]
    more = ["There are more: narrow it with --birth-date."] if found.more else []
    screens.show(found, Table(("MRN", "Name", "Record", "Account"), rows, "Nobody is found by that."), *more)


def show_check(check: CheckView, *, now: datetime) -> None:
    """Where an identity check stands; never an expected answer."""
    parts: list[Part] = [f"Check {check.check_id}: {check.outcome} at level {check.level}"]
    if check.methods:
        rows = [
            (m.method, _SEEN[m.outcome] + ("" if m.counts else " (looked up by it: does not count)"))
            for m in check.methods
        ]
        parts.append(Table(("Asked", "Answer"), rows))
    parts.append(f'Say: "{check.say}"')
    if check.ask:
        parts.append("Ask next: " + ", ".join(check.ask))
    if check.words:
        ways = {one.method for one in check.methods} & {"code-email", "code-phone"}
        parts.append(_words("text" if ways == {"code-phone"} else "mail" if len(ways) == 1 else "message", check.words))
    if check.outcome in ("passed", "held") or check.allows:
        parts.append("Allows: " + (", ".join(check.allows) or "nothing"))
    if check.on_hold_until:
        parts.append(f"On hold until {times.local(check.on_hold_until)}.")
    if check.outcome != "failed":
        wrong = "one wrong answer is left" if check.wrong_left else "no wrong answer is left"
        parts.append(f"Lives until {times.until(check.expires_at, now)}; {wrong}.")
    screens.show(check, *parts)


def show_diagnosis(found: Diagnosis) -> None:
    """The causes that were found, then what is ruled out, then what needs a check first."""
    parts: list[Part] = []
    for cause in (c for c in found.causes if c.found):
        parts.append(f"■ {cause.cause}: {cause.detail}")
        parts.append(f'   Say:  "{cause.say}"')
        if cause.next:
            parts.append(f"   Next: {cause.next}")
    ruled_out = [c.cause for c in found.causes if c.found is False]
    unknown = [c.cause for c in found.causes if c.found is None]
    if not parts:
        parts.append("No cause was found.")
    if found.goes_on_as:
        parts.insert(0, f"This record goes on as {found.goes_on_as}: portaldesk diagnose {found.goes_on_as}")
    if ruled_out:
        parts.append("Not it: " + ", ".join(ruled_out))
    if unknown:
        parts.append("After an identity check: " + ", ".join(unknown))
        parts.append(f"   Next: portaldesk verify-identity {found.patient}")
    screens.show(found, *parts)


def show_change(change: Changed, *, now: datetime) -> None:
    """The result of a change."""
    screens.show(change, *change_lines(change, now=now))


def show_temporary_login(made: TemporaryLogin, *, now: datetime) -> None:
    """The one screen that shows a secret, once."""
    result = flat(made.change) | {
        "username": made.username,
        "temporary_password": made.temporary_password,
        "spelled": made.spelled,
    }
    screens.show(
        result,
        *change_lines(made.change, now=now),
        f"Username:            {made.username}",
        f"Temporary password:  {made.temporary_password}",
        f"Spell it:            {made.spelled}",
        "It is shown this once. It opens only 'choose a password', after the birth date.",
        essential=made.temporary_password,
    )


def show_asked(asked: ContactAsked, *, now: datetime) -> None:
    """A contact change that was asked for, and what it waits for."""
    result = flat(asked.change) | {
        "request_id": asked.request_id,
        "kind": asked.kind,
        "state": asked.state,
        "effective_at": asked.effective_at,
        "words": asked.words,
        "shared_with_others": asked.shared_with_others,
    }
    waits = {
        "awaiting-confirmation": "the new address must answer",
        "awaiting-approval": "an admin must approve it",
        "waiting": f"it takes effect at {times.local(asked.effective_at)}",
    }
    parts = [
        f"Request {asked.request_id}: {asked.state}; {waits.get(asked.state, 'nothing more is needed')}.",
        *change_lines(asked.change, now=now)[1:],
    ]
    if asked.shared_with_others:
        parts.append(f"Mind: {SHARED}")
    if asked.words:
        parts.append(_words("mail" if asked.kind == "email" else "text", asked.words))
        parts.append(f"Next: portaldesk confirm {asked.request_id} --code -")
    elif asked.state == "awaiting-confirmation":
        parts.append(f"Next: call the new number, then portaldesk confirm {asked.request_id} --callback")
    screens.show(result, *parts, essential=asked.request_id)


def _words(what: str, words: str) -> str:
    return f"The {what} with the code shows two words; yours are: {words}"


def show_credentials(found: Listed, *, now: datetime) -> None:
    """Every link and code of a patient, newest first."""
    rows = [(c.reference, c.kind, times.local(c.issued_at), _sent_to(c), _became(c, now)) for c in found.credentials]
    more = [f"Only the newest {len(rows)} are shown."] if found.more else []
    screens.show(
        found,
        Table(
            ("Reference", "Kind", "Issued", "Sent to", "State"), rows, "No link or code was ever made.",
            whole=("Reference", "Issued"),
        ),
        *more,
    )  # fmt: skip


def _sent_to(one: CredentialLine) -> str | None:
    if one.to is None or one.sent:
        return one.to
    return f"{one.to} (not sent)"


def _became(one: CredentialLine, now: datetime) -> str:
    opened = ", opened" if one.opened_at is not None else ""
    return one.state + opened + (f", {times.left(one.expires_at, now)}" if one.state == "live" else "")


def show_request(request: RequestView) -> None:
    """One request after a decision, or to look at."""
    parts: list[Part] = [
        f"Request {request.request_id} ({request.kind} of {request.patient} → {request.new_value}): {request.state}"
        + (" already" if request.already else ""),
        f"Asked by {request.requested_by} at {times.local(request.requested_at)}.",
    ]
    if request.effective_at:
        parts.append(f"Takes effect: {times.local(request.effective_at)}.")
    if request.approver:
        how = "" if request.independent is not False else " (not independent: they gave the requester a password)"
        parts.append(f"Decided by {request.approver}{how}.")
    if request.shared_with_others:
        parts.append(f"Mind: {SHARED}")
    if request.old_told_at is None and request.effect == "waiting":
        parts.append("Mind: no old address was told: there is none, or it was closed.")
    if request.action == "proxy grant" and request.state == "effective":
        parts.append(PROXY_LOGIN.format(patient=request.patient))
    if request.state == "awaiting-approval":
        parts.append(f"Next, by an admin: portaldesk approve {request.request_id} --reason ...")
    screens.show(request, *parts)


def show_requests(requests: list[RequestView]) -> None:
    """The open requests."""
    rows = [
        (r.request_id, r.patient, f"{r.kind} → {r.new_value}", r.state, r.requested_by, times.local(r.requested_at))
        for r in requests
    ]
    screens.show(
        {"requests": [flat(r) for r in requests]},
        Table(("Request", "Patient", "Change", "State", "By", "Asked"), rows, "No request waits."),
    )


def flat(result: Any) -> dict[str, Any]:
    """The fields of a result, so that a document can add to them."""
    return {field.name: getattr(result, field.name) for field in fields(result)}


def change_lines(change: Changed, *, now: datetime) -> list[str]:
    """What every change says of itself."""
    what = "was so already; nothing was changed or sent" if change.already else _DONE[change.effect]
    lines = [f"{change.action} {change.patient}: {what}. Account: {change.account_status}."]
    if change.proxy:
        lines.append("This is the proxy's own login, not the patient's.")
    by_letter = change.reference is not None and letter_codes.is_number(change.reference)
    if change.reference:
        lines.append(f"Reference: {change.reference} (it stands in the {'letter' if by_letter else 'mail'} too).")
    if change.call_code:
        lines.append(f"Tell the caller this call code; the link asks for it: {change.call_code}")
    if change.notified:
        lines.append("Mail goes to: " + ", ".join(change.notified))
    if by_letter and not change.already:
        lines.append("Next, by an admin: portaldesk outbox letters --print FOLDER")
    if change.expires_at:
        lines.append(f"Valid until {times.until(change.expires_at, now)}.")
    return lines

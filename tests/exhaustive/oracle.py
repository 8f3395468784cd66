"""What the design says of a change, told again without the gate's code: notes on what truly happened, and a verdict.

It knows what a caller proved, not what portaldesk made of it. Times are relative to now: minutes, the past below zero.
Nothing of portaldesk is imported, so that a hole in the gate is not repeated here.
"""

from __future__ import annotations

from typing import NamedTuple

DAY = 24 * 60
CHECK_LIFE, CODE_LIFE, LINK_LIFE, REQUEST_LIFE = 15, 10, 60, 7 * DAY
OTHER_FACTS = {"postal-code", "phone", "email", "last-visit"}
BASIC = {
    "resend-invite", "resend-invite --letter", "send-reset", "recover-username", "unlock", "secure-account",
    "contacts mark", "decline", "credentials revoke",
}  # fmt: skip
MARKS = {"contacts mark", "contacts mark --usable"}
SENDS = {"resend-invite", "resend-invite --letter", "send-reset", "recover-username"}


class Notes(NamedTuple):
    """One identity check as a witness would tell of it. `found_by`: what the patient was looked up by."""

    patient: str
    since: int = 0
    proved: frozenset[str] = frozenset()
    found_by: frozenset[str] = frozenset()
    wrong: int = 0
    code_sent: int | None = None
    wrong_codes: int = 0
    failed: bool = False
    over: bool = False
    used: tuple[tuple[str, int], ...] = ()

    @property
    def live(self) -> bool:
        return not self.failed and not self.over and self.since > -CHECK_LIFE

    def level(self, without: frozenset[str] = frozenset()) -> str:
        counted = self.proved - without
        facts = counted & ({"birth-date"} | OTHER_FACTS) - self.found_by
        if {"photo-id", "birth-date"} <= counted:
            return "strong"
        if len(facts) < 3 or "birth-date" not in facts:
            return "none"
        return "strong" if counted & {"code", "call-back"} else "basic"


class Ask(NamedTuple):
    """A contact that somebody asked to change."""

    by: str
    at: int
    photo_id: bool
    answered: bool = False
    closed: bool = False


class Mail(NamedTuple):
    """A recovery credential that its reader may hold."""

    at: int
    wrong: int = 0
    void: bool = False


class File(NamedTuple):
    """What a witness knows of one patient. `moved`: when the email, the phone last changed; `lapses`: failed checks.

    `email_given_back`: when the patient last had the closed email used again.
    """

    lapses: tuple[int, ...] = ()
    email_moved: int = -100 * DAY
    phone_moved: int = -100 * DAY
    email_closed: bool = False
    email_given_back: int = -100 * DAY
    asks: tuple[tuple[str, Ask], ...] = ()
    mails: tuple[tuple[str, Mail], ...] = ()

    @property
    def moved(self) -> int:
        return max(self.email_moved, self.phone_moved)

    @property
    def email_is_young(self) -> bool:
        return max(self.email_moved, self.email_given_back) > -DAY

    @property
    def on_hold(self) -> bool:
        """Three failed checks in 24 hours, until 24 hours after the last of them."""
        recent = sorted(self.lapses)
        until = None
        for n, at in enumerate(recent):
            if sum(at - one < DAY for one in recent[: n + 1]) >= 3 or (until is not None and at < until):
                until = at + DAY
        return until is not None and until > 0

    def with_ask(self, kind: str, ask: Ask) -> File:
        return self._replace(asks=tuple(sorted((*(one for one in self.asks if one[0] != kind), (kind, ask)))))


def is_over(mail: Mail) -> bool:
    """Whether a credential opens nothing any more, whatever its reader knows."""
    return mail.void or mail.wrong >= 5 or mail.at <= -LINK_LIFE


def said(
    notes: Notes | None, file: File, patient: str, *, right: frozenset[str], wrong: int, found_by: frozenset[str]
) -> Notes:
    """After the caller said something: the live check of this patient goes on, else a new one begins."""
    if notes is None or not notes.live or notes.patient != patient:
        notes = Notes(patient)
    spoilt = {"phone"} if file.phone_moved > -DAY else set()
    notes = notes._replace(
        proved=notes.proved | (right - spoilt), found_by=notes.found_by | found_by, wrong=notes.wrong + wrong
    )
    return notes._replace(failed=notes.wrong > 1)


def called_back(notes: Notes) -> Notes:
    """The clerk called the number that the caller gave and that matched."""
    good = notes.level() != "none" and "phone" in notes.proved - notes.found_by
    return notes._replace(proved=notes.proved | {"call-back"}) if good else notes


def code_sent(notes: Notes, file: File) -> Notes:
    good = notes.level() != "none" and not file.email_is_young and not file.email_closed
    return notes._replace(code_sent=0, wrong_codes=0) if good else notes


def code_read(notes: Notes, right: bool) -> Notes:
    if notes.code_sent is None or notes.code_sent <= -CODE_LIFE:
        return notes
    if right:
        return notes._replace(proved=notes.proved | {"code"}, code_sent=None)
    tries = notes.wrong_codes + 1
    return notes._replace(wrong_codes=tries, failed=notes.failed or tries >= 5)


def abandoned(notes: Notes) -> bool:
    """Hung up after a wrong answer that nothing made good."""
    return not notes.failed and not notes.over and notes.wrong > 0 and notes.level() == "none"


def why_not(
    action: str, kind: str | None, own: str | None, notes: Notes | None, file: File, patient: str
) -> str | None:
    """Why the design forbids a staff member this action on this patient now; None where it is allowed."""
    if own == patient:
        return "the own record"
    if notes is None or notes.patient != patient or not notes.live:
        return "no live check of this patient in this call"
    without = frozenset()
    if action in ("update-contact", "contacts mark --usable", "enable", "proxy grant", "proxy revoke"):
        without |= {"code"}
    if action == "update-contact" and kind == "phone":
        without |= {"call-back"}
    needed = {"basic", "strong"} if action in BASIC else {"strong"}
    if notes.level(without) not in needed:
        return "the check is too weak"
    photo = {"photo-id", "birth-date"} <= notes.proved
    if file.on_hold and not photo and action != "secure-account":
        return "the patient is on hold"
    uses = [at for name, at in notes.used if name == action]
    if len(uses) >= (3 if action in SENDS | MARKS or action == "update-contact" else 1):
        return "the check was used up"
    if action in SENDS and uses and max(uses) > -2:
        return "two sends within two minutes"
    if action == "issue-temp-login" and file.moved > -DAY and not photo:
        return "a contact changed within 24 hours"
    return None


def why_not_mailed(file: File, *, photo_id: bool) -> str | None:
    """Why no credential may go to the address on file now."""
    if file.email_closed:
        return "the address is closed"
    return "the address changed within 24 hours" if file.email_is_young and not photo_id else None


def why_not_applied(kind: str, file: File, *, approver: str | None, admins: set[str]) -> str | None:
    """Why a contact may not come into force now: by this approver, or (None) by time."""
    ask = dict(file.asks).get(kind)
    if ask is None or ask.closed or ask.at <= -REQUEST_LIFE:
        return "nobody asked for it"
    if not ask.answered:
        return "the new address did not answer"
    if approver is not None:
        return None if approver in admins and approver != ask.by else "no admin but the requester approved"
    if admins - {ask.by}:
        return "an admin could have approved"
    return None if ask.photo_id and ask.at <= -DAY else "the old address had no 24 hours to object"


def why_not_redeemed(kind: str, file: File) -> str | None:
    """Why a credential opens nothing now, whose reader knew the facts."""
    mail = dict(file.mails).get(kind)
    if mail is None or mail.void:
        return "it was used, replaced or revoked"
    if mail.wrong >= 5:
        return "five wrong tries"
    return "it is over" if is_over(mail) else None

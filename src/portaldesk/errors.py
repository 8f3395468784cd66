"""Every refusal portaldesk can give, its exit code and its stable word.

The tree (exit codes are the contract's; `CODES` lists every word with its meaning and is printed in docs/reference.md):

    DeskError                  1  fault of ours
    ├── WrongUsage             2  the words of the command, or an answer that cannot be read
    ├── NotAllowed             3  not signed in, not this role's, own record, own request
    ├── CheckNeeded            4  identity check or approval missing, failed, over, spent, too weak; on hold; wrong fact
    ├── NotFound               5  no such record, or more than one
    ├── StateForbids           6  the record's state, a waiting time, a dead credential, the password policy
    ├── PartlyFailed           7  some rows of a bulk run failed
    ├── StoreUnavailable       8  store, settings, clock, disk or permissions
    └── RecordAltered          9  the record or a sealed row is not whole

A message says what happened, the hint what to do next. Neither may ever hold what a patient owns (names, dates of
birth, addresses, phones, emails) or a secret: messages are shown at the desk and logged.
"""

from __future__ import annotations

import errno
from typing import ClassVar


class DeskError(Exception):
    """A refusal a person can act on.

    Args:
        code: a stable kebab-case word from `CODES`.
        message: one sentence: what happened.
        hint: one sentence: what to do next.
        counted: this refusal is itself a result (a wrong password, a wrong code): what the service wrote up to now is
            committed before the refusal is shown, so that a guess is never free.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, code: str, message: str, hint: str = "", *, counted: bool = False) -> None:
        if code not in CODES:
            raise KeyError(f"{code!r} is not in errors.CODES")
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.counted = counted


class WrongUsage(DeskError):
    """Exit 2: the command's words are off, or an answer cannot be read; nothing was tried."""

    exit_code = 2


class NotAllowed(DeskError):
    """Exit 3: not signed in, not this role's, the own record or the own request."""

    exit_code = 3


class CheckNeeded(DeskError):
    """Exit 4: no identity check or approval that allows this, or a wrong fact or code."""

    exit_code = 4


class NotFound(DeskError):
    """Exit 5: no such record, or more than one."""

    exit_code = 5


class StateForbids(DeskError):
    """Exit 6: the record's state, a waiting time, a dead credential or the password policy forbids it."""

    exit_code = 6


class PartlyFailed(DeskError):
    """Exit 7: a bulk run ended, some of its rows failed."""

    exit_code = 7


class StoreUnavailable(DeskError):
    """Exit 8: store, settings, clock, disk or permissions: not reachable, locked, damaged, of another version, full."""

    exit_code = 8


class RecordAltered(DeskError):
    """Exit 9: the record, a trigger or a sealed row is not what portaldesk wrote."""

    exit_code = 9


CODES: dict[str, str] = {
    # 1
    "fault": "a fault of ours",
    # 2
    "usage": "the words of the command are off",
    "unreadable": "a date, phone, email or number could not be read; nothing was tried",
    "no-terminal": "something must be asked, and standard input is not a terminal",
    "bad-file": "the file is missing, empty, not UTF-8, or not what its format says",
    "bad-setting": "no such setting, or a value it cannot have",
    # 3
    "not-signed-in": "nobody is signed in here, or the session ended",
    "bad-token": "PORTALDESK_TOKEN is unknown, expired or revoked",
    "wrong-passphrase": "the passphrase does not open the file",
    "wrong-login": "staff name and password do not match",
    "sign-in-refused": "the patient's sign-in was refused; it never says why",
    "not-your-role": "this role may not do that",
    "token-limited": "this token is limited to other commands",
    "own-record": "staff cannot act on their own or a linked record",
    "own-request": "a request cannot be approved by who made it",
    "not-independent": "another admin must approve this",
    # 4
    "check-required": "no identity check of this patient is live",
    "check-failed": "the identity check failed",
    "check-expired": "the identity check is over",
    "check-spent": "this check was already used for that",
    "check-too-weak": "the check does not reach the level this needs",
    "on-hold": "too many failed checks: the patient is on hold",
    "wrong-code": "the code did not match",
    "wrong-fact": "a fact did not match",
    "approval-required": "the request is not confirmed, or not approved",
    "second-factor-required": "a code of the staff member's authenticator app is missing, or none is enrolled",
    "not-this-caller": "a check of a proxy or representative does not allow this",
    "proxy-ended": "this person may not act for the patient any more",
    # 5
    "no-such-patient": "no patient is known by that",
    "several-patients": "several patients are known by that",
    "no-such-proxy": "nobody of that name may act for this patient now",
    "several-proxies": "several persons of that name may act for this patient",
    "no-such-staff": "no staff member of that name",
    "no-such-contact": "the patient has no address of that name",
    "no-such-letter": "no letter of that reference",
    "no-such-message": "no mail of that id waits or failed",
    "no-such-request": "no request of that reference",
    "no-such-reference": "no link or code of this patient has that reference",
    "no-such-token": "no staff token of that id",
    "no-events": "no event lies in that time",
    "no-such-incident": "no incident of that id",
    # 6
    "no-email": "no email on file",
    "no-phone": "no phone on file",
    "no-postal-address": "no complete postal address on file",
    "letter-dead": "the letter opens nothing any more, so it is not printed again",
    "not-printed": "the letter was not printed yet",
    "minor": "the patient is so young that only who acts for them is helped",
    "acts-for-nobody": "this proxy may act for nobody now",
    "closed-to-proxies": "at this age the clinic shuts out proxies",
    "authority-ended": "a parent's authority ends when the patient is of age",
    "already-proxy": "that person may act for this patient already",
    "no-transport": "no gateway for text messages is set up",
    "contact-unconfirmed": "the address changed less than 24 hours ago, or its mail came back",
    "contact-closed": "the patient asked that the address is not used",
    "contact-changed": "a contact changed less than 24 hours ago",
    "already-active": "the account is active already",
    "never-activated": "the account was never activated",
    "account-disabled": "the account is disabled",
    "account-declined": "the patient declined a portal account",
    "patient-inactive": "the patient's record is not active",
    "patient-merged": "the record was merged into another",
    "failure-ceiling": "too many failures in all: only a recovery works",
    "password-policy": "the password does not meet the policy",
    "must-change-password": "a new password must be chosen first",
    "username-taken": "the username cannot be had",
    "link-superseded": "a newer link was sent",
    "link-dead": "the link or temporary login is used, expired or revoked",
    "not-a-recovery": "the link or code belongs to a change of contact, and ends with it",
    "too-many": "too many tries or mails; wait",
    "request-closed": "the request is no longer open",
    "incident-closed": "the incident is closed already",
    "name-taken": "the name is taken",
    "already-enrolled": "an authenticator app is enrolled already",
    "not-enrolled": "no authenticator app is enrolled, or none waits for its first code",
    "no-recovery-codes": "no recovery code is left",
    "last-admin": "the last active admin cannot be disabled",
    "staff-locked": "too many wrong passwords",
    "already-there": "it exists already",
    "retention": "events younger than six years stay in the record",
    "bundle-differs": "a file lies where the archive's bundle is to be, and is not that bundle",
    "other-secrets": "other secrets than these are kept here",
    "import-refused": "the file has rows that cannot be imported; nothing was changed",
    "template-unusable": "the clinic's own template cannot be used; ours goes out instead",
    "findings": "doctor found something to mend",
    "not-on-hold": "the patient is not on hold",
    "bulk-running": "another bulk run is at work",
    "other-run": "the run that is not finished is about somebody else",
    "account-whole": "the account is whole: nothing to renew",
    "rotation-open": "an older key is still needed, or rows are left under it",
    # 7
    "partly-failed": "some rows failed",
    "mail-unreachable": "the mail server cannot be reached; the mails wait",
    # 8
    "no-store": "no store here yet",
    "not-ours": "the database is not a portaldesk store",
    "damaged": "the database file is damaged",
    "older-store": "the store is of an older version",
    "newer-store": "the store is of a newer version",
    "store-locked": "another process holds the store",
    "store-unwritable": "the store or its folder cannot be read or written",
    "disk-full": "the disk is full",
    "machine-busy": "the machine is too busy or too slow to open an encrypted file",
    "settings-differ": "an environment value differs from the stored setting",
    "no-keyring": "the keyring cannot be used",
    "no-secrets": "the secrets of this store are missing",
    "older-secrets": "the store uses a newer key than the secrets of this machine hold",
    "clock-back": "the clock is more than an hour behind the record",
    "unsupported-store": "this version cannot speak to that database",
    "no-splink": "the optional engine for finding duplicates is not installed",
    "out-of-memory": "the memory of this machine does not suffice",
    "no-driver": "the driver of that database is not installed",
    "store-unreachable": "the database server cannot be reached, or does not let this desk in",
    "not-sent": "the mail server did not take the mail",
    "file-unreadable": "a file to be judged cannot be read",
    "file-unwritable": "nothing can be written to that file or folder",
    "outcome-unknown": "the connection was cut during the commit: the change is whole, or not there",
    # 9
    "record-altered": "a sealed row or the record was changed outside portaldesk",
    "triggers-altered": "the database's guards are missing or changed",
    "not-whole": "the record is not whole",
    "bundle-altered": "the bundle is not as it was made",
    "older-than-anchor": "the backup is older than an anchor of the record",
}


def no_room(failure: OSError) -> bool:
    """Whether the disk is full, a quota is reached, or the file system takes no file as large."""
    return failure.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

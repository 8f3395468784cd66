"""What a report about a mail says of the address it went to (RFC 3464 §2.3.3, RFC 3463). Pure."""

from __future__ import annotations

import re
from enum import StrEnum

from portaldesk.rules import smtp_replies

ENOUGH = 3
DAYS = 7
"""So many mails that came back within so many days make an address doubtful, whatever the reason of each. Ours; seven
days is also for how long GNU Mailman remembers one (bounce_info_stale_after)."""
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")


class Verdict(StrEnum):
    """`bad-address`: no mail will ever reach it. `failed`: this one did not. `passing`: delayed, or delivered."""

    BAD_ADDRESS = "bad-address"
    FAILED = "failed"
    PASSING = "passing"


def verdict(action: str, status: str) -> Verdict:
    """By what was done and why. A mailbox that was full, or a server that could not be reached for days, is no bad
    address, though such a mail is given up with a figure that begins with 5 as well."""
    if action != "failed":
        return Verdict.PASSING
    bad = smtp_replies.is_about_the_mailbox(550, read_status(status), to_recipient=False)
    return Verdict.BAD_ADDRESS if bad else Verdict.FAILED


def read_status(text: str) -> str:
    """A status as it is kept; empty where it is none, for a stranger may have written it."""
    return text if _STATUS.fullmatch(text) else ""

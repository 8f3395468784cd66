"""What a mail server's refusal says of the address, by its figures alone (RFC 5321 §4.2.3, RFC 3463 §3)."""

from __future__ import annotations

_BAD_MAILBOX = frozenset({"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.0", "5.2.1"})
"""No such mailbox or domain, moved, switched off, takes no mail at all (RFC 7505). Not among them: what is wrong with
the sender (5.1.7, 5.1.8), a full mailbox (5.2.2), the size (5.2.3), routes (5.4.x), policy and our sign-in (5.7.x)."""
_BAD_RECIPIENT = frozenset({550, 551, 553})
"""Of a server without enhanced codes, said to RCPT: unavailable, not local, not a mailbox name. 550 may be policy too;
that it is taken for the mailbox costs the caller one question, and the other way round all later mails are lost."""


def is_about_the_mailbox(code: int, enhanced: str, *, to_recipient: bool) -> bool:
    """Whether no mail will ever reach this address.

    Args:
        code: the three figures; enhanced: like `5.1.1`, or "".
        to_recipient: it answered RCPT; an answer to the mail itself must say so by its enhanced code.
    """
    if code < 500:
        return False
    return enhanced in _BAD_MAILBOX if enhanced else to_recipient and code in _BAD_RECIPIENT

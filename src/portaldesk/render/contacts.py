"""What the clerk sees of a patient's addresses."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from portaldesk.render import calls, screens, times
from portaldesk.render.screens import Table
from portaldesk.words import Mark

if TYPE_CHECKING:
    from portaldesk.services.changes import Changed
    from portaldesk.services.contact_points import ContactLine, ContactList

_SAY = {
    Mark.DO_NOT_USE: "We won't use that any more. If it is an email, it gets one last mail that says so.",
    Mark.CONFIDENTIAL: "We keep that for your own account, and tell it to nobody.",
    Mark.USABLE: "We use that again; links and codes go there from tomorrow on.",
}


def show_list(found: ContactList) -> None:
    """The addresses of a patient, masked."""
    rows = [
        (one.contact, one.value, "recovery" if one.recovery else "", ", ".join(one.sources), _state(one))
        for one in found.contacts
    ]
    screens.show(found, Table(("Contact", "Address", "Used for", "From", "State"), rows, "No address is on file."))


def show_marked(change: Changed, mark: Mark, *, now: datetime) -> None:
    """An address that was marked, and what to tell the caller."""
    screens.show(change, *calls.change_lines(change, now=now), f'Say: "{_SAY[mark]}"')


def _state(one: ContactLine) -> str:
    marks = [
        "do not use" if one.do_not_use else "",
        "confidential" if one.confidential else "",
        "came back" if one.bounced_at else "",
        f"counts from {times.local(one.counts_from)}" if one.counts_from else "",
        "" if one.confirmed_at or one.kind == "postal" else "not confirmed",
    ]
    how = f"confirmed ({one.confirmed_how}) {times.local(one.confirmed_at)}" if one.confirmed_at else ""
    return ", ".join(mark for mark in marks if mark) or how

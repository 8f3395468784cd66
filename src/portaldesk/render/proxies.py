"""Proxies on the screen: a grant, and who may act for a patient."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from portaldesk.render import calls, screens, times
from portaldesk.render.screens import Table

if TYPE_CHECKING:
    from portaldesk.services.proxies.granting import Granted
    from portaldesk.services.proxies.leaves import ProxyLine


def show_granted(granted: Granted, *, now: datetime) -> None:
    """A grant that is in force, or what it waits for."""
    result = calls.flat(granted.change) | {
        "proxy": granted.proxy, "request_id": granted.request_id, "state": granted.state, "ends_at": granted.ends_at,
    }  # fmt: skip
    parts = calls.change_lines(granted.change, now=now)
    if granted.proxy is not None:
        ends = f"until {times.local(granted.ends_at)}" if granted.ends_at is not None else "without an end"
        parts.append(f"In force {ends}, by a login of their own.")
        parts.append(calls.PROXY_LOGIN.format(patient=granted.change.patient))
    elif granted.state == "awaiting-approval":
        parts.append(f"Next, by an admin: portaldesk approve {granted.request_id} --reason ...")
    screens.show(result, *parts, essential=granted.proxy or granted.request_id)


def show_proxies(lines: Sequence[ProxyLine]) -> None:
    """Who may act for a patient, or could."""
    rows = [
        (one.proxy, one.name, one.relation, one.authority, one.state,
         times.local(one.ends_at) if one.ends_at is not None else "-", one.account_status)
        for one in lines
    ]  # fmt: skip
    columns = ("Id", "Name", "Relation", "Authority", "State", "Ends", "Login")
    screens.show({"proxies": [calls.flat(one) for one in lines]}, Table(columns, rows, "Nobody may act for them."))

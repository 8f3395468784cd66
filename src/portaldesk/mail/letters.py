"""What goes on paper: one function a kind, each giving one page of HTML that prints on A4 and on US Letter.

A letter names no more of the patient than name and postal address. Like the report's page it loads nothing and runs
nothing: its Content-Security-Policy names the one style block by its hash.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

from portaldesk.mail.messages import moment, what_changed
from portaldesk.mail.stationery import one_line
from portaldesk.settings import ClinicSettings

if TYPE_CHECKING:
    from jinja2 import Template

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
# What a page has room for; ours. A portal address may be longer than a line, and is then broken.
_CLINIC, _PHONE, _HOURS = 120, 60, 160


def invitation(
    settings: ClinicSettings,
    *,
    to: Sequence[str],
    reference: str,
    code: str,
    expires_at: datetime,
    written_at: datetime,
) -> str:
    """The code with which an account is opened. `to`: the lines of name and postal address."""
    until, clinic = _last_day(expires_at), _clinic(settings)
    return _page(
        settings, to, reference, "Your invitation to the patient portal",
        [f"{clinic} invites you to open your account at its patient portal. You asked us for it."],
        [
            f"The code works once, until {until}. After five wrong tries it stops working; then call us, and we send a "
            "new letter.",
            "Keep this letter to yourself. Nobody from the clinic will ask you for the code; if you call us about it, "
            f"name the letter: {reference}. When you have signed in, destroy it.",
            "If you did not ask for this letter, please call us. By itself the code opens nothing.",
        ],
        written_at=written_at, code=code,
    )  # fmt: skip


def notice(
    settings: ClinicSettings,
    *,
    to: Sequence[str],
    reference: str,
    what: str,
    at: datetime,
    at_desk: bool,
    written_at: datetime,
) -> str:
    """Notice after a change: what, when, from which desk, whom to call (ASVS 5.0 6.3.7). `what`: as in a mail."""
    clinic = _clinic(settings)
    by = f"by the help desk of {clinic}" if at_desk else "at the patient portal itself"
    return _page(
        settings, to, reference, "Your patient portal account was changed",
        [what_changed(what), f"When: {moment(at)}, {by}."],
        [
            "If that was you, there is nothing to do.",
            "If that was not you, please call us at once: we can close the account to whoever is in it.",
        ],
        written_at=written_at,
    )  # fmt: skip


def _page(
    settings: ClinicSettings,
    to: Sequence[str],
    reference: str,
    subject: str,
    before: Sequence[str],
    after: Sequence[str],
    *,
    written_at: datetime,
    code: str = "",
) -> str:
    template, style = _template()
    return template.render(
        to=[one_line(line) for line in to], reference=reference, subject=subject, before=before, after=after, code=code,
        link=f"{settings.portal_url.rstrip('/')}/redeem", clinic=_clinic(settings), written=_day(written_at),
        phone=one_line(settings.clinic_phone)[:_PHONE], hours=one_line(settings.clinic_hours)[:_HOURS],
        style=style, style_hash=b64encode(sha256(style.encode()).digest()).decode(),
    )  # fmt: skip


@cache
def _template() -> tuple[Template, str]:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("portaldesk.mail"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    style = files("portaldesk.mail").joinpath("templates", "letter.css").read_text(encoding="utf-8")
    return environment.get_template("letter.html"), Markup(style)  # noqa: S704 - our own file


def _clinic(settings: ClinicSettings) -> str:
    return one_line(settings.clinic_name)[:_CLINIC] or "Your clinic"


def _last_day(expires_at: datetime) -> str:
    """The last whole day, where the clinic is."""
    return _day(expires_at.astimezone() - timedelta(days=1))


def _day(at: datetime) -> str:
    at = at.astimezone()
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}"

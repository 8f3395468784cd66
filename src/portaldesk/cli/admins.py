"""Commands of admins that touch no patient: staff, settings, outages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from portaldesk.cli import inputs
from portaldesk.cli.commands import command, new_group
from portaldesk.cli.enrolling import staff_recovery_codes, staff_totp
from portaldesk.cli.second_factor import Totp
from portaldesk.errors import WrongUsage
from portaldesk.render import screens, times
from portaldesk.words import Role

if TYPE_CHECKING:
    from portaldesk.services.clinic import SettingChanged
    from portaldesk.services.staff import StaffChanged

PANEL = "Admins"


Name = Annotated[str, typer.Argument(metavar="NAME", help="Their sign-in name.")]
PasswordStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]
Reason = Annotated[str | None, typer.Option("--reason", help="Why; kept in the record.")]


def register(app: typer.Typer) -> None:
    """Put this module's commands into the command line."""
    staff = new_group("staff", "Who works at the desk, their passwords and tokens.", PANEL, app)
    for name, function in (
        ("add", staff_add), ("list", staff_list), ("disable", staff_disable), ("password", staff_password),
        ("unlock", staff_unlock), ("token", staff_token), ("revoke", staff_revoke), ("totp", staff_totp),
        ("recovery-codes", staff_recovery_codes),
    ):  # fmt: skip
        command(staff, name)(function)
    settings = new_group("settings", "What the clinic decides: addresses, mail server, policy, limits.", PANEL, app)
    command(settings, "show")(settings_show)
    command(settings, "set")(settings_set)
    outage = new_group("outage", "Tell every desk that the portal or the mail is down.", PANEL, app)
    command(outage, "start")(outage_start)
    command(outage, "end")(outage_end)


def staff_add(
    name: Name,
    role: Annotated[Role, typer.Option("--role", help="What they may do.")],
    patient: Annotated[
        str | None, typer.Option("--patient", metavar="MRN", help="Their own record here, which they may not touch.")
    ] = None,
    linked: Annotated[
        list[str] | None, typer.Option("--linked", metavar="MRN", help="A record of family or household; repeatable.")
    ] = None,
    with_token: Annotated[bool, typer.Option("--with-token", help="Make a token for scripts as well.")] = False,
    totp: Totp = None,
    password_stdin: PasswordStdin = False,
) -> None:
    """Add a staff member with a first password, which they replace when they first sign in.

    Example: portaldesk staff add sam --role front-desk
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.services import staff

    password = inputs.new_password("First password", from_stdin=True) if password_stdin else None
    with open_desk("staff add", totp=totp) as desk:
        added = staff.add(
            desk.session, desk.actor, name, role, password=password, own_mrn=patient, linked=linked or (),
            with_token=with_token, settings=desk.settings, now=desk.now,
        )  # fmt: skip
    lines = [f"{added.name} is added as {added.role}."]
    if added.password:
        lines.append(f"First password, shown this once: {added.password}")
    if added.token and added.expires_at:
        lines += [f"Token {added.token_id}, shown this once, until {times.local(added.expires_at)}:", added.token]
    screens.show(added, *lines, essential=added.token or added.password)


def staff_list() -> None:
    """List the staff, their roles, and who is locked or disabled.

    Example: portaldesk staff list
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.services import staff

    with open_desk("staff list") as desk:
        lines = staff.list_all(desk.session, now=desk.now)
    rows = [
        (m.name, m.role, m.status, times.local(m.locked_until), "first password" if m.must_change_password else "",
         m.tokens, m.second_factor)
        for m in lines
    ]  # fmt: skip
    headings = ("Name", "Role", "Status", "Locked until", "Waiting for", "Tokens", "App")
    screens.show({"staff": lines}, screens.Table(headings, rows))


def staff_disable(name: Name) -> None:
    """End a staff member's work: their sessions, tokens and checks end at once.

    Example: portaldesk staff disable sam
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.services import staff

    with open_desk("staff disable") as desk:
        changed = staff.disable(desk.session, desk.actor, name, now=desk.now)
    _show_changed(changed, f"{changed.name} is disabled.", "was disabled already")


def staff_password(name: Name, totp: Totp = None, password_stdin: PasswordStdin = False) -> None:
    """Give a staff member a new first password; their sessions end.

    Example: portaldesk staff password sam
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.services import staff

    password = inputs.new_password("First password", from_stdin=True) if password_stdin else None
    with open_desk("staff password", totp=totp) as desk:
        changed = staff.set_password(desk.session, desk.actor, name, password, now=desk.now)
    lines = [f"{changed.name} has a new first password."]
    if changed.password:
        lines.append(f"Shown this once: {changed.password}")
    screens.show(changed, *lines, essential=changed.password)


def staff_unlock(name: Name) -> None:
    """End the pause of a staff member after wrong passwords.

    Example: portaldesk staff unlock sam
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.services import staff

    with open_desk("staff unlock") as desk:
        changed = staff.unlock(desk.session, desk.actor, name, now=desk.now)
    _show_changed(changed, f"{changed.name} may try again.", "was not locked")


def staff_token(
    name: Name,
    days: Annotated[int | None, typer.Option("--days", help="How many days it lives (at most 90).")] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="COMMAND", help="Limit it to this command; repeatable.")
    ] = None,
    totp: Totp = None,
) -> None:
    """Make a token, with which a script may act as this staff member.

    Example: portaldesk staff token rosa --days 30 --only list-resets
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.services import staff

    with open_desk("staff token", totp=totp) as desk:
        made = staff.make_token(
            desk.session, desk.actor, name, days=days, only=only or (), settings=desk.settings, now=desk.now
        )
    screens.show(
        made, f"Token {made.token_id}, shown this once, until {times.local(made.expires_at)}:", made.token,
        essential=made.token,
    )  # fmt: skip


def staff_revoke(token_id: Annotated[str, typer.Argument(metavar="TOKEN-ID", help="As shown when made.")]) -> None:
    """End a token.

    Example: portaldesk staff revoke T-1A2B3C4D
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.services import staff

    with open_desk("staff revoke") as desk:
        changed = staff.revoke_token(desk.session, desk.actor, token_id, now=desk.now)
    _show_changed(changed, f"Token {changed.name} is revoked.", "was revoked already")


def _show_changed(changed: StaffChanged, done: str, already: str) -> None:
    screens.show(changed, f"{changed.name} {already}; nothing to do." if changed.already else done)


def settings_show() -> None:
    """Show what the clinic has decided.

    Example: portaldesk settings show
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.render.documents import document

    with open_desk("settings show") as desk:
        settings = desk.settings
    told = document(settings)
    assert isinstance(told, dict)
    screens.show(settings, screens.Table(("Setting", "Value"), list(told.items())))


def settings_set(
    context: typer.Context,
    key: Annotated[str, typer.Argument(metavar="KEY", help="As settings show lists, or smtp_password, sms_secret.")],
    value: Annotated[str | None, typer.Argument(metavar="VALUE", help="Its new value; - reads it from stdin.")] = None,
    totp: Totp = None,
) -> None:
    """Change one setting; the record keeps the old and the new value (of a secret neither).

    Example: portaldesk settings set clinic_phone 555-0100
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.services import clinic
    from portaldesk.settings import SECRET_SETTINGS

    secret = key in SECRET_SETTINGS
    if secret:
        inputs.require_read(context, "value", value)
    if value is None:
        value = inputs.ask(f"New value of {key}", secret=secret)
    with open_desk("settings set", totp=totp) as desk:
        if secret:
            changed = clinic.keep_secret(desk.session, desk.actor, desk.store.secrets, key, value, now=desk.now)
        else:
            changed = clinic.set_value(desk.session, desk.actor, key, value, now=desk.now)
    _show_setting(changed, f"{changed.key} is set." if value.strip() else f"{changed.key} is empty now.")


def _show_setting(changed: SettingChanged, done: str) -> None:
    screens.show(changed, "It was so already; nothing to do." if changed.already else done)


def outage_start(text: Annotated[str, typer.Argument(metavar="TEXT", help="What is down, and until when.")]) -> None:
    """Tell every desk that something is down; diagnose shows it first.

    Example: portaldesk outage start "The portal is down until noon"
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.services import clinic

    with open_desk("outage start") as desk:
        if not text.strip():
            raise WrongUsage("usage", "The outage has no words.", "Say what is down; outage end ends it.")
        changed = clinic.set_outage(desk.session, desk.actor, text.strip(), now=desk.now)
    _show_setting(changed, "Every desk is told.")


def outage_end() -> None:
    """Tell every desk that the outage is over.

    Example: portaldesk outage end
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.services import clinic

    with open_desk("outage end") as desk:
        changed = clinic.set_outage(desk.session, desk.actor, "", now=desk.now)
    _show_setting(changed, "The outage is over.")

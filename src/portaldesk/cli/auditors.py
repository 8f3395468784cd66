"""Auditors: who reset what, under which check; and whether the record is whole."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from portaldesk.cli import inputs
from portaldesk.cli.app import AUDITORS
from portaldesk.cli.audit_feeds import anchor, stream
from portaldesk.cli.commands import command, new_group
from portaldesk.errors import RecordAltered, WrongUsage

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from portaldesk.cli.desk import Desk

Since = Annotated[str | None, typer.Option(metavar="WHEN", help="From when: 7d, 12h, 30m or an ISO date.")]
Until = Annotated[str | None, typer.Option(metavar="WHEN", help="Up to when.")]
Staff = Annotated[str | None, typer.Option(metavar="NAME", help="Only this staff member.")]
Patient = Annotated[str | None, typer.Option(metavar="PATIENT", help="Only this patient; or a proxy, by their id.")]
ActionName = Annotated[str | None, typer.Option(metavar="ACTION", help="Only this action, like unlock.")]


ON_A_SCREEN = 100


class ResetFormat(StrEnum):
    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    FHIR = "fhir"


class BundleFormat(StrEnum):
    NDJSON = "ndjson"
    FHIR = "fhir"


class ResetOutcome(StrEnum):
    DONE = "done"
    LINK_SENT = "link-sent"
    WAITING = "waiting"
    REFUSED = "refused"
    FAILED = "failed"


def register(app: typer.Typer) -> None:
    """Put this module's commands into the command line."""
    command(app, "list-resets", AUDITORS)(list_resets)
    audit = new_group("audit", "The record: look at it, prove that it is whole, anchor it elsewhere.", AUDITORS, app)
    shown = (("show", show), ("verify", verify), ("report", report), ("export", export), ("stream", stream))
    for name, function in (*shown, ("anchor", anchor), ("archive", archive)):
        command(audit, name)(function)


def list_resets(
    since: Since = "7d",
    until: Until = None,
    staff: Staff = None,
    patient: Patient = None,
    action: ActionName = None,
    outcome: Annotated[ResetOutcome | None, typer.Option(help="Only this outcome.")] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="At most so many lines; 100 on a screen, all in a file's format.")
    ] = None,
    format: Annotated[ResetFormat, typer.Option("--format", help="How to print them.")] = ResetFormat.TABLE,
) -> None:
    """Every attempt to change an account: when, by whom, under which check, what came of it. Newest first.

    csv, jsonl and fhir (R4 AuditEvents, one a line) are written as they are read, however many there are.

    Example: portaldesk list-resets --since 7d --staff sam
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.render import audit, manners, messages
    from portaldesk.services import resets_listing

    if manners.in_force().json and format not in (ResetFormat.TABLE, ResetFormat.JSON):
        raise WrongUsage("usage", f"--json and --format {format.value} are two forms at once.", "Give one of them.")
    if format is ResetFormat.JSON:
        manners.use(json=True)
    with open_desk("list-resets", reading=True) as desk:
        wanted = resets_listing.Wanted(
            since=resets_listing.read_since(since, now=desk.now) if since else None,
            until=resets_listing.read_until(until, now=desk.now) if until else None,
            staff=staff,
            patient=_holder(desk, patient) if patient else None,
            action=action,
            outcome=outcome.value if outcome else None,
        )
        _say_archived(desk.session, wanted["since"])
        if format not in (ResetFormat.TABLE, ResetFormat.JSON):
            lines = resets_listing.each_reset(desk.session, limit=limit, **wanted)
            desk.leave_trace("list-resets")
            audit.write_resets(lines, format.value)
            return
        shown = limit or ON_A_SCREEN
        found = resets_listing.list_resets(desk.session, limit=shown + 1, **wanted)
        desk.leave_trace("list-resets")
    audit.show_resets(found[:shown])
    if len(found) > shown:
        messages.say(f"There are more than these {shown}: see them with --limit, or narrow the time.")


def show(
    since: Since = None,
    until: Until = None,
    staff: Staff = None,
    patient: Patient = None,
    action: ActionName = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="At most so many events.")] = 50,
) -> None:
    """The events of the record as they stand, newest first.

    Example: portaldesk audit show --patient MRN-1042
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.render import audit
    from portaldesk.services import auditing, resets_listing

    with open_desk("audit show", reading=True) as desk:
        begins = resets_listing.read_since(since, now=desk.now) if since else None
        _say_archived(desk.session, begins)
        events = auditing.show(
            desk.session,
            since=begins,
            until=resets_listing.read_until(until, now=desk.now) if until else None,
            staff=staff,
            patient=_holder(desk, patient) if patient else None,
            action=action,
            limit=limit,
        )
        desk.leave_trace("audit show")
    audit.show_events(events)


def _holder(desk: Desk, text: str) -> str:
    """Whose events are meant: a patient's, or those that a proxy's own login made (as `proxy list` names it).

    Raises: NotFound.
    """
    from portaldesk.gate.proxies import is_proxy
    from portaldesk.services import patients

    if not is_proxy(text):
        return desk.patient(text).mrn
    return patients.holder(desk.session, text).mrn


def _say_archived(session: Session, since: datetime | None) -> None:
    from portaldesk.render import messages
    from portaldesk.store import archives

    last = archives.archived_since(session.connection(), since)
    if last is not None:
        messages.say(f"Events up to {last} are in the archive's bundles, and not in this list.")


def verify(
    bundle: Annotated[
        Path | None, typer.Argument(metavar="[BUNDLE]", help="A bundle of 'audit export', judged without the store.")
    ] = None,
    against: Annotated[str | None, typer.Option(metavar="SEQ:HASH|FILE", help="An anchor kept elsewhere.")] = None,
    since_anchor: Annotated[
        str | None,
        typer.Option(metavar="SEQ:HASH|FILE", help="Only what came after the newest anchor that was proved before."),
    ] = None,
    key: Annotated[
        str | None, typer.Option(metavar="FINGERPRINT|FILE", help="The key that must have signed the bundle.")
    ] = None,
    keys: Annotated[
        bool, typer.Option("--keys", help="Judge the bundle's events with the keys of this store, too.")
    ] = False,
) -> None:
    """Prove that the record and every sealed row are as portaldesk wrote them; names the first fault. Exit 9 if not.

    With a BUNDLE, prove that it is as it was made: signature, files, and each event following on the one before it.
    That needs neither store nor sign-in.

    Example: portaldesk audit verify --against /mnt/elsewhere/anchors.txt
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.render import audit, progress
    from portaldesk.services import auditing

    if bundle is not None:
        if since_anchor is not None:
            raise WrongUsage("usage", "--since-anchor is for the record, not a bundle.", "A bundle takes --against.")
        _verify_bundle(bundle, against, key, keys)
        return
    if key is not None or keys:
        raise WrongUsage("usage", "--key and --keys judge a bundle.", "Name it: portaldesk audit verify BUNDLE --key …")
    anchors = inputs.anchors(against) if against else ()
    proved = inputs.anchors(since_anchor) if since_anchor else ()
    with open_desk("audit verify", reading=True, guards=False) as desk, progress.bar("Stretches") as moved:
        verdict = auditing.verify(
            desk.session,
            against=anchors,
            since=proved,
            processes=auditing.processes_here(),
            progress=moved,
        )
    audit.show_verdict(verdict)
    if not verdict.whole:
        raise RecordAltered(
            "not-whole",
            f"The record is not whole: {audit.fault_text(verdict.first_fault)}",
            "Keep the store as it is, tell whoever is responsible for security, and compare with a backup.",
        )


def _verify_bundle(bundle: Path, against: str | None, key: str | None, keys: bool) -> None:
    from portaldesk.cli.desk import open_desk
    from portaldesk.render import audit, progress
    from portaldesk.services import anchors, bundle_checks, clinic, signing

    fingerprint = signing.fingerprint_in(key) if key else None
    known = anchors.read(inputs.anchors(against)) if against else {}
    with progress.bar("Events") as moved:
        if keys:
            with open_desk("audit verify", reading=True, guards=False) as desk:
                verdict = bundle_checks.check(
                    bundle, key=fingerprint, against=known, keys=desk.store.keys,
                    store=clinic.stored(desk.session).store_id, progress=moved,
                )  # fmt: skip
        else:
            verdict = bundle_checks.check(bundle, key=fingerprint, against=known, progress=moved)
    audit.show_bundle_verdict(verdict)
    if not verdict.whole:
        raise RecordAltered(
            "bundle-altered",
            f"The bundle is not as it was made. {verdict.first_fault}",
            "Do not rely on it: get it anew from the desk, by another way.",
        )


def export(
    out: Annotated[Path, typer.Option(metavar="FOLDER|FILE.zip", help="Where the bundle is to be; nothing yet.")],
    since: Since = None,
    until: Until = None,
    format: Annotated[
        BundleFormat, typer.Option("--format", help="fhir adds the resets of that time as FHIR R4 AuditEvents.")
    ] = BundleFormat.NDJSON,
    sign: Annotated[
        bool, typer.Option("--sign", help="Sign it with this store's key (made at the first use).")
    ] = False,
) -> None:
    """Write a time of the record into a bundle that proves itself elsewhere: 'audit verify BUNDLE'.

    It holds every event of that time with its hashes and seals, and what a whole bundle is: counts, SHA-256 of each
    file, the record's head. Keep the fingerprint that is printed apart from the bundles.

    Example: portaldesk audit export --since 2026-10-01 --until 2026-10-31 --sign --out october.zip
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.render import audit, fhir, progress
    from portaldesk.services import bundles, resets_listing, signing

    with open_desk("audit export", reading=True) as desk:
        span = bundles.range_of(
            desk.session,
            since=resets_listing.read_since(since, now=desk.now) if since else None,
            until=resets_listing.read_until(until, now=desk.now) if until else None,
        )
        attached = {}
        if format is BundleFormat.FHIR:
            resets = resets_listing.each_reset(desk.session, since=span.since, until=span.until)
            attached["resets.fhir.ndjson"] = fhir.audit_events(resets)
        signer = signing.signer(desk.store, desk.actor, now=desk.now) if sign else None
        with progress.bar("Events") as moved:
            made = bundles.write(
                desk.session, out, span, signer=signer, made_by=desk.actor.name, now=desk.now, attached=attached,
                progress=moved,
            )  # fmt: skip
        seq = desk.leave_trace(
            "audit export", first=span.first, last=span.last, manifest=made.manifest_sha256, key=made.manifest.key
        )
    audit.show_export(bundles.exported(out, made, seq))


def report(
    since: Annotated[str, typer.Option(metavar="WHEN", help="From the day of: 30d, or an ISO date.")] = "30d",
    until: Until = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write it as one page with plots, for a browser.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """What happened at the desk: resets by day, action and staff member, refusals, holds, times, unusual patterns.

    Example: portaldesk audit report --since 30d --html november.html
    """
    from portaldesk.cli import files
    from portaldesk.cli.desk import open_desk
    from portaldesk.render import progress, report_screen, screens
    from portaldesk.services import resets_listing
    from portaldesk.services.reporting import report as reporting

    if html is not None:
        files.require_writable(html, force=force)
    with open_desk("audit report", reading=True) as desk, progress.bar("Events") as moved:
        made = reporting.report(
            desk.session,
            since=resets_listing.read_since(since, now=desk.now),
            until=resets_listing.read_until(until, now=desk.now) if until else desk.now,
            settings=desk.settings,
            now=desk.now,
            progress=moved,
        )
    if html is None:
        report_screen.show(made)
        return
    from portaldesk.render import report_page

    files.write(html, report_page.page(made), force=force)
    found = sum(rule.found for rule in made.rules)
    screens.show(made, f"Written: {html}", f"{found} unusual pattern{'' if found == 1 else 's'} to look at.")


def archive(
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the bundle is to be written.")],
    reason: Annotated[str, typer.Option(help="Why, for the record.")],
    before: Annotated[
        str | None, typer.Option(metavar="WHEN", help="Events before this: an ISO date, six years ago at the latest.")
    ] = None,
) -> None:
    """Move events older than six years into a signed bundle; the record goes on from there, whole.

    Killed half-way, the same command goes on. Keep the bundle: 'audit verify BUNDLE' proves it, and only it holds them.

    Example: portaldesk audit archive --out /mnt/archive --reason "retention, year 2019"
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.render import audit, progress
    from portaldesk.services import archiving, resets_listing

    with open_desk("audit archive", reading=True) as desk:
        store, actor, now = desk.store, desk.actor, desk.now
        until = resets_listing.read_since(before, now=now) if before else None
        with progress.steps() as moved:
            done = archiving.archive(store, actor, before=until, folder=out, reason=reason, now=now, progress=moved)
    audit.show_archive(done)

"""`resend-invite` for many patients at once, as admins script it: parse, begin or go on with a run, render."""

from __future__ import annotations

import re
import shlex
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from portaldesk.errors import PartlyFailed, StateForbids, WrongUsage

if TYPE_CHECKING:
    from portaldesk.cli.desk import Desk
    from portaldesk.services.bulk.results import BulkReport
    from portaldesk.services.bulk.runs import Options
    from portaldesk.services.bulk.selection import FileRow, Selection

PANEL = "In bulk (admins)"
_RATE = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)(?:/(s|m|h))?")
_SECONDS = {"s": 1, "m": 60, "h": 3600}

File = Annotated[
    Path | None,
    typer.Option("--file", metavar="CSV", help="Invite who stands in its column mrn or email.", rich_help_panel=PANEL),
]
AllPending = Annotated[
    bool,
    typer.Option("--all-pending", help="Invite everyone who was never activated.", rich_help_panel=PANEL),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Say what would happen; send and change nothing.", rich_help_panel=PANEL)
]
Resume = Annotated[
    bool,
    typer.Option("--resume", help="Go on with the last unfinished run, or begin one.", rich_help_panel=PANEL),
]
ReportFile = Annotated[
    Path | None,
    typer.Option("--report", metavar="FILE", help="Write what became of each row, as CSV.", rich_help_panel=PANEL),
]
Limit = Annotated[
    int | None, typer.Option("--limit", metavar="N", min=1, help="Invite so many at most.", rich_help_panel=PANEL)
]
Rate = Annotated[
    str | None, typer.Option("--rate", metavar="N/s", help="So many mails a second (/m, /h) at most.",
                             rich_help_panel=PANEL)
]  # fmt: skip
NotWithin = Annotated[
    str | None,
    typer.Option("--not-within", metavar="24h", help="Leave out who was invited within this time (30m, 24h, 7d).",
                 rich_help_panel=PANEL),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed."""

    file: Path | None = None
    all_pending: bool = False
    dry_run: bool = False
    resume: bool = False
    report: Path | None = None
    limit: int | None = None
    rate: str | None = None
    not_within: str | None = None

    def __bool__(self) -> bool:
        return self != Asked()


def resend(asked: Asked, *, send: bool) -> None:
    """Run it. Raises: PartlyFailed; KeyboardInterrupt after a run that was stopped; whatever forbids it."""
    from portaldesk.cli.desk import clock, open_desk
    from portaldesk.cli.interrupts import finishing_what_is_in_hand
    from portaldesk.gate.bulk import COMMAND
    from portaldesk.render import bulk, progress
    from portaldesk.services.bulk import running, runs

    if asked.all_pending == (asked.file is not None):
        raise WrongUsage("usage", "Say either --file CSV or --all-pending.", "See: portaldesk resend-invite --help")
    if asked.dry_run and asked.resume:
        raise WrongUsage("usage", "--dry-run begins nothing that --resume could go on with.", "Leave one of them out.")
    options = _options(asked, send=send)
    rows, digest = _read(asked.file)
    if asked.report is not None:
        _require_place(asked.report, asked.file)
    if asked.dry_run:
        with open_desk(COMMAND, reading=True) as desk, progress.bar("Looking") as tell:
            wanted = _wanted(desk, rows, digest)
            done = running.dry_run(desk.session, desk.actor, wanted, options, now=desk.now, progress=tell)
            desk.leave_trace(COMMAND, dry_run=True, read=done.read, sent=done.sent, skipped=done.skipped)
    else:
        with ExitStack() as held:
            with open_desk(COMMAND, send=False) as desk:
                held.enter_context(runs.turn(desk.store))
                going_on = runs.unfinished(desk.session) if asked.resume else None
                wanted = _wanted(desk, rows, digest, run=going_on.id if going_on is not None else None)
                begun = runs.begin(desk.session, desk.actor, wanted, options, resume=asked.resume, now=desk.now)
                store, actor, settings = desk.store, desk.actor, desk.settings
            tell = held.enter_context(progress.bar("Inviting"))
            stop = held.enter_context(finishing_what_is_in_hand())
            done = running.run(store, actor, wanted, begun, settings=settings, clock=clock, progress=tell, stop=stop)
    if asked.report is not None:
        from portaldesk.cli import files

        files.write(asked.report, "".join(bulk.as_csv(done.rows)), force=True)
    bulk.show(done)
    _judge(done, again=_again(asked, send=send))


def _judge(done: BulkReport, *, again: str) -> None:
    """Raises: KeyboardInterrupt, PartlyFailed."""
    from portaldesk.render import messages

    if done.unreachable:
        raise PartlyFailed(
            "mail-unreachable", f"No mail goes out now: {done.unreachable}.", f"Nothing is lost. Go on with: {again}"
        )
    if not done.finished:
        messages.say(f"Stopped after the message in hand. Go on with: {again}")
        raise KeyboardInterrupt
    if done.failed:
        raise PartlyFailed(
            "partly-failed",
            f"{done.failed} of {done.read} rows failed.",
            "The table says why; each row with --report FILE or --json.",
        )


def _again(asked: Asked, *, send: bool) -> str:
    """The command that goes on; limit, rate and the like it takes from the beginning of the run."""
    whom = ["--all-pending"] if asked.file is None else ["--file", str(asked.file)]
    report = [] if asked.report is None else ["--report", str(asked.report)]
    queueing = [] if send else ["--no-send"]
    return shlex.join(["portaldesk", "resend-invite", *whom, "--resume", *report, *queueing])


def _options(asked: Asked, *, send: bool) -> Options:
    """Raises: WrongUsage."""
    from portaldesk.services.bulk.runs import Options

    return Options(not_within=_span(asked.not_within), limit=asked.limit, rate=_rate(asked.rate), send=send)


def _span(said: str | None) -> timedelta | None:
    from portaldesk.rules.spans import read_span

    if said is None:
        return None
    span = read_span(said)
    if span is None:
        raise WrongUsage("unreadable", "--not-within cannot be read.", "Like --not-within 24h, 30m or 7d")
    return span


def _rate(said: str | None) -> float | None:
    """Messages a second. Raises: WrongUsage."""
    if said is None:
        return None
    read = _RATE.fullmatch(said.strip().lower())
    rate = float(read[1]) / _SECONDS[read[2] or "s"] if read is not None else 0.0
    if rate <= 0:
        raise WrongUsage("unreadable", "--rate cannot be read.", "Like --rate 5/s, 100/m or 2000/h")
    return rate


def _read(file: Path | None) -> tuple[list[FileRow], str]:
    """The file's rows and digest, before the store is opened: a file that cannot be read is exit 2."""
    if file is None:
        return [], ""
    from portaldesk.services.bulk import lists

    return lists.read(file)


def _wanted(desk: Desk, rows: list[FileRow], digest: str, *, run: str | None = None) -> Selection:
    from portaldesk.services.bulk import selection

    return selection.named(desk.session, rows, digest=digest) if digest else selection.pending(desk.session, run=run)


def _require_place(report: Path, source: Path | None) -> None:
    """A report may take the place of an older one, and of nothing else.

    Raises: WrongUsage; StateForbids `already-there`.
    """
    from portaldesk.cli import files
    from portaldesk.render import bulk

    files.require_writable(report, force=True)
    if not report.exists():
        return
    try:
        is_ours = False
        if report.is_file():  # reading a pipe would wait for who writes to it
            with report.open("rb") as there:
                is_ours = there.read(len(bulk.HEADER)) == bulk.HEADER.encode()
    except OSError:
        is_ours = False
    if not is_ours or (source is not None and source.exists() and report.samefile(source)):
        raise StateForbids("already-there", "There is another file of that name, and no report.", "Name another file.")

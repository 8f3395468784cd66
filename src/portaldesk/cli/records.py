"""Records that may be the same person: found, and judged."""

from __future__ import annotations

from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from portaldesk.cli.app import RECORDS
from portaldesk.cli.commands import command, new_group
from portaldesk.errors import WrongUsage


class EngineChoice(StrEnum):
    """What --engine may be; services.duplicates.Engine, without loading it."""

    RULES = "rules"
    SPLINK = "splink"


class GradeChoice(StrEnum):
    CERTAIN = "certain"
    PROBABLE = "probable"
    POSSIBLE = "possible"


def register(app: typer.Typer) -> None:
    """Put this module's commands into the command line."""
    command(app, "find-duplicates", RECORDS)(find_duplicates)
    duplicates = new_group("duplicates", "Decide about records that may be the same person.", RECORDS, app)
    command(duplicates, "resolve")(resolve)
    command(duplicates, "list")(list_)


def find_duplicates(
    min_grade: Annotated[
        GradeChoice, typer.Option("--min-grade", help="How sure a pair must be.")
    ] = GradeChoice.PROBABLE,
    patient: Annotated[
        str | None, typer.Option("--patient", metavar="MRN", help="Only pairs with this patient.")
    ] = None,
    engine: Annotated[
        EngineChoice,
        typer.Option("--engine", help="What chooses the pairs that the rules judge; splink is for many millions."),
    ] = EngineChoice.RULES,
    explain: Annotated[
        bool, typer.Option("--explain", help="Each pair with its findings, and the grade that each leaves open.")
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="FILE", help="Write a page to work through, for a browser (admins)."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Find records that may be the same person, each pair with its reasons, and which of them to keep.

    The page of --report shows names, birth dates and addresses side by side: keep it as you keep the record.

    Example: portaldesk find-duplicates --min-grade possible
    """
    from portaldesk.cli import files
    from portaldesk.cli.desk import open_desk
    from portaldesk.render import duplicates as shown
    from portaldesk.render import manners, progress
    from portaldesk.rules.matching import Grade
    from portaldesk.services import duplicates

    if patient is not None and engine is EngineChoice.SPLINK:
        raise WrongUsage("usage", "--engine splink looks at all records.", "Leave out --patient, or --engine.")
    if report is not None:
        files.require_writable(report, force=force)
    name = "find-duplicates" if report is None else "find-duplicates report"
    with ExitStack() as afterwards:
        with progress.steps() as moved, open_desk(name, reading=True) as desk:
            mrn = desk.patient(patient).mrn if patient is not None else None
            found = duplicates.find_duplicates(
                desk.session, reader=desk.actor.name, min_grade=Grade(min_grade.value), patient_mrn=mrn,
                engine=duplicates.Engine(engine.value), place=desk.store.place, afterwards=afterwards, progress=moved,
                explain=explain or report is not None or manners.in_force().json,
            )  # fmt: skip
            if report is None:
                desk.leave_trace(name)
            else:
                from portaldesk.render import duplicates_page
                from portaldesk.services import duplicate_sheets

                moved("Page", 0, None)
                sheets = duplicate_sheets.sheets(desk.session, found)
                desk.leave_trace(name, pairs=len(found.pairs), records=sum(len(one.records) for one in sheets))
                made = duplicate_sheets.DuplicatePage(sheets, found, desk.settings.clinic_name, desk.now)
                files.write(report, duplicates_page.page(made), force=force)
        if report is None:
            shown.show(found, explain=explain)
        else:
            shown.show_written(found, report)


def resolve(
    a: Annotated[str, typer.Argument(metavar="A", help="MRN of one record.")],
    b: Annotated[str, typer.Argument(metavar="B", help="MRN of the other.")],
    same: Annotated[bool, typer.Option("--same", help="They are one person.")] = False,
    different: Annotated[bool, typer.Option("--different", help="They are two people.")] = False,
    keep: Annotated[
        str | None, typer.Option(metavar="MRN", help="With --same: what goes on; else as find-duplicates suggests.")
    ] = None,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="How you know.")] = "",
    no_send: Annotated[bool, typer.Option("--no-send", help="Leave the mail to 'outbox send'.")] = False,
) -> None:
    """Remember what you found out about two records. The records themselves are never merged.

    With --same one goes on, and the other's portal account is disabled: under a strong check of either in this call.
    Without one it stays, and diagnose asks for it at the next call. With --different all of it is open again.

    Example: portaldesk duplicates resolve MRN-7 MRN-9 --same --reason "asked the patient"
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.render import duplicates
    from portaldesk.services import resolving

    if same == different:
        raise WrongUsage("usage", "Give either --same or --different.", "See: portaldesk duplicates resolve --help")
    if keep is not None and different:
        raise WrongUsage("usage", "--keep goes with --same: two people both go on.", "Leave --keep out.")
    with open_desk("duplicates resolve", send=not no_send) as desk:
        if same:
            done = resolving.same(desk.session, desk.actor, a, b, keep=keep, reason=reason, now=desk.now)
        else:
            done = resolving.different(desk.session, desk.actor, a, b, reason=reason, now=desk.now)
    duplicates.show_resolved(done)


def list_() -> None:
    """What was decided about pairs of records; how others decided only for pairs that you have judged yourself.

    Example: portaldesk duplicates list
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.render import duplicates
    from portaldesk.services import verdicts

    with open_desk("duplicates list") as desk:
        found = verdicts.list_verdicts(desk.session, reader=desk.actor.name)
    duplicates.show_verdicts(found)

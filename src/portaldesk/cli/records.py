"""Records: importing patients, and finding records that may be the same person."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from portaldesk.cli.app import RECORDS
from portaldesk.cli.commands import command, new_group
from portaldesk.errors import PartlyFailed, WrongUsage


class FileFormat(StrEnum):
    CSV = "csv"
    FHIR = "fhir"


class GradeChoice(StrEnum):
    CERTAIN = "certain"
    PROBABLE = "probable"
    POSSIBLE = "possible"


def register(app: typer.Typer) -> None:
    """Put this module's commands into the command line."""
    imports = new_group("import", "Bring patients in from the clinic's record system.", RECORDS, app)
    command(imports, "patients")(import_patients)
    command(app, "find-duplicates", RECORDS)(find_duplicates)
    duplicates = new_group("duplicates", "Decide about records that may be the same person.", RECORDS, app)
    command(duplicates, "resolve")(resolve)
    command(duplicates, "list")(list_)


def import_patients(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="FHIR R4 NDJSON or CSV.")],
    format: Annotated[FileFormat | None, typer.Option("--format", help="Where the name does not tell.")] = None,
    map: Annotated[list[str] | None, typer.Option("--map", metavar="FIELD=COLUMN", help="Another column name.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen; change nothing.")] = False,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave bad rows out instead of refusing the file.")
    ] = False,
    no_send: Annotated[bool, typer.Option("--no-send", help="Leave mail to 'outbox send'.")] = False,
) -> None:
    """Import patients from a file: all of it or nothing, unless --skip-bad.

    Example: portaldesk import patients Patient.000.ndjson
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.render import records
    from portaldesk.services.intake import importing, reading

    columns = _mapping(map or [])
    with open_desk("import patients", send=not no_send) as desk:
        read = reading.read_patients(
            file, format=format.value if format else None, mapping=columns, locale=desk.settings.locale,
            today=desk.now.date(),
        )  # fmt: skip
        done = importing.import_patients(
            desk.session, desk.actor, read, dry_run=dry_run, skip_bad=skip_bad, now=desk.now
        )
    records.show_import(done)
    if done.skipped:
        raise PartlyFailed(
            "partly-failed", f"{len(done.skipped)} row(s) were left out.", "Mend them in the file and import it again."
        )


def find_duplicates(
    min_grade: Annotated[
        GradeChoice, typer.Option("--min-grade", help="How sure a pair must be.")
    ] = GradeChoice.PROBABLE,
    patient: Annotated[
        str | None, typer.Option("--patient", metavar="MRN", help="Only pairs with this patient.")
    ] = None,
) -> None:
    """Find records that may be the same person, each pair with its reasons.

    Example: portaldesk find-duplicates --min-grade possible
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.render import records
    from portaldesk.rules.matching import Grade
    from portaldesk.services import duplicates

    with open_desk("find-duplicates") as desk:
        mrn = desk.patient(patient).mrn if patient else None
        report = duplicates.find_duplicates(desk.session, min_grade=Grade(min_grade.value), patient_mrn=mrn)
    records.show_duplicates(report)


def resolve(
    a: Annotated[str, typer.Argument(metavar="A", help="MRN of one record.")],
    b: Annotated[str, typer.Argument(metavar="B", help="MRN of the other.")],
    same: Annotated[bool, typer.Option("--same", help="They are one person.")] = False,
    different: Annotated[bool, typer.Option("--different", help="They are two people.")] = False,
    keep: Annotated[
        str | None, typer.Option(metavar="MRN", help="With --same: the record that goes on; else we choose.")
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
    from portaldesk.render import records
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
    records.show_resolved(done)


def list_() -> None:
    """What was decided about pairs of records.

    Example: portaldesk duplicates list
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.render import records
    from portaldesk.services import verdicts

    with open_desk("duplicates list") as desk:
        found = verdicts.list_verdicts(desk.session)
    records.show_verdicts(found)


def _mapping(pairs: list[str]) -> dict[str, str]:
    columns = {}
    for pair in pairs:
        field, equals, column = pair.partition("=")
        if not (field.strip() and equals and column.strip()):
            raise WrongUsage("usage", "--map takes FIELD=COLUMN.", "Like --map mrn=PatientNumber")
        columns[field.strip()] = column.strip()
    return columns

"""Patient files: bringing patients in from the clinic's record system, and writing them out again."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from portaldesk.cli.app import RECORDS
from portaldesk.cli.commands import command, new_group
from portaldesk.errors import DeskError, PartlyFailed, WrongUsage

if TYPE_CHECKING:
    from datetime import date

    from sqlmodel import Session

    from portaldesk.services.intake.facts import Reading
    from portaldesk.settings import ClinicSettings

STDOUT = Path("-")


class FileFormat(StrEnum):
    CSV = "csv"
    FHIR = "fhir"


def register(app: typer.Typer) -> None:
    """Put this module's commands into the command line."""
    imports = new_group("import", "Bring patients in from the clinic's record system.", RECORDS, app)
    command(imports, "patients")(import_patients)
    exports = new_group("export", "Write patients out, for another system or a look in a spreadsheet.", RECORDS, app)
    command(exports, "patients")(export_patients)


def import_patients(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV, or FHIR R4 NDJSON or Bundle; gzip too; - for standard input.")
    ],
    format: Annotated[FileFormat | None, typer.Option("--format", help="Where it is not found right.")] = None,
    map: Annotated[list[str] | None, typer.Option("--map", metavar="FIELD=COLUMN", help="Another column name.")] = None,
    encoding: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of the file, like windows-1252, where it is not found right.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, value by value; change nothing.")
    ] = False,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave bad rows out instead of refusing the file.")
    ] = False,
    no_send: Annotated[bool, typer.Option("--no-send", help="Leave mail to 'outbox send'.")] = False,
) -> None:
    """Import patients from a file: all of it or nothing, unless --skip-bad. Known ones are updated by their MRN.

    Encoding, delimiter and format are found. A dry run shows names and dates: it is for your eyes alone.

    Example: portaldesk import patients Patient.000.ndjson --dry-run
    """
    from portaldesk.cli.desk import open_desk
    from portaldesk.render import progress, records
    from portaldesk.services.intake import importing, reading

    columns = _mapping(map or [])
    with progress.steps() as moved:
        read = _Once(
            lambda settings, today: reading.read_patients(
                file, format=format.value if format else None, mapping=columns, locale=settings.locale, today=today,
                encoding=encoding, progress=moved,
            )
        )  # fmt: skip
        with open_desk("import patients", send=not no_send, read_first=read.again) as desk:
            done = importing.import_patients(
                desk.session, desk.actor, read.taken(), dry_run=dry_run, skip_bad=skip_bad, now=desk.now, progress=moved
            )

            def look(session: Session) -> None:
                nonlocal done
                moved("Looking for duplicates", 0, None)
                done = importing.with_likely_duplicates(session, done, before=desk.before)

            if not dry_run:
                desk.afterwards.append(look)
    records.show_import(done)
    if done.skipped:
        raise PartlyFailed(
            "partly-failed", f"{len(done.skipped)} row(s) were left out.", "Mend them in the file and import it again."
        )


def export_patients(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Where to; packed where it ends in .gz; - for standard output.")
    ] = STDOUT,
    format: Annotated[
        FileFormat | None, typer.Option("--format", help="csv, or fhir (R4 NDJSON); else by the file's name, else csv.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Write all patients into a file that 'import patients' takes back unchanged. The record says who wrote how many.

    Email and phone are those of the record, not what was changed at the desk. FHIR has no username and no last visit.

    Example: portaldesk export patients patients.csv.gz
    """
    from portaldesk.cli import files
    from portaldesk.cli.desk import open_desk
    from portaldesk.render import manners, patient_files, progress, records, screens
    from portaldesk.services import exporting

    chosen = format.value if format else patient_files.format_of(file)
    if file == STDOUT and manners.in_force().json:
        raise WrongUsage("usage", "--json and the patients cannot both go to standard output.", "Name a FILE.")
    if file != STDOUT:
        files.require_writable(file, force=force)
    with open_desk("export patients", reading=True) as desk, progress.bar("Patients") as moved:
        count = exporting.count(desk.session)
        seq = desk.leave_trace("export patients", patients=count, format=chosen)
        lines = patient_files.LINES[chosen](exporting.patients(desk.session, progress=lambda done: moved(done, count)))
        if file == STDOUT:
            screens.write_lines(lines)
            return
        files.write_lines(file, lines, force=force)
    records.show_export(exporting.Exported(count, chosen, str(file), seq))


class _Once:
    """A file read before the one writer's turn, whatever comes of it: standard input is there once."""

    def __init__(self, read: Callable[[ClinicSettings, date], Reading]) -> None:
        self._read = read
        self._found: list[Reading | DeskError] = []

    def again(self, settings: ClinicSettings, today: date) -> None:
        """Read it, or say again what came of that. Raises: WrongUsage."""
        if not self._found:
            try:
                self._found.append(self._read(settings, today))
            except DeskError as refusal:
                self._found.append(refusal)
        if isinstance(self._found[0], DeskError):
            raise self._found[0]

    def taken(self) -> Reading:
        """What was read, which is then kept no longer: a clinic's patients are some hundred MB."""
        found = self._found.pop()
        assert not isinstance(found, DeskError)
        return found


def _mapping(pairs: list[str]) -> dict[str, str]:
    columns = {}
    for pair in pairs:
        field, equals, column = pair.partition("=")
        if not (field.strip() and equals and column.strip()):
            raise WrongUsage("usage", "--map takes FIELD=COLUMN.", "Like --map mrn=PatientNumber")
        columns[field.strip()] = column.strip()
    return columns

"""The play of `portaldesk demo`: a call in a made-up clinic, by the real commands in a home of its own.

Every step is a process of its own, as at a desk; what it prints is what the command printed, and the line below it is
read from the record. A step that does not end as the gate demands ends the demo with a fault.
"""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default as mail_policy
from pathlib import Path

from portaldesk.errors import DeskError
from portaldesk.render import manners, screens

MRN = "MRN-1013"  # of the packaged samples: Dorothy Halvorsen, 92, no email on file
NEW_EMAIL = "dorothy@example.org"
WIDTH = 80


@dataclass(frozen=True, slots=True)
class Step:
    """One command of the play: who runs it, what it read from stdin, how it must end, and how it did."""

    heading: str
    by: str
    command: str
    exit_code: int
    output: str
    record: str


@dataclass(slots=True)
class _Clinic:
    """The made-up clinic: its home, who is signed in, and the secrets that came up on the way."""

    home: Path
    tokens: dict[str, str] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)

    @property
    def database(self) -> Path:
        return self.home / "portaldesk.db"

    def run(self, heading: str, *args: str, by: str = "sam", stdin: str = "", ends: int = 0) -> str:
        """Run one real command; show it, what it printed, and what the record says of it. Returns its output."""
        before = self._last_seq()
        done = subprocess.run(
            [sys.executable, "-m", "portaldesk", *args], input=stdin, capture_output=True, text=True, encoding="utf-8",
            env=self._environment(by), timeout=120, check=False,
        )  # fmt: skip
        step = Step(heading, by, _shown(args), done.returncode, done.stdout + done.stderr, self._told(before))
        self.steps.append(step)
        _show(step)
        if done.returncode != ends:
            raise DeskError(
                "fault", f"A step of the demo ended with {done.returncode}, not {ends}.", "Please report this."
            )
        return done.stdout

    def sql(self, heading: str, statement: str, *, refused: bool) -> None:
        """What somebody with the database file and SQL tries, past portaldesk."""
        with closing(sqlite3.connect(self.database)) as database:
            try:
                database.executescript(statement)
                said, code = "(the database took it)", 0
            except sqlite3.Error as refusal:
                said, code = f"{type(refusal).__name__}: {refusal}", 1
        step = Step(heading, "an intruder with SQL", f"sqlite3 portaldesk.db {statement!r}", code, said + "\n", "")
        self.steps.append(step)
        _show(step)
        if bool(code) is not refused:
            raise DeskError("fault", "The database did not answer as it must.", "Please report this.")

    def mail(self) -> str:
        """The text of the newest mail in the outbox folder."""
        newest = max((self.home / "outbox").glob("*.eml"))
        body = message_from_bytes(newest.read_bytes(), policy=mail_policy).get_body(("plain",))
        return str(body.get_content()) if body is not None else ""

    def _environment(self, by: str) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("PORTALDESK_")}
        token = {"PORTALDESK_TOKEN": self.tokens[by]} if by in self.tokens else {}
        return kept | token | {"PORTALDESK_HOME": str(self.home), "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}

    def _last_seq(self) -> int:
        return max((seq for seq, *_ in self._events(0)), default=0)

    def _events(self, after: int) -> Iterator[tuple[int, str, str, str, str]]:
        if not self.database.exists():
            return
        query = "SELECT seq, action, outcome, coalesce(level, ''), details FROM audit_event WHERE seq > ? ORDER BY seq"
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as database:
            yield from database.execute(query, (after,)).fetchall()

    def _told(self, after: int) -> str:
        """What the record holds of the step: the event, its outcome, the ground it rested on."""
        import json

        for seq, action, outcome, level, details in self._events(after):
            if action == "import":  # an event a patient; the summary follows
                continue
            told = json.loads(details)
            why = told.get("code") or ", ".join(
                part for part in (f"ground: {told['ground']}" if "ground" in told else "", level,
                                  " + ".join(told.get("methods", []))) if part
            )  # fmt: skip
            return f"record #{seq}: {action}, {outcome}" + (f" ({why})" if why else "")
        return "record: nothing was written"


def play() -> None:
    """Play it from hello to signed in, then the impostor, then the intruder.

    Raises: DeskError `fault` where a step does not end as it must.
    """
    with tempfile.TemporaryDirectory(prefix="portaldesk-demo-") as folder:
        clinic = _Clinic(Path(folder) / "clinic")
        _set_up(clinic)
        _the_call(clinic)
        _the_patient(clinic)
        _the_impostor(clinic)
        _the_intruder(clinic)
    if manners.in_force().json:
        screens.show({"steps": clinic.steps})
    else:
        _say("\nThat was all real: real commands, a real store, deleted again. Set up your own:\nportaldesk init")


def _set_up(clinic: _Clinic) -> None:
    from importlib.resources import as_file, files

    rosa, sam = "lantern gravel ninety 4 otter", "marble sextant plum 61 heron"
    clinic.run("A new clinic; rosa is its first admin.", "init", "--admin", "rosa", "--secrets", "file",
               "--password-stdin", by="rosa", stdin=f"{rosa}\n")  # fmt: skip
    clinic.run("rosa signs in.", "login", "rosa", "--password-stdin", by="rosa", stdin=f"{rosa}\n")
    with as_file(files("portaldesk") / "samples" / "patients.csv") as samples:
        clinic.run("She imports the clinic's patients (all made up).", "import", "patients", str(samples), by="rosa")
    clinic.tokens["rosa"] = clinic.run(
        "She takes a token, so that she can approve from her own desk.", "staff", "token", "rosa", "--quiet", by="rosa"
    ).strip()
    first = clinic.run(
        "sam works at the front desk.", "staff", "add", "sam", "--role", "front-desk", "--quiet", by="rosa"
    )
    clinic.run("sam signs in and chooses a password of his own.", "login", "sam", "--password-stdin",
               stdin=f"{first.strip()}\n{sam}\n")  # fmt: skip


def _the_call(clinic: _Clinic) -> None:
    clinic.run("The phone rings: 'Halvorsen here, I can't get into my patient portal.'", "find", "halvorsen")
    clinic.run("Why not? Before a check only what routes the call is told.", "diagnose", MRN)
    clinic.run("No identity check, no change.", "resend-invite", MRN, ends=4)
    clinic.run("sam asks, types what she says (from stdin, not as arguments).", "verify-identity", MRN, "--birth-date",
               "-", "--postal-code", "-", "--phone", "-", "--reason", "wants access",
               stdin="March 29, 1934\n67114\n(316) 555-0113\n")  # fmt: skip
    clinic.run("The check allows it, but there is no address: the ways out are named.", "resend-invite", MRN, ends=6)
    clinic.run("Knowledge alone never changes who can get in.", "issue-temp-login", MRN, ends=4)
    clinic.run("She comes to the desk with her driver licence.", "verify-identity", MRN, "--photo-id", "driver licence")
    asked = clinic.run("Now her email may be asked for; a code goes there.", "update-contact", MRN, "--email", "-",
                       stdin=f"{NEW_EMAIL}\n")  # fmt: skip
    request = _found(r"Request (R-[0-9A-F]+)", asked)
    code = _found(r"(\d{4} \d{4})", clinic.mail())
    clinic.run("She reads the code from her phone.", "confirm", request, "--code", "-", stdin=f"{code}\n")
    clinic.run("sam cannot approve what he asked for.", "approve", request, "--reason", "looks fine", ends=3)
    clinic.run("rosa can.", "approve", request, "--reason", "saw her at the desk", by="rosa")
    clinic.run("The invitation goes out.", "resend-invite", MRN)


def _the_patient(clinic: _Clinic) -> None:
    token = _found(r"/redeem/([A-Za-z0-9_-]+)", clinic.mail())
    good, newer = "copper meadow 77 walnut bridge", "salted harbor 3 juniper nine"
    patient = "the patient"
    clinic.run("She opens the link. The link alone opens nothing: facts first.", "portal", "redeem", "-",
               "--birth-date", "-", "--postal-code", "-", "--username", "dorothy", "--password-stdin", by=patient,
               stdin=f"{token}\n1934-03-29\n67114\n{good}\n")  # fmt: skip
    clinic.run("She is in.", "portal", "sign-in", "dorothy", "--password-stdin", by=patient, stdin=f"{good}\n")
    for n in range(1, 6):
        clinic.run(f"Then she mistypes it ({n} of 5).", "portal", "sign-in", "dorothy", "--password-stdin",
                   by=patient, stdin="not it at all\n", ends=3)  # fmt: skip
    clinic.run("Locked: she stands at the desk again, her check is still live.", "unlock", MRN)
    shown = clinic.run("And a temporary password, shown once.", "issue-temp-login", MRN)
    temporary = _found(r"Temporary password:\s+(\S+)", shown)
    clinic.run("It opens nothing but 'choose a password'.", "portal", "sign-in", "dorothy", "--password-stdin",
               by=patient, stdin=f"{temporary}\n")  # fmt: skip
    clinic.run("Which asks her birth date.", "portal", "change-password", "dorothy", "--birth-date", "-",
               by=patient, stdin=f"1934-03-29\n{temporary}\n{newer}\n")  # fmt: skip
    clinic.run("Signed in.", "portal", "sign-in", "dorothy", "--password-stdin", by=patient, stdin=f"{newer}\n")
    clinic.run("The call is over, and with it the check.", "end-call")


def _the_impostor(clinic: _Clinic) -> None:
    clinic.run("Another caller: birth date, postal code and phone of Dorothy, all right, all stolen.",
               "verify-identity", MRN, "--birth-date", "-", "--postal-code", "-", "--phone", "-",
               "--reason", "forgot password", stdin="3/29/1934\n67114\n316 555 0113\n")  # fmt: skip
    clinic.run("'Just read me a new password, I'm in a hurry.' No: that is knowledge alone.", "issue-temp-login", MRN,
               ends=4)  # fmt: skip
    clinic.run(
        "'Then change my email.' No.", "update-contact", MRN, "--email", "-", stdin="thief@example.com\n", ends=4
    )
    clinic.run("Not even a mail: her address changed less than 24 hours ago.", "send-reset", MRN, ends=6)
    clinic.run("The call is over.", "end-call")


def _the_intruder(clinic: _Clinic) -> None:
    patient = "the patient"
    with closing(sqlite3.connect(clinic.database)) as database:
        guards = [sql for (sql,) in database.execute(
            "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'portal_account'")]  # fmt: skip
        names = [sql.split()[2] for sql in guards]
    change = f"UPDATE portal_account SET email = 'thief@example.com' WHERE mrn = '{MRN}'"  # noqa: S608
    clinic.sql("Somebody with the database file tries SQL: the database itself refuses.", change, refused=True)
    _say("\nThey drop the guards, forge the row, and put the guards back, as if nothing\nhad happened.")
    forged = "; ".join([*(f"DROP TRIGGER {name}" for name in names), change])
    with closing(sqlite3.connect(clinic.database)) as database:
        database.executescript(forged)
        for sql in guards:
            database.execute(sql)
        database.commit()
    clinic.run("The forged row gives nobody access: its seal is wrong.", "portal", "sign-in", "dorothy",
               "--password-stdin", by=patient, stdin="salted harbor 3 juniper nine\n", ends=9)  # fmt: skip
    clinic.run("And it is found, by name.", "audit", "verify", by="rosa", ends=9)
    clinic.run("What the auditor sees of the day.", "list-resets", "--since", "1d", by="rosa")


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise DeskError("fault", "The demo did not find what it looked for.", "Please report this.")
    return found.group(1)


def _shown(args: tuple[str, ...]) -> str:
    words = (f'"{word}"' if " " in word else Path(word).name if word.startswith("/") else word for word in args)
    return "portaldesk " + " ".join(words)


def _show(step: Step) -> None:
    if manners.in_force().json or manners.in_force().quiet:
        return
    _say("\n" + "\n".join(_wrapped(step.heading, WIDTH)))
    for part in _wrapped(f"{step.by} $ {step.command}", WIDTH - 2, "    "):
        _say(f"  {part}")
    for line in step.output.rstrip("\n").splitlines():
        rule = line.strip("─") == ""  # under the heading of a table that is as wide as the screen
        for part in [line[: WIDTH - 4]] if rule else _wrapped(line, WIDTH - 4, "  "):
            _say(f"    {part.rstrip()}")
    told = [f"exit {step.exit_code}", *([step.record] if step.record else [])]
    for part in _wrapped("── " + " · ".join(told), WIDTH - 4, "   "):
        _say(f"    {part}")


def _wrapped(text: str, width: int, indent: str = "") -> list[str]:
    """Broken between words, never at a hyphen: a command stays readable."""
    return textwrap.wrap(
        text, width, subsequent_indent=indent, replace_whitespace=False, break_on_hyphens=False
    ) or [""]  # fmt: skip


def _say(text: str) -> None:
    if not (manners.in_force().json or manners.in_force().quiet):
        for line in text.split("\n"):
            screens.write_lines([line + "\n"])

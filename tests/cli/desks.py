"""Running the command line in tests: in this process, or in one of its own."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default as mail_policy
from pathlib import Path
from typing import Any
from unittest.mock import patch

import engines
from portaldesk.cli import main
from portaldesk.services import clinic as settings_service
from portaldesk.services import opening, sessions, staff
from portaldesk.words import Role
from raw_stores import rows

ROSA_PASSWORD = "umber lattice quarry 52 finch"
SAM_PASSWORD = "cobalt thimble orchard 71 wren"


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, str]:
        """The error on the last line of stderr."""
        found = json.loads(self.err.splitlines()[-1])["error"]
        assert set(found) == {"code", "message", "hint"}
        return dict(found)


@dataclass(frozen=True, slots=True)
class Clinic:
    """A store of one test, and who works there."""

    home: Path
    rosa_token: str
    sam_token: str

    def rosa(self, *args: str, input: str = "", **env: str) -> Ran:
        """An admin runs a command."""
        return run(*args, input=input, home=self.home, token=self.rosa_token, env=env)

    def sam(self, *args: str, input: str = "", **env: str) -> Ran:
        """The front desk runs a command."""
        return run(*args, input=input, home=self.home, token=self.sam_token, env=env)

    def anyone(self, *args: str, input: str = "", **env: str) -> Ran:
        """Somebody without a token runs a command."""
        return run(*args, input=input, home=self.home, env=env)

    def events(self) -> list[tuple[str, str, str | None, str | None, dict[str, Any]]]:
        """The record: action, outcome, staff, patient, details, oldest first."""
        found = rows(self.home, "SELECT action, outcome, staff, patient, details FROM audit_event ORDER BY seq")
        return [(action, outcome, who, patient, json.loads(told)) for action, outcome, who, patient, told in found]


def run(
    *args: str,
    input: str | bytes = "",
    home: Path | None = None,
    token: str | None = None,
    env: Mapping[str, str] | None = None,
) -> Ran:
    """Run a command line in this process, with streams that are no terminal."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    given = io.TextIOWrapper(io.BytesIO(input.encode() if isinstance(input, str) else input), encoding="utf-8")
    with ExitStack() as stack:
        stack.enter_context(patch.dict(os.environ, environment(home, token, env), clear=True))
        stack.enter_context(patch.object(sys, "stdin", given))
        stack.enter_context(redirect_stdout(out))
        stack.enter_context(redirect_stderr(err))
        code = main.run(args)
    return Ran(code, *(stream.buffer.getvalue().decode() for stream in _flushed(out, err)))


def run_process(
    *args: str,
    input: str = "",
    home: Path | None = None,
    token: str | None = None,
    env: Mapping[str, str] | None = None,
) -> Ran:
    """Run a command line as a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "portaldesk", *args], input=input, capture_output=True, text=True, encoding="utf-8",
        env=environment(home, token, env), check=False, timeout=240,
    )  # fmt: skip
    return Ran(done.returncode, done.stdout, done.stderr)


def text_of(mail: Path) -> str:
    """The text part of a mail that was written into a folder."""
    body = message_from_bytes(mail.read_bytes(), policy=mail_policy).get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def found(pattern: str, text: str) -> str:
    """What the pattern's group matches in a text; it must be there."""
    match = re.search(pattern, text)
    assert match is not None, pattern
    return match.group(1)


def environment(home: Path | None, token: str | None, env: Mapping[str, str] | None) -> dict[str, str]:
    """This process's environment without what portaldesk reads, and with what is given."""
    kept = {
        k: v for k, v in os.environ.items() if not k.startswith("PORTALDESK_") and k not in ("NO_COLOR", "SUDO_UID")
    }
    if home:
        elsewhere = "PORTALDESK_DATABASE_URL" in (env or {})
        kept |= {"PORTALDESK_HOME": str(home)} if elsewhere else engines.environment(home)
    kept |= {"PORTALDESK_TOKEN": token} if token else {}
    return kept | dict(env or {})


def made_clinic(home: Path) -> Clinic:
    """A new home with rosa (admin) and sam (front desk), who both chose their passwords."""
    now = datetime.now(UTC)
    prepared = opening.prepare(engines.place(home), secrets_kind="file")
    admin = staff.first_admin("rosa", ROSA_PASSWORD, prepared.keys, now=now)
    store = opening.finish(prepared, admin=admin, values={}, now=now)
    with store.session() as session:
        settings = settings_service.in_force(settings_service.stored(session))
        signed = sessions.sign_in(
            session, "rosa", ROSA_PASSWORD, os_caller="template", new_password=None, settings=settings, now=now
        )
        rosa = sessions.by_secret(session, signed.secret, settings=settings, now=now)
        first = staff.add(
            session, rosa, "sam", Role.FRONT_DESK, password=None, own_mrn=None, linked=(), with_token=True,
            settings=settings, now=now,
        )  # fmt: skip
        token = staff.make_token(session, rosa, "rosa", days=None, only=(), settings=settings, now=now)
        assert first.password is not None
        assert first.token is not None
        sam = sessions.sign_in(
            session, "sam", first.password, os_caller="template", new_password=SAM_PASSWORD, settings=settings, now=now
        )
        sessions.sign_out(session, sam.secret, now=now)
        session.commit()
    store.engine.dispose()
    return Clinic(home, token.token, first.token)


def _flushed(*streams: io.TextIOWrapper) -> list[Any]:
    for stream in streams:
        stream.flush()
    return list(streams)


__all__ = ["ROSA_PASSWORD", "SAM_PASSWORD", "Clinic", "Ran", "environment", "made_clinic", "run", "run_process"]

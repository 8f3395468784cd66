"""A PostgreSQL server of the tests' own: found on this machine, started in a temporary folder, stopped at the end.

PostgreSQL refuses to run as root; a test run as root starts it as another user. It listens on a socket in a folder
that nobody else may enter, and asks for no password there.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SUPERUSER = "postgres"
WITH_PASSWORD = "with_password"  # the one role that the server asks for a password
_USERS = ("postgres", "nobody")  # whom root becomes


@dataclass(frozen=True, slots=True)
class Server:
    """A running server. `folder` holds its data and its socket."""

    folder: Path
    bin: Path

    def url(self, database: str, role: str = SUPERUSER) -> str:
        """As PORTALDESK_DATABASE_URL."""
        return f"postgresql+psycopg://{role}@/{database}?host={self.folder}"

    def connect(self, database: str = "postgres", role: str = SUPERUSER) -> Any:
        """A plain connection with psycopg, each statement a transaction of its own."""
        import psycopg

        return psycopg.connect(host=str(self.folder), dbname=database, user=role, autocommit=True)

    def run(self, *statements: str, database: str = "postgres", role: str = SUPERUSER) -> None:
        with self.connect(database, role) as connection:
            for statement in statements:
                connection.execute(statement)

    def restart(self) -> None:
        """Cut every connection and come back."""
        _pg_ctl(self, "restart", "-m", "fast")


@contextmanager
def server(*, settings: tuple[str, ...] = ("fsync=off",)) -> Iterator[Server | None]:
    """A server for as long as it is needed; None where this machine has no PostgreSQL."""
    found = _binaries()
    if found is None:
        yield None
        return
    made = Server(Path(tempfile.mkdtemp(prefix="pg-")), found)
    try:
        if os.geteuid() == 0:
            user = _other_user()
            os.chown(made.folder, user.pw_uid, user.pw_gid)
        _call(
            made,
            "initdb",
            "-D",
            f"{made.folder}/data",
            "-U",
            SUPERUSER,
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-locale",
            "-N",
        )
        rules = made.folder / "data" / "pg_hba.conf"
        rules.write_text(f"local all {WITH_PASSWORD} scram-sha-256\n{rules.read_text()}")
        options = " ".join(f"-c {setting}" for setting in ("listen_addresses=", *settings))
        _pg_ctl(made, "start", "-l", f"{made.folder}/log", "-o", f"{options} -k {made.folder}")
        yield made
    finally:
        if (made.folder / "data" / "postmaster.pid").exists():
            _pg_ctl(made, "stop", "-m", "immediate")
        shutil.rmtree(made.folder, ignore_errors=True)


def _binaries() -> Path | None:
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    return debian[-1].parent if debian else None


def _pg_ctl(made: Server, *words: str) -> None:
    _call(made, "pg_ctl", "-D", f"{made.folder}/data", "-w", "-s", *words)


def _call(made: Server, program: str, *words: str) -> None:
    as_whom: dict[str, Any] = {}
    if os.geteuid() == 0:
        user = _other_user()
        as_whom = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    subprocess.run(
        [made.bin / program, *words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT,
        cwd=made.folder, env={"PATH": os.environ["PATH"], "LC_ALL": "C"}, **as_whom,
    )  # fmt: skip


def _other_user() -> pwd.struct_passwd:
    known = {user.pw_name: user for user in pwd.getpwall()}
    return next(known[name] for name in _USERS if name in known)

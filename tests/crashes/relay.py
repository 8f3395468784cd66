"""A relay between a command and the PostgreSQL server, which cuts one connection at one message: a cable pulled there.

The command reaches the server by the relay's own socket. What comes after the cut passes through.
"""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from select import select
from threading import Thread

import engines
from postgresql import SUPERUSER

_SOCKET = ".s.PGSQL.5432"
Cut = Callable[[int, bytes], bool]
"""Whether it happens at this message of a client: its number, from 0 on, and its bytes."""


def never(number: int, message: bytes) -> bool:
    return False


class Relay:
    """`messages`: what clients have sent so far."""

    def __init__(self, folder: Path, cut: Cut, *, answered: bool) -> None:
        self.messages: list[bytes] = []
        self.has_cut = False
        self._folder, self._cut, self._answered = folder, cut, answered
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(folder / _SOCKET))
        self._listening.listen()
        Thread(target=self._listen, daemon=True).start()

    def url(self, home: Path) -> str:
        """As PORTALDESK_DATABASE_URL, for the store of this home."""
        return f"postgresql+psycopg://{SUPERUSER}@/{engines.place(home).database.database}?host={self._folder}"  # type: ignore[union-attr]

    def end(self) -> None:
        self._listening.close()

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server:
            server.connect(str(engines.server_here().folder / _SOCKET))
            try:
                while self._passed(client, server):
                    pass
            except OSError:  # one of them is gone: so is the other
                return

    def _passed(self, client: socket.socket, server: socket.socket) -> bool:
        """One message in either direction; false at an end."""
        ready, _, _ = select([client, server], [], [])
        message = ready[0].recv(1 << 20)
        if not message or ready[0] is server:
            client.sendall(message)
            return bool(message)
        self.messages.append(message)
        if not self.has_cut and self._cut(len(self.messages) - 1, message):
            self.has_cut = True
            if self._answered:
                server.sendall(message)
                server.recv(1 << 20)
            return False
        server.sendall(message)
        return True


@contextmanager
def relay(cut: Cut = never, *, answered: bool = False) -> Iterator[Relay]:
    """`answered`: the message still arrives, and the answer is what is lost."""
    folder = Path(tempfile.mkdtemp(prefix="relay-"))
    made = Relay(folder, cut, answered=answered)
    try:
        yield made
    finally:
        made.end()
        shutil.rmtree(folder)

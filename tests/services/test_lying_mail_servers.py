"""Mail servers whose answers do not fit: nobody gets another's mail, none goes twice, none keeps the others back."""

from __future__ import annotations

import socket
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from typing import BinaryIO

import pytest
from outboxes import NOW, a_store, notice, run, settings_for

from portaldesk.services.delivery import Delivered
from portaldesk.services.opening import OpenStore
from portaldesk.words import Message

pytestmark = pytest.mark.sqlite_only("what a mail server says does not depend on the engine")
MANY = 5
OK = b"250 OK\r\n"
Lie = tuple[str, int, bytes, str]
"""To which command, the how many-th (0: each time), what is answered, and then: "" goes on, `bye`, `reset`, `deaf`
(what came with the end of this mail is thrown away)."""


class Liar:
    """Answers one command wrongly, and all others as a mail server does."""

    def __init__(self, lie: Lie, *, pipelining: bool) -> None:
        self.command, self.which, self.answer, self.then = lie
        self.asked: Counter[str] = Counter()
        self.taken: list[tuple[list[str], str, str]] = []
        self.greeting = b"250-liar\r\n250-PIPELINING\r\n250 HELP\r\n" if pipelining else OK

    def serve(self, listening: socket.socket) -> None:
        with suppress(OSError):  # it is closed: the test is over
            while True:
                client, _ = listening.accept()
                with client, suppress(OSError):
                    self.talk(client)

    def talk(self, client: socket.socket) -> None:
        lines, to = client.makefile("rb"), list[str]()
        client.sendall(b"220 liar\r\n")
        while line := lines.readline():
            command = line[:4].decode().upper()
            to = {"MAIL": [], "RCPT": [*to, line.decode().partition("<")[2].partition(">")[0]]}.get(command, to)
            right = self.greeting if command == "EHLO" else b"354 go on\r\n" if command == "DATA" else OK
            if not self.says(client, lines, command, to, right):
                return
            if command == "DATA" and self.said.startswith(b"354"):
                mail = b""
                while (line := lines.readline()) != b".\r\n":
                    if not line:
                        return
                    mail += line
                goes_on = self.says(client, lines, ".", to, OK)
                if b"250 " in self.said:
                    parsed = message_from_bytes(mail)
                    self.taken.append((to, parsed["To"], parsed["Message-ID"]))
                if not goes_on:
                    return

    def says(self, client: socket.socket, lines: BinaryIO, command: str, to: list[str], right: bytes) -> bool:
        """Answer; whether the talk goes on."""
        name = to[0].partition("@")[0] if command == self.command.partition(" ")[0] and " " in self.command else ""
        asked = f"{command} {name}".strip()
        self.asked[asked] += 1
        lies = asked == self.command and self.which in (0, self.asked[asked])
        self.said = self.answer if lies and self.answer else right
        client.sendall(self.said)
        if lies and self.then == "reset":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        while lies and self.then == "deaf" and lines.readline() != b"DATA\r\n":
            pass
        return not (lies and self.then in ("bye", "reset"))


@contextmanager
def served(liar: Liar) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=liar.serve, args=(listening,), daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def store(tmp_path: Path) -> OpenStore:
    return a_store(tmp_path)


ALL = Delivered(MANY, 0, 0, 0)
ONE_LATER = Delivered(MANY - 1, 0, 0, 1, put_off=1)
ONE_FAILED = Delivered(MANY - 1, 1, 0, 0)


ANYWHERE: list[tuple[Lie, Delivered, int]] = [
    ((".", 0, OK, "reset"), ALL, 0),
    ((".", 0, OK + OK, ""), ALL, 0),
    ((".", 2, b"hm?\r\n" + OK, ""), ONE_LATER, 1),  # it may have been taken, and was
    ((".", 2, b"2", "bye"), ONE_LATER, 0),
    ((".", 2, b"421 4.3.2 closing\r\n", "bye"), ALL, 0),
    ((". p1", 0, b"421 4.7.1 not this one\r\n", "bye"), ONE_LATER, 0),
    (("RCPT p1", 0, b"421 4.7.1 not this one\r\n", "bye"), ONE_LATER, 0),
    (("DATA", 1, b"554 5.7.1 no\r\n", "bye"), ONE_FAILED, 0),
    (("MAIL", 3, b"452 4.5.3 enough over this connection\r\n", ""), ALL, 0),
    (("DATA", 2, b"421 4.3.2 closing\r\n", ""), ALL, 0),
]
WHERE_MAILS_ARE_ANNOUNCED: list[tuple[Lie, Delivered, int]] = [
    (("RCPT", 2, b"354 go on\r\n", ""), ALL, 0),
    ((".", 1, OK, "deaf"), ALL, 0),
]


@pytest.mark.parametrize(
    ("lie", "done", "repeated", "pipelining"),
    [*((*one, pipelining) for one in ANYWHERE for pipelining in (True, False)),
     *((*one, True) for one in WHERE_MAILS_ARE_ANNOUNCED)],
)  # fmt: skip
def test_answers_that_do_not_fit_harm_no_other_mail(
    store: OpenStore, lie: Lie, done: Delivered, repeated: int, pipelining: bool
) -> None:
    for number in range(MANY):
        notice(store, Message.CHANGED, to=f"p{number}@example.org", what="disable", at_desk=True, number=number)
    liar = Liar(lie, pipelining=pipelining)
    with served(liar) as port:
        first = run(store, settings_for(port), seconds_a_message=2 if liar.then == "deaf" else 10)
    assert first == done
    honest = Liar(("", 0, b"", ""), pipelining=pipelining)
    with served(honest) as port:
        later = run(store, settings_for(port), clock=lambda: NOW + timedelta(minutes=1))
    assert first.sent + first.failed + later.sent == MANY
    taken = [*liar.taken, *honest.taken]
    assert all(to == [named] for to, named, _ in taken)
    assert len(taken) - len({id_ for *_, id_ in taken}) == repeated

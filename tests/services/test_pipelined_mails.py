"""Mails announced while the one before them ends: nobody gets another's, and nothing is sent before it is claimed."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from outboxes import Inbox, a_store, files, lines, mail_server, notice, read, run
from sqlmodel import col, select

from portaldesk.services.delivery import Delivered
from portaldesk.services.opening import OpenStore
from portaldesk.store import tables
from portaldesk.words import Message

MANY = 8
"""As many as are written ahead at first."""
WAYS = {
    "": ("250 OK", "250 OK"), "nobody": ("550 5.1.1 nobody here", ""), "grey": ("451 4.7.1 later", ""),
    "spam": ("250 OK", "554 5.7.1 no"), "full": ("250 OK", "452 4.3.1 full"), "die": ("250 OK", ""),
}  # fmt: skip


class Exacting(Inbox):
    """Answers each address in its own way."""

    def __init__(self, addresses: list[str], ways: list[str] | None = None, *, pipelining: bool = True) -> None:
        super().__init__(pipelining=pipelining)
        self.ways = {to: WAYS[way] for to, way in zip(addresses, ways or [""] * MANY, strict=True)}
        self.died: set[str] = set()
        self.told_of: dict[str, threading.Event] = {to: threading.Event() for to in addresses}
        self.pairs: list[tuple[tuple[str, ...], str]] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        self.told_of[address].set()
        self._rcpt = self.ways[address][0]
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        (address,) = envelope.rcpt_tos
        self._data = self.ways[address][1]
        if not self._data and address not in self.died:
            self.died.add(address)
            server.transport.abort()
            return "250 too late"
        self._data = self._data or "250 OK"
        answer = await super().handle_DATA(server, session, envelope)
        if answer.startswith("250"):
            self.pairs.append((tuple(envelope.rcpt_tos), str(self.mails[-1]["To"])))
        return answer


def _store(folder: Path) -> OpenStore:
    store = a_store(folder)
    for n in range(MANY):
        notice(store, Message.CHANGED, to=f"p{n}@example.org", what="disable", at_desk=True, number=n)
    return store


def _addresses(store: OpenStore) -> list[str]:
    """In the order in which their mails go."""
    message = tables.OutboxMessage
    with store.session(reading=True) as session:
        return list(session.exec(select(message.to_address).order_by(col(message.created_at), col(message.id))))


def _outcome(ways: list[str], *, pipelining: bool) -> tuple[Delivered, Counter[tuple[str, int, str]], list[int]]:
    with TemporaryDirectory() as folder:
        store = _store(Path(folder))
        addresses = _addresses(store)
        inbox = Exacting(addresses, ways, pipelining=pipelining)
        with mail_server(inbox) as where:
            done = run(store, where)
        assert all(to == (named,) for to, named in inbox.pairs), "a mail goes to whom it names, and to nobody else"
        assert len({mail["Message-ID"] for mail in inbox.mails}) == len(inbox.mails) == done.sent
        states = Counter((line.state, line.attempts, line.last_error) for line in lines(store))
        store.engine.dispose()
        return done, states, [addresses.index(named) for _, named in inbox.pairs]


@pytest.mark.sqlite_only("what a mail server is told does not depend on the engine")
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(sorted(WAYS)), min_size=MANY, max_size=MANY))
def test_a_server_that_pipelines_gets_the_same_mails_and_the_store_the_same_outcome(ways: list[str]) -> None:
    assert _outcome(ways, pipelining=True) == _outcome(ways, pipelining=False)


def test_the_envelope_of_the_next_mail_goes_with_the_end_of_the_one_before(tmp_path: Path) -> None:
    store = _store(tmp_path)
    addresses = _addresses(store)
    inbox = Exacting(addresses)

    def told_already(_: object) -> None:
        """Asked when a mail is settled, and before the next is handed over."""
        following = addresses[len(inbox.mails) :][:1]
        assert all(inbox.told_of[to].wait(10) for to in following)

    with mail_server(inbox) as where:
        assert run(store, where, progress=told_already).sent == MANY
    assert len(inbox.peers) == 1
    assert [named for _, named in inbox.pairs] == addresses


def test_an_announced_mail_that_another_run_has_meanwhile_is_left_to_it(tmp_path: Path) -> None:
    store = _store(tmp_path)
    order = [line.id for line in sorted(lines(store), key=lambda line: (line.created_at, line.id))]

    class Overtaking(Exacting):
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            answer = await super().handle_DATA(server, session, envelope)
            if len(self.mails) == 3:  # the fourth has been announced
                assert run(store, meant=[col(tables.OutboxMessage.id) == order[3]]).sent == 1
            return answer

    inbox = Overtaking(_addresses(store))
    with mail_server(inbox) as where:
        assert run(store, where).sent == MANY - 1
    assert len(files(store)) == 1
    sent = [mail["Message-ID"] for mail in inbox.mails]
    assert len({*sent, read(files(store)[0])["Message-ID"]}) == MANY == len(sent) + 1


def test_an_announced_mail_that_is_written_anew_goes_over_the_same_connection(tmp_path: Path) -> None:
    """Another desk has written an event: what was written ahead no longer counts."""
    store = _store(tmp_path)

    class Interrupting(Exacting):
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            if len(self.mails) == 3:
                notice(store, Message.CHANGED, what="enable", at_desk=True)
            return await super().handle_DATA(server, session, envelope)

    inbox = Interrupting(_addresses(store))
    with mail_server(inbox) as where:
        assert run(store, where).sent == MANY
    assert (len(inbox.peers), len(inbox.pairs)) == (1, MANY)


def test_a_mail_announced_when_the_run_is_stopped_is_not_sent(tmp_path: Path) -> None:
    store, stop = _store(tmp_path), threading.Event()

    class Stopping(Exacting):
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            if len(self.mails) == 3:
                stop.set()
            return await super().handle_DATA(server, session, envelope)

    inbox = Stopping(_addresses(store))
    with mail_server(inbox) as where:
        done = run(store, where, stop=stop)
    assert (done.sent, done.waiting, len(inbox.mails)) == (4, MANY - 4, 4)

"""Printing letters: written, then marked; once; by name; and nothing marked that is not on the disk."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from letter_writing import EVE, EVE_ROW, knows_all, redeems, writes
from phone_calls import ROSA, SETTINGS, Desk, a_clinic, told
from sqlmodel import select
from stores import bring, facts

from portaldesk.errors import NotAllowed, NotFound, StateForbids, StoreUnavailable, WrongUsage
from portaldesk.gate.actors import Actor
from portaldesk.services import delivery, health, letters, printing, rotating
from portaldesk.services.opening import OpenStore
from portaldesk.services.printing import Letters
from portaldesk.store import tables
from portaldesk.words import CredentialKind


class Post:
    """A clinic whose letters wait, a folder for them, and a clock that is moved by hand."""

    def __init__(self, store: OpenStore, folder: Path) -> None:
        self.store, self.folder = store, folder
        with store.session() as session:
            desk = Desk(session)
            bring(session, [facts(EVE, **EVE_ROW)], now=desk.now - timedelta(days=2), actor=ROSA)
            knows_all(desk)
            self.reference = writes(desk).reference or ""
            session.commit()
            self.now = desk.later(minutes=1)

    def clock(self) -> datetime:
        return self.now

    def prints(self, actor: Actor = ROSA) -> Letters:
        return printing.print_waiting(self.store, actor, self.folder, settings=SETTINGS, clock=self.clock)

    def again(self, reference: str, actor: Actor = ROSA) -> Letters:
        with self.store.session() as session:
            done = printing.print_again(session, actor, self.folder, reference, settings=SETTINGS, now=self.now)
            session.commit()
            return done

    def waiting(self) -> list[str]:
        with self.store.session(reading=True) as session:
            return [one.reference for one in printing.waiting(session).letters]

    def code(self) -> str:
        return re.findall(r"L\d+(?:-[A-Z0-9]{4}){3}", self.page())[0]

    def page(self) -> str:
        return (self.folder / f"{self.reference}.html").read_text(encoding="utf-8")


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    with a_clinic(tmp_path) as store:
        yield Post(store, tmp_path / "letters")


def test_a_letter_is_written_for_its_owner_alone_marked_and_opens_the_account(post: Post) -> None:
    assert post.waiting() == [post.reference]
    done = post.prints()
    assert (done.printed, done.waiting, [one.file for one in done.letters]) == (1, 0, [f"{post.reference}.html"])
    file = post.folder / f"{post.reference}.html"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(post.folder.stat().st_mode) == 0o700
    assert [path.name for path in post.folder.iterdir()] == [file.name]
    assert (post.waiting(), post.prints().printed) == ([], 0)
    with post.store.session() as session:
        assert redeems(Desk(session, post.now), post.code()).effect == "done"


def test_who_printed_stands_in_the_record_and_the_code_and_the_address_nowhere(post: Post) -> None:
    post.prints()
    with post.store.session(reading=True) as session:
        rows = session.exec(select(tables.AuditEvent).where(tables.AuditEvent.action == "deliver")).all()
        (event,) = [row for row in rows if row.staff is not None]
        assert (event.staff, json.loads(event.details)["reference"]) == ("rosa", post.reference)
        stored = told(session) + repr([one.model_dump() for one in session.exec(select(tables.RecoveryCredential))])
    assert post.code() not in stored
    assert post.code().replace("-", "")[6:] not in stored
    events = repr([event.details, event.reason])
    assert "Fir Street" not in events


def test_a_letter_is_never_mailed(post: Post) -> None:
    sent = delivery.deliver(post.store, settings=SETTINGS, clock=post.clock)
    assert (sent.sent, sent.waiting) == (0, 0)
    with post.store.session(reading=True) as session:
        (message,) = session.exec(select(tables.OutboxMessage).where(tables.OutboxMessage.kind == "invitation-letter"))
        ids = [message.id]
    assert delivery.deliver_now(post.store, ids, settings=SETTINGS, clock=post.clock).sent == 0
    assert post.waiting() == [post.reference]


def test_a_lost_page_is_printed_again_by_its_reference_and_is_the_same(post: Post) -> None:
    with pytest.raises(StateForbids) as early:
        post.again(post.reference)
    assert early.value.code == "not-printed"
    post.prints()
    first = post.page()
    (post.folder / f"{post.reference}.html").unlink()
    assert post.again(post.reference.lower()).printed == 1
    assert post.page() == first
    for unknown in ("L00000", "N-0", "", "N-%%%%%%%%"):
        with pytest.raises(NotFound):
            post.again(unknown)


def test_a_letter_that_opens_nothing_any_more_is_dropped_and_not_printed_again(post: Post) -> None:
    post.prints()
    with post.store.session() as session:
        desk = Desk(session, post.now + timedelta(minutes=3))
        knows_all(desk)
        newer = writes(desk).reference
        session.commit()
        post.now = desk.now
    with pytest.raises(StateForbids) as dead:
        post.again(post.reference)
    assert dead.value.code == "letter-dead"
    post.now += timedelta(days=22)
    done = post.prints()
    assert (done.printed, done.dropped, done.waiting) == (0, 1, 0)
    assert not (post.folder / f"{newer}.html").exists()


def test_a_letter_to_an_address_that_changed_before_it_was_printed_is_dropped(post: Post) -> None:
    with post.store.session() as session:
        bring(session, [facts(EVE, **(EVE_ROW | {"address": "9 Thief Street"}))], now=post.now, actor=ROSA)
    assert (post.prints().dropped, list(post.folder.iterdir())) == (1, [])


def test_nobody_prints_the_letter_of_their_own_or_a_linked_record(post: Post) -> None:
    done = post.prints(replace(ROSA, own=frozenset({EVE})))
    assert (done.printed, done.own, done.waiting) == (0, 1, 1)
    post.prints()
    with pytest.raises(NotAllowed):
        post.again(post.reference, replace(ROSA, own=frozenset({EVE})))


def test_what_was_not_written_is_not_marked_and_is_printed_next_time(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(fd: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        with pytest.raises(StoreUnavailable) as refused:
            post.prints()
    assert refused.value.code == "disk-full"
    assert (post.waiting(), list(post.folder.iterdir())) == ([post.reference], [])
    assert post.prints().printed == 1


def test_who_is_killed_between_the_page_and_its_mark_prints_the_same_page_again(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(*args: object, **more: object) -> None:
        raise Killed

    with monkeypatch.context() as broken:
        broken.setattr(printing.claims, "sent", killed)
        with pytest.raises(Killed):
            post.prints()
    first = post.page()
    assert post.waiting() == [post.reference]
    assert post.prints().printed == 1  # at once: who held it is gone
    assert post.page() == first


def test_a_folder_that_is_none_is_said_so_before_anything_is_claimed(post: Post, tmp_path: Path) -> None:
    post.folder = tmp_path / "file"
    post.folder.write_text("mine", encoding="utf-8")
    for folder in (post.folder, tmp_path / "no" / "such"):
        post.folder = folder
        with pytest.raises(WrongUsage) as refused:
            post.prints()
        assert refused.value.code == "bad-file"
    post.folder = tmp_path / "letters"
    assert post.prints().printed == 1


def test_the_doctor_says_that_letters_wait_and_not_that_mails_do(post: Post) -> None:
    def seen() -> dict[str, str]:
        with post.store.session(reading=True) as session:
            return {one.subject: one.message for one in health.outbox(session, post.now)}

    assert seen() == {"outbox": "No mail waits to be sent.", "letters": "1 letter(s) wait to be printed."}
    post.prints()
    assert set(seen()) == {"outbox"}


def test_a_letter_that_waited_over_a_new_outbox_key_is_printed_with_the_code_that_it_was_made_with(post: Post) -> None:
    with post.store.session() as session:
        before = letters.printed_code(session, Desk(session).credential(EVE, CredentialKind.LETTER))
    rotating.rotate(post.store, ROSA, "outbox", reason="every year", clock=post.clock)
    post.prints()
    assert post.code() == before

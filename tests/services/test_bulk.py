"""Invitations in bulk: who is invited, who is left out and why, what is written, and going on after a stop."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from phone_calls import ANA, BEN, CAL, DOT, FACTS, ROSA, ROWS, SAM, SETTINGS, Desk, a_clinic, found
from sqlalchemy.exc import DBAPIError
from sqlmodel import select
from stores import bring, facts

from portaldesk.errors import NotAllowed, RecordAltered, StateForbids
from portaldesk.gate.bulk import permit_id
from portaldesk.services import (
    account_states,
    contact_points,
    family_mails,
    invitations,
    letters,
    outgoing,
    resets_listing,
    securing,
)
from portaldesk.services.bulk import judging, queueing, running, runs, selection
from portaldesk.services.bulk.results import BulkReport, RowOutcome
from portaldesk.services.bulk.runs import Options
from portaldesk.services.bulk.selection import FileRow, Selection
from portaldesk.services.opening import OpenStore
from portaldesk.store import record, tables
from portaldesk.store.engine import in_our_words
from portaldesk.words import Action, CredentialKind, Mark, Outcome
from raw_stores import guards_down

QUEUED = Options(send=False)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OpenStore]:
    with a_clinic(tmp_path) as made:
        yield made


@pytest.fixture
def desk(store: OpenStore) -> Iterator[Desk]:
    with store.session() as session:
        yield Desk(session)


def invite(
    store: OpenStore, desk: Desk, *, wanted: Selection | None = None, options: Options = QUEUED, resume: bool = False,
    stop: threading.Event | None = None,
) -> BulkReport:  # fmt: skip
    """A run from its beginning to its report, as the command makes it."""
    with runs.turn(store):
        going_on = runs.unfinished(desk.session) if resume else None
        wanted = wanted or selection.pending(desk.session, run=going_on.id if going_on else None)
        begun = runs.begin(desk.session, ROSA, wanted, options, resume=resume, now=desk.now)
        desk.session.commit()
        done = running.run(store, ROSA, wanted, begun, settings=SETTINGS, clock=lambda: desk.now, stop=stop)
    desk.session.expire_all()
    assert (done.sent + done.skipped + done.failed, done.read) == (done.read, len(done.rows))
    return done


def named(desk: Desk, *rows: str) -> Selection:
    """A file with these MRNs and emails, a row each, below its header."""
    read = [FileRow(n, email=one) if "@" in one else FileRow(n, mrn=one) for n, one in enumerate(rows, start=2)]
    return selection.named(desk.session, read, digest="of a file")


def looked_at(desk: Desk, *rows: str, **options: object) -> dict[str | None, str]:
    """Whom a dry run of these would invite (`sent`), and why it would leave out the others."""
    wanted = named(desk, *rows)
    done = running.dry_run(desk.session, ROSA, wanted, replace(QUEUED, **options), now=desk.now)  # type: ignore[arg-type]
    return {row.mrn: row.reason or row.outcome for row in done.rows}


def why(desk: Desk, mrn: str, **options: object) -> str:
    return looked_at(desk, mrn, **options)[mrn]


def test_everyone_never_activated_gets_an_invitation_that_opens_their_account_and_nothing_else_changes(
    store: OpenStore, desk: Desk
) -> None:
    before = desk.account(BEN).changed_seq
    desk.session.commit()
    done = invite(store, desk)
    assert {row.mrn: row.reason or row.outcome for row in done.rows} == {BEN: "sent", CAL: "no-email", DOT: "sent"}
    assert (done.finished, done.queued, done.mails, done.left) == (True, True, 2, 0)
    assert desk.account(BEN).changed_seq == before
    (mail,) = desk.mails("invitation", to="ben@example.org")
    link = desk.credential(BEN, CredentialKind.INVITATION)
    assert (mail.credential_id, link.sent_to) == (link.id, "ben@example.org")
    desk.redeems(BEN, CredentialKind.INVITATION, said=FACTS[BEN])
    assert desk.account(BEN).status == "active"
    (line, _) = resets_listing.list_resets(desk.session, action="resend-invite", staff="rosa")
    assert (line.staff, line.outcome, line.level, line.methods) == ("rosa", Outcome.LINK_SENT, None, ())


def test_each_invitation_is_an_event_of_its_patient_that_names_the_run_it_rests_on(
    store: OpenStore, desk: Desk
) -> None:
    invite(store, desk)
    (run,) = desk.session.exec(select(tables.BulkRun)).all()
    event = tables.AuditEvent
    events = desk.session.exec(select(event).where(event.action == "resend-invite", event.staff == "rosa")).all()
    assert {event.patient for event in events} == {BEN, DOT}
    for one in events:
        told = json.loads(one.details)
        assert (told["ground"], told["ground_id"]) == ("bulk", run.id)
        permit = desk.session.get_one(tables.Permit, permit_id(run.id, str(one.patient)))
        assert (permit.mrn, permit.ground_id, len(permit.id)) == (one.patient, run.id, 24)


def test_an_older_invitation_is_revoked_and_names_the_newer(store: OpenStore, desk: Desk) -> None:
    first = invite(store, desk)
    older = desk.credential(BEN, CredentialKind.INVITATION)
    desk.later(hours=2)
    assert invite(store, desk).sent == first.sent
    newer = desk.credential(BEN, CredentialKind.INVITATION)
    desk.session.refresh(older)
    assert (older.revoked_at, older.superseded_by) == (desk.now, newer.reference)
    assert account_states.live_invitation(desk.session, desk.account(BEN), now=desk.now) == newer


def test_who_is_left_out_and_why(desk: Desk) -> None:
    rows = [
        facts(f"MRN-{status}", email=f"{status}@example.org", status=status) for status in ("inactive", "deceased")
    ] + [
        facts("MRN-young", email="young@example.org", birth_date=date(2010, 1, 1)),
        facts("MRN-merged", email="merged@example.org", status="merged", merged_into=BEN),
    ]
    bring(desk.session, rows, now=desk.now, actor=ROSA)
    assert looked_at(desk, "MRN-inactive", "MRN-deceased", "MRN-merged", "MRN-young", ANA, BEN, CAL) == {
        "MRN-inactive": "inactive", "MRN-deceased": "deceased", "MRN-merged": "merged", "MRN-young": "minor",
        ANA: "already-active", BEN: "sent", CAL: "no-email",
    }  # fmt: skip
    bring(desk.session, [replace(ROWS[DOT], email="dot@example.net")], now=desk.later(minutes=1), actor=ROSA)
    assert why(desk, DOT) == "contact-changed"
    desk.later(days=2)
    assert why(desk, DOT) == "sent"


def test_who_declined_who_is_disabled_on_hold_or_waits_for_a_letter_is_left_out(desk: Desk) -> None:
    rows = [replace(ROWS[BEN], mrn=f"MRN-{n}", email=f"{n}@example.org") for n in range(5, 8)]
    bring(desk.session, rows, now=desk.now, actor=ROSA)
    said = {"birth_date": "1947-01-14", "postal_code": "66533", "phone": "(555) 214-7733"}
    desk.asks("MRN-5", **said)
    securing.decline(desk.session, desk.permit(Action.DECLINE, "MRN-5"), reason="wants none", now=desk.now)
    desk.asks("MRN-6", **said)
    permit = desk.permit(Action.INVITE_BY_LETTER, "MRN-6")
    letters.invite(desk.session, permit, settings=SETTINGS, now=desk.now)
    desk.asks("MRN-7", birth_date="1947-01-14", photo_id="passport")
    securing.disable(desk.session, desk.permit(Action.DISABLE, "MRN-7"), now=desk.now)
    for _ in range(3):
        desk.fails(BEN)
    assert looked_at(desk, "MRN-5", "MRN-6", "MRN-7", BEN) == {
        "MRN-5": "declined", "MRN-6": "letter", "MRN-7": "disabled", BEN: "on-hold",
    }  # fmt: skip
    desk.later(days=22)
    assert looked_at(desk, "MRN-6", BEN) == {"MRN-6": "sent", BEN: "sent"}


def test_an_address_that_is_closed_or_doubtful_and_the_own_record_are_left_out(store: OpenStore, desk: Desk) -> None:
    desk.basic(BEN)
    contact_points.mark(desk.session, desk.permit(Action.CLOSE_CONTACT, BEN), "email-1", Mark.DO_NOT_USE, now=desk.now)
    (point,) = found(desk.session, tables.ContactPoint, mrn=DOT, kind="email")
    bounced = record.changed(point, bounced_at=desk.now)
    record.append(desk.session, record.Entry("deliver", "failed"), [bounced], now=desk.now)
    assert looked_at(desk, BEN, DOT) == {BEN: "contact-closed", DOT: "email-doubtful"}
    own = running.dry_run(desk.session, replace(ROSA, own=frozenset({DOT})), named(desk, DOT), QUEUED, now=desk.now)
    assert [(told.reason, told.count) for told in own.reasons] == [("own-record", 1)]


def test_an_address_gets_as_many_mails_as_it_may_over_desk_and_bulk_and_nobody_is_invited_within_the_time_asked_for(
    store: OpenStore, desk: Desk
) -> None:
    desk.basic(BEN)
    invitations.resend(desk.session, desk.permit(Action.RESEND_INVITE, BEN), settings=SETTINGS, now=desk.now)
    desk.session.commit()
    for _ in range(2):
        assert invite(store, desk, wanted=named(desk, BEN)).sent == 1
        desk.later(minutes=5)
    assert why(desk, BEN) == "too-many"
    desk.later(minutes=61)
    assert (why(desk, BEN), why(desk, BEN, not_within=timedelta(hours=24))) == ("sent", "sent-within")
    for _ in range(2):
        assert invite(store, desk, wanted=named(desk, BEN)).sent == 1
        desk.later(minutes=61)
    assert why(desk, BEN) == "too-many", "five in 24 hours"
    desk.later(hours=24)
    assert why(desk, BEN, not_within=timedelta(hours=24)) == "sent"


def test_a_file_tells_patients_by_mrn_or_email_and_what_names_nobody_fails(store: OpenStore, desk: Desk) -> None:
    bring(desk.session, [facts("MRN-9", given_name="Eve", email="BEN@example.org")], now=desk.now, actor=ROSA)
    desk.later(days=2)
    desk.session.commit()
    rows = (DOT, "ben@Example.ORG", "MRN-404", "nobody@example.org", DOT, "MRN-9", "")
    done = invite(store, desk, wanted=named(desk, *rows))
    assert [(row.line, row.mrn, row.reason or row.outcome) for row in done.rows] == [
        (2, DOT, "sent"), (3, BEN, "sent"), (3, "MRN-9", "sent"), (4, "MRN-404", "no-such-patient"),
        (5, None, "no-such-patient"), (6, DOT, "repeated"), (7, "MRN-9", "repeated"), (8, None, "unreadable"),
    ]  # fmt: skip
    assert (done.sent, done.skipped, done.failed, done.mails) == (3, 2, 3, 2)


def test_who_shares_an_address_gets_one_mail_with_a_link_each_unless_the_address_is_confidential(
    store: OpenStore, desk: Desk
) -> None:
    spelled = ((8, "Eve", "Ben@example.org"), (9, "Flo", "BEN@example.org"))
    twins = [facts(f"MRN-{n}", given_name=name, email=email) for n, name, email in spelled]
    bring(desk.session, twins, now=desk.now, actor=ROSA)
    desk.basic(BEN)
    permit = desk.permit(Action.CLOSE_CONTACT, BEN)
    contact_points.mark(desk.session, permit, "email-1", Mark.CONFIDENTIAL, now=desk.now)
    desk.session.commit()
    done = invite(store, desk)
    assert (done.sent, done.mails) == (4, 3)
    (family,) = desk.mails("family-links")
    assert set(family_mails.links_in(family)) == {"MRN-8", "MRN-9"}
    assert [one.mrn for one in desk.mails("invitation", to="ben@example.org")] == [BEN]
    mail = outgoing.written(desk.session, family, settings=SETTINGS, now=desk.now).parcel
    assert isinstance(mail, EmailMessage)
    body = mail.get_body(("plain",))
    assert body is not None
    assert re.findall(r"(?m)^(\w+): open", body.get_content()) == ["Eve", "Flo"]


def test_a_limit_ends_a_run_and_the_next_one_goes_on_where_it_ended(store: OpenStore, desk: Desk) -> None:
    rows = [replace(ROWS[BEN], mrn=f"MRN-1{n}", email=f"p{n}@example.org") for n in range(5)]
    bring(desk.session, rows, now=desk.now, actor=ROSA)
    desk.session.commit()
    few = replace(QUEUED, limit=3, not_within=timedelta(days=1))
    first, second = invite(store, desk, options=few), invite(store, desk, options=few)
    assert [first.sent, second.sent] == [3, 3]
    assert (first.finished, first.left > 0) == (True, True)
    both = [row.mrn for done in (first, second) for row in done.rows if row.outcome is RowOutcome.SENT]
    assert len(set(both)) == 6


def test_who_goes_on_without_saying_it_again_has_the_limit_of_the_beginning(store: OpenStore, desk: Desk) -> None:
    desk.session.commit()
    stopped = threading.Event()
    stopped.set()
    few = replace(QUEUED, limit=1, not_within=timedelta(days=1), rate=5.0)
    assert not invite(store, desk, options=few, stop=stopped).finished
    wanted = selection.pending(desk.session)
    assert runs.begin(desk.session, ROSA, wanted, QUEUED, resume=True, now=desk.now).options == few
    more = replace(QUEUED, limit=7)
    assert runs.begin(desk.session, ROSA, wanted, more, resume=True, now=desk.now).options == replace(few, limit=7)
    done = invite(store, desk, resume=True)
    assert (done.resumed, done.sent, done.left > 0) == (True, 1, True)


def test_mails_go_out_as_they_are_queued_and_who_is_refused_is_told_by_row(store: OpenStore, desk: Desk) -> None:
    desk.session.commit()
    told: list[tuple[int, int]] = []
    with runs.turn(store):
        wanted = selection.pending(desk.session)
        begun = runs.begin(desk.session, ROSA, wanted, Options(rate=1000), resume=False, now=desk.now)
        desk.session.commit()
        done = running.run(
            store, ROSA, wanted, begun, settings=SETTINGS, clock=lambda: desk.now,
            progress=lambda *how_far: told.append(how_far),
        )  # fmt: skip
    assert (done.sent, done.queued, done.mails, told[-1]) == (2, False, 2, (3, 3))
    assert len(list(store.place.outbox.glob("*.eml"))) == 2
    assert desk.mails("invitation") == []


def test_with_a_rate_no_more_is_queued_than_goes_out_within_seconds(store: OpenStore, desk: Desk) -> None:
    stop = threading.Event()
    with runs.turn(store):
        wanted = selection.pending(desk.session)
        begun = runs.begin(desk.session, ROSA, wanted, Options(rate=0.2), resume=False, now=desk.now)
        desk.session.commit()
        done = running.run(
            store, ROSA, wanted, begun, settings=SETTINGS, clock=lambda: desk.now,
            progress=lambda done, _: threading.Timer(0.3, stop.set).start() if done else None, stop=stop,
        )  # fmt: skip
    assert (done.sent, done.finished) == (1, False)
    assert desk.mails("invitation") == [], "an 'outbox send' beside it would have sent them at once"


def test_a_run_that_reached_no_server_or_was_stopped_is_gone_on_with_and_nobody_is_lost_or_invited_twice(
    store: OpenStore, desk: Desk
) -> None:
    desk.session.commit()
    wanted, options = selection.pending(desk.session), Options()
    nowhere = replace(SETTINGS, smtp_url="smtp://127.0.0.1:9?tls=none")
    desk.session.commit()
    with runs.turn(store):
        begun = runs.begin(desk.session, ROSA, wanted, options, resume=False, now=desk.now)
        desk.session.commit()
        done = running.run(store, ROSA, wanted, begun, settings=nowhere, clock=lambda: desk.now)
    assert (done.finished, done.sent, done.failed, done.left) == (False, 0, 1, 1)
    assert done.unreachable
    stopped = threading.Event()
    stopped.set()
    assert not invite(store, desk, options=options, resume=True, stop=stopped).finished
    done = invite(store, desk, options=options, resume=True)
    assert (done.resumed, done.finished, done.sent, done.failed) == (True, True, 2, 0)
    assert len(list(store.place.outbox.glob("*.eml"))) == 2
    assert {desk.permits_of(mrn, Action.RESEND_INVITE) for mrn in (BEN, DOT)} == {1}
    assert not invite(store, desk, resume=True).resumed, "a finished run is not gone on with"


def test_a_run_about_something_else_is_not_gone_on_with_and_a_new_one_gives_it_up(store: OpenStore, desk: Desk) -> None:
    everyone, few = selection.pending(desk.session), named(desk, BEN)
    runs.begin(desk.session, ROSA, few, QUEUED, resume=False, now=desk.now)
    with pytest.raises(StateForbids, match="about a file") as seen:
        runs.begin(desk.session, ROSA, everyone, QUEUED, resume=True, now=desk.now)
    assert seen.value.code == "other-run"
    with pytest.raises(StateForbids, match="about another file"):
        runs.begin(desk.session, ROSA, replace(few, digest="other"), QUEUED, resume=True, now=desk.now)
    begun = runs.begin(desk.session, ROSA, everyone, QUEUED, resume=False, now=desk.later(minutes=1))
    assert not begun.resumed
    assert [run.outcome for run in found(desk.session, tables.BulkRun)] == ["given-up", ""]


def test_of_two_runs_at_once_the_second_is_refused(store: OpenStore) -> None:
    with runs.turn(store):
        with pytest.raises(StateForbids, match="Another bulk run") as seen, runs.turn(store):
            pass
        assert seen.value.code == "bulk-running"
    with runs.turn(store):
        pass


def test_an_altered_row_keeps_its_patient_back_and_nobody_else(store: OpenStore, desk: Desk) -> None:
    desk.session.commit()
    with guards_down(store.place.home, put_back=True) as connection:
        connection.execute("UPDATE contact_point SET evidence_from = added_at, value = 'x' WHERE mrn = 'MRN-4'")
        connection.execute("UPDATE patient SET city = 'Elsewhere' WHERE mrn = 'MRN-4'")
    done = invite(store, desk)
    assert {row.mrn: row.reason or row.outcome for row in done.rows}[DOT] == "record-altered"
    assert (done.sent, done.failed) == (1, 1)


def test_only_an_admins_run_that_is_not_over_invites_and_only_to_the_accounts_own_address(
    store: OpenStore, desk: Desk
) -> None:
    now = desk.now
    begun = runs.begin(desk.session, ROSA, named(desk, BEN), QUEUED, resume=False, now=now)

    def writes(run: str, actor: object = ROSA, **more: object) -> None:
        account = desk.account(str(more.get("mrn", BEN)))
        known = judging.known(desk.session, [account.mrn], now=now)[account.mrn]
        assert known.account is not None
        known.account = {**known.account, "email": more.get("to", account.email)}
        queueing.queue(desk.session, actor, run, [[known]], settings=SETTINGS, now=now)  # type: ignore[arg-type]

    with pytest.raises(NotAllowed):
        writes(begun.id, SAM)
    with pytest.raises(NotAllowed):
        writes(begun.id, replace(ROSA, own=frozenset({BEN})))
    desk.session.commit()
    forger = replace(ROSA, name="sam")
    for run, actor, more in (
        ("B-none", ROSA, {}), (begun.id, forger, {}), (begun.id, ROSA, {"mrn": ANA}),
        (begun.id, ROSA, {"to": "thief@example.net"}),
    ):  # fmt: skip
        with pytest.raises(DBAPIError) as refusal:
            writes(run, actor, **more)
        assert isinstance(in_our_words(refusal.value), RecordAltered)
        desk.session.rollback()
    writes(begun.id)
    runs.finish(desk.session, ROSA, begun.id, outcome="done", told={}, now=now)
    desk.session.commit()
    with pytest.raises(DBAPIError, match="must rest on its ground"):
        writes(begun.id, mrn=DOT)

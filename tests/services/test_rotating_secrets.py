"""A key is rotated while the desks go on working: nobody needs a new password, link or code for it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from audit_stores import tampering
from phone_calls import ANA, ANA_PASSWORD, BEGIN, BEN, CAL, NEW_PASSWORD, ROSA, SETTINGS, Desk, a_clinic, found
from sqlalchemy import text
from sqlmodel import Session, SQLModel, select
from stores import PASSWORD

import engines
from portaldesk.errors import DeskError, RecordAltered, StateForbids, StoreUnavailable, WrongUsage
from portaldesk.gate import permits
from portaldesk.rules import hashing
from portaldesk.secret_keys import KEY_NAMES, FileSecrets, load_keys
from portaldesk.services import (
    auditing,
    backing_up,
    choosing_passwords,
    delivery,
    doctoring,
    finding,
    incidents,
    opening,
    resealing,
    resets,
    resolving,
    restoring,
    rotating,
    sessions,
    verdicts,
)
from portaldesk.services.opening import OpenStore
from portaldesk.services.rotating import KeptGeneration, Rotated
from portaldesk.store import keys_in_use, record, tables
from portaldesk.store.quick_proof import stretch_is_whole
from portaldesk.store.raw_rows import exactly, raw_row
from portaldesk.store.seals import seal_of
from portaldesk.words import Action, CredentialKind, IncidentKind, Level, Outcome


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OpenStore]:
    with a_clinic(tmp_path) as made:
        yield made


def rotated(store: OpenStore, key: str, *, now: datetime = BEGIN, **more: object) -> Rotated:
    return rotating.rotate(store, ROSA, key, reason="every year", clock=lambda: now, **more)  # type: ignore[arg-type]


def whole(store: OpenStore, *against: str) -> bool:
    with store.session(reading=True) as session:
        verdict = auditing.verify(session, against=against)
    assert verdict.whole == (verdict.first_fault is None), verdict
    return verdict.whole


@contextmanager
def desk_at(store: OpenStore, now: datetime = BEGIN) -> Iterator[Desk]:
    with store.session() as session:
        yield Desk(session, now)
        session.commit()


def events(store: OpenStore, action: str) -> list[tables.AuditEvent]:
    with store.session(reading=True) as session:
        return found(session, tables.AuditEvent, action=action)


def standing(store: OpenStore, key: str, *, now: datetime = BEGIN) -> rotating.KeyStanding:
    with store.session(reading=True) as session:
        (one,) = (one for one in rotating.standing(session, load_keys(store.secrets), now=now) if one.key == key)
    return one


def reset_link(desk: Desk) -> str:
    """A link to choose a new password, and its token."""
    desk.basic(ANA)
    resets.send(desk.session, desk.permit(Action.SEND_RESET, ANA), settings=SETTINGS, now=desk.now)
    return desk.token(ANA, CredentialKind.RESET)


def test_after_a_rotation_of_each_key_all_is_whole_and_every_key_is_another(store: OpenStore) -> None:
    before = load_keys(store.secrets)
    for key in KEY_NAMES:
        done = rotated(store, key)
        assert (done.generation, done.began, done.altered) == (f"{key[0]}2", True, ())
        assert whole(store)
    after = load_keys(store.secrets)
    for key in KEY_NAMES:
        assert after.of(key).key not in before.of(key).keys.values()
        assert not standing(store, key).unfinished


def test_the_record_tells_the_change_by_names_and_never_a_key(store: OpenStore) -> None:
    for key in KEY_NAMES:
        rotated(store, key)
    told = [json.loads(event.details) for event in events(store, "secrets rotate")]
    assert [(one["key"], one["from"], one["to"]) for one in told if "to" in one] == [
        (key, f"{key[0]}1", f"{key[0]}2") for key in KEY_NAMES
    ]
    assert {event.reason for event in events(store, "secrets rotate")} == {"every year"}
    keys = load_keys(store.secrets)
    everything = _stored(store)
    for key in KEY_NAMES:
        for one in keys.of(key).keys.values():
            assert one.hex() not in everything
            assert repr(one) not in everything


def _stored(store: OpenStore) -> str:
    tables.build_all()
    with store.session(reading=True) as session:
        rows = [session.connection().execute(table.select()).all() for table in SQLModel.metadata.sorted_tables]
    assert sum(len(some) for some in rows) > 50
    return repr(rows)


# the audit key


def test_a_stretch_made_under_two_audit_keys_is_proved_without_a_closer_look(store: OpenStore) -> None:
    rotated(store, "audit")
    with desk_at(store) as desk:
        desk.basic(ANA)
    with store.session(reading=True) as session:
        last = record.head(session).seq
        hashes = {one.seq: one.hash for one in found(session, tables.AuditEvent)}
        keys = load_keys(store.secrets)
        assert {one[:3] for one in hashes.values()} >= {"a2."}
        assert "." not in hashes[1]
        for size in (1, 2, 7, last):
            for after in range(0, last, size):
                before = hashes.get(after, record.GENESIS)
                assert stretch_is_whole(session.connection(), keys, after, min(after + size, last), before)


def test_the_first_event_under_a_new_audit_key_is_the_one_that_names_it(store: OpenStore) -> None:
    with store.session(reading=True) as session:
        anchor = record.anchor(session)
    rotated(store, "audit")
    with store.session(reading=True) as session:
        made = [(e.seq, e.action, e.hash[:3]) for e in found(session, tables.AuditEvent) if "." in e.hash]
        later = record.anchor(session)
    last = int(anchor.partition(":")[0])
    assert made == [(last + 1, "secrets rotate", "a2.")]
    assert whole(store, anchor, later)
    with desk_at(store) as desk:
        desk.basic(ANA)
    assert whole(store, anchor, later)
    old = load_keys(store.secrets).audit.all["a1"]
    assert f"{old.until}:{old.last_hash}" == anchor


def test_an_audit_key_is_kept_for_as_long_as_events_are_under_it(store: OpenStore) -> None:
    for _ in range(3):
        rotated(store, "audit")
    assert sorted(load_keys(store.secrets).audit.all) == ["a1", "a2", "a3", "a4"]
    assert whole(store)


# the seal key


def test_every_sealed_row_gets_a_new_seal_and_says_what_it_said(store: OpenStore) -> None:
    rows = _contents(store)
    done = rotated(store, "seal")
    assert done.resealed == sum(len(some) for some in rows.values()) - 1  # the settings were sealed by its own event
    after = _contents(store)
    del rows["settings"], after["settings"]
    assert after == rows
    with store.session(reading=True) as session:
        for table in tables.sealed_tables():
            assert all(row.seal.startswith("s2.") for row in found(session, table))
    assert whole(store)


def _contents(store: OpenStore) -> dict[str, list[dict[str, object]]]:
    """Every sealed row without its seal, and without the numbers of the events that sealed it."""
    bookkeeping = {"seal", "changed_seq", "spent_seq"}
    with store.session(reading=True) as session:
        return {
            str(table.__tablename__): sorted(
                (row.model_dump(exclude=bookkeeping) for row in found(session, table)), key=repr
            )
            for table in tables.sealed_tables()
        }


def test_desks_work_between_the_turns_and_write_under_the_new_key(store: OpenStore) -> None:
    other = opening.open_store(store.place)  # loaded its keys before
    worked: list[str] = []

    def work(_: float) -> None:
        if len(worked) > 3:
            return
        with desk_at(other, BEGIN + timedelta(minutes=len(worked))) as desk:
            check = desk.session.get_one(tables.IdentityCheck, desk.basic(BEN).check_id)
            worked.append(check.seal[:3])

    done = rotated(store, "seal", rest=work)
    assert set(worked) == {"s2."}
    assert done.altered == ()
    assert whole(store)
    assert not standing(store, "seal").unfinished
    other.engine.dispose()


def test_a_row_that_is_not_whole_is_left_as_it_is_and_named_and_stays_refused(store: OpenStore) -> None:
    with tampering(store) as raw:
        raw.execute("UPDATE patient SET postal_code = '10001' WHERE mrn = ?", (BEN,))
    done = rotated(store, "seal")
    assert done.altered == (f"patient:{BEN}",)
    assert not whole(store)
    with store.session(reading=True) as session, pytest.raises(RecordAltered):
        session.get(tables.Patient, BEN)


def test_a_row_whose_event_was_forged_is_not_made_good(store: OpenStore) -> None:
    """Whoever has the seal key, but not the audit key, seals a row and its place in the record alike."""
    with store.session(reading=True) as session, exactly(session):
        row = raw_row(session, tables.Patient, BEN)
    assert row is not None
    forged = seal_of(tables.Patient, row | {"postal_code": "10001"}, load_keys(store.secrets))
    with tampering(store) as raw:
        raw.execute("UPDATE patient SET postal_code = '10001', seal = ? WHERE mrn = ?", (forged, BEN))
        raw.execute(
            "UPDATE audit_seal SET seal = ? WHERE row_key = ? AND seq = ?",
            (forged, f"patient:{BEN}", row["changed_seq"]),
        )
    done = rotated(store, "seal")
    assert f"patient:{BEN}" in done.altered


def test_rows_last_sealed_before_an_event_can_be_sealed_anew_without_another_key(store: OpenStore) -> None:
    with store.session(reading=True) as session:
        before = record.head(session).seq + 1
    assert resealing.left(store, before=before) > 10
    resealing.reseal(store, ROSA, reason="archive", before=before, clock=lambda: BEGIN)
    assert resealing.left(store, before=before) == 0
    assert whole(store)
    with store.session(reading=True) as session:
        ((oldest,),) = session.connection().execute(text("SELECT min(changed_seq) FROM permit")).all()
    assert oldest >= before


# the pepper


def test_after_a_new_pepper_the_old_password_opens_and_is_hashed_anew(store: OpenStore) -> None:
    rotated(store, "pepper")
    with desk_at(store) as desk:
        assert hashing.needs_rehash(desk.account(ANA).password_hash or "", key_id="p2")
        assert desk.signs_in("never it").outcome == "refused"
        assert desk.signs_in(ANA_PASSWORD).outcome == "signed-in"
        assert not hashing.needs_rehash(desk.account(ANA).password_hash or "", key_id="p2")
        assert desk.signs_in(ANA_PASSWORD).outcome == "signed-in"


def test_a_link_that_lives_does_not_die_of_a_hash_made_anew(store: OpenStore) -> None:
    with desk_at(store) as desk:
        token = reset_link(desk)
    rotated(store, "pepper", now=BEGIN + timedelta(minutes=1))
    with desk_at(store, BEGIN + timedelta(minutes=2)) as desk:
        assert desk.signs_in(ANA_PASSWORD).outcome == "signed-in"
        assert (desk.account(ANA).password_hash or "").startswith("p1$")
        desk.redeems(ANA, CredentialKind.RESET, token=token)
        assert (desk.account(ANA).password_hash or "").startswith("p2$")


def test_after_a_new_pepper_staff_sign_in_as_before_and_are_hashed_anew(store: OpenStore) -> None:
    rotated(store, "pepper")
    with store.session() as session:
        sessions.sign_in(session, "rosa", PASSWORD, os_caller="1", new_password=None, settings=SETTINGS, now=BEGIN)
        assert session.get_one(tables.StaffMember, "rosa").password_hash.startswith("p2$")


def test_a_code_that_was_mailed_before_is_taken_after(store: OpenStore) -> None:
    with desk_at(store) as desk:
        desk.basic(ANA)
        sent = desk.asks(ANA, send_code="email")
        code = desk.code(ANA)
    for key in KEY_NAMES:
        rotated(store, key, now=BEGIN + timedelta(minutes=1))
    with desk_at(store, BEGIN + timedelta(minutes=2)) as desk:
        again = desk.asks(ANA, code="0000 0000" if code != "00000000" else "1111 1111")
        assert again.level is Level.BASIC
        strong = desk.asks(ANA, code=code)
        assert strong.level is Level.STRONG
        assert sent.words == again.words is not None


def test_a_pepper_is_dropped_when_nothing_stored_needs_it_and_not_before(store: OpenStore) -> None:
    done = rotated(store, "pepper")
    (kept,) = done.kept
    assert (kept.generation, done.dropped) == ("p1", ())
    with pytest.raises(StateForbids) as refused:
        rotated(store, "pepper")
    assert (refused.value.code, refused.value.exit_code) == ("rotation-open", 6)
    assert str(kept.needed_by) in refused.value.message
    with store.session() as session:  # as if everybody had chosen ten passwords since
        _rehash_everything(session)
        session.commit()
    done = rotated(store, "pepper")
    assert (done.generation, done.began, done.dropped, done.kept) == ("p2", False, ("p1",), ())
    assert sorted(load_keys(store.secrets).pepper.all) == ["p2"]
    assert whole(store)
    with desk_at(store) as desk:
        assert desk.signs_in(ANA_PASSWORD).outcome == "signed-in"
    assert rotated(store, "pepper").generation == "p3"


def _rehash_everything(session: Session) -> None:
    new = choosing_passwords.hashed(session, ANA_PASSWORD)
    account = session.get_one(tables.PortalAccount, ANA)
    permits.spend(
        session, permits.for_sign_in(Action.SIGN_IN, account), now=BEGIN, outcome=Outcome.DONE, account=account,
        values={"password_hash": new},
    )  # fmt: skip
    changes = [record.changed(row, password_hash=new) for row in session.exec(select(tables.StaffMember))]
    changes += [choosing_passwords.remembered(ANA, new, now=BEGIN) for _ in range(10)]
    record.append(session, record.Entry("test", "done"), changes, now=BEGIN)


def test_another_rotation_can_be_begun_though_the_last_pepper_is_still_needed(store: OpenStore) -> None:
    rotated(store, "pepper")
    done = rotated(store, "pepper", again=True)
    assert (done.generation, [one.generation for one in done.kept]) == ("p3", ["p1"])
    with desk_at(store) as desk:
        assert desk.signs_in(ANA_PASSWORD).outcome == "signed-in"


# the outbox key


def test_a_link_that_was_mailed_before_works_after(store: OpenStore) -> None:
    with desk_at(store) as desk:
        token = reset_link(desk)
    delivery.deliver(store, settings=SETTINGS, clock=lambda: BEGIN)
    done = rotated(store, "outbox", now=BEGIN + timedelta(minutes=1))
    assert (done.dropped, done.kept) == (("o1",), ())
    with desk_at(store, BEGIN + timedelta(minutes=2)) as desk:
        desk.redeems(ANA, CredentialKind.RESET, token=token)
        assert desk.signs_in(NEW_PASSWORD).outcome == "signed-in"


def test_a_mail_that_waits_carries_the_link_whose_hash_is_stored(store: OpenStore) -> None:
    with desk_at(store) as desk:
        token = reset_link(desk)
    done = rotated(store, "outbox", now=BEGIN + timedelta(minutes=1))
    assert done.kept == (KeptGeneration("o1", 1),)
    with pytest.raises(StateForbids):
        rotated(store, "outbox", now=BEGIN + timedelta(minutes=2))
    later = BEGIN + timedelta(minutes=3)
    delivery.deliver(store, settings=SETTINGS, clock=lambda: later)
    (mail,) = (path.read_text() for path in store.place.outbox.glob("*.eml"))
    assert set(re.findall(r"/redeem/([A-Za-z0-9_-]{43})", mail)) == {token}
    assert rotated(store, "outbox", now=later).dropped == ("o1",)
    with desk_at(store, later) as desk:
        desk.redeems(ANA, CredentialKind.RESET, token=token)


def test_a_mail_whose_key_is_gone_is_dropped_and_never_sent_with_a_wrong_link(store: OpenStore) -> None:
    with desk_at(store) as desk:
        reset_link(desk)
    keys = load_keys(store.secrets)
    for _ in range(2):
        keys = keys.holding("outbox", keys.outbox.followed(b"n" * 32, since=""))
    store.secrets.put("keys", keys.holding("outbox", keys.outbox.taken_up("o3").without("o1")).to_text())
    store.keys = load_keys(store.secrets)
    assert delivery.deliver(store, settings=SETTINGS, clock=lambda: BEGIN).dropped == 1
    assert list(store.place.outbox.glob("*.eml")) == []


# other processes, other machines


@pytest.mark.parametrize("key", KEY_NAMES)
def test_a_process_that_loaded_its_keys_before_takes_up_the_new_one(store: OpenStore, key: str) -> None:
    other = opening.open_store(store.place)
    rotated(store, key)
    with desk_at(other) as desk:
        assert desk.signs_in(ANA_PASSWORD).outcome == "signed-in"
        token = reset_link(desk)
        event = desk.event(record.head(desk.session).seq)
        assert event.hash.startswith("a2.") == (key == "audit")
        assert desk.account(ANA).seal.startswith("s2.") == (key == "seal")
        assert (desk.account(ANA).password_hash or "").startswith("p2$") == (key == "pepper")
    assert other.keys.of(key).current.endswith("2")
    with desk_at(store) as desk:
        desk.redeems(ANA, CredentialKind.RESET, token=token)
    assert whole(store)
    other.engine.dispose()


@pytest.mark.parametrize("key", KEY_NAMES)
def test_a_machine_with_older_secrets_is_told_so_and_writes_nothing(store: OpenStore, tmp_path: Path, key: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copy2(store.place.home / "secrets.json", elsewhere)
    other = opening.open_store(store.place)
    other.secrets = FileSecrets(elsewhere)
    rotated(store, key)
    for reading in (True, False):
        with pytest.raises(StoreUnavailable) as refused, other.session(reading=reading):
            pytest.fail("it opened")
        assert (refused.value.code, refused.value.exit_code) == ("older-secrets", 8)
        assert key in refused.value.message
    other.secrets.put("keys", load_keys(store.secrets).to_text())
    with other.session() as session:
        assert record.head(session).seq
    other.engine.dispose()


def test_a_settings_row_that_no_longer_names_the_new_key_does_not_bring_the_old_one_back(store: OpenStore) -> None:
    rotated(store, "seal")
    with tampering(store) as raw:
        raw.execute("UPDATE settings SET values_json = '{}'")
    with store.session(reading=True) as session:
        assert keys_in_use.named(session) == {}
    assert store.keys.seal.current == "s2"
    fresh = opening.open_store(store.place)
    assert fresh.keys.seal.current == "s2"
    fresh.engine.dispose()


@pytest.mark.parametrize("value", ["{", '{"keys": 7}', '{"keys": {"seal": null}}', '{"keys": {"seal": "x9"}}', "7"])
def test_a_settings_row_that_says_nonsense_of_keys_is_a_matter_for_its_seal(store: OpenStore, value: str) -> None:
    with tampering(store) as raw:
        raw.execute("UPDATE settings SET values_json = ?", (value,))
    assert not whole(store)


@pytest.mark.parametrize("key", [key for key in KEY_NAMES if key != "audit"])
def test_another_key_that_is_rotated_between_any_two_steps_is_never_lost(
    store: OpenStore, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    commit, others, nested = Session.commit, list[str](), list[bool]()

    def committed(session: Session) -> None:
        commit(session)
        if not nested:
            nested.append(True)
            other = opening.open_store(store.place)
            others.append(rotated(other, "audit").generation)
            other.engine.dispose()
            nested.clear()

    with monkeypatch.context() as patched:
        patched.setattr(Session, "commit", committed)
        rotated(store, key)
    kept = load_keys(store.secrets)
    assert others == [f"a{n + 2}" for n in range(len(others))]
    assert set(kept.audit.all) == {"a1", *others}
    assert kept.of(key).current == f"{key[0]}2"
    assert whole(store)


# stopped half-way


class Stopping:
    """A secret store that fails at one of its writes."""

    kind = "file"

    def __init__(self, real: FileSecrets, at: int) -> None:
        self.real, self.at, self.writes = real, at, 0

    def get(self, name: str) -> str | None:
        return self.real.get(name)

    def put(self, name: str, value: str) -> None:
        self.writes += 1
        if self.writes == self.at:
            raise StoreUnavailable("no-keyring", "The keyring is locked.", "Unlock it.")
        self.real.put(name, value)

    def drop(self, name: str) -> None:
        self.real.drop(name)


@pytest.mark.parametrize("key", KEY_NAMES)
@pytest.mark.parametrize("at", [1, 2, 3])
def test_where_the_secret_store_fails_the_same_command_goes_on(store: OpenStore, key: str, at: int) -> None:
    real = store.secrets
    assert isinstance(real, FileSecrets)
    store.secrets = Stopping(real, at)
    writes = 3 if key == "outbox" else 2  # nothing waits: the older one is dropped at once
    with nullcontext() if at > writes else pytest.raises(StoreUnavailable):
        rotated(store, key)
    again = opening.open_store(store.place)
    assert whole(again)
    with desk_at(again) as desk:
        assert desk.signs_in(ANA_PASSWORD).outcome == "signed-in"
    if standing(again, key).unfinished:
        assert at == 2
        (finding,) = (one for one in _doctor(again) if one.subject == "keys" and not one.ok)
        assert f"secrets rotate {key}" in finding.mend
        assert rotated(again, key).began is False
    elif at == 1:
        assert rotated(again, key).began is True
    elif at == writes:
        assert (at, rotated(again, key).dropped) == (3, ("o1",))
    assert standing(again, key).generation == f"{key[0]}2"
    assert not standing(again, key).unfinished
    assert whole(again)
    again.engine.dispose()


def _doctor(store: OpenStore, *, now: datetime = BEGIN) -> tuple[doctoring.Finding, ...]:
    with store.session(reading=True) as session:
        return doctoring.examine(store, session, settings=SETTINGS, now=now, environment={}).findings


def test_where_the_commit_fails_the_key_waits_and_the_same_command_takes_it_up(
    store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = rotating.Session.commit

    def fails(session: object) -> None:
        raise StoreUnavailable("disk-full", "The disk is full; nothing was changed.", "")

    monkeypatch.setattr(rotating.Session, "commit", fails)
    with pytest.raises(DeskError):
        rotated(store, "audit")
    monkeypatch.setattr(rotating.Session, "commit", real)
    assert load_keys(store.secrets).audit.waiting == "a2"
    again = opening.open_store(store.place)
    assert standing(again, "audit").unfinished
    with desk_at(again) as desk:
        desk.basic(ANA)
        assert "." not in record.head(desk.session).hash
    done = rotated(again, "audit")
    assert (done.generation, sorted(load_keys(again.secrets).audit.all)) == ("a2", ["a1", "a2"])
    assert whole(again)
    again.engine.dispose()


# a backup of before


def test_a_backup_of_before_comes_back_under_the_keys_of_today_and_the_rotation_is_finished_anew(
    store: OpenStore, tmp_path: Path
) -> None:
    file, home, passphrase = tmp_path / "before.age", tmp_path / "new", "heron slate willow 9 anchor"
    backing_up.back_up(store, file, passphrase)
    for key in KEY_NAMES:
        rotated(store, key)
    with store.session(reading=True) as session:
        anchor = record.anchor(session)
    home.mkdir()
    shutil.copy2(store.place.home / "secrets.json", home)
    before, place = load_keys(store.secrets), engines.place(home)
    with pytest.raises(RecordAltered) as refused:
        restoring.restore(place, file, passphrase, caller="0", clock=BEGIN, against=[anchor])
    assert refused.value.code == "older-than-anchor"
    assert load_keys(FileSecrets(home)) == before
    done = restoring.restore(
        place, file, passphrase, caller="0", clock=BEGIN, against=[anchor], accept_loss=True, reason="the disk burnt"
    )
    back = opening.open_store(place)
    assert whole(back, done.head)
    with desk_at(back) as desk:
        assert record.head(desk.session).hash.startswith("a2.")
        assert desk.signs_in(ANA_PASSWORD).outcome == "signed-in"
    ended = load_keys(back.secrets).audit.all["a1"]
    assert f"{ended.until}:{ended.last_hash}" == done.head
    assert standing(back, "seal").unfinished
    assert rotated(back, "seal").resealed > 0
    assert not standing(back, "seal").unfinished
    assert whole(back, done.head)
    back.engine.dispose()


# what is asked


@pytest.mark.parametrize(("key", "reason"), [("seal", " "), ("keyring", "why not")])
def test_a_rotation_without_a_reason_or_of_no_key_is_wrong_usage(store: OpenStore, key: str, reason: str) -> None:
    before = load_keys(store.secrets)
    with pytest.raises(WrongUsage):
        rotating.rotate(store, ROSA, key, reason=reason, clock=lambda: BEGIN)
    assert load_keys(store.secrets) == before


def test_the_doctor_tells_the_age_of_keys_and_what_is_kept(store: OpenStore) -> None:
    (one,) = (one for one in _doctor(store) if one.subject == "keys")
    assert (one.ok, one.remark) == (True, False)
    (old,) = (one for one in _doctor(store, now=BEGIN + timedelta(days=800)) if one.subject == "keys")
    assert (old.ok, old.remark) == (True, True)
    assert "pepper, audit, seal, outbox" in old.message
    rotated(store, "pepper")
    kept = [one for one in _doctor(store) if one.subject == "keys" and one.remark]
    assert ["p1" in one.message for one in kept] == [True]


def test_a_search_that_counts_birth_dates_goes_on_counting_over_a_rotation(store: OpenStore) -> None:
    def looks(desk: Desk, day: int) -> None:
        finding.find(
            desk.session, ROSA, "reynolds", birth_date=date(1960, 1, day), settings=SETTINGS, now=desk.later(minutes=1)
        )

    with desk_at(store) as desk:
        for day in (1, 2, 3):
            looks(desk, day)
    rotated(store, "audit", now=BEGIN + timedelta(minutes=4))
    with desk_at(store, BEGIN + timedelta(minutes=5)) as desk:
        for day in (4, 5):
            looks(desk, day)
        looks(desk, 1)  # tried before
        with pytest.raises(StateForbids) as refused:
            looks(desk, 6)
    assert refused.value.code == "too-many"


def test_verdicts_on_duplicates_and_incidents_stand_over_a_rotation(store: OpenStore) -> None:
    with store.session() as session:
        resolving.different(session, ROSA, ANA, BEN, reason="met both", now=BEGIN)
        resolving.same(session, ROSA, ANA, CAL, keep=CAL, reason="met her", now=BEGIN)
        kind = IncidentKind.MANY_FAILED
        opened = incidents.opened(session, kind, patient=None, staff="sam", now=BEGIN)
        record.append(session, ROSA.entry("verify-identity", "failed"), [opened], now=BEGIN)
        session.commit()
    rotated(store, "audit")
    rotated(store, "seal")
    with store.session() as session:
        assert resolving.different(session, ROSA, ANA, BEN, reason="again", now=BEGIN).already
        assert [one.in_force for one in verdicts.list_verdicts(session, reader="sam")] == [True, True]
        assert verdicts.survivor_of(session, ANA) == CAL
        assert [one.kind for one in incidents.listed(session)] == [kind]

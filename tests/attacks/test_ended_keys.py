"""A stolen copy of the secrets, and SQL: after the keys were rotated it opens nothing and hides nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from attackers import ANA, ANA_PASSWORD, BEN, PHOTO, Town
from sqlmodel import Session
from test_guards_dropped import THIEF_PASSWORD

import engines
from portaldesk.errors import RecordAltered
from portaldesk.rules import hashing
from portaldesk.secret_keys import FileSecrets, SecretKeys, load_keys
from portaldesk.store import record, tables
from portaldesk.store.engine import engine_of, store_session
from portaldesk.store.seals import seal_of
from raw_stores import raw


@pytest.fixture
def stolen(town: Town) -> SecretKeys:
    """The secrets as they were before every key was rotated."""
    keys = load_keys(FileSecrets(town.home))
    town.checked("MRN-2", *BEN)
    for name in ("audit", "seal", "pepper", "outbox"):
        assert town.rosa("secrets", "rotate", name, "--reason", "a laptop was lost").code == 0
    assert town.is_whole()
    return keys


@contextmanager
def as_portaldesk(town: Town, keys: SecretKeys) -> Iterator[Session]:
    """Portaldesk itself with other keys than the store's. What it does is committed."""
    engine = engine_of(engines.place(town.home).database)
    try:
        with store_session(engine, keys) as session:
            yield session
            session.commit()
    finally:
        engine.dispose()


def thiefs_hash(stolen: SecretKeys) -> str:
    return hashing.hashed(THIEF_PASSWORD, pepper=stolen.pepper.key, key_id="p1", cost=4)


def test_the_stolen_keys_open_no_row_of_today(town: Town, stolen: SecretKeys) -> None:
    with as_portaldesk(town, stolen) as session, pytest.raises(RecordAltered):
        session.get(tables.PortalAccount, "MRN-1")


def test_the_stolen_keys_write_no_event_of_today(town: Town, stolen: SecretKeys) -> None:
    with as_portaldesk(town, stolen) as session, pytest.raises(RecordAltered):
        record.append(session, record.Entry("unlock", "done", staff="sam"), now=datetime.now(UTC))


@pytest.mark.parametrize("where", ["a new event", "the event that sealed it", "an event from before the rotation"])
def test_an_account_forged_with_every_stolen_key_gives_nobody_access_and_is_named(
    town: Town, stolen: SecretKeys, where: str
) -> None:
    with town.guards_down(put_back=True) as db:
        account = db.row("portal_account", "mrn='MRN-1'")
        head = db.row("audit_head", "id=1")
        first = db.row("audit_seal", "row_key='portal_account:MRN-1' ORDER BY seq")["seq"]
        seq = {
            "a new event": int(str(head["seq"])) + 1,
            "the event that sealed it": int(str(account["changed_seq"])),
            "an event from before the rotation": int(str(first)),
        }[where]
        forged = account | {"password_hash": thiefs_hash(stolen), "changed_seq": seq}
        forged["seal"] = seal_of(tables.PortalAccount, forged, stolen)
        if where == "an event from before the rotation":
            db.execute("DELETE FROM audit_seal WHERE row_key='portal_account:MRN-1' AND seq > ?", (seq,))
        db.execute("DELETE FROM audit_seal WHERE row_key='portal_account:MRN-1' AND seq = ?", (seq,))
        db.insert("audit_seal", {"row_key": "portal_account:MRN-1", "seq": seq, "seal": forged["seal"]})
        seals = db.execute("SELECT row_key, seal FROM audit_seal WHERE seq = ?", (seq,)).fetchall()
        if where == "a new event":
            event = db.row("audit_event", "seq=?", (head["seq"],))
            event |= {"seq": seq, "prev_hash": head["hash"], "action": "change-password"}
            event["hash"] = record.event_hash(event, seals, stolen)
            db.insert("audit_event", event)
            db.execute("UPDATE audit_head SET seq=?, hash=?", (seq, event["hash"]))
        else:
            event = db.row("audit_event", "seq=?", (seq,))
            db.execute("UPDATE audit_event SET hash=? WHERE seq=?", (record.event_hash(event, seals, stolen), seq))
        sets = ", ".join(f'"{name}"=?' for name in forged)
        db.execute(f"UPDATE portal_account SET {sets} WHERE mrn='MRN-1'", tuple(forged.values()))
    assert town.signs_in("ana.r", THIEF_PASSWORD) == 9
    assert town.signs_in("ana.r", ANA_PASSWORD) == 9
    assert town.verify().code == 9


def test_a_record_cut_off_before_the_rotation_and_gone_on_with_under_the_stolen_key_is_refused(
    town: Town, stolen: SecretKeys
) -> None:
    """The whole store as it was before, and from there on the thief's own events, in perfect order."""
    keys = load_keys(FileSecrets(town.home))
    until = keys.audit.all["a1"].until
    assert until is not None
    with town.guards_down(put_back=True) as db:
        db.execute("DELETE FROM audit_seal WHERE seq > ?", (until - 1,))
        db.execute("DELETE FROM audit_event WHERE seq > ?", (until - 1,))
        last = db.row("audit_event", "seq=(SELECT max(seq) FROM audit_event)")
        db.execute("UPDATE audit_head SET seq=?, at=?, hash=?", (last["seq"], last["at"], last["hash"]))
    with as_portaldesk(town, stolen) as session:
        record.append(session, record.Entry("unlock", "done", staff="sam"), now=datetime.now(UTC))
    with as_portaldesk(town, keys) as session, pytest.raises(RecordAltered) as refused:
        record.append(session, record.Entry("find", "done", staff="sam"), now=datetime.now(UTC))
    assert refused.value.code == "not-whole"
    assert "cut off" in refused.value.message
    assert town.sam("find", "ana").code == 9
    assert town.verify().code == 9


def test_an_older_seal_of_a_row_proves_nothing_when_its_key_has_ended(town: Town) -> None:
    with raw(town.home) as db:
        before = db.row("patient", "mrn='MRN-2'")
    assert town.rosa("secrets", "rotate", "seal", "--reason", "a laptop was lost").code == 0
    with town.guards_down(put_back=True) as db:
        db.execute("DELETE FROM audit_seal WHERE row_key='patient:MRN-2' AND seq > ?", (before["changed_seq"],))
        db.execute(
            "UPDATE patient SET changed_seq=?, seal=? WHERE mrn='MRN-2'", (before["changed_seq"], before["seal"])
        )
    assert town.sam("verify-identity", "MRN-2", *BEN).code == 9
    assert town.verify().code == 9


def test_whoever_names_an_older_key_in_the_settings_gets_it_used_by_nobody(town: Town, stolen: SecretKeys) -> None:
    with town.guards_down(put_back=True) as db:
        settings = db.row("settings", "id=1")
        forged = settings | {"values_json": "{}"}
        forged["seal"] = seal_of(tables.Settings, forged, stolen)
        db.execute("UPDATE settings SET values_json='{}', seal=?", (forged["seal"],))
    assert town.sam("find", "ana").code == 9


def test_a_link_derived_with_the_stolen_key_is_none(town: Town, stolen: SecretKeys) -> None:
    from portaldesk.services import credentials

    town.checked("MRN-1", *ANA, *PHOTO)
    assert town.sam("send-reset", "MRN-1").code == 0
    ((id_,),) = town.query("SELECT id FROM recovery_credential WHERE kind='reset'")
    assert town.redeem(credentials.token_of(stolen, str(id_)), *ANA[:4]).code == 6
    assert town.redeem(credentials.token_of(load_keys(FileSecrets(town.home)), str(id_)), *ANA[:4]).code == 0

"""What an auditor is promised of a bundle: it is the record, nobody changed it, and it says what it cannot prove."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from audit_stores import ADMIN, NOW, a_day, minutes, tampering
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from portaldesk.errors import DeskError, NotFound, RecordAltered, StateForbids, StoreUnavailable, WrongUsage
from portaldesk.render import fhir
from portaldesk.services import anchors, bundle_files, bundles, signing
from portaldesk.services.auditing import show
from portaldesk.services.bundle_checks import check
from portaldesk.services.bundles import Bundle
from portaldesk.services.opening import OpenStore
from portaldesk.services.resets_listing import each_reset
from portaldesk.store import record, tables
from raw_stores import everything


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OpenStore]:
    opened = a_day(tmp_path)
    yield opened
    opened.engine.dispose()


def export(store: OpenStore, out: Path, *, sign: bool = True, **more: object) -> Bundle:
    """The whole record, or a time of it."""
    signer = signing.signer(store, ADMIN, now=minutes(30)) if sign else None
    with store.session(reading=True) as session:
        span = bundles.range_of(session, **more)  # type: ignore[arg-type]
        resets = {"resets.fhir.ndjson": fhir.audit_events(each_reset(session, since=span.since, until=span.until))}
        return bundles.write(
            session, out, span, signer=signer, made_by="rosa", now=minutes(31), attached=resets
        )  # fmt: skip


@pytest.fixture(params=["bundle", "bundle.zip"])
def bundle(request: pytest.FixtureRequest, store: OpenStore, tmp_path: Path) -> Path:
    out = tmp_path / str(request.param)
    export(store, out)
    return out


def test_a_bundle_holds_every_event_with_its_hashes_and_the_seals_it_gave(store: OpenStore, tmp_path: Path) -> None:
    made = export(store, tmp_path / "b").manifest
    lines = [json.loads(line) for line in (tmp_path / "b" / "events.ndjson").read_text().splitlines()]
    with store.session(reading=True) as session:
        kept = show(session, limit=1000)[::-1]
        seals = session.connection().execute(tables.AuditSeal.__table__.select()).all()  # type: ignore[attr-defined]
        head = record.anchor(session)
    assert [(one["seq"], one["action"], one["details"]) for one in lines] == [
        (e.seq, e.action, e.details) for e in kept
    ]
    assert sorted((key, one["seq"], seal) for one in lines for key, seal in one["seals"]) == sorted(map(tuple, seals))
    assert (made.events, made.seals, made.head) == (len(lines), len(seals), head)
    assert (made.first_prev_hash, f"{made.last_seq}:{made.last_hash}") == (record.GENESIS, head)
    assert stat.S_IMODE((tmp_path / "b").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "b").iterdir()} == {0o600}


def test_a_whole_bundle_is_proved_without_the_store_and_says_what_is_not(store: OpenStore, bundle: Path) -> None:
    signed_by = signing.signer(store, ADMIN, now=NOW).fingerprint
    shutil.rmtree(store.place.home)
    seen = check(bundle)
    assert (seen.whole, seen.first_fault, seen.signed_by, seen.signer_known) == (True, None, signed_by, False)
    assert ["as --key." in one for one in seen.unproved] == [True, False]
    known = check(bundle, key=signed_by)
    assert known.signer_known
    assert ["--keys" in one for one in known.unproved] == [True]


def test_with_the_stores_keys_every_hash_is_judged_and_another_stores_bundle_is_not_its_own(
    store: OpenStore, bundle: Path, tmp_path: Path
) -> None:
    whole = check(bundle, keys=store.keys, store=_id(store))
    assert (whole.whole, whole.sealed, len(whole.unproved)) == (True, True, 1)
    assert check(bundle, keys=store.keys, store="0" * 12).first_fault == "It was made from another store than this one."


def test_a_time_of_the_record_is_exported_and_says_that_it_begins_in_the_middle(
    store: OpenStore, tmp_path: Path
) -> None:
    made = export(store, tmp_path / "b", since=minutes(4), until=minutes(9)).manifest
    assert made.first_at >= "2026-11-25T10:04" > made.since[:5]
    assert made.last_at < made.until
    seen = check(tmp_path / "b")
    assert (seen.whole, seen.first_seq, seen.last_seq) == (True, made.first_seq, made.last_seq)
    assert seen.unproved[-1] == f"What came before event {made.first_seq} is not in it."
    with pytest.raises(NotFound):
        export(store, tmp_path / "c", since=minutes(99))
    with pytest.raises(WrongUsage):
        export(store, tmp_path / "c", since=minutes(9), until=minutes(4))


def test_bundles_of_a_time_join_on(store: OpenStore, tmp_path: Path) -> None:
    before = export(store, tmp_path / "a", until=minutes(5)).manifest
    after = export(store, tmp_path / "b", since=minutes(5)).manifest
    assert (after.first_seq, after.first_prev_hash) == (before.last_seq + 1, before.last_hash)


def test_anchors_kept_elsewhere_are_held_against_it(store: OpenStore, bundle: Path) -> None:
    with store.session(reading=True) as session:
        head = record.head(session)
    fits = anchors.read([f"# kept by cron\n\n3:{_hash(store, 3)}\n{head.seq + 90}:{'0' * 64}"])
    seen = check(bundle, against=fits)
    assert (seen.whole, seen.anchored) == (True, 1)
    wrong = check(bundle, against=anchors.read([f"3:{'0' * 64}"]))
    assert wrong.first_fault == "Event 3 is not the one of the anchor: the record was rewritten."


def test_openssl_proves_the_signature_and_says_the_same_fingerprint(store: OpenStore, tmp_path: Path) -> None:
    out = tmp_path / "b"
    made = export(store, out)
    words = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "signing.pub", "-rawin", "-in", "manifest.json",
             "-sigfile", "manifest.json.sig"]  # fmt: skip
    if shutil.which("openssl") is None:
        pytest.skip("no openssl on this machine")
    assert subprocess.run(words, cwd=out, capture_output=True, check=False).returncode == 0
    der = subprocess.run(["openssl", "pkey", "-pubin", "-in", "signing.pub", "-outform", "DER"], cwd=out,
                         capture_output=True, check=True).stdout  # fmt: skip
    told = subprocess.run(["sha256sum"], input=der, capture_output=True, check=True).stdout.split()[0].decode()
    assert made.manifest.key == f"SHA256:{told}"
    assert signing.fingerprint_in(str(out / "signing.pub")) == signing.fingerprint_in(told.upper()) == f"SHA256:{told}"


def test_the_signing_key_is_made_once_kept_with_the_secrets_and_named_in_the_record(store: OpenStore) -> None:
    first = signing.signer(store, ADMIN, now=minutes(30))
    assert signing.signer(store, ADMIN, now=minutes(31)).fingerprint == first.fingerprint
    with store.session(reading=True) as session:
        (event,) = show(session, action="audit signing-key")
        kept = everything(store.place.home)
    assert json.loads(event.details) == {"fingerprint": first.fingerprint}
    assert first.key.private_bytes_raw().hex().encode() not in kept
    assert first.key.private_bytes_raw() not in kept


# tampering: every change is found, and the first of them named


def rewrite(out: Path, name: str, change: Callable[[bytes], bytes | None]) -> None:
    """Somebody edits one file of a bundle; None takes it out."""
    if out.is_dir():
        new = change((out / name).read_bytes() if (out / name).exists() else b"")
        (out / name).unlink(missing_ok=True)
        if new is not None:
            (out / name).write_bytes(new)
        return
    with zipfile.ZipFile(out) as archive:
        files = {one: archive.read(one) for one in archive.namelist()}
    new = change(files.pop(name, b""))
    if new is not None:
        files[name] = new
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for one, data in files.items():
            archive.writestr(one, data)


def without_line(n: int) -> Callable[[bytes], bytes]:
    return lambda data: b"".join(line for at, line in enumerate(data.splitlines(True)) if at != n)


def swapped(data: bytes) -> bytes:
    lines = data.splitlines(True)
    return b"".join([lines[0], lines[2], lines[1], *lines[3:]])


TAMPERING: list[tuple[str, Callable[[bytes], bytes | None], str]] = [
    ("events.ndjson", lambda d: d.replace(b'"staff":"sam"', b'"staff":"tom"', 1), "not the file that its manifest"),
    ("events.ndjson", without_line(0), "Where event 1 must be, there is event 2."),
    ("events.ndjson", without_line(3), "Where event 4 must be, there is event 5."),
    ("events.ndjson", lambda d: d[: d.rindex(b'{"seq"')], "not the file that its manifest names"),
    ("events.ndjson", swapped, "Where event 2 must be, there is event 3."),
    ("events.ndjson", lambda d: d + d.splitlines(True)[-1], "there is event"),
    ("events.ndjson", lambda d: d + b"x" * 99, "is not as portaldesk writes it"),
    ("events.ndjson", lambda d: d.replace(b'{"seq":4,', b'{"seq":4, '), "The line of event 4 is not as"),
    ("events.ndjson", lambda d: d.replace(b'{"seq":4,', b'{"seq":4,"seq":4,'), "The line of event 4 is not as"),
    ("events.ndjson", lambda d: d.replace(b'{"seq":4,', b'{"seq":' + b"9" * 5000 + b","), "The line of event 4"),
    ("events.ndjson", lambda d: b"[" * 100_000 + b"\n", "The line of event 1 is not as"),
    ("events.ndjson", lambda d: b"\xff\xfe\n", "The line of event 1 is not as"),
    ("events.ndjson", lambda d: d.replace(b'"seals":[["', b'"seals":[["x', 1), "event 1 is not as"),
    ("events.ndjson", lambda d: None, "events.ndjson is missing."),
    ("resets.fhir.ndjson", lambda d: d.replace(b"sam", b"tom", 1), "resets.fhir.ndjson is not the file"),
    ("resets.fhir.ndjson", lambda d: d + b"\n", "resets.fhir.ndjson is longer than its manifest says."),
    ("resets.fhir.ndjson", lambda d: None, "resets.fhir.ndjson is missing."),
    ("more.txt", lambda d: b"trust me", "It holds what its manifest does not name: more.txt."),
    ("manifest.json", lambda d: d.replace(b'"made_by": "rosa"', b'"made_by": "tom"'), "The signature does not fit"),
    ("manifest.json", lambda d: b"{}", "The signature does not fit"),
    ("manifest.json.sig", lambda d: bytes(64), "The signature does not fit"),
    ("manifest.json.sig", lambda d: b"", "The signature does not fit"),
    ("manifest.json.sig", lambda d: None, "Its signature or its public key was taken out."),
    ("signing.pub", lambda d: None, "Its signature or its public key was taken out."),
    ("signing.pub", lambda d: b"-----BEGIN PUBLIC KEY-----", "signing.pub is no Ed25519 public key."),
]


@pytest.mark.parametrize(("name", "change", "fault"), TAMPERING)
def test_every_tampering_with_a_signed_bundle_is_found(
    bundle: Path, name: str, change: Callable[[bytes], bytes | None], fault: str
) -> None:
    rewrite(bundle, name, change)
    seen = check(bundle)
    assert not seen.whole
    assert fault in (seen.first_fault or "")
    assert seen.unproved == ()


def test_a_signature_that_was_taken_out_is_found(bundle: Path) -> None:
    signed_by = check(bundle).signed_by
    for name in ("manifest.json.sig", "signing.pub"):
        rewrite(bundle, name, lambda data: None)
    assert check(bundle).first_fault == "Its signature was taken out, or is by another key than the manifest names."
    assert check(bundle, key=signed_by).first_fault == "It is not signed."


def test_a_bundle_signed_anew_by_whoever_changed_it_is_found_by_the_key(bundle: Path) -> None:
    signed_by = check(bundle).signed_by
    forger = signing._signer(Ed25519PrivateKey.generate().private_bytes_raw().hex())
    manifest: list[bytes] = []

    def forged(data: bytes) -> bytes:
        told = json.loads(data.replace(b'"made_by": "rosa"', b'"made_by": "tom"')) | {"key": forger.fingerprint}
        for file in told["files"]:
            if file["name"] == "signing.pub":
                file |= _described(forger.public)
        manifest.append((json.dumps(told, indent=1) + "\n").encode())
        return manifest[-1]

    rewrite(bundle, "manifest.json", forged)
    rewrite(bundle, "signing.pub", lambda data: forger.public)
    rewrite(bundle, "manifest.json.sig", lambda data: forger.sign(manifest[-1]))
    assert check(bundle).whole  # whoever knows no key believes any: it says so
    assert "--key" in check(bundle).unproved[0]
    seen = check(bundle, key=signed_by)
    assert (seen.whole, seen.signer_known) == (False, False)
    assert seen.first_fault == f"It is signed by another key than yours: {forger.fingerprint}"


def test_an_unsigned_bundle_rewritten_with_its_manifest_is_found_by_the_stores_keys_alone(
    store: OpenStore, tmp_path: Path
) -> None:
    out = tmp_path / "b"
    export(store, out, sign=False)
    events = (out / "events.ndjson").read_bytes().replace(b'"staff":"sam"', b'"staff":"tom"', 1)
    told = json.loads((out / "manifest.json").read_bytes())
    told["files"][0] |= _described(events)
    (out / "events.ndjson").write_bytes(events)
    (out / "manifest.json").write_text(json.dumps(told, indent=1) + "\n")
    seen = check(out)
    assert (seen.whole, seen.signed_by) == (True, None)
    assert seen.unproved[0] == "It is not signed: whoever has it could have made or changed it."
    judged = check(out, keys=store.keys, store=_id(store))
    assert "its hash is not that of this store" in (judged.first_fault or "")


@pytest.mark.parametrize(
    ("field", "value"),
    [("events", 1), ("seals", 1), ("last_seq", 5), ("last_hash", "0" * 64), ("first_at", ""), ("last_at", ""),
     ("since", "2027"), ("until", "2025"), ("first_seq", 2), ("first_prev_hash", "1" * 64)],
)  # fmt: skip
def test_a_manifest_that_tells_another_range_than_the_events_is_found(
    store: OpenStore, tmp_path: Path, field: str, value: object
) -> None:
    out = tmp_path / "b"
    export(store, out, sign=False)
    told = json.loads((out / "manifest.json").read_bytes()) | {field: value}
    (out / "manifest.json").write_text(json.dumps(told))
    assert not check(out).whole


@pytest.mark.parametrize("left", [0.3, 0.9])
def test_a_zip_that_was_cut_off_is_found(store: OpenStore, tmp_path: Path, left: float) -> None:
    out = tmp_path / "b.zip"
    export(store, out)
    os.truncate(out, int(out.stat().st_size * left))
    assert check(out).first_fault == "It is damaged: it was cut off, or changed by hand."


def test_a_zip_with_bytes_before_its_first_file_is_not_as_it_was_written(store: OpenStore, tmp_path: Path) -> None:
    out = tmp_path / "b.zip"
    export(store, out)
    out.write_bytes(b"PK\x03\x04 and more" + out.read_bytes())
    assert check(out).first_fault == "It is damaged: it was cut off, or changed by hand."


def test_no_byte_of_a_zip_can_be_changed_in_what_it_holds(store: OpenStore, tmp_path: Path) -> None:
    out = tmp_path / "b.zip"
    export(store, out)
    data = out.read_bytes()
    end = data.index(b"PK\x01\x02")  # what follows says where the files are
    with zipfile.ZipFile(out) as archive:
        heads = {info.header_offset + n for info in archive.infolist() for n in range(60)}
        held = {name: archive.read(name) for name in archive.namelist()}
    for at in set(range(0, end, 97)) - heads:
        out.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        if check(out).whole:  # filling bits and the sums behind a file hold nothing
            with zipfile.ZipFile(out) as archive:
                assert {name: archive.read(name) for name in archive.namelist()} == held, at


def test_what_is_no_bundle_is_said_to_be_none(tmp_path: Path, store: OpenStore) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text").write_text("hello")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "manifest.json").write_text('{"name": "an app"}')
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("readme", "hello")
    for name in ("nowhere", "empty", "text", "other", "other.zip"):
        with pytest.raises(WrongUsage) as refused:
            check(tmp_path / name)
        assert refused.value.code == "bad-file", name
    newer = tmp_path / "newer"
    export(store, newer, sign=False)
    told = json.loads((newer / "manifest.json").read_bytes()) | {"version": 2, "more": 1}
    (newer / "manifest.json").write_text(json.dumps(told))
    with pytest.raises(WrongUsage, match="newer version"):
        check(newer)


@pytest.mark.parametrize("said", ["", "SHA256:12", "/no/such/file", "0" * 63])
def test_a_key_that_cannot_be_read_is_wrong_usage(said: str) -> None:
    with pytest.raises(WrongUsage):
        signing.fingerprint_in(said)


# nothing half-done


def test_an_export_overwrites_nothing_and_leaves_nothing_half(store: OpenStore, tmp_path: Path) -> None:
    for name in ("b", "b.zip"):
        out = tmp_path / "to" / name
        with pytest.raises(WrongUsage):
            export(store, out, sign=False)
    (tmp_path / "to").mkdir()
    (tmp_path / "to" / "b").mkdir()
    (tmp_path / "to" / "b.zip").write_text("mine")
    for name in ("b", "b.zip"):
        with pytest.raises(StateForbids):
            export(store, tmp_path / "to" / name, sign=False)
    assert sorted(path.name for path in (tmp_path / "to").iterdir()) == ["b", "b.zip"]
    assert (tmp_path / "to" / "b.zip").read_text() == "mine"


@pytest.mark.parametrize("name", ["b", "b.zip"])
@pytest.mark.parametrize("end", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_an_export_that_is_interrupted_or_finds_the_disk_full_leaves_nothing(
    store: OpenStore, tmp_path: Path, name: str, end: BaseException | type[BaseException]
) -> None:
    folder = tmp_path / "to"
    folder.mkdir()

    def cut() -> Iterator[str]:
        yield "one line\n"
        raise end

    with store.session(reading=True) as session, pytest.raises((KeyboardInterrupt, OSError)):
        bundles.write(
            session, folder / name, bundles.range_of(session), signer=None, made_by="rosa", now=NOW,
            attached={"more.txt": cut()},
        )  # fmt: skip
    assert list(folder.iterdir()) == []


def test_a_record_that_was_tampered_with_is_not_exported(store: OpenStore, tmp_path: Path) -> None:
    signer = signing.signer(store, ADMIN, now=minutes(30))
    for sql in (
        "UPDATE audit_event SET staff = 'tom' WHERE seq = 4",
        "UPDATE audit_seal SET seal = 'x' WHERE seq = 3",
        "DELETE FROM audit_event WHERE seq = 2",
    ):
        with tampering(store) as raw:
            raw.execute(sql)
        with store.session(reading=True) as session, pytest.raises(RecordAltered):
            bundles.write(session, tmp_path / "b", bundles.range_of(session), signer=signer, made_by="rosa", now=NOW)
        assert not (tmp_path / "b").exists()


def test_a_folder_that_cannot_be_written_or_read_is_exit_8(
    store: OpenStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(store, tmp_path / "b.zip", sign=False)

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(bundle_files.os, "open", denied)
    with pytest.raises(StoreUnavailable) as refused:
        export(store, tmp_path / "c.zip", sign=False)
    assert refused.value.code == "file-unwritable"
    monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(DeskError) as unread:
        check(tmp_path / "b.zip")
    assert (unread.value.code, unread.value.exit_code) == ("file-unreadable", 8)


def _described(data: bytes) -> dict[str, object]:
    import hashlib

    return {"bytes": len(data), "lines": data.count(b"\n"), "sha256": hashlib.sha256(data).hexdigest()}


def _id(store: OpenStore) -> str:
    with store.session(reading=True) as session:
        from portaldesk.services import clinic

        return clinic.stored(session).store_id


def _hash(store: OpenStore, seq: int) -> str:
    with store.session(reading=True) as session:
        found = session.get(tables.AuditEvent, seq)
        assert found is not None
        return found.hash

"""What leaves the desk for auditors, as commands: bundles, the stream, anchors."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from desks import Clinic, environment, run, run_process

NOWHERE = Path("/nonexistent/home")


@pytest.fixture
def october(clinic: Clinic, tmp_path: Path) -> tuple[Path, str]:
    """A signed bundle, and the fingerprint that was printed."""
    out = tmp_path / "october.zip"
    made = clinic.rosa("audit", "export", "--sign", "--out", str(out), "--json")
    assert made.code == 0, made.err
    return out, made.document["signed_by"]


def test_a_bundle_is_written_recorded_and_judged_on_a_machine_without_the_store(
    clinic: Clinic, october: tuple[Path, str]
) -> None:
    out, fingerprint = october
    action, outcome, staff, _, told = clinic.events()[-1]
    assert (action, outcome, staff, told["key"]) == ("audit export", "done", "rosa", fingerprint)
    shutil.rmtree(clinic.home)
    seen = run_process("audit", "verify", str(out), "--key", fingerprint, "--json", home=NOWHERE)
    assert (seen.code, seen.err) == (0, "")
    assert (seen.document["whole"], seen.document["signer_known"]) == (True, True)
    assert not NOWHERE.exists()


def test_quiet_prints_the_fingerprint_alone(clinic: Clinic, tmp_path: Path) -> None:
    made = clinic.rosa("audit", "export", "--sign", "--out", str(tmp_path / "b"), "--quiet")
    assert made.out.startswith("SHA256:")
    assert len(made.out.splitlines()) == 1


def test_a_bundle_that_was_changed_is_exit_9_and_names_the_first_fault(october: tuple[Path, str]) -> None:
    out, _ = october
    data = out.read_bytes()
    out.write_bytes(data[:300] + bytes([data[300] ^ 1]) + data[301:])
    seen = run("audit", "verify", str(out), "--json", home=NOWHERE)
    assert (seen.code, seen.error["code"]) == (9, "bundle-altered")
    assert seen.document["whole"] is False
    assert seen.document["first_fault"] in seen.error["message"]


def test_another_key_is_exit_9_and_what_is_no_key_or_no_bundle_is_exit_2(
    october: tuple[Path, str], tmp_path: Path
) -> None:
    out, _ = october
    assert run("audit", "verify", str(out), "--key", "0" * 64, home=NOWHERE).code == 9
    assert run("audit", "verify", str(out), "--key", "rosa's", home=NOWHERE).code == 2
    assert run("audit", "verify", str(tmp_path / "no.zip"), home=NOWHERE).code == 2
    assert run("audit", "verify", str(tmp_path), home=NOWHERE).code == 2
    assert run("audit", "verify", "--key", "0" * 64, home=NOWHERE).code == 2


def test_with_the_stores_keys_an_auditor_must_be_signed_in(clinic: Clinic, october: tuple[Path, str]) -> None:
    out, _ = october
    assert clinic.anyone("audit", "verify", str(out), "--keys").code == 3
    seen = clinic.rosa("audit", "verify", str(out), "--keys", "--json")
    assert (seen.code, seen.document["sealed"]) == (0, True)


def test_a_clerk_exports_nothing(clinic: Clinic, tmp_path: Path) -> None:
    assert clinic.sam("audit", "export", "--out", str(tmp_path / "b")).code == 3
    assert not (tmp_path / "b").exists()


def test_what_is_there_is_never_overwritten_and_a_time_without_events_is_no_bundle(
    clinic: Clinic, october: tuple[Path, str]
) -> None:
    out, _ = october
    before = out.read_bytes()
    again = clinic.rosa("audit", "export", "--out", str(out), "--json")
    assert (again.code, again.error["code"], out.read_bytes()) == (6, "already-there", before)
    empty = clinic.rosa("audit", "export", "--until", "2020-01-01", "--out", str(out.with_name("x")), "--json")
    assert (empty.code, empty.error["code"]) == (5, "no-events")


def test_the_fhir_form_adds_the_resets_of_that_time_as_audit_events(clinic: Clinic, tmp_path: Path) -> None:
    assert clinic.sam("unlock", "MRN-0").code == 5
    assert clinic.rosa("audit", "export", "--format", "fhir", "--out", str(tmp_path / "b")).code == 0
    lines = (tmp_path / "b" / "resets.fhir.ndjson").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["resourceType"] for line in lines] == ["AuditEvent"]
    assert run("audit", "verify", str(tmp_path / "b"), home=NOWHERE).code == 0


def test_the_stream_follows_what_happens_until_it_is_interrupted(clinic: Clinic) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "portaldesk", "audit", "stream", "--follow"], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, env=environment(clinic.home, clinic.rosa_token, None),
    )  # fmt: skip
    try:
        assert process.stdout is not None
        before = len(clinic.events())
        seen = [json.loads(process.stdout.readline()) for _ in range(before)]
        assert clinic.sam("find", "ana").code == 0
        while seen[-1]["action"] != "find":
            seen.append(json.loads(process.stdout.readline()))
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert [one["seq"] for one in seen] == list(range(1, len(seen) + 1))
    assert [one["prev_hash"] for one in seen[1:]] == [one["hash"] for one in seen[:-1]]
    assert (process.returncode, err.strip()) == (130, "")


def test_the_stream_goes_on_after_the_last_event_that_is_given_again(clinic: Clinic) -> None:
    first = clinic.rosa("audit", "stream", "--json").document
    more = clinic.rosa("audit", "stream", "--from", first["last"], "--json").document
    assert [one["action"] for one in more["events"]] == ["audit stream"]
    last = int(first["last"].partition(":")[0])
    lines = clinic.rosa("audit", "stream", "--from", str(last)).out.splitlines()
    assert [json.loads(line)["seq"] for line in lines] == [last + 1, last + 2]


def test_the_stream_is_for_those_who_may_read_the_record_and_refuses_a_place_it_never_had(clinic: Clinic) -> None:
    assert clinic.sam("audit", "stream").code == 3
    assert clinic.rosa("audit", "stream", "--from", "one").code == 2
    assert clinic.rosa("audit", "stream", "--follow", "--json").code == 2
    ahead = clinic.rosa("audit", "stream", "--from", "9999", "--quiet", "--json")
    assert (ahead.code, ahead.error["code"]) == (9, "not-whole")


def test_a_closed_pipe_ends_the_stream_quietly(clinic: Clinic) -> None:
    words = f"{sys.executable} -m portaldesk audit stream --follow | head -n 1"
    ran = subprocess.run(
        ["bash", "-o", "pipefail", "-c", words], capture_output=True, text=True, timeout=60, check=False,
        env=environment(clinic.home, clinic.rosa_token, None),
    )  # fmt: skip
    assert (ran.returncode, ran.stderr, len(ran.stdout.splitlines())) in ((141, "", 1), (0, "", 1))


def test_anchors_from_cron_are_added_to_a_file_mailed_and_say_nothing(clinic: Clinic, tmp_path: Path) -> None:
    file = tmp_path / "anchors.txt"
    ran = clinic.rosa("audit", "anchor", "--file", str(file), "--mail", "ann@example.org", "--quiet")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    action, outcome, staff, _, told = clinic.events()[-1]
    assert (action, outcome, staff, told["mailed_to"]) == ("audit anchor", "done", "rosa", "a…@….org")
    assert told["anchor"] == file.read_text(encoding="utf-8").strip()
    seen = clinic.rosa("audit", "verify", "--against", str(file))
    assert seen.code == 0
    again = clinic.rosa("audit", "anchor", "--file", str(file), "--json")
    assert (again.document["already"], again.document["file"], again.document["mailed_to"]) == (False, str(file), None)
    assert clinic.rosa("audit", "anchor", "--file", str(file), "--json").document["already"] is True


def test_a_clerk_mails_no_anchor_and_an_address_that_is_none_is_exit_2(clinic: Clinic) -> None:
    assert clinic.sam("audit", "anchor", "--mail", "ann@example.org").code == 3
    assert clinic.rosa("audit", "anchor", "--mail", "ann").code == 2
    assert clinic.rosa("audit", "anchor", "--mail", "ann@example.org\r\nBcc: x@example.org").code == 2
    assert list((clinic.home / "outbox").glob("*.eml")) == []

"""Attacks by telephone: stolen facts, guesses, codes talked out of the patient; and the desk used to look people up."""

from __future__ import annotations

from datetime import date

import pytest
from attackers import (
    ANA,
    ANA_PASSWORD,
    BEN,
    BEN_SAYS,
    NEW_PASSWORD,
    PHOTO,
    RNG,
    ROSA,
    SAM,
    SETTINGS,
    Time,
    Town,
    permit,
    verified,
)
from sqlmodel import Session

from portaldesk.errors import CheckNeeded, DeskError, StateForbids
from portaldesk.gate.actors import Actor
from portaldesk.gate.requests import NOT_BY
from portaldesk.services import calls, credentials, finding, resets, temporary_logins, usernames
from portaldesk.store import tables
from portaldesk.store.seals import keys_of
from portaldesk.words import Action, CheckOutcome, CredentialKind, Level, Role


def _code(session: Session) -> str:
    sent = credentials.newest(session, "MRN-1", [CredentialKind.CODE])
    assert sent is not None
    return credentials.code_of(keys_of(session), sent.id)


def _sends_code(session: Session, time: Time, mrn: str = "MRN-1", actor: Actor = SAM) -> str:
    verified(session, mrn, actor=actor, now=time.now, birth_date="1952-07-15", postal_code="67124", phone="5559078526")
    verified(session, mrn, actor=actor, now=time.after(seconds=5), send_code="email")
    return _code(session)


def test_vishing_with_stolen_demographics_changes_nothing_and_mails_only_the_address_on_file(town: Town) -> None:
    everything = (*ANA, "--email", "ana@example.org", "--last-visit", "2026-01-09")
    assert town.checked("MRN-1", *everything).document["level"] == "basic"
    for command in ("issue-temp-login", "disable", "enable"):
        assert town.sam(command, "MRN-1", "--json").error["code"] == "check-too-weak"
    asked = town.sam("update-contact", "MRN-1", "--email", "thief@evil.example", "--json")
    assert (asked.code, asked.error["code"]) == (4, "check-too-weak")
    assert town.sam("send-reset", "MRN-1").code == 0
    (mail,) = town.mails()
    assert "To: ana@example.org" in mail
    assert "evil.example" not in mail
    assert town.signs_in("ana.r", ANA_PASSWORD) == 0


def test_vishing_gets_no_expected_answer_out_of_the_desk(town: Town) -> None:
    wrong = town.sam("verify-identity", "MRN-1", "--birth-date", "1952-07-16", "--json")
    failed = town.sam("verify-identity", "MRN-1", "--postal-code", "99999", "--phone", "5550000000", "--json")
    seen = [wrong, failed, town.sam("verify-identity", "MRN-2", "--birth-date", "1950-01-01")]
    seen += [town.sam("diagnose", "MRN-2", "--json"), town.sam("find", "ana", "--json")]
    seen += [town.rosa("audit", "show", "--json"), town.rosa("list-resets", "--json")]
    said = "".join(ran.out + ran.err for ran in seen)
    for fact in ("1952-07-15", "67124", "9078526", "907-8526", "ana@example.org", "2026-01-09", "1947-01-14", "66533"):
        assert fact not in said
    assert failed.document["outcome"] == "failed"


@pytest.mark.parametrize("ends", ["end-call", "next-call", "silence"])
def test_guess_and_hang_up_is_not_free(town: Town, ends: str) -> None:
    with town.open() as store, store.session() as session:
        time = Time(session)
        for guess in range(3):
            verified(session, "MRN-2", now=time.after(minutes=1), birth_date=f"1947-01-{guess + 15}")
            if ends == "end-call":
                calls.end_call(session, SAM, note="", now=time.after(seconds=5))
            elif ends == "next-call":
                verified(session, "MRN-3", now=time.after(seconds=5), birth_date="1988-03-02")
            else:
                time.after(minutes=16)
        held = verified(session, "MRN-2", now=time.after(minutes=1), **BEN_SAYS)
        assert (held.outcome, held.allows) == (CheckOutcome.HELD, (Action.SECURE_ACCOUNT,))


def test_three_failed_checks_hold_the_patient_whoever_the_staff_members_were(town: Town) -> None:
    with town.open() as store, store.session() as session:
        time = Time(session)
        for clerk in ("sam", "kim", "lee"):
            actor = Actor(clerk, Role.FRONT_DESK, f"S-{clerk}")
            seen = verified(session, "MRN-2", actor=actor, now=time.after(minutes=2), birth_date="1947-01-15",
                            postal_code="1")  # fmt: skip
            assert seen.outcome is CheckOutcome.FAILED
        other = Actor("pat", Role.FRONT_DESK, "S-pat")
        seen = verified(session, "MRN-2", actor=other, now=time.after(minutes=1), **BEN_SAYS)
        assert (seen.outcome, seen.level) == (CheckOutcome.HELD, Level.BASIC)
        with pytest.raises(CheckNeeded) as refused:
            permit(session, Action.RESEND_INVITE, "MRN-2", actor=other, now=time.now)
        assert refused.value.code == "on-hold"
        sam = Actor("sam", Role.FRONT_DESK, "S-sam")
        with pytest.raises(CheckNeeded) as refused:  # and a passed check of before the hold is no way round it
            permit(session, Action.RESEND_INVITE, "MRN-2", actor=sam, now=time.now)
        assert refused.value.code == "check-failed"
        late = verified(session, "MRN-2", actor=other, now=time.after(hours=25), **BEN_SAYS)
        assert late.outcome is CheckOutcome.PASSED


def test_a_passed_check_does_not_outlive_a_hold_that_begins_under_it(town: Town) -> None:
    with town.open() as store, store.session() as session:
        time = Time(session)
        assert verified(session, "MRN-2", now=time.after(minutes=1), **BEN_SAYS).outcome is CheckOutcome.PASSED
        for clerk in ("kim", "lee", "max"):
            actor = Actor(clerk, Role.FRONT_DESK, f"S-{clerk}")
            verified(session, "MRN-2", actor=actor, now=time.after(seconds=5), birth_date="1947-01-15", postal_code="1")
        with pytest.raises(CheckNeeded) as refused:
            permit(session, Action.RESEND_INVITE, "MRN-2", now=time.now)
        assert refused.value.code == "on-hold"


def test_a_failed_check_never_recovers(town: Town) -> None:
    with town.open() as store, store.session() as session:
        time = Time(session)
        failed = verified(session, "MRN-2", now=time.after(minutes=1), birth_date="1947-01-15", postal_code="1")
        again = verified(session, "MRN-2", now=time.after(seconds=5), **BEN_SAYS)
        assert again.check_id != failed.check_id
        with pytest.raises(CheckNeeded) as refused:
            permit(session, Action.RESEND_INVITE, "MRN-2", now=time.now, check_id=failed.check_id)
        assert refused.value.code == "check-failed"
        stored = session.get_one(tables.IdentityCheck, failed.check_id)
        assert (stored.outcome, stored.level) == ("failed", "none")


def test_a_check_is_over_after_15_minutes(town: Town) -> None:
    with town.open() as store, store.session() as session:
        time = Time(session)
        verified(session, "MRN-2", now=time.after(minutes=1), **BEN_SAYS)
        assert permit(session, Action.RESEND_INVITE, "MRN-2", now=time.after(minutes=14, seconds=59)).uses_left == 3
        with pytest.raises(CheckNeeded) as refused:
            permit(session, Action.RESEND_INVITE, "MRN-2", now=time.after(seconds=1))
        assert refused.value.code == "check-expired"


def test_a_check_of_another_staff_member_or_patient_is_no_check(town: Town) -> None:
    with town.open() as store, store.session() as session:
        time = Time(session)
        mine = verified(session, "MRN-2", now=time.after(minutes=1), **BEN_SAYS).check_id
        for actor, mrn in ((ROSA, "MRN-2"), (SAM, "MRN-1"), (ROSA, "MRN-1")):
            for check_id in (None, mine):
                with pytest.raises(CheckNeeded) as refused:
                    permit(session, Action.RESEND_INVITE, mrn, actor=actor, now=time.now, check_id=check_id)
                assert refused.value.code == "check-required"


def test_an_email_by_which_the_patient_was_looked_up_in_this_call_is_no_answer(town: Town) -> None:
    two = ("--birth-date", "1952-07-15", "--postal-code", "67124")
    for lookup in (("find",), ("diagnose",), ("send-reset",), ("verify-identity",)):
        more = ("--birth-date", "1952-07-15") if lookup == ("verify-identity",) else ()
        town.sam(*lookup, "ana@example.org", *more)
        seen = town.sam("verify-identity", "MRN-1", *two, "--email", "ana@example.org", "--json").document
        assert (lookup, seen["level"], seen["outcome"]) == (lookup, "none", "pending")
        assert {m["method"]: m["counts"] for m in seen["methods"]}["email"] is False
        assert town.sam("end-call").code == 0
    seen = town.sam("verify-identity", "MRN-1", *two, "--email", "ana@example.org", "--json").document
    assert seen["level"] == "basic"  # a new call, in which nobody named the email first


def test_an_email_shared_by_two_patients_is_no_answer_after_it_was_typed_to_look_them_up(town: Town) -> None:
    file = town.home.parent / "twin.csv"
    head = "mrn,given_name,family_name,birth_date,sex,phone,email,address,city,postal_code\n"
    file.write_text(head + "MRN-8,Eva,Reyes,1980-05-05,female,,ana@example.org,1 Elm Street,Pratt,67124\n")
    assert town.rosa("import", "patients", str(file)).code == 0
    several = town.sam("verify-identity", "ana@example.org", "--birth-date", "1952-07-15", "--json")
    assert (several.code, several.error["code"]) == (5, "several-patients")
    said = ("--birth-date", "1952-07-15", "--postal-code", "67124", "--email", "ana@example.org")
    assert town.sam("verify-identity", "MRN-1", *said, "--json").document["level"] == "none"


def test_a_staff_member_cannot_act_on_the_own_or_a_linked_record(town: Town) -> None:
    added = town.rosa("staff", "add", "ana", "--role", "front-desk", "--patient", "MRN-1", "--linked", "MRN-2",
                      "--with-token", "--json")  # fmt: skip
    token = added.document["token"]
    for mrn, answers in (("MRN-1", ANA), ("MRN-2", BEN)):
        for args in (("verify-identity", mrn, *answers), ("diagnose", mrn), ("unlock", mrn), ("resend-invite", mrn)):
            ran = town.anyone(*args, "--json", PORTALDESK_TOKEN=token)
            assert (args[0], ran.code, ran.error["code"]) == (args[0], 3, "own-record")


def test_a_staff_member_who_looks_up_a_neighbour_leaves_the_name_and_learns_a_mask(town: Town) -> None:
    found = town.sam("find", "okafor", "--json")
    (seen,) = found.document["patients"]
    assert "Ben" not in found.out
    assert "1947" not in found.out
    assert seen["mrn"] == "MRN-2"
    action, outcome, who, _, told = town.clinic.events()[-1]
    assert (action, outcome, who, told["found"]) == ("find", "done", "sam", ["MRN-2"])


def test_a_staff_member_who_tries_birth_dates_is_refused_at_the_sixth_right_or_wrong(town: Town) -> None:
    for day in range(15, 20):
        assert town.sam("find", "okafor", "--birth-date", f"1947-01-{day}").code == 0
    ran = town.sam("find", "okafor", "--birth-date", "1947-01-14", "--json")
    assert (ran.code, ran.error["code"]) == (6, "too-many")
    with town.open() as store, store.session() as session:
        now = Time(session).after(minutes=50)
        with pytest.raises(StateForbids):
            finding.find(session, SAM, "okafor", birth_date=date(1947, 1, 14), settings=SETTINGS, now=now)
        assert finding.find(session, SAM, "okafor", birth_date=None, settings=SETTINGS, now=now).patients


def test_a_relayed_code_warns_its_reader_and_names_the_words_that_the_desk_must_know(town: Town) -> None:
    town.checked("MRN-1", *ANA)
    sent = town.sam("verify-identity", "MRN-1", "--send-code", "email", "--json").document
    (mail,) = town.mails()
    assert "only if you called us" in " ".join(mail.split())
    assert sent["words"] in mail
    assert town.code() not in str(sent)


def test_a_relayed_code_opens_no_other_check(town: Town) -> None:
    with town.open() as store, store.session() as session:
        time = Time(session)
        code = _sends_code(session, time)
        for actor in (ROSA, Actor("kim", Role.FRONT_DESK, "S-kim")):
            verified(session, "MRN-1", actor=actor, now=time.after(seconds=5), birth_date="1952-07-15",
                     postal_code="67124", phone="5559078526")  # fmt: skip
            with pytest.raises(CheckNeeded) as refused:
                verified(session, "MRN-1", actor=actor, now=time.now, code=code)
            assert refused.value.code == "wrong-code"
        assert verified(session, "MRN-1", now=time.now, code=code).level is Level.STRONG


def test_a_relayed_emailed_code_is_not_enough_to_change_a_contact_or_to_enable(town: Town) -> None:
    with town.open() as store, store.session() as session:
        time = Time(session)
        code = _sends_code(session, time)
        seen = verified(session, "MRN-1", now=time.after(seconds=5), code=code)
        assert seen.level is Level.STRONG
        assert not {Action.UPDATE_CONTACT, Action.ENABLE} & set(seen.allows)
        for action in (Action.UPDATE_CONTACT, Action.ENABLE):
            with pytest.raises(CheckNeeded) as refused:
                permit(session, action, "MRN-1", now=time.now)
            assert refused.value.code == "check-too-weak"


def test_a_phone_is_not_changed_by_a_call_back_to_it_nor_an_email_by_its_own_code(town: Town) -> None:
    with town.open() as store, store.session() as session:
        time = Time(session)
        verified(session, "MRN-1", now=time.after(seconds=5), birth_date="1952-07-15", postal_code="67124",
                 phone="5559078526")  # fmt: skip
        assert verified(session, "MRN-1", now=time.after(seconds=5), callback=True).level is Level.STRONG
        for kind in NOT_BY:
            found: str | None = None
            try:
                permit(session, Action.UPDATE_CONTACT, "MRN-1", now=time.now, not_by=NOT_BY[kind])
            except CheckNeeded as refusal:
                found = refusal.code
            assert found == {"phone": "check-too-weak", "email": None}[kind]
    town.checked("MRN-1", *ANA)
    assert town.sam("verify-identity", "MRN-1", "--callback").code == 0
    asked = town.sam("update-contact", "MRN-1", "--phone", "555 111 2222", "--json")
    assert (asked.code, asked.error["code"]) == (4, "check-too-weak")


def test_a_brute_forced_code_fails_the_check_at_the_fifth_try(town: Town) -> None:
    with town.open() as store, store.session() as session:
        time = Time(session)
        code = _sends_code(session, time)
        wrong = f"{(int(code) + 1) % 10**8:08d}"
        for left in (4, 3, 2, 1, 0):
            seen = verified(session, "MRN-1", now=time.after(seconds=5), code=wrong)
            assert (seen.outcome is CheckOutcome.FAILED) == (left == 0)
        with pytest.raises(CheckNeeded):
            verified(session, "MRN-1", now=time.after(seconds=5), code=code)


def test_codes_are_tried_fifteen_times_a_day_over_all_checks(town: Town) -> None:
    with town.open() as store, store.session() as session:
        time, tried = Time(session), 0
        refusals: set[str] = set()
        for hour in range(8):
            clerk = Actor(f"clerk{hour}", Role.FRONT_DESK, f"S-{hour}")
            time.after(minutes=70)
            try:
                code = _sends_code(session, time, actor=clerk)
                for _ in range(4):
                    verified(session, "MRN-1", actor=clerk, now=time.after(seconds=5), code=f"{int(code) ^ 1:08d}")
                    tried += 1
            except DeskError as refusal:
                refusals.add(refusal.code)
        assert tried == 15
        assert "too-many" in refusals


def test_sends_of_one_check_are_three_and_two_minutes_apart(town: Town) -> None:
    with town.open() as store, store.session() as session:
        time = Time(session)
        verified(session, "MRN-1", now=time.after(minutes=1), birth_date="1952-07-15", postal_code="67124",
                 phone="5559078526")  # fmt: skip

        def send() -> bool:
            return resets.send(
                session, permit(session, Action.SEND_RESET, "MRN-1", now=time.now), settings=SETTINGS, now=time.now
            ).already

        time.after(hours=2)  # what the town's own invitation cost of the hour's three is over
        verified(session, "MRN-1", now=time.now, birth_date="1952-07-15", postal_code="67124", phone="5559078526")
        assert send() is False
        for pause in (1, 118):
            time.after(seconds=pause)
            assert send() is True
        for _ in range(2):
            time.after(seconds=121)
            assert send() is False
        time.after(seconds=121)
        with pytest.raises(CheckNeeded) as refused:
            send()
        assert refused.value.code == "check-spent"


def test_one_check_gives_one_temporary_login(town: Town) -> None:
    town.checked("MRN-1", *ANA, *PHOTO)
    assert town.sam("issue-temp-login", "MRN-1").code == 0
    again = town.sam("issue-temp-login", "MRN-1", "--json")
    assert (again.code, again.error["code"]) == (4, "check-spent")
    with town.open() as store, store.session() as session:
        verified(session, "MRN-1", now=Time(session).after(seconds=1), photo_id="passport", birth_date="1952-07-15")
        now = Time(session).after(seconds=1)
        made = temporary_logins.issue(
            session, permit(session, Action.ISSUE_TEMP_LOGIN, "MRN-1", now=now), settings=SETTINGS, rng=RNG, now=now
        )
        assert made.username == "ana.r"


def test_the_gate_answers_before_the_records_state_does(town: Town) -> None:
    for command in ("resend-invite", "send-reset", "recover-username", "unlock", "issue-temp-login", "enable"):
        never_invited, without_email, active = (town.sam(command, mrn, "--json") for mrn in ("MRN-2", "MRN-3", "MRN-1"))
        assert never_invited.code == without_email.code == active.code == 4
        assert never_invited.err.replace("MRN-2", "") == without_email.err.replace("MRN-3", "")
        assert active.error["code"] == never_invited.error["code"] == "check-required"


def test_another_username_under_a_relayed_code_leads_nowhere_and_is_told_to_the_patient(town: Town) -> None:
    with town.open() as store, store.session() as session:
        time = Time(session)
        code = _sends_code(session, time)
        verified(session, "MRN-1", now=time.after(seconds=5), code=code)
        leave = permit(session, Action.CHANGE_USERNAME, "MRN-1", now=time.now)
        done = usernames.change(session, leave, "thief", now=time.now)
        assert done.notified == ("a…@….org",)
        with pytest.raises(CheckNeeded) as refused:
            permit(session, Action.CHANGE_USERNAME, "MRN-2", now=time.now)
        assert refused.value.code == "check-required"
        session.commit()
    assert town.signs_in("ana.r", ANA_PASSWORD) == 3
    assert town.signs_in("thief", NEW_PASSWORD) == 3
    assert town.signs_in("thief", ANA_PASSWORD) == 0


def test_no_other_username_and_no_list_of_links_for_a_patient_on_hold(town: Town) -> None:
    for _ in range(3):
        town.sam("verify-identity", "MRN-1", "--birth-date", "1950-01-01", "--postal-code", "1")
    held = town.sam("verify-identity", "MRN-1", *ANA, "--json").document
    assert (held["outcome"], held["allows"]) == ("held", ["secure-account"])
    for words in (
        ("change-username", "MRN-1", "--username", "thief"), ("decline", "MRN-1", "--reason", "so"),
        ("credentials", "list", "MRN-1"), ("credentials", "revoke", "MRN-1"),
    ):  # fmt: skip
        assert town.sam(*words, "--json").error["code"] == "on-hold"


def test_an_account_declined_by_somebody_else_is_told_to_them_and_no_mailed_code_brings_it_back(
    town: Town,
) -> None:
    town.checked("MRN-1", *ANA)
    assert town.sam("decline", "MRN-1", "--reason", "wants none").code == 0
    (mail,) = town.mails()
    assert "To: ana@example.org" in mail
    assert "you want no account" in mail
    assert town.signs_in("ana.r", ANA_PASSWORD) == 3
    assert town.sam("enable", "MRN-1", "--json").error["code"] == "check-too-weak"
    assert town.sam("verify-identity", "MRN-1", "--send-code", "email").code == 0
    assert town.sam("verify-identity", "MRN-1", "--code", town.code()).code == 0
    assert town.sam("enable", "MRN-1", "--json").error["code"] == "check-too-weak"
    town.checked("MRN-1", *PHOTO)
    assert town.sam("enable", "MRN-1").code == 0
    assert town.signs_in("ana.r", ANA_PASSWORD) == 0


def test_the_list_of_links_tells_nothing_before_a_check(town: Town) -> None:
    town.anyone("portal", "forgot-password", "ana.r")
    for mrn in ("MRN-1", "MRN-2"):  # a link is out for one of them
        for words in (("list", mrn), ("revoke", mrn), ("revoke", mrn, "--reference", "K7-42")):
            ran = town.sam("credentials", *words, "--json")
            assert (ran.code, ran.out, ran.error["code"]) == (4, "", "check-required")
    town.checked("MRN-1", *ANA)
    assert town.sam("credentials", "list", "MRN-1", "--json").document["credentials"][0]["state"] == "live"

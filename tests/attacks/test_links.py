"""Attacks on links, and on where they go: reused, forwarded, guessed, scanned; and the address itself changed."""

from __future__ import annotations

import pytest
from attackers import (
    ANA,
    ANA_PASSWORD,
    ANA_SAYS,
    BEN,
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
from sqlmodel import Session, select

from portaldesk.errors import CheckNeeded, StateForbids, WrongUsage
from portaldesk.services import (
    calls,
    confirming,
    contacts,
    credentials,
    forgetting,
    invitations,
    redeeming,
    resets,
    securing,
    temporary_logins,
)
from portaldesk.services.approving import approve
from portaldesk.store import tables
from portaldesk.store.seals import keys_of
from portaldesk.words import Action, ContactKind, CredentialKind, Method, Outcome

ANA_IS = ("--birth-date", "1952-07-15", "--postal-code", "67124")


def _reset(town: Town) -> str:
    assert town.anyone("portal", "forgot-password", "ana.r").code == 0
    assert town.rosa("outbox", "send").code == 0
    return town.token()


def _tries(town: Town) -> list[int]:
    return [n for (n,) in town.query("SELECT tries FROM recovery_credential WHERE kind = 'reset' ORDER BY issued_at")]


def test_a_reused_or_replayed_link_is_dead(town: Town) -> None:
    token = _reset(town)
    assert town.redeem(token, *ANA_IS).code == 0
    again = town.redeem(token, *ANA_IS, password="copper meadow lantern 44 fox")
    assert (again.code, again.error["code"]) == (6, "link-dead")
    assert town.signs_in("ana.r", NEW_PASSWORD) == 0


def test_an_older_link_is_dead_and_names_the_newer_and_only_that(town: Town) -> None:
    first = _reset(town)
    second = _reset(town)
    assert first != second
    old = town.redeem(first, *ANA_IS)
    assert (old.code, old.error["code"]) == (6, "link-superseded")
    (reference,) = town.query("SELECT reference FROM recovery_credential WHERE kind = 'reset' AND revoked_at IS NULL")
    assert reference[0] in old.error["hint"]
    assert town.redeem(second, *ANA_IS).code == 0


def test_no_link_begins_like_an_option_of_a_command(town: Town) -> None:
    with town.open() as store, store.session() as session:
        keys = keys_of(session)
        tokens = {credentials.token_of(keys, f"{n:024x}") for n in range(400)}
    assert len(tokens) == 400
    assert not [token for token in tokens if token.startswith("-")]


def test_an_unknown_a_used_and_an_expired_link_are_answered_alike(town: Town) -> None:
    token = _reset(town)
    assert town.redeem(token, *ANA_IS).code == 0
    assert town.redeem("A" * 43, *ANA_IS) == town.redeem(token, *ANA_IS)


def test_a_forwarded_link_opens_nothing_without_the_patients_facts(town: Town) -> None:
    token = _reset(town)
    for facts in (("--birth-date", "1952-07-16", "--postal-code", "67124"),
                  ("--birth-date", "1952-07-15", "--phone", "5550000000"),
                  ("--birth-date", "1952-07-15", "--call-code", "12345678")):  # fmt: skip
        ran = town.redeem(token, *facts)
        assert (ran.code, ran.error["code"]) == (4, "wrong-fact")
    assert town.signs_in("ana.r", ANA_PASSWORD) == 0


def test_a_brute_forced_link_dies_at_the_fifth_try_and_the_account_does_not(town: Town) -> None:
    token = _reset(town)
    for _ in range(5):
        assert town.redeem(token, "--birth-date", "1950-01-01", "--postal-code", "67124").code == 4
    assert town.redeem(token, *ANA_IS).error["code"] == "link-dead"
    assert town.signs_in("ana.r", ANA_PASSWORD) == 0
    assert town.query("SELECT staff, outcome FROM identity_check WHERE ended_why LIKE 'five wrong%'") == [
        (None, "failed")
    ]


def test_an_address_that_got_the_link_is_no_second_fact(town: Town) -> None:
    token = _reset(town)
    with town.open() as store, store.session() as session, pytest.raises(WrongUsage):
        redeeming.redeem(
            session, token, {Method.BIRTH_DATE: "1952-07-15", Method.EMAIL: "ana@example.org"}, call_code=None,
            username=None, password=NEW_PASSWORD, settings=SETTINGS, rng=RNG, now=Time(session).now,
        )  # fmt: skip


def test_a_mail_scanner_that_submits_without_the_facts_costs_nothing(town: Town) -> None:
    token = _reset(town)
    for facts in ((), ("--birth-date", "1952-07-15"), ("--postal-code", "67124"), ("--birth-date", "x")):
        assert town.redeem(token, *facts).code == 2
    assert town.anyone("portal", "redeem", token).code == 2
    assert _tries(town) == [0]
    assert town.redeem(token, *ANA_IS).code == 0


def test_a_mail_scanner_that_follows_a_link_of_another_kind_does_nothing(town: Town) -> None:
    token = _reset(town)
    for command in ("confirm", "object"):
        ran = town.anyone("portal", command, token, "--json")
        assert (ran.code, ran.error["code"]) == (6, "link-dead")
    assert town.anyone("portal", "session", token, "--json").document["signed_in"] is False
    assert town.redeem(token, *ANA_IS).code == 0


def test_an_unread_password_costs_the_link_nothing(town: Town) -> None:
    token = _reset(town)
    weak = town.redeem(token, *ANA_IS, password="short")
    assert (weak.code, weak.error["code"]) == (6, "password-policy")
    assert town.redeem(token, *ANA_IS).code == 0


def test_every_link_dies_with_a_new_password(town: Town) -> None:
    token = _reset(town)
    changed = town.anyone(
        "portal", "change-password", "ana.r", "--password-stdin", input=f"{ANA_PASSWORD}\n{NEW_PASSWORD}\n"
    )
    assert changed.code == 0
    assert town.redeem(token, *ANA_IS).error["code"] == "link-dead"


def test_a_temporary_login_opens_only_choose_a_password_and_asks_the_birth_date(town: Town) -> None:
    town.checked("MRN-1", *ANA, *PHOTO)
    temporary = town.sam("issue-temp-login", "MRN-1", "--json").document["temporary_password"]
    signed = town.anyone("portal", "sign-in", "ana.r", "--password-stdin", "--json", input=f"{temporary}\n")
    assert signed.document["outcome"] == "must-change-password"
    assert signed.document["session"] is None
    lines = f"{temporary}\n{NEW_PASSWORD}\n"

    def change(*more: str) -> int:
        return town.anyone("portal", "change-password", "ana.r", *more, "--password-stdin", input=lines).code

    assert change() == 2
    for _ in range(5):
        assert change("--birth-date", "1950-01-01") == 4
    assert change("--birth-date", "1952-07-15") == 3  # five wrong tries killed it
    assert town.signs_in("ana.r", temporary) == 3


def _asked(session: Session, time: Time, email: str, mrn: str = "MRN-1") -> str:
    said = ANA_SAYS
    verified(session, mrn, now=time.after(minutes=3), photo_id="passport", **said)
    ground = permit(session, Action.UPDATE_CONTACT, mrn, now=time.now)
    return contacts.ask(session, ground, ContactKind.EMAIL, email, settings=SETTINGS, now=time.now).request_id


def _token(session: Session, kind: CredentialKind) -> str:
    found = credentials.newest(session, "MRN-1", [kind])
    assert found is not None
    return credentials.token_of(keys_of(session), found.id)


def _confirmed_and_approved(session: Session, time: Time, email: str) -> str:
    request = _asked(session, time, email)
    confirming.confirm_by_link(session, _token(session, CredentialKind.CONFIRM_LINK), now=time.after(minutes=1))
    approve(session, ROSA, request, reason="seen", now=time.after(minutes=1))
    return request


def test_an_email_change_followed_by_a_reset_is_refused_for_24_hours_at_desk_and_portal(town: Town) -> None:
    with town.open() as store, store.session() as session:
        time = Time(session)
        _confirmed_and_approved(session, time, "thief@evil.example")
        facts = {"birth_date": "1952-07-15", "postal_code": "67124", "phone": "5559078526"}
        calls.end_call(session, SAM, note="", now=time.after(minutes=1))
        for hours in (0, 23):
            time.after(hours=hours)
            verified(session, "MRN-1", now=time.now, **facts)
            assert verified(session, "MRN-1", now=time.now, callback=True).level == "strong"
            with pytest.raises(StateForbids) as refused:
                resets.send(
                    session, permit(session, Action.SEND_RESET, "MRN-1", now=time.now), settings=SETTINGS, now=time.now
                )
            assert refused.value.code == "contact-unconfirmed"
            with pytest.raises(StateForbids) as refused:
                temporary_logins.issue(
                    session, permit(session, Action.ISSUE_TEMP_LOGIN, "MRN-1", now=time.now), settings=SETTINGS,
                    rng=RNG, now=time.now,
                )  # fmt: skip
            assert refused.value.code == "contact-changed"
            forgetting.forgot_password(session, "ana.r", settings=SETTINGS, now=time.now)
        sent = credentials.newest(session, "MRN-1", [CredentialKind.RESET])
        assert sent is None
        told = session.exec(select(tables.OutboxMessage).where(tables.OutboxMessage.kind == "contact-changing")).all()
        assert [m.to_address for m in told] == ["ana@example.org"]


def test_photo_id_seen_in_this_check_is_the_way_round_the_wait(town: Town) -> None:
    with town.open() as store, store.session() as session:
        time = Time(session)
        _confirmed_and_approved(session, time, "new@example.net")
        verified(session, "MRN-1", now=time.after(hours=2), photo_id="passport", birth_date="1952-07-15")
        done = resets.send(
            session, permit(session, Action.SEND_RESET, "MRN-1", now=time.now), settings=SETTINGS, now=time.now
        )
        assert done.effect == Outcome.LINK_SENT


def test_who_objects_in_time_cancels_the_change_and_secures_the_account(town: Town) -> None:
    with town.open() as store, store.session() as session:
        time = Time(session)
        request = _asked(session, time, "thief@evil.example")
        confirming.object_(session, _token(session, CredentialKind.OBJECT), now=time.after(hours=1))
        assert session.get_one(tables.ChangeRequest, request).state == "cancelled"
        assert session.get_one(tables.PortalAccount, "MRN-1").password_hash is None
        with pytest.raises(StateForbids):
            approve(session, ROSA, request, reason="seen", now=time.after(minutes=1))


def test_who_objects_after_the_change_is_in_force_closes_the_new_address_for_links_and_answers(town: Town) -> None:
    with town.open() as store, store.session() as session:
        time = Time(session)
        _confirmed_and_approved(session, time, "thief@evil.example")
        confirming.object_(session, _token(session, CredentialKind.OBJECT), now=time.after(days=2))
        assert session.get_one(tables.PortalAccount, "MRN-1").password_hash is None
        forgetting.forgot_password(session, "ana.r", settings=SETTINGS, now=time.after(hours=1))
        assert credentials.newest(session, "MRN-1", [CredentialKind.RESET]) is None
        said = {"birth_date": "1952-07-15", "postal_code": "67124", "email": "thief@evil.example"}
        seen = verified(session, "MRN-1", now=time.after(minutes=1), **said)
        assert {m.method: m.outcome for m in seen.methods}[Method.EMAIL] == "not-on-file"
        with pytest.raises(StateForbids):  # and nobody objects twice
            confirming.object_(session, _token(session, CredentialKind.OBJECT), now=time.after(hours=1))


def test_an_account_that_is_secured_keeps_no_request_of_who_got_in(town: Town) -> None:
    with town.open() as store, store.session() as session:
        time = Time(session)
        request = _asked(session, time, "thief@evil.example")
        link = _token(session, CredentialKind.CONFIRM_LINK)
        verified(session, "MRN-1", now=time.after(minutes=1), **ANA_SAYS)
        securing.secure(session, permit(session, Action.SECURE_ACCOUNT, "MRN-1", now=time.now), now=time.now)
        assert session.get_one(tables.ChangeRequest, request).state == "cancelled"
        with pytest.raises(StateForbids) as refused:
            confirming.confirm_by_link(session, link, now=time.after(minutes=1))
        assert refused.value.code == "link-dead"
        with pytest.raises(StateForbids) as refused:
            approve(session, ROSA, request, reason="seen", now=time.after(minutes=1))
        assert refused.value.code == "request-closed"


def test_a_typing_slip_in_the_new_address_gives_the_stranger_nothing(town: Town) -> None:
    town.checked("MRN-1", *ANA, *PHOTO)
    slip = town.sam("update-contact", "MRN-1", "--email", "anna@example.org", "--json").document
    stranger = next(mail for mail in town.mails() if "To: anna@example.org" in mail)
    for fact in ("Ana", "Reyes", "MRN-1", "ana.r", "1952"):
        assert fact not in stranger.replace("anna@example.org", "")
    code = town.code()
    link = next(iter(_links(stranger)))
    right = town.sam("update-contact", "MRN-1", "--email", "ana.reyes@example.org", "--json").document
    assert right["request_id"] != slip["request_id"]
    assert town.sam("confirm", slip["request_id"], "--code", code).code == 6
    assert town.anyone("portal", "confirm", link).code == 6
    assert town.sam("confirm", right["request_id"], "--code", code).code == 4
    assert town.query("SELECT email FROM portal_account WHERE mrn = 'MRN-1'") == [("ana@example.org",)]


def _links(mail: str) -> list[str]:
    import re

    return re.findall(r"/(?:redeem|confirm|object)/([A-Za-z0-9_-]{43})", mail)


def test_a_stranger_who_answers_a_mistyped_address_still_needs_an_admin_and_then_the_patients_facts(town: Town) -> None:
    with town.open() as store, store.session() as session:
        time = Time(session)
        request = _asked(session, time, "anna@example.org")
        confirming.confirm_by_link(session, _token(session, CredentialKind.CONFIRM_LINK), now=time.after(minutes=1))
        assert session.get_one(tables.PortalAccount, "MRN-1").email == "ana@example.org"
        approve(session, ROSA, request, reason="seen", now=time.after(minutes=1))
        time.after(hours=25)
        forgetting.forgot_password(session, "ana.r", settings=SETTINGS, now=time.now)
        with pytest.raises(CheckNeeded):
            redeeming.redeem(
                session, _token(session, CredentialKind.RESET),
                {Method.BIRTH_DATE: "1952-07-15", Method.POSTAL_CODE: "99999"}, call_code=None, username=None,
                password=NEW_PASSWORD, settings=SETTINGS, rng=RNG, now=time.after(minutes=1),
            )  # fmt: skip


def test_a_brute_forced_confirmation_code_dies_at_the_fifth_try(town: Town) -> None:
    with town.open() as store, store.session() as session:
        time = Time(session)
        request = _asked(session, time, "new@example.net")
        for _ in range(5):
            with pytest.raises(CheckNeeded):
                confirming.confirm(session, ROSA, request, code="00000000", callback=False, now=time.after(seconds=1))
        sent = credentials.newest(session, "MRN-1", [CredentialKind.CONFIRM])
        assert sent is not None
        code = credentials.code_of(keys_of(session), sent.id)
        with pytest.raises(CheckNeeded):
            confirming.confirm(session, ROSA, request, code=code, callback=False, now=time.after(seconds=1))


def test_an_invitation_waits_for_nobody_but_the_patient(town: Town) -> None:
    town.checked("MRN-2", *BEN)
    assert town.sam("resend-invite", "MRN-2").code == 0
    token = town.token()
    assert town.redeem(token, *ANA_IS).code == 4  # another patient's facts
    with town.open() as store, store.session() as session:
        time = Time(session)
        with pytest.raises(StateForbids) as refused:  # a day later it is dead
            redeeming.redeem(
                session, token, {Method.BIRTH_DATE: "1947-01-14", Method.POSTAL_CODE: "66533"}, call_code=None,
                username=None, password=NEW_PASSWORD, settings=SETTINGS, rng=RNG, now=time.after(hours=24),
            )  # fmt: skip
        assert refused.value.code == "link-dead"
        verified(session, "MRN-2", now=time.after(seconds=1), birth_date="1947-01-14", postal_code="66533",
                 phone="5552147733")  # fmt: skip
        done = invitations.resend(
            session, permit(session, Action.RESEND_INVITE, "MRN-2", now=time.now), settings=SETTINGS, now=time.now
        )
        assert done.effect == Outcome.LINK_SENT

"""What a mail that came back, or was refused, says of the address it went to."""

from __future__ import annotations

import pytest

from portaldesk.rules import bounces, smtp_replies
from portaldesk.rules.bounces import Verdict

NO_MAILBOX = ("5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.0", "5.2.1")
OTHER_REASONS = ("5.1.7", "5.1.8", "5.2.2", "5.2.3", "5.4.4", "5.7.1", "4.2.2", "5.0.0")


@pytest.mark.parametrize("status", NO_MAILBOX)
def test_a_mailbox_that_is_not_there_is_a_bad_address_in_a_report_and_in_an_answer(status: str) -> None:
    assert bounces.verdict("failed", status) is Verdict.BAD_ADDRESS
    for to_recipient in (True, False):
        assert smtp_replies.is_about_the_mailbox(550, status, to_recipient=to_recipient)
        assert smtp_replies.is_about_the_mailbox(500, status, to_recipient=to_recipient)


@pytest.mark.parametrize("status", OTHER_REASONS)
def test_a_full_mailbox_or_a_policy_is_no_bad_address(status: str) -> None:
    assert bounces.verdict("failed", status) is Verdict.FAILED
    assert not smtp_replies.is_about_the_mailbox(550, status, to_recipient=True)


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded", ""])
def test_what_has_not_failed_says_nothing_of_the_address(action: str) -> None:
    assert bounces.verdict(action, "5.1.1") is Verdict.PASSING


@pytest.mark.parametrize(
    "text", ["", "5.1", "5.1.1 no such user", " 5.1.1", "9.1.1", "5.1.1111", "see http://x", "5.1.1\n"]
)
def test_what_is_no_status_is_not_kept_for_a_stranger_may_have_written_it(text: str) -> None:
    assert bounces.read_status(text) == ""
    assert bounces.verdict("failed", text) is Verdict.FAILED


def test_a_status_is_kept_as_it_stands() -> None:
    assert [bounces.read_status(text) for text in ("5.1.1", "4.2.2", "2.0.0", "5.1.10")] == [
        "5.1.1", "4.2.2", "2.0.0", "5.1.10",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "bad"), [(550, True), (551, True), (553, True), (552, False), (554, False), (450, False)]
)
def test_without_a_status_only_the_answer_to_the_recipient_counts(code: int, bad: bool) -> None:
    assert smtp_replies.is_about_the_mailbox(code, "", to_recipient=True) is bad
    assert not smtp_replies.is_about_the_mailbox(code, "", to_recipient=False)


def test_a_passing_refusal_is_none_of_the_address_whatever_its_status_says() -> None:
    assert not smtp_replies.is_about_the_mailbox(499, "5.1.1", to_recipient=True)

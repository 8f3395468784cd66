"""An email address is read without looking anything up, and compared as people mean it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portaldesk.errors import WrongUsage
from portaldesk.rules import emails


@pytest.mark.parametrize(
    "said", ["donya@example.org", "a.b+c@clinic.example", "o'neill@mail.example.com", "ana@clinic.test", "é@bücher.de"]
)
def test_an_address_is_read_as_it_stands(said: str) -> None:
    assert emails.read_email(said) == said


def test_an_address_may_have_254_characters() -> None:
    longest = f"{'X' * 64}@{'.'.join(['b' * 62] * 2)}.{'c' * 59}.org"
    assert len(longest) == emails.LONGEST
    assert emails.read_email(longest) == longest


@pytest.mark.parametrize(
    ("value", "key"),
    [("Not an ADDRESS", "not an address"), (" ana@\x00", "ana@\ufffd"), ("a\ud800b", "a\ufffdb"), ("a\nb", "a\ufffdb")],
)
def test_what_is_on_file_and_no_address_is_compared_as_it_stands(value: str, key: str) -> None:
    assert emails.key(value) == key


def test_spaces_around_and_the_domains_case_are_forgiven() -> None:
    assert emails.read_email("  Donya@EXAMPLE.org ") == "Donya@example.org"


@pytest.mark.parametrize(
    "said",
    [
        "",
        "donya",
        "donya@",
        "@example.org",
        "donya@localhost",
        "donya@test",
        "a b@example.org",
        "donya@example.org\r\nBcc: x@example.org",
        "donya@example.org\n",
        "do\x00nya@example.org",
        "do\u200bnya@example.org",
        "do\u202enya@example.org",
        "a\u00a0b@example.org",
        '"a b"@example.org',
        "Donya <donya@example.org>",
        "a@example.org,b@example.org",
        "a@[127.0.0.1]",
        "\ud800@example.org",
        "a" * 60 + "@" + ("b" * 60 + ".") * 4 + "org",
        "a" * 10_000 + "@example.org",
    ],
)
def test_what_is_no_address_is_unreadable_and_not_repeated(said: str) -> None:
    with pytest.raises(WrongUsage) as caught:
        emails.read_email(said)
    assert caught.value.code == "unreadable"
    assert not said or said not in caught.value.message + caught.value.hint


def test_nothing_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(*_: object, **__: object) -> None:
        raise AssertionError("a name server was asked")

    monkeypatch.setattr("dns.resolver.Resolver.resolve", asked)
    assert emails.read_email("donya@clinic-of-nowhere.org") == "donya@clinic-of-nowhere.org"


def test_a_key_is_in_small_letters_and_its_domain_as_name_servers_know_it() -> None:
    assert emails.key("Ana@BÜCHER.de") == "ana@xn--bcher-kva.de"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Donya.Yundt@Example.ORG", "donya.yundt@example.org"),
        ("ana@bücher.de", "ANA@xn--bcher-kva.de"),
        ("jose\u0301@example.org", "José@example.org"),
    ],
)
def test_two_spellings_of_one_address_have_one_key(one: str, other: str) -> None:
    assert emails.key(one) == emails.key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("ana@example.org", "ana@example.com"), ("a.na@example.org", "ana@example.org"), ("é@x.org", "e@x.org")],
)
def test_two_addresses_have_two_keys(one: str, other: str) -> None:
    assert emails.key(one) != emails.key(other)


any_text = st.text(st.characters(exclude_categories=()))
address_like = st.text("aB.@é-ßİ\u0301 1\x00\u200b", max_size=20)


@settings(deadline=None)  # the first call loads a library
@given(st.one_of(any_text, st.emails(), address_like))
def test_any_text_is_unreadable_or_an_address_with_a_steady_key(said: str) -> None:
    key = emails.key(said)
    assert emails.key(key) == key
    assert "\x00" not in key
    assert key.encode("utf-8").decode() == key
    try:
        address = emails.read_email(said)
    except WrongUsage as refusal:
        if refusal.code != "unreadable":
            raise
    else:
        assert emails.read_email(address) == address
        assert address.isprintable()
        assert " " not in address
        assert emails.key(address) == key


def test_two_mails_end_in_one_mailbox_only_where_a_server_says_so() -> None:
    assert emails.mailbox("Ana@Example.ORG") == emails.mailbox("ana@example.org") == "ana@example.org"
    assert emails.mailbox("jose\u0301@example.org") == emails.mailbox("jos\u00e9@example.org")
    assert emails.mailbox("strauß@example.org") != emails.mailbox("strauss@example.org")

"""What a clinic may decide: every value read, none beyond its cap, and no address a link could be stolen by."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portaldesk.errors import WrongUsage
from portaldesk.settings import CAPS, ClinicSettings, is_loopback, read_setting, read_sms_secret


def refused(key: str, text: str) -> WrongUsage:
    with pytest.raises(WrongUsage) as found:
        read_setting(key, text)
    assert found.value.code == "bad-setting"
    return found.value


def test_the_defaults_are_the_designs() -> None:
    settings = ClinicSettings()
    assert settings.password_policy == "nist-800-63b-4"
    assert (settings.invitation_life_hours, settings.reset_life_minutes, settings.unlock_life_minutes) == (24, 60, 60)
    assert (settings.code_life_minutes, settings.check_life_minutes, settings.temp_login_life_minutes) == (10, 15, 60)
    assert (settings.session_idle_minutes, settings.session_life_hours, settings.token_life_days) == (15, 8, 90)
    assert (settings.portal_url, settings.locale, settings.smtp_url) == ("http://localhost:8000", "en_US", "")


def test_every_number_has_a_cap_with_its_source_and_no_default_is_beyond_it() -> None:
    numbers = {one.name for one in fields(ClinicSettings) if one.type in (int, "int")}
    assert numbers == set(CAPS)
    for key, cap in CAPS.items():
        assert 1 <= getattr(ClinicSettings(), key) <= cap.most, key
        assert cap.source, key


@given(st.sampled_from(sorted(CAPS)), st.integers(-(10**9), 10**9))
def test_a_number_is_read_up_to_its_cap_and_beyond_it_the_source_is_named(key: str, number: int) -> None:
    if 1 <= number <= CAPS[key].most:
        assert read_setting(key, f" {number} ") == number
    else:
        error = refused(key, str(number))
        if number > CAPS[key].most:
            assert CAPS[key].source in error.message + error.hint


@given(st.sampled_from(sorted(CAPS)), st.text(max_size=12))
def test_what_is_no_number_is_refused_or_read_as_one_never_a_fault(key: str, text: str) -> None:
    try:
        value = read_setting(key, text)
    except WrongUsage:
        return
    assert isinstance(value, int)
    assert 1 <= value <= CAPS[key].most


@pytest.mark.parametrize("key", ["portal", "outage", "PORTAL_URL", "", "smtp_password"])
def test_an_unknown_setting_is_refused(key: str) -> None:
    refused(key, "x")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("https://portal.example.org/", "https://portal.example.org"),
        ("https://portal.example.org/base", "https://portal.example.org/base"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://127.0.0.1:9", "http://127.0.0.1:9"),
    ],
)
def test_the_portal_is_https_or_this_machine(text: str, kept: str) -> None:
    assert read_setting("portal_url", text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "http://portal.example.org", "portal.example.org", "ftp://portal.example.org", "https://", "",
        "https://a b.org", "https://portal.example.org/?to=evil", "https://portal.example.org/#x", "https://user@portal.example.org",
        "https://portal.example.org:notaport", "http://localhost.evil.example", "javascript:alert(1)",
    ],
)  # fmt: skip
def test_an_address_that_could_take_a_link_elsewhere_is_refused(text: str) -> None:
    refused("portal_url", text)


@pytest.mark.parametrize(
    "text",
    ["", "smtp://desk@mail.example.org:587", "smtp://mail.example.org:465?tls=tls", "smtp://localhost:25?tls=none"],
)
def test_a_mail_server_is_named_without_a_password(text: str) -> None:
    assert read_setting("smtp_url", text) == text


@pytest.mark.parametrize(
    "text",
    [
        "smtp://desk:secret@mail.example.org", "smtp://mail.example.org?tls=none", "smtp://mail.example.org?tls=maybe",
        "http://mail.example.org", "mail.example.org", "smtp://", "smtp://mail.example.org?tls=none&tls=starttls",
        "smtp://mail.example.org?%74ls=none",
    ],
)  # fmt: skip
def test_a_mail_server_with_a_password_or_without_encryption_is_refused(text: str) -> None:
    error = refused("smtp_url", text)
    assert "secret" not in error.message.replace("secret store", "")


def test_a_gateway_is_https() -> None:
    assert read_setting("sms_url", "https://sms.example.org/send") == "https://sms.example.org/send"
    assert read_setting("sms_url", "") == ""
    assert read_setting("sms_url", "http://127.0.0.1:8080/send")
    for text in ("http://sms.example.org/send", "https://desk:hunter2@sms.example.org/", "https:///send", "sms.org"):
        assert "hunter2" not in refused("sms_url", text).message


def test_the_secret_of_a_gateway_is_24_to_64_bytes_in_base64() -> None:
    assert read_sms_secret("whsec_" + "QUJD" * 8) == read_sms_secret(" " + "QUJD" * 8) == b"ABC" * 8
    for text in ("hunter2", "QUJD" * 7, "QUJD" * 22, "é" * 40):
        with pytest.raises(WrongUsage) as refusal:
            read_sms_secret(text)
        assert text not in refusal.value.message + refusal.value.hint


def test_a_locale_names_a_country_for_phones_are_read_by_it() -> None:
    assert read_setting("locale", "es-US") == "es_US"
    for text in ("es", "xx_XX", "nonsense", ""):
        refused("locale", text)


def test_a_policy_is_one_of_the_presets() -> None:
    assert read_setting("password_policy", "portal") == "portal"
    refused("password_policy", "none")


@pytest.mark.parametrize("text", ["two\nlines", "nul\0", "bell\x07", "x" * 501])
def test_a_name_is_one_line_that_can_be_shown_and_mailed(text: str) -> None:
    refused("clinic_name", text)
    assert read_setting("clinic_name", " Elm Street Clinic ") == "Elm Street Clinic"


@given(st.dictionaries(st.sampled_from([one.name for one in fields(ClinicSettings)]), st.just("kept"), max_size=4))
def test_stored_values_stand_over_the_defaults_and_keys_of_another_version_are_passed_over(
    values: dict[str, str],
) -> None:
    settings = ClinicSettings.from_values({**values, "of_another_version": 1})
    for one in fields(ClinicSettings):
        assert getattr(settings, one.name) == values.get(one.name, one.default)


@pytest.mark.parametrize(("host", "ours"), [("localhost", True), ("127.8.8.8", True), ("::1", True),
                                            ("10.0.0.1", False), ("localhost.example.org", False)])  # fmt: skip
def test_this_machine_is_told_from_others(host: str, ours: bool) -> None:
    assert is_loopback(host) is ours

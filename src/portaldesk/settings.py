"""What a clinic may decide, each value with its default, its cap and the source of the cap.

The values live in the store's one sealed settings row (services/clinic.py); this file only knows what they mean.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from ipaddress import ip_address
from urllib.parse import parse_qsl, urlsplit

from portaldesk.errors import WrongUsage

POLICIES = ("nist-800-63b-4", "portal")
SECOND_FACTOR = ("auto", "off", "admins", "all")
"""Of whom a code of an authenticator app is asked. `auto`: of admins, once one of them has enrolled."""


@dataclass(frozen=True, slots=True)
class ClinicSettings:
    """The settings in force. Lives are in the unit that the name says."""

    portal_url: str = "http://localhost:8000"
    smtp_url: str = ""
    sms_url: str = ""
    clinic_name: str = "Your clinic"
    clinic_phone: str = ""
    clinic_hours: str = ""
    locale: str = "en_US"
    time_zone: str = "UTC"
    password_policy: str = "nist-800-63b-4"
    staff_second_factor: str = "auto"
    outage: str = ""
    invitation_life_hours: int = 24
    letter_life_days: int = 21
    letter_life_abroad_days: int = 30
    reset_life_minutes: int = 60
    unlock_life_minutes: int = 60
    temp_login_life_minutes: int = 60
    code_life_minutes: int = 10
    check_life_minutes: int = 15
    session_idle_minutes: int = 15
    session_life_hours: int = 8
    token_life_days: int = 90
    helped_from_years: int = 12
    proxies_closed_from_years: int = 18

    @classmethod
    def from_values(cls, values: Mapping[str, object]) -> ClinicSettings:
        """The stored values over the defaults; keys of another version are passed over."""
        known = {f.name for f in fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in known})  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Cap:
    """The longest life a setting may be given, and who says so."""

    most: int
    source: str


CAPS: Mapping[str, Cap] = {
    "invitation_life_hours": Cap(168, "design §4; NIST SP 800-63A-4 §3.8 says 24 hours"),
    "letter_life_days": Cap(21, "NIST SP 800-63A-4 §3.8: 21 days by post"),
    "letter_life_abroad_days": Cap(30, "NIST SP 800-63A-4 §3.8: 30 days by post from afar"),
    "reset_life_minutes": Cap(1440, "design §4: 24 hours"),
    "unlock_life_minutes": Cap(1440, "design §4: 24 hours"),
    "temp_login_life_minutes": Cap(1440, "design §4: 24 hours"),
    "code_life_minutes": Cap(10, "OWASP ASVS 5.0 6.5.5: 10 minutes"),
    "check_life_minutes": Cap(15, "design §3.3: a check belongs to one call"),
    "session_idle_minutes": Cap(60, "design: 60 minutes; NIST SP 800-63B-4 §2.2.3"),
    "session_life_hours": Cap(24, "NIST SP 800-63B-4 §2.2.3: 24 hours"),
    "token_life_days": Cap(90, "contract: tokens live 90 days at most"),
    "helped_from_years": Cap(18, "design §3.10: who is younger is helped only through a proxy or representative"),
    "proxies_closed_from_years": Cap(18, "design §3.10: from this age on proxies are shut out; 18 shuts out none"),
}


def read_setting(key: str, text: str) -> str | int:
    """The value of one setting as typed by an admin.

    Raises: WrongUsage `bad-setting` for an unknown key, an unreadable value, or one beyond its cap (with the source).
    """
    if key not in {f.name for f in fields(ClinicSettings)} or key == "outage":
        raise WrongUsage("bad-setting", "There is no such setting.", "See all of them with: portaldesk settings show")
    if key in CAPS:
        return _read_number(key, text)
    text = text.strip()
    if len(text) > 500 or any(ord(c) < 32 or ord(c) == 127 for c in text):
        raise WrongUsage("bad-setting", f"{key} must be one line of at most 500 characters.", "Shorten it.")
    return _READERS.get(key, str)(text)


def _read_number(key: str, text: str) -> int:
    cap = CAPS[key]
    if not text.strip().isascii() or not text.strip().isdigit() or int(text.strip()[:9]) < 1:
        raise WrongUsage("bad-setting", f"{key} must be a whole number of at least 1.", f"At most {cap.most}.")
    if int(text.strip()[:9]) > cap.most:
        raise WrongUsage("bad-setting", f"{key} cannot be longer than {cap.most} ({cap.source}).", "Choose less.")
    return int(text.strip())


def _read_portal_url(text: str) -> str:
    parts = _split(text, "portal_url")
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise WrongUsage(
            "bad-setting",
            "portal_url must be an https address without a query.",
            "Like https://portal.example.org",
        )
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise WrongUsage(
            "bad-setting", "portal_url must begin with https.", "http is only for an address of this machine."
        )
    return text.rstrip("/")


def _read_smtp_url(text: str) -> str:
    if not text:
        return ""
    parts = _split(text, "smtp_url")
    tls = read_tls(parts.query)
    if parts.scheme != "smtp" or not parts.hostname or parts.password is not None:
        raise WrongUsage(
            "bad-setting",
            "smtp_url must look like smtp://user@host:587?tls=starttls, without a password.",
            "The password is kept in the secret store and asked for on its own.",
        )
    if tls is None:
        raise WrongUsage("bad-setting", "smtp_url: tls must be starttls, tls or none.", "Use tls=starttls.")
    if tls == "none" and not is_loopback(parts.hostname):
        raise WrongUsage("bad-setting", "smtp_url: tls=none is only for this machine itself.", "Use tls=starttls.")
    return text


def read_tls(query: str) -> str | None:
    """What the query of an smtp_url says of TLS (it says nothing else), or None where it can be read in two ways.

    What judges the setting and what connects by it must read it alike.
    """
    said = parse_qsl(query, keep_blank_values=True)
    tls = said[0][1] if said else "starttls"
    known = tls in ("starttls", "tls", "none") and [name for name, _ in said] in ([], ["tls"])
    return tls if known else None


def _read_sms_url(text: str) -> str:
    if not text:
        return ""
    parts = _split(text, "sms_url")
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.fragment or not text.isascii():
        raise WrongUsage("bad-setting", "sms_url must be an https address.", "Like https://sms.example.org/send")
    if "@" in parts.netloc:
        raise WrongUsage(
            "bad-setting", "sms_url must hold no user or password.", "Texts are signed instead: see sms_secret."
        )
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise WrongUsage("bad-setting", "sms_url must begin with https.", "http is only for this machine itself.")
    return text


def read_sms_secret(text: str) -> bytes:
    """The key that texts are signed with, from base64, with or without the `whsec_` of Standard Webhooks.

    That asks for 24 to 64 random bytes. Raises: WrongUsage `bad-setting`.
    """
    try:
        key = base64.b64decode(text.strip().removeprefix("whsec_"), validate=True)
    except ValueError:
        key = b""
    if not 24 <= len(key) <= 64:
        raise WrongUsage(
            "bad-setting",
            "sms_secret must be 24 to 64 random bytes in base64.",
            "Take the gateway's, or make one for both: openssl rand -base64 32",
        )
    return key


def _read_policy(text: str) -> str:
    if text not in POLICIES:
        raise WrongUsage("bad-setting", f"password_policy must be one of {', '.join(POLICIES)}.", "See: policy show")
    return text


def _read_second_factor(text: str) -> str:
    if text not in SECOND_FACTOR:
        raise WrongUsage(
            "bad-setting",
            f"staff_second_factor must be one of {', '.join(SECOND_FACTOR)}.",
            "auto asks admins, once one of them has enrolled.",
        )
    return text


def _read_locale(text: str) -> str:
    from babel import Locale, UnknownLocaleError

    try:
        read = Locale.parse(text.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        raise WrongUsage("bad-setting", "locale is not one that is known.", "Like en_US, es_US or en_GB.") from None
    if not read.territory:
        raise WrongUsage("bad-setting", "locale must name a country: phones are read by it.", "Like en_US.")
    return str(read)


def _read_time_zone(text: str) -> str:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise WrongUsage(
            "bad-setting",
            "time_zone is not a time zone that is known.",
            "Use a name of the IANA list, like America/New_York.",
        ) from None


def _split(text: str, key: str):  # type: ignore[no-untyped-def]  # urllib's result type is private
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise WrongUsage("bad-setting", f"{key} is not an address.", "Check it for typing slips.") from None
    if any(c.isspace() for c in text):
        raise WrongUsage("bad-setting", f"{key} must not hold spaces.", "Check it for typing slips.")
    return parts


def is_loopback(host: str) -> bool:
    """Whether this host name is this machine itself."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.casefold() == "localhost"


SECRET_SETTINGS: Mapping[str, Callable[[str], object]] = {"smtp_password": str, "sms_secret": read_sms_secret}
"""What `settings set` takes as well, each with its reader: kept in the secret store, named there with dashes."""
_READERS: Mapping[str, Callable[[str], str]] = {
    "portal_url": _read_portal_url,
    "smtp_url": _read_smtp_url,
    "sms_url": _read_sms_url,
    "password_policy": _read_policy,
    "staff_second_factor": _read_second_factor,
    "locale": _read_locale,
    "time_zone": _read_time_zone,
}

"""A letter in its envelope: the headers of one mail, safe whatever a name or an address holds."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from ipaddress import ip_address
from urllib.parse import urlsplit

from portaldesk.mail.stationery import Letter
from portaldesk.mail.transport import Refused
from portaldesk.settings import ClinicSettings


def envelope(
    letter: Letter, *, to: str, message_id: str, created_at: datetime, settings: ClinicSettings, now: datetime
) -> EmailMessage:
    """The mail for one address.

    Message-ID is made of the outbox row's creation (UTC) and id (cut, to stay on one line), so that a mail sent again
    after a crash is known as the same. `Auto-Submitted` keeps answering machines from answering (RFC 3834 §5). To holds
    the address alone: a name there would tell every mail server on the way who is a patient.

    Raises: Refused (permanent) for an address that cannot stand in a header.
    """
    host = mail_host(settings)
    mail = EmailMessage(policy=SMTP)
    mail["Date"] = now.astimezone(UTC)
    mail["Message-ID"] = f"<{created_at.astimezone(UTC):%Y%m%dT%H%M%S%fZ}.{message_id[:12]}@{host}>"
    mail["From"] = Address(_one_line(settings.clinic_name), "no-reply", host)
    mail["To"] = _recipient(to)
    mail["Subject"] = _one_line(letter.subject)
    mail["Auto-Submitted"] = "auto-generated"
    # 7bit keeps a long link on one line for whoever reads the raw mail; a name outside ASCII needs quoted-printable,
    # for a server need not offer 8BITMIME
    mail.set_content(letter.text, charset="utf-8", cte="7bit" if letter.text.isascii() else "quoted-printable")
    return mail


def mail_host(settings: ClinicSettings) -> str:
    """The portal's host as it stands in addresses: ASCII, an IP address in brackets (RFC 5321 §4.1.3)."""
    host = urlsplit(settings.portal_url).hostname or "localhost"
    try:
        ip = ip_address(host)
    except ValueError:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    return f"[IPv6:{ip}]" if ip.version == 6 else f"[{ip}]"


def _recipient(to: str) -> Address:
    """The address, its domain in ASCII, so that only a local part outside ASCII needs SMTPUTF8 (RFC 6531)."""
    local, at, domain = to.rpartition("@")
    if not (local and at and domain) or any(unicodedata.category(c)[0] in "CZ" for c in to):
        raise Refused(True, "the address cannot be written in a mail")
    if not domain.isascii():
        from email_validator import EmailNotValidError, validate_email

        try:
            domain = validate_email(f"x@{domain}", check_deliverability=False, test_environment=True).ascii_domain or ""
        except EmailNotValidError:
            raise Refused(True, "the address cannot be written in a mail") from None
    try:
        return Address(username=local, domain=domain)
    except (ValueError, MessageError):
        raise Refused(True, "the address cannot be written in a mail") from None


def _one_line(text: str) -> str:
    kept = "".join(c if unicodedata.category(c)[0] not in ("C", "Z") else " " for c in text)
    return " ".join(kept.split())

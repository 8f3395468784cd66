"""Mail by SMTP: the connection is private or there is none, and it never takes longer than it was given.

TLS is as the clinic set it, with certificates checked; a server that offers less is not spoken to (RFC 8314 §4.1).
A deadline covers the whole of a delivery (deadlines.py).
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from portaldesk.mail.deadlines import Deadline
from portaldesk.mail.smtp_connection import Connection, Ended
from portaldesk.mail.transport import CutOff, Refused, Unreachable
from portaldesk.rules import smtp_replies
from portaldesk.settings import read_tls

_PORTS = {"starttls": 587, "tls": 465, "none": 25}  # RFC 6409 §3.1, RFC 8314 §3.3, RFC 5321
_ENHANCED = re.compile(rb"[245]\.\d{1,3}\.\d{1,3}\b")  # RFC 3463 §2


class SmtpTransport:
    """One connection for many mails, opened at the first, opened again where the server hung up.

    Args:
        url: as the setting `smtp_url`: `smtp://user@host:587?tls=starttls|tls|none`.
        password: asked for only when the connection is made and the URL names a user.
        helo: the name we greet with; asking the resolver for our own could hang.
        context: other certificates than the machine's own, for tests.
    """

    kind = "smtp"

    def __init__(
        self,
        url: str,
        *,
        password: Callable[[], str | None],
        helo: str = "localhost",
        context: ssl.SSLContext | None = None,
    ) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        if parts.scheme != "smtp" or not self._host:
            raise ValueError("not an smtp_url")
        self._tls = read_tls(parts.query) or "starttls"  # of an older store that took what has two readings
        self._port = parts.port or _PORTS[self._tls]
        self._user = unquote(parts.username or "")
        self._password = password
        self._helo = helo
        self._context = context
        self._open: Connection | None = None
        self._announces = True

    def deliver(self, message: EmailMessage, *, within_seconds: float, then: EmailMessage | None = None) -> None:
        """Send one mail, or raise before the time is up; `then` is announced with its end, where the server lets us.

        Raises: Unreachable; CutOff where that came after the server knew whom this mail is for; Refused, permanent
            where the server said 5xx to this recipient or mail, or does not offer SMTPUTF8 (RFC 6531) to an address
            that needs it.
        """
        deadline = Deadline(within_seconds)
        try:
            self._send(message, then, deadline)
        except smtplib.SMTPRecipientsRefused as failure:
            ((code, said),) = failure.recipients.values()
            raise _refused("the server refused the recipient", code, said, to_recipient=True) from None
        except smtplib.SMTPDataError as failure:
            raise _refused("the server refused the mail", failure.smtp_code, failure.smtp_error) from None
        except smtplib.SMTPNotSupportedError:
            raise Refused(True, "the server does not take addresses outside ASCII (no SMTPUTF8)") from None
        except (OSError, smtplib.SMTPException, UnicodeError) as failure:
            cut = self._open is not None and self._open.in_hand
            self.close()
            reason = _late(within_seconds) if deadline.passed else _reason(failure)
            raise (CutOff if cut else Unreachable)(reason) from None
        finally:
            deadline.end()

    def _send(self, message: EmailMessage, then: EmailMessage | None, deadline: Deadline) -> None:
        """Over the open connection; over a new one where the server has hung up since the last mail, takes no more over
        this one, or has been told of another mail than this."""
        if self._open is not None and not self._open.is_ready_for(message):
            self.close()
        used = self._open is not None
        connection = self._ready(deadline)
        try:
            connection.hand_over(message, then if self._announces else None)
        except (smtplib.SMTPServerDisconnected, smtplib.SMTPSenderRefused, smtplib.SMTPRecipientsRefused) as failure:
            if isinstance(failure, Ended) and failure.code != 421:
                self._announces = False
            is_over = connection.sock is None or isinstance(failure, smtplib.SMTPSenderRefused)
            if not used or not is_over or connection.in_data or deadline.passed:
                raise
            self.close()
            self._ready(deadline).hand_over(message, then if self._announces else None)

    def look(self, *, within_seconds: float) -> None:
        """Connect as for a mail, with TLS and the sign-in, and send none.

        Raises: Unreachable.
        """
        deadline = Deadline(within_seconds)
        try:
            self._ready(deadline)
        except (OSError, smtplib.SMTPException, UnicodeError) as failure:
            self.close()
            raise Unreachable(_late(within_seconds) if deadline.passed else _reason(failure)) from None
        finally:
            deadline.end()

    def close(self) -> None:
        """Hang up, without waiting for a goodbye."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def _ready(self, deadline: Deadline) -> Connection:
        """The open connection, else a new one."""
        if self._open is not None and self._open.sock is not None:
            deadline.watch(self._open.sock)
            return self._open
        self.close()
        first = self._checked() if self._tls == "tls" else None
        connection = Connection(self._host, self._port, self._helo, deadline, first)
        try:
            self._sign_in(connection)
        except smtplib.SMTPNotSupportedError:
            connection.close()
            raise Unreachable("the server does not offer TLS or a sign-in that we can use") from None
        except BaseException:
            connection.close()  # nothing goes over a connection that is half made
            raise
        self._open = connection
        return connection

    def _checked(self) -> ssl.SSLContext:
        return self._context or ssl.create_default_context()

    def _sign_in(self, connection: Connection) -> None:
        if self._tls == "starttls":
            connection.secure(self._checked())
        if not self._user:
            return
        password = self._password()
        if password is None:
            raise Unreachable("the mail password is not in the secret store")
        connection.login(self._user, password)


def _refused(what: str, code: int, said: bytes | str, *, to_recipient: bool = False) -> Refused:
    enhanced = _enhanced(said)
    bad_address = smtp_replies.is_about_the_mailbox(code, enhanced, to_recipient=to_recipient)
    return Refused(code >= 500, f"{what} ({_figures(code, said)})", bad_address=bad_address)


def _figures(code: int, said: bytes | str) -> str:
    """`550 5.1.1`: the figures of an answer; its words may repeat the address."""
    return f"{code} {_enhanced(said)}".rstrip()


def _enhanced(said: bytes | str) -> str:
    raw = said.encode("utf-8", "replace") if isinstance(said, str) else said
    found = _ENHANCED.match(raw)
    return found.group().decode() if found else ""


def _late(seconds: float) -> str:
    return f"the mail server did not answer within {seconds:.0f} s"


def _reason(failure: Exception) -> str:
    if isinstance(failure, ssl.SSLCertVerificationError):
        return f"the mail server's certificate is not valid ({failure.verify_message})"  # names the host at most
    if isinstance(failure, ssl.SSLError):
        return "no TLS with the mail server: its port may be one for tls=starttls, or its TLS too old"
    if isinstance(failure, smtplib.SMTPAuthenticationError):
        return f"the mail server refused the sign-in ({failure.smtp_code})"
    if isinstance(failure, smtplib.SMTPResponseException):
        return f"the mail server refused us ({_figures(failure.smtp_code, failure.smtp_error)})"
    if isinstance(failure, Ended):
        if failure.code == 421:
            return f"the mail server refused us ({_figures(failure.code, failure.said)})"
        return "the mail server gave no answer, or a wrong one, to what it was asked"
    if isinstance(failure, UnicodeError):
        return "mail user, password or host cannot be sent as they are"
    if isinstance(failure, socket.gaierror):
        return "the mail server's name is not known"
    if isinstance(failure, TimeoutError):
        return "the mail server did not answer in time"
    if isinstance(failure, smtplib.SMTPServerDisconnected | ConnectionResetError | BrokenPipeError):
        return "the mail server hung up"
    if isinstance(failure, ConnectionRefusedError):
        return "no connection to the mail server (nothing answers at its host and port)"
    return f"no connection to the mail server ({type(failure).__name__})"

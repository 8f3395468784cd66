"""One conversation with a mail server: private from its first word, within a deadline, and no word more than it needs.

smtplib waits for four answers a mail. Where the server offers pipelining (RFC 2920), the end of one mail takes the
envelope of the next along, up to its DATA: what is left is one answer a mail, and the server works while we write down
what became of the last. What is announced is not sent: a connection that ends before the final dot leaves no mail
(RFC 5321 §4.1.1.4), so who announces one need not have claimed it yet.
"""

from __future__ import annotations

import re
import select
import smtplib
import socket
import ssl
from email.message import EmailMessage
from typing import Any

from portaldesk.mail import deadlines
from portaldesk.mail.deadlines import Deadline

_COMMANDS = 3
"""Of an envelope: MAIL, RCPT, DATA."""
_LEADING_DOT = re.compile(rb"(?m)^\.")  # RFC 5321 §4.5.2


class Connection(smtplib.SMTP):
    """smtplib's client on a socket of ours: looked up, connected and (for tls=tls) wrapped within the deadline."""

    def __init__(self, host: str, port: int, helo: str, deadline: Deadline, tls: ssl.SSLContext | None) -> None:
        self._deadline = deadline
        self._first_tls = tls
        self.in_data = False  # whether the server may have a mail that it has not answered for
        self._then: EmailMessage | None = None
        self._announced: EmailMessage | None = None
        self._said = 0  # commands of the mail in hand that went out before it
        super().__init__(host, port, local_hostname=helo, timeout=deadline.left)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        sock = deadlines.connected(host, port, self._deadline)
        try:
            self._deadline.watch(sock)
            if self._first_tls is None:
                return sock
            wrapped = self._first_tls.wrap_socket(sock, server_hostname=host)
            self._deadline.watch(wrapped)
        except OSError:
            sock.close()
            raise
        return wrapped

    def is_ready_for(self, message: EmailMessage) -> bool:
        """Whether this mail can go next: none is announced, or this one."""
        return self._announced is None or self._announced is message

    def hand_over(self, message: EmailMessage, then: EmailMessage | None = None) -> None:
        """Send a mail and announce the next. Raises: as smtplib's `send_message`."""
        self._said = _COMMANDS if self._announced is not None else 0
        self._announced = None
        self.ehlo_or_helo_if_needed()
        self._then = then if self.has_extn("pipelining") else None
        self.send_message(message)

    def putcmd(self, cmd: str, args: str = "") -> None:
        """As smtplib's, but for what was said already, when this mail was announced: only its answer is to come."""
        if self._said:
            self._said -= 1
        else:
            super().putcmd(cmd, args)

    def data(self, msg: Any) -> tuple[int, bytes]:
        """As smtplib's, noting that from here on a lost connection leaves open what became of the mail."""
        self.putcmd("data")
        code, said = self.getreply()
        if code != 354:
            self.rset()  # or the next mail would come into this one's transaction
            raise smtplib.SMTPDataError(code, said)
        if self.sock is None or select.select([self.sock], [], [], 0)[0]:  # it says more: that it has hung up since
            self.close()
            raise smtplib.SMTPServerDisconnected("hung up")
        next_, self._then = self._then, None
        envelope = _envelope(next_) if next_ is not None else b""
        self.in_data = True
        self.send(_as_text(msg) + envelope)
        self._announced = next_ if envelope else None
        answer = self.getreply()
        self.in_data = False
        return answer

    def rset(self) -> tuple[int, bytes]:
        """Take this mail back, unless the next is announced: a mail refused at its end is over by itself."""
        if self._announced is not None:
            return 250, b""
        while self._said:
            self._said -= 1
            code, _ = self.getreply()
            if code == 354:  # it waits for a mail whose envelope it refused: there is no other way to give it none
                self.close()
        return super().rset()

    def secure(self, context: ssl.SSLContext) -> None:
        """STARTTLS with checked certificates; the deadline then watches the wrapped socket.

        Raises: SMTPNotSupportedError where the server does not offer it, or an attacker on the way hid the offer.
        """
        self.starttls(context=context)
        if not isinstance(self.sock, ssl.SSLSocket):
            raise smtplib.SMTPNotSupportedError("no TLS")
        self._deadline.watch(self.sock)


def _as_text(mail: bytes) -> bytes:
    """The mail as it goes over the line, with the dot that ends it."""
    end = b"" if mail.endswith(b"\r\n") else b"\r\n"
    return _LEADING_DOT.sub(b"..", mail) + end + b".\r\n"


def _envelope(mail: EmailMessage) -> bytes:
    """The commands that announce a mail; none where an address needs more than plain ones."""
    sender, to = (mail[name].addresses[0].addr_spec for name in ("From", "To"))
    if not f"{sender}{to}".isascii() or not f"{sender}{to}".isprintable():
        return b""
    said = f"MAIL FROM:{smtplib.quoteaddr(sender)}\r\nRCPT TO:{smtplib.quoteaddr(to)}\r\nDATA\r\n"
    return said.encode("ascii")

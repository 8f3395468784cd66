"""One conversation with a mail server: private from its first word, within a deadline, and no word more than it needs.

smtplib waits for four answers a mail. Where the server offers pipelining (RFC 2920), the end of one mail takes the
envelope of the next along, up to its DATA: what is left is one answer a mail, and the server works while we write down
what became of the last. Where it does not, the next mail's first command goes out then. What is announced is not sent:
a connection that ends before the final dot leaves no mail (RFC 5321 §4.1.1.4), so who announces one need not have
claimed it yet.

An answer that is none to what was said is not explained away: the answers may have come out of step with the commands,
and one meant for another mail must never be believed of this. We hang up.
"""

from __future__ import annotations

import re
import select
import smtplib
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from email.message import EmailMessage
from functools import cached_property
from typing import Any, NoReturn

from portaldesk.mail import deadlines
from portaldesk.mail.deadlines import Deadline

_LEADING_DOT = re.compile(rb"(?m)^\.")  # RFC 5321 §4.5.2


class Ended(smtplib.SMTPServerDisconnected):
    """We hung up: at a 421, which ends a connection whatever it answers (RFC 5321 §3.8), or out of step (any other
    code; 0 where what was announced got no answer)."""

    def __init__(self, code: int, said: bytes = b"") -> None:
        super().__init__("ended by us")
        self.code, self.said = code, said


class Connection(smtplib.SMTP):
    """smtplib's client on a socket of ours: looked up, connected and (for tls=tls) wrapped within the deadline."""

    def __init__(self, host: str, port: int, helo: str, deadline: Deadline, tls: ssl.SSLContext | None) -> None:
        self._deadline = deadline
        self._first_tls = tls
        self.in_hand = False  # whether what goes wrong may be this mail's doing: the server knows whom it is for
        self.in_data = False  # whether the server may have a mail that it has not answered for
        self._then: EmailMessage | None = None
        self._announced: _Written | None = None
        self._said = 0  # commands of the announced mail, then of the one in hand, whose answers are to come
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
        """Whether this mail can go next: none is announced, or this one, which may have been written anew since."""
        told = self._announced
        return told is None or (told.sender, told.to) == (_address(message, "From"), _address(message, "To"))

    def hand_over(self, message: EmailMessage, then: EmailMessage | None = None) -> None:
        """Send a mail and announce the next. Raises: as smtplib's `send_message`."""
        told, self._announced, self.in_hand = self._announced, None, False
        mail = told if told is not None and told.message is message else _Written(message)
        self.ehlo_or_helo_if_needed()
        self._then = then
        if told is not None:
            self._hear()
        if mail.options and not self.has_extn("smtputf8"):
            raise smtplib.SMTPNotSupportedError("no SMTPUTF8")
        self.sendmail(mail.sender, mail.to, mail.data, mail.options)

    def putcmd(self, cmd: str, args: str = "") -> None:
        """As smtplib's, but for what was said already, when this mail was announced: only its answer is to come."""
        if self._said:
            self._said -= 1
        else:
            super().putcmd(cmd, args)

    def getreply(self) -> tuple[int, bytes]:
        """As smtplib's. Raises: Ended."""
        code, said = super().getreply()
        if code == 421:
            self.in_data = False  # it did not take it
        if code == 421 or not 200 <= code < 600:
            self._end(code, said)
        return code, said

    def rcpt(self, recip: str, options: Sequence[str] = ()) -> tuple[int, bytes]:
        self.in_hand = True
        return super().rcpt(recip, options)

    def data(self, msg: Any) -> tuple[int, bytes]:
        """As smtplib's, noting that from here on a lost connection leaves open what became of the mail."""
        self.putcmd("data")
        code, said = self.getreply()
        if code >= 400:
            with suppress(smtplib.SMTPServerDisconnected):  # it has answered, if it hangs up now
                self.rset()  # or the next mail would come into this one's transaction
            raise smtplib.SMTPDataError(code, said)
        if code != 354:
            self._end(code, said)
        if self.sock is None or select.select([self.sock], [], [], 0)[0]:  # it says more: that it has hung up since
            self.close()
            raise smtplib.SMTPServerDisconnected("hung up")
        next_, self._then = _Written(self._then) if self._then is not None else None, None
        self.in_data = True
        if next_ is not None and next_.is_plain and self.has_extn("pipelining"):
            self.send(_dotted(msg) + b"".join(next_.envelope))
            self._announced, self._said = next_, len(next_.envelope)
        else:
            self.send(_dotted(msg))
        if next_ is not None:
            next_.prepare()  # while the server has something to do
        answer = self.getreply()
        if answer[0] < 400 and answer[0] != 250:
            self._end(*answer)
        self.in_data = False
        if next_ is not None and next_.is_plain and self._announced is None and answer[0] == 250:
            with suppress(smtplib.SMTPServerDisconnected):  # this mail is taken, whatever becomes of the next
                self.send(next_.envelope[0])
                self._announced, self._said = next_, 1
        return answer

    def rset(self) -> tuple[int, bytes]:
        """Take this mail back, unless the next is announced: a mail refused at its end is over by itself."""
        if self._announced is not None:
            return 250, b""
        while self._said:
            self._said -= 1
            code, said = self.getreply()
            if code == 354:  # it waits for a mail whose envelope it refused: there is no other way to give it none
                self._end(code, said)
        answer = super().rset()
        if answer[0] != 250:
            self._end(*answer)
        return answer

    def _hear(self) -> None:
        """Wait for the first answer to what was announced, half the time at most: some server, or what filters mail on
        the way to it, throws away what comes with the end of a mail. Raises: Ended."""
        if self.sock is None or self.file is None:
            return
        patience = self.sock.gettimeout() or 0
        try:
            self.sock.settimeout(patience / 2)
            self.file.peek(1)
            self.sock.settimeout(patience)
        except TimeoutError:
            self._end(0)
        except OSError:
            self.close()
            raise smtplib.SMTPServerDisconnected("hung up") from None

    def _end(self, code: int, said: bytes = b"") -> NoReturn:
        self.close()
        raise Ended(code, said)

    def secure(self, context: ssl.SSLContext) -> None:
        """STARTTLS with checked certificates; the deadline then watches the wrapped socket.

        Raises: SMTPNotSupportedError where the server does not offer it, or an attacker on the way hid the offer.
        """
        self.starttls(context=context)
        if not isinstance(self.sock, ssl.SSLSocket):
            raise smtplib.SMTPNotSupportedError("no TLS")
        self._deadline.watch(self.sock)


class _Written:
    """A mail as it goes over the line. `options`: what the server must be asked for."""

    def __init__(self, message: EmailMessage) -> None:
        self.message = message
        self.sender, self.to = _address(message, "From"), _address(message, "To")
        self.is_plain = f"{self.sender}{self.to}".isascii() and f"{self.sender}{self.to}".isprintable()
        self.options = () if self.is_plain else ("SMTPUTF8", "BODY=8BITMIME")  # RFC 6531 §3.4

    @cached_property
    def data(self) -> bytes:
        policy: Any = self.message.policy
        return self.message.as_bytes(policy=policy if self.is_plain else policy.clone(utf8=True))

    def prepare(self) -> None:
        """Have its bytes ready; where they cannot be made, that is said when it is its turn."""
        with suppress(UnicodeError):
            _ = self.data

    @property
    def envelope(self) -> tuple[bytes, bytes, bytes]:
        """The commands that announce it, of a plain one."""
        sender, to = smtplib.quoteaddr(self.sender).encode("ascii"), smtplib.quoteaddr(self.to).encode("ascii")
        return b"MAIL FROM:%s\r\n" % sender, b"RCPT TO:%s\r\n" % to, b"DATA\r\n"


def _address(message: EmailMessage, header: str) -> str:
    return str(message[header].addresses[0].addr_spec)


def _dotted(mail: bytes) -> bytes:
    """The mail with the dot that ends it."""
    end = b"" if mail.endswith(b"\r\n") else b"\r\n"
    return _LEADING_DOT.sub(b"..", mail) + end + b".\r\n"

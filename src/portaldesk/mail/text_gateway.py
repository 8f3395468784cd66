"""Text messages by the clinic's gateway: a signed HTTPS POST a text, one connection for many.

The signature is that of Standard Webhooks (standardwebhooks.com): HMAC-SHA-256 over id, time and body. So a gateway can
judge it by a library it has, and know a text that is replayed or sent again. No redirect is followed and no proxy of
the environment used: where codes go is decided by the setting alone. http.client is enough for one POST, and takes the
connection that keeps the deadline (deadlines.py); of the libraries that are more, none keeps one over a slow answer.
"""

from __future__ import annotations

import base64
import hmac
import http.client
import json
import socket
import ssl
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from portaldesk.mail import deadlines
from portaldesk.mail.deadlines import Deadline
from portaldesk.mail.texts import Text
from portaldesk.mail.transport import CutOff, Refused, Unreachable
from portaldesk.settings import is_loopback

_MOST_OF_AN_ANSWER = 64 * 1024  # bytes; ours: what an answer says is not read, only its figure counts
_OF_THE_NUMBER = (410, 422)
"""Gone, and unprocessable: the number cannot get texts (ours; docs/mail.md tells gateways)."""
_PASSING = (408, 425, 429)  # RFC 9110 §15.5.9, RFC 8470 §5.2, RFC 6585 §4
_OF_US = (401, 403, 404, 405, 407)
"""Of the address or the signature, so the next text would fare no better; as a redirect, which is not followed."""


class TextGateway:
    """One connection for many texts, opened at the first, opened again where the gateway hung up.

    Args:
        url: as the setting `sms_url`.
        secret: the key of the signature, asked for when a text is to go; None where none was set.
        now: seconds since 1970, for the signature: the clock of this machine, by which the gateway judges it.
        context: other certificates than the machine's own, for tests.
    """

    kind = "text"

    def __init__(
        self,
        url: str,
        *,
        secret: Callable[[], bytes | None],
        now: Callable[[], float] = time.time,
        context: ssl.SSLContext | None = None,
    ) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._secure = parts.scheme == "https"
        if not self._host or not (self._secure or (parts.scheme == "http" and is_loopback(self._host))):
            raise ValueError("not an sms_url")
        self._port = parts.port or (443 if self._secure else 80)
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._secret = secret
        self._now = now
        self._context = context
        self._open: _Connection | None = None

    def deliver(self, text: Text, *, within_seconds: float, then: Text | None = None) -> None:
        """Hand one text over, or raise before the time is up.

        Raises: Unreachable; CutOff where that came after the gateway was told; Refused, permanent where it said 4xx of
            this text, and not to try again later.
        """
        secret, body = self._key(), _body(text)
        deadline = Deadline(within_seconds)
        try:
            figure = self._posted(body, signed(secret, text.id, int(self._now()), body), deadline)
        except (OSError, http.client.HTTPException, ValueError) as failure:
            asked = self._open is not None
            self.close()
            late = f"the text gateway did not answer within {within_seconds:.0f} s"
            raise (CutOff if asked else Unreachable)(late if deadline.passed else _reason(failure)) from None
        finally:
            deadline.end()
        _judge(figure)

    def look(self, *, within_seconds: float) -> None:
        """Connect as for a text, with TLS and a secret to sign with, and send none.

        Raises: Unreachable.
        """
        self._key()
        deadline = Deadline(within_seconds)
        try:
            self._connect(deadline)
        except OSError as failure:
            late = f"the text gateway did not answer within {within_seconds:.0f} s"
            raise Unreachable(late if deadline.passed else _reason(failure)) from None
        finally:
            deadline.end()

    def close(self) -> None:
        """Hang up."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def _key(self) -> bytes:
        secret = self._secret()
        if secret is None:
            raise Unreachable("the secret of the text gateway is not in the secret store")
        return secret

    def _posted(self, body: bytes, headers: dict[str, str], deadline: Deadline) -> int:
        """The figure of the answer. A connection that the gateway closed meanwhile is opened again, once: it tells the
        two of one text from each other by the id."""
        if self._open is not None:
            try:
                return self._said(self._open, body, headers, deadline)
            except (http.client.RemoteDisconnected, ConnectionError):
                if deadline.passed:
                    raise
        return self._said(self._connect(deadline), body, headers, deadline)

    def _connect(self, deadline: Deadline) -> _Connection:
        self.close()
        context = (self._context or ssl.create_default_context()) if self._secure else None
        self._open = _Connection(self._host, self._port, context, deadline)
        return self._open

    def _said(self, connection: _Connection, body: bytes, headers: dict[str, str], deadline: Deadline) -> int:
        assert connection.sock is not None
        deadline.watch(connection.sock)
        connection.request("POST", self._path, body, headers)
        with connection.getresponse() as answer:
            answer.read(_MOST_OF_AN_ANSWER)
            if answer.will_close or answer.read(1):
                self.close()
            return answer.status


class _Connection(http.client.HTTPConnection):
    """http.client on a socket of ours: looked up, connected and wrapped within the deadline."""

    auto_open = 0

    def __init__(self, host: str, port: int, context: ssl.SSLContext | None, deadline: Deadline) -> None:
        super().__init__(host, port)
        self.default_port = 443 if context else 80  # it is left out of the Host header
        sock = deadlines.connected(host, port, deadline)
        try:
            deadline.watch(sock)
            # a request goes out in two writes, and the second must not wait for the first's acknowledgement
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.sock = context.wrap_socket(sock, server_hostname=host) if context else sock
        except OSError:
            sock.close()
            raise


def signed(secret: bytes, message_id: str, at: int, body: bytes) -> dict[str, str]:
    """The headers of one POST. `at`: seconds since 1970."""
    mark = hmac.digest(secret, f"{message_id}.{at}.".encode() + body, "sha256")
    return {
        "Content-Type": "application/json",
        "User-Agent": "portaldesk",
        "Webhook-Id": message_id,
        "Webhook-Timestamp": str(at),
        "Webhook-Signature": f"v1,{base64.b64encode(mark).decode()}",
    }


def _body(text: Text) -> bytes:
    told = {
        "id": text.id,
        "to": text.to,
        "text": text.text,
        "kind": text.kind,
        "expires_at": text.expires_at.isoformat().replace("+00:00", "Z") if text.expires_at else None,
    }
    return json.dumps(told).encode()


def _judge(figure: int) -> None:
    """Raises: Refused."""
    if 200 <= figure < 300:
        return
    if figure in _OF_THE_NUMBER:
        raise Refused(True, f"the text gateway says that the number cannot get texts ({figure})")
    if figure < 400 or figure in _OF_US:
        raise Unreachable(f"the text gateway does not take texts from us there ({figure})")
    permanent = figure < 500 and figure not in _PASSING
    raise Refused(permanent, f"the text gateway refused the text ({figure})")


def _reason(failure: Exception) -> str:
    if isinstance(failure, ssl.SSLCertVerificationError):
        return "the text gateway's certificate is not valid"
    if isinstance(failure, ssl.SSLError):
        return "no TLS connection to the text gateway"
    if isinstance(failure, socket.gaierror):
        return "the text gateway's name is not known"
    if isinstance(failure, http.client.HTTPException | ValueError):
        return "the text gateway's answer cannot be read"
    return f"no connection to the text gateway ({type(failure).__name__})"

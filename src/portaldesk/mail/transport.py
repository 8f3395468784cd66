"""Who carries a mail or a text: one tiny protocol, and the folder that stands in for a mail server in a trial.

    Refused                    this mail was not taken; `permanent`: the same mail will never be
    ├── CutOff                 the connection ended while this mail was handed over: it may have been taken
    └── Unreachable            nothing was wrong with this mail: the next one would fare no better now

A reason is ours alone: a server's own words often repeat the address.
"""

from __future__ import annotations

import copy
import os
import secrets
from email.message import EmailMessage
from email.policy import SMTPUTF8
from pathlib import Path
from typing import Protocol, TypeAlias, TypeVar

from portaldesk.mail.texts import Text


class Refused(Exception):
    """A mail was not taken. `reason` is short and holds no address.

    `bad_address`: no mail will ever reach it (rules/smtp_replies.py).
    """

    def __init__(self, permanent: bool, reason: str, *, bad_address: bool = False) -> None:
        super().__init__(reason)
        self.permanent = permanent
        self.reason = reason
        self.bad_address = bad_address


class CutOff(Refused):
    """The carrier died, or took too long, in the middle of this mail, which may be why. Never permanent."""

    def __init__(self, reason: str) -> None:
        super().__init__(False, reason)


class Unreachable(Refused):
    """The carrier itself fails: no connection, no TLS, no sign-in, no folder. Never permanent."""

    def __init__(self, reason: str) -> None:
        super().__init__(False, reason)


Parcel = TypeVar("Parcel", contravariant=True)


class Transport(Protocol[Parcel]):
    """Carries mails one by one, or texts. `kind` is what the record calls it."""

    kind: str

    def deliver(self, message: Parcel, /, *, within_seconds: float, then: Parcel | None = None) -> None:
        """Hand the mail over, or raise `Refused`, within about this many seconds.

        `then`: what will most likely be next, for a carrier that can make ready for it. It is not to be sent.
        """

    def close(self) -> None:
        """Let go of what was held open."""


Mails: TypeAlias = Transport[EmailMessage]
Texts: TypeAlias = Transport[Text]


class FolderTransport:
    """Mails as `.eml` files, 0600, whole or not there at all.

    The name begins with the time the message was written and goes on with its id, so a folder sorts by age, a mail
    delivered again replaces itself, and no name shows an address.
    """

    kind = "folder"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def deliver(self, message: EmailMessage, *, within_seconds: float, then: EmailMessage | None = None) -> None:
        """Write the file. Raises: Unreachable where the folder cannot be written."""
        name = str(message["Message-ID"]).strip("<>").partition("@")[0]
        making = self._folder / f".{name}.{secrets.token_hex(4)}"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(making, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(_bytes_of(message))
                    file.flush()
                    os.fsync(file.fileno())
                making.replace(self._folder / f"{name}.eml")
            except OSError:
                making.unlink(missing_ok=True)
                raise
        except OSError as failure:
            raise Unreachable(f"the outbox folder cannot be written ({failure.strerror or 'unknown'})") from None

    def close(self) -> None:
        """Nothing is held open."""


def _bytes_of(message: EmailMessage) -> bytes:
    """As a file of this machine: its line ends, and no encoding that would break a link in two for whoever greps it."""
    shown = copy.deepcopy(message)
    for part in shown.walk():
        if part.get_content_maintype() == "text" and not part.get_content().isascii():
            part.set_content(part.get_content(), subtype=part.get_content_subtype(), charset="utf-8", cte="8bit")
    return shown.as_bytes(policy=SMTPUTF8.clone(linesep="\n"))

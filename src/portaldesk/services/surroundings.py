"""What lies around a store, as the doctor sees it: the disk and its encryption, the mail server, the keyring."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from portaldesk.mail.transport import Refused
from portaldesk.services import carriers
from portaldesk.services.health import Finding
from portaldesk.services.opening import OpenStore
from portaldesk.services.workplaces import left_behind
from portaldesk.settings import ClinicSettings

if TYPE_CHECKING:
    from portaldesk.mail.smtp import SmtpTransport
    from portaldesk.mail.text_gateway import TextGateway

ROOM_BYTES = 200 * 1024 * 1024  # ours: below it a day's work no longer fits for sure
COPIES = 3  # a backup keeps two copies of the store for a while, and the log grows meanwhile
MAIL_SECONDS = 5.0
_OPEN_KEYRINGS = ("keyrings.alt.", "keyring.backends.null", "keyring.backends.fail")


def room(store: OpenStore) -> Iterator[Finding]:
    file = store.place.file
    size = file.stat().st_size if file is not None and file.exists() else 0
    free = shutil.disk_usage(file.parent if file is not None else store.place.home).free
    needed = max(ROOM_BYTES, size * COPIES)
    if free >= needed:
        yield Finding("disk", True, False, "There is room on the disk.", "")
        return
    megabytes = f"{free // 1024**2} MB"
    if free < ROOM_BYTES:
        yield Finding(
            "disk", False, False, f"Only {megabytes} are free where the store lies.", "Make room: 200 MB at the least."
        )
        return
    yield Finding(
        "disk",
        True,
        True,
        f"{megabytes} are free where the store lies: too little for a backup of its {size // 1024**2} MB.",
        f"Make room for {COPIES} copies of the store.",
    )


def copies(store: OpenStore) -> Iterator[Finding]:
    """Only where there is something to tell."""
    if left_behind(store.place):
        yield Finding(
            "copies",
            True,
            True,
            "A backup or restore was stopped, and left copies of the store in the data folder, not encrypted.",
            "The next backup removes them: portaldesk backup FILE",
        )


def encryption(store: OpenStore) -> Iterator[Finding]:
    folder = store.place.file.parent if store.place.file is not None else store.place.home
    encrypted = is_encrypted(folder)
    if encrypted:
        yield Finding("encryption", True, False, "The disk under the data folder is encrypted.", "")
        return
    told = (
        "It cannot be told whether the disk under the data folder is encrypted."
        if encrypted is None
        else "The disk under the data folder is not encrypted: who takes it reads the names of the patients."
    )
    yield Finding(
        "encryption", True, True, told, "Keep the data folder on an encrypted disk (on Linux: LUKS; 45 CFR 164.312(a))."
    )


def is_encrypted(folder: Path, *, system: Path = Path("/sys"), processes: Path = Path("/proc")) -> bool | None:
    """Whether the disk under a folder is encrypted by the kernel (dm-crypt); None where that cannot be told.

    A folder that is encrypted in another way (ZFS, fscrypt, by the disk itself) cannot be told.
    """
    device = _device(folder, processes)
    block = system / "dev" / "block" / device if device else None
    if block is None or not block.exists():
        return None
    return _has_crypt(block.resolve())


def _has_crypt(block: Path) -> bool:
    """All that lies below must be encrypted, or this itself be."""
    try:
        if (block / "dm" / "uuid").read_text(encoding="ascii").startswith("CRYPT-"):
            return True
    except (OSError, UnicodeDecodeError):
        pass  # no device mapper at this layer
    below = list((block / "slaves").iterdir()) if (block / "slaves").is_dir() else []
    return bool(below) and all(_has_crypt(one.resolve()) for one in below)


def _device(folder: Path, processes: Path) -> str | None:
    """Major and minor number of the disk that a folder lies on, `253:0`; None for what is no disk."""
    try:
        number = folder.stat().st_dev
        mounts = (processes / "self" / "mountinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    device = f"{os.major(number)}:{os.minor(number)}"
    if os.major(number):
        return device
    for line in mounts.splitlines():  # btrfs gives each of its volumes a number of its own: ask for the disk's
        fields, _, source = line.partition(" - ")
        if fields.split()[2:3] == [device] and (path := Path(source.split()[1])).is_block_device():
            real = path.stat().st_rdev
            return f"{os.major(real)}:{os.minor(real)}"
    return None


def mail_server(store: OpenStore, settings: ClinicSettings) -> Iterator[Finding]:
    """The way to the mail server, as far as the sign-in; no mail is sent."""
    if not settings.smtp_url:
        yield Finding(
            "mail",
            True,
            True,
            f"No mail server is set: mails are written to {store.place.outbox}. This is for trial: whoever reads the "
            "home reads the links.",
            "An admin runs: portaldesk settings set smtp_url smtp://user@host:587?tls=starttls",
        )
        return
    why_not = _why_unreachable(carriers.mail_server(store, settings))
    if why_not is None:
        yield Finding("mail", True, False, "The mail server answers, with the TLS and the sign-in that are set.", "")
        return
    yield Finding(
        "mail",
        False,
        False,
        f"Mail cannot go out: {why_not}.",
        "Look at the server; an admin sets its address and password: portaldesk settings set smtp_url, smtp_password",
    )


def text_gateway(store: OpenStore, settings: ClinicSettings) -> Iterator[Finding]:
    """The way to the gateway for texts, where the clinic has one; no text is sent."""
    if not settings.sms_url:
        return
    why_not = _why_unreachable(carriers.text_gateway(store, settings))
    if why_not is None:
        yield Finding("texts", True, False, "The gateway for texts answers, with a certificate that is valid.", "")
        return
    yield Finding(
        "texts",
        False,
        False,
        f"Texts cannot go out: {why_not}.",
        "Look at the gateway; an admin sets its address and secret: portaldesk settings set sms_url, sms_secret",
    )


def _why_unreachable(carrier: SmtpTransport | TextGateway) -> str | None:
    try:
        carrier.look(within_seconds=MAIL_SECONDS)
    except Refused as refused:
        return refused.reason
    finally:
        carrier.close()
    return None


def keyring(store: OpenStore) -> Iterator[Finding]:
    """What kind of keyring the secrets are in; whether they can be read from it, health.secrets says."""
    if store.secrets.kind != "keyring":
        return
    import keyring as keyrings

    kind = type(keyrings.get_keyring())
    if f"{kind.__module__}.".startswith(_OPEN_KEYRINGS):
        yield Finding(
            "keyring",
            True,
            True,
            f"The keyring of this machine ({kind.__name__}) does not protect what is in it.",
            "Use the one of the operating system, or 'portaldesk secrets load --secrets file' for a server.",
        )
        return
    yield Finding("keyring", True, False, f"The keyring of this machine is {kind.__name__}.", "")

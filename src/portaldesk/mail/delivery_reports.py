"""Reports of mail servers about mails that did not arrive (RFC 3464), read from files that anybody may have written.

A report is judged by four things alone: the Message-ID of the mail that it gives back, the recipient, what was done,
and the status. No more of a message is read than its beginning: a report says all that in its first parts, and what it
gives back may be long.
"""

from __future__ import annotations

import mailbox
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, message_from_string
from email.message import Message
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import BinaryIO

from portaldesk.errors import WrongUsage

MOST_OF_A_MESSAGE = 256 * 1024  # bytes; ours: reports are a few kB, what follows is the mail given back
MOST_OF_ALL = 256 * 1024**2  # bytes of a file; ours: tens of thousands of reports
_LINE = 64 * 1024
# Ours: what any server writes stays far below. Reading a type, or parts within parts, takes the library the square of
# their number: one stranger's mail of 256 kB took a minute.
_CONTENT_TYPE = re.compile(rb"(?:\A|(?<=[\r\n]))content-type:[^\r\n]*(?:(?:\r\n|\r|\n)[ \t][^\r\n]*)*", re.IGNORECASE)
_MOST_TYPES, _LONGEST_TYPE = 20, 2000
_MOST_RECIPIENTS = 20  # ours: each of our mails has one, and a list or alias behind it is told of by few
_RETURNED = ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers")  # RFC 3462, RFC 6533
_STATUS = "message/delivery-status"
_GLOBAL_STATUS = "message/global-delivery-status"  # RFC 6533 §3
_BLANK = (b"\n", b"\r\n")
_HEADER = re.compile(rb"[!-9;-~]+[ \t]*:|From ")


@dataclass(frozen=True, slots=True)
class Report:
    """What one report says of one recipient. `status`: like 5.1.1 (RFC 3463); `recipients`: as it names them, the one
    that was written to and the last one tried."""

    message_id: str
    recipients: tuple[str, ...]
    action: str
    status: str


def read_all(source: Path, stdin: BinaryIO | None) -> Iterator[tuple[Report, ...]]:
    """The reports in each message of a file (one message, or an mbox), a maildir, or `-`; () for one that is none.

    `stdin`: None where nothing is piped in. Raises: WrongUsage `bad-file`.
    """
    if str(source) == "-":
        if stdin is None:
            raise _bad("Nothing is piped in")
        yield from map(read, _messages(stdin))
    elif source.is_dir():
        yield from map(read, _in_maildir(source))
    else:
        try:
            with source.open("rb") as file:
                yield from map(read, _messages(file))
        except OSError as failure:
            raise _bad("The file cannot be read", failure) from None


def read(raw: bytes) -> tuple[Report, ...]:
    """What one message says, a recipient each; () where it is no report of a delivery, or gives no mail back."""
    types = _CONTENT_TYPE.findall(raw)
    if len(types) > _MOST_TYPES or any(len(one) > _LONGEST_TYPE for one in types):
        return ()
    try:
        return tuple(_reports(message_from_bytes(raw)))
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError):
        return ()  # nested a thousand times, or made to trip a reader: no server writes that


def _reports(message: Message) -> Iterator[Report]:
    if message.get_content_type() != "multipart/report":
        return
    parts = [part for part in message.get_payload() if isinstance(part, Message)] if message.is_multipart() else []
    blocks = next((_blocks(part) for part in parts if part.get_content_type() in (_STATUS, _GLOBAL_STATUS)), [])
    returned = next((part for part in parts if part.get_content_type() in _RETURNED), None)
    message_id = _message_id(returned) if returned is not None else ""
    for block in blocks[: _MOST_RECIPIENTS + 1] if message_id else ():
        if not block["Action"]:
            continue  # the first one is about the message, and says nothing of a recipient
        named = (_address(block[name]) for name in ("Original-Recipient", "Final-Recipient"))
        yield Report(
            message_id, tuple(filter(None, named)), _word(block["Action"]).lower(), _word(block["Status"])
        )  # fmt: skip


def _blocks(status: Message) -> list[Message]:
    """The blocks of fields: of the message, and of each recipient."""
    blocks = status.get_payload()
    if status.get_content_type() == _GLOBAL_STATUS:  # taken for a mail by the library, which knows the older type alone
        inner = blocks[0].as_string() if isinstance(blocks, list) and isinstance(blocks[0], Message) else str(blocks)
        blocks = message_from_string(f"Content-Type: {_STATUS}\n\n{inner}").get_payload()
    return [block for block in blocks if isinstance(block, Message)] if isinstance(blocks, list) else []


def _message_id(returned: Message) -> str:
    """Of the mail given back: whole, or its headers alone."""
    payload = returned.get_payload()
    if isinstance(payload, list):
        headers = payload[0] if payload else None
    else:
        text = returned.get_payload(decode=True)
        headers = BytesHeaderParser().parsebytes(text) if isinstance(text, bytes) else None
    return _word(headers["Message-ID"]) if isinstance(headers, Message) else ""


def _address(field: object) -> str:
    """Of `rfc822; ana@example.org`: an address on the internet (RFC 3464 §2.3.1), with or without brackets."""
    kind, _, address = str(field or "").partition(";")
    return address.strip().strip("<>") if kind.strip().lower() in ("rfc822", "utf-8") else ""


def _word(field: object) -> str:
    """The first word: what follows may be a comment."""
    words = str(field or "").split()
    return words[0] if words else ""


def _in_maildir(folder: Path) -> Iterator[bytes]:
    if not (folder / "new").is_dir() or not (folder / "cur").is_dir():
        raise _bad("That folder is no maildir, which has the folders new and cur")
    try:
        box = mailbox.Maildir(folder, create=False)
        for key in sorted(box.keys()):
            try:
                with box.get_file(key) as file:
                    yield file.read(MOST_OF_A_MESSAGE)
            except (KeyError, FileNotFoundError):
                continue  # another program took it away meanwhile
    except OSError as failure:
        raise _bad("The maildir cannot be read", failure) from None


def _messages(file: BinaryIO) -> Iterator[bytes]:
    """The messages of an mbox, each begun by a line "From " after an empty one; else the one that it is.

    Not by `mailbox`, which takes a pipe not at all, and whole messages into memory.
    """
    line = b"\n"
    while line in _BLANK:
        line = file.readline(_LINE)
    if not line:
        return  # a mailbox that was emptied, as most are at most times: no fault that cron should mail about
    if not _HEADER.match(line):
        raise _bad("That is neither a mail nor a mailbox")
    kept: list[bytes] = []
    size, total, after_blank = 0, 0, True
    while line:
        total += len(line)
        if total > MOST_OF_ALL:
            raise _bad(f"The file is larger than {MOST_OF_ALL // 1024**2} MB")
        if after_blank and line.startswith(b"From "):
            if kept:
                yield b"".join(kept)
            kept, size = [], 0
        elif size < MOST_OF_A_MESSAGE:
            kept.append(line)
            size += len(line)
        after_blank = line in _BLANK
        line = file.readline(_LINE)
    if kept:
        yield b"".join(kept)


def _bad(what: str, failure: OSError | None = None) -> WrongUsage:
    why = f": {failure.strerror or 'unknown'}" if failure is not None else ""
    return WrongUsage("bad-file", f"{what}{why}.", "Name a report (.eml), an mbox or a maildir; or - for stdin.")

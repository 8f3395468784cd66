"""What a database can refuse, in our words: the same on every engine where the reader must do the same."""

from __future__ import annotations

from portaldesk.errors import DeskError, RecordAltered, StoreUnavailable, WrongUsage

LOCK_WAIT_SECONDS = 5
GUARD = "portaldesk: "  # how every message of our triggers begins


def guarded(message: str) -> RecordAltered:
    """The refusal of one of our triggers, by the message it gave."""
    return RecordAltered(
        "record-altered",
        f"The database refused the change ({message.partition(GUARD)[2]}).",
        "Nothing was changed. Run 'portaldesk audit verify' and tell an auditor.",
    )


def locked() -> StoreUnavailable:
    return StoreUnavailable(
        "store-locked",
        f"Another process has held the store for {LOCK_WAIT_SECONDS} seconds.",
        "Nothing was changed. Try again; if it stays so, look for a program that keeps the database open.",
    )


def disk_full() -> StoreUnavailable:
    return StoreUnavailable(
        "disk-full", "The disk is full; nothing was changed.", "Make room on the disk (or in its quota); try again."
    )


def unkeepable() -> WrongUsage:
    """The refusal for what is no text: bytes that are not UTF-8 on the command line, or (on PostgreSQL) a NUL."""
    return WrongUsage("unreadable", "A value holds a character that cannot be kept.", "Type it again.")


def unexpected(failure: BaseException | None) -> DeskError:
    return DeskError("fault", f"The database answered unexpectedly ({type(failure).__name__}).", "Please report this.")

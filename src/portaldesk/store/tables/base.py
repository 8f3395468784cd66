"""What every table has in common."""

from typing import ClassVar

from pydantic import ConfigDict
from sqlmodel import Field, SQLModel

from portaldesk.store.columns import EVENT_NUMBER


class Stored(SQLModel):
    """A table of ours. Rows are never validated by pydantic (the services do), so its validators wait until asked for:
    building them for every table took half of a command's start."""

    model_config = ConfigDict(defer_build=True)  # type: ignore[assignment]  # SQLModel narrows pydantic's own type


class Sealed(Stored):
    """What every sealed row has: the number of the event that last changed it, and its seal (hex HMAC-SHA-256).

    `CHANGING`: the columns that may change after the row is born, each in an event; the others are what it is.
    `LATER`: columns that a later version added, in the order in which they came; empty (NULL) in older rows.
    """

    CHANGING: ClassVar[frozenset[str]] = frozenset()
    UNSEALED: ClassVar[frozenset[str]] = frozenset()
    LATER: ClassVar[tuple[str, ...]] = ()

    changed_seq: int = Field(default=0, sa_type=EVENT_NUMBER)
    seal: str = ""

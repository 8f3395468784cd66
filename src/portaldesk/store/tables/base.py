"""What every table has in common."""

from typing import ClassVar

from sqlmodel import SQLModel
from sqlmodel._compat import SQLModelConfig


class Stored(SQLModel):
    """A table of ours. Rows are never validated by pydantic (the services do), so its validators wait until asked for:
    building them for every table took half of a command's start."""

    model_config = SQLModelConfig(defer_build=True)


class Sealed(Stored):
    """What every sealed row has: the number of the event that last changed it, and its seal (hex HMAC-SHA-256)."""

    UNSEALED: ClassVar[frozenset[str]] = frozenset()

    changed_seq: int = 0
    seal: str = ""

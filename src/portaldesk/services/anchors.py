"""Anchors: the head of the record as `SEQ:HASH`, a line each, kept where the desk cannot reach."""

from __future__ import annotations

import re
from collections.abc import Sequence

from portaldesk.errors import WrongUsage

_ANCHOR = re.compile(r"(\d{1,18}):((?:a\d{1,6}\.)?[0-9a-f]{64})")


def is_anchor(line: str) -> bool:
    """Whether this is an anchor as `audit anchor` prints it."""
    return _ANCHOR.fullmatch(line) is not None


def read(texts: Sequence[str]) -> dict[int, set[str]]:
    """Event number → the hashes that anchors give it. Empty lines and `#` comments are passed over.

    Raises: WrongUsage for a line that is none.
    """
    found: dict[int, set[str]] = {}
    for line in (line.strip() for text in texts for line in text.splitlines()):
        if not line or line.startswith("#"):
            continue
        anchor = _ANCHOR.fullmatch(line)
        if anchor is None:
            raise WrongUsage(
                "usage", "An anchor is not SEQ:HASH.", "Give a line, or a file of lines, that 'audit anchor' printed."
            )
        found.setdefault(int(anchor[1]), set()).add(anchor[2])
    return found

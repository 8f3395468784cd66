"""Headers of mails: made once where they are the same in every mail, and folded without losing a blank.

Reading headers is most of the work of the standard library's `email`, and a bulk run makes ten thousand mails. And
where it must break a long line of words outside ASCII, it loses or doubles blanks between them (seen with Python 3.11);
so such words are folded as one text here, by `email.header` (RFC 2047).
"""

from __future__ import annotations

from datetime import datetime
from email.header import Header
from email.headerregistry import (
    Address,
    BaseHeader,
    HeaderRegistry,
    UniqueSingleAddressHeader,
    UniqueUnstructuredHeader,
)
from email.policy import SMTP, EmailPolicy
from functools import lru_cache
from typing import Any


class _Subject(UniqueUnstructuredHeader, BaseHeader):  # type: ignore[misc]  # as the registry mixes them
    def fold(self, *, policy: Any) -> str:
        if policy.utf8 or self.isascii():
            return super().fold(policy=policy)
        return f"Subject: {_words(str(self), 'Subject', policy)}{policy.linesep}"


class _From(UniqueSingleAddressHeader, BaseHeader):  # type: ignore[misc]
    def fold(self, *, policy: Any) -> str:
        if policy.utf8 or self.isascii():
            return super().fold(policy=policy)
        name = _words(self.address.display_name, "From", policy)
        return f"From: {name}{policy.linesep} <{self.address.addr_spec}>{policy.linesep}"


def _words(text: str, name: str, policy: Any) -> str:
    return Header(text, "utf-8", maxlinelen=76, header_name=name).encode(linesep=policy.linesep)


class _EachOnce(EmailPolicy):
    """Each header is set once, by us: counting them would cost as much as reading them."""

    def header_max_count(self, name: str) -> int | None:
        return None


_REGISTRY = HeaderRegistry()
_REGISTRY.map_to_type("subject", _Subject)
_REGISTRY.map_to_type("from", _From)
POLICY = _EachOnce(linesep=SMTP.linesep, header_factory=_REGISTRY)
"""Of the mails that we write."""


@lru_cache(maxsize=64)
def header(name: str, value: str) -> Any:
    """A header that many mails share; `value` is one line."""
    return _REGISTRY(name, value)


@lru_cache(maxsize=8)
def date(at: datetime) -> Any:
    """The Date of a mail (aware, whole seconds)."""
    return _REGISTRY("Date", at)


@lru_cache(maxsize=8)
def sender(name: str, username: str, host: str) -> Any:
    """From whom mails come. `name` is one line."""
    return _REGISTRY("From", str(Address(name, username, host)))

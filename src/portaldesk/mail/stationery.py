"""What every letter of a clinic is written on: its settings, the reader's language, and its own templates."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from pathlib import Path

from portaldesk.mail.catalogues import catalogue
from portaldesk.settings import ClinicSettings

UNBROKEN = "\u00a0"
"""A blank at which no line ends; plain text has it as an ordinary one, once its lines are made."""


_MOST_DIGITS = 4  # ours: made-up patients have three, the shortest numbers that are called from afar five


@dataclass(frozen=True, slots=True)
class Stationery:
    """For one reader. `language`: one of `catalogues.LANGUAGES`. `templates`: where the clinic keeps its own, if it
    has any."""

    settings: ClinicSettings
    language: str = "en"
    templates: Path | None = None

    def say(self, message: str, **values: str) -> str:
        """An English sentence in the reader's language; `values` fill its `%(name)s`."""
        return catalogue(self.language).gettext(message) % values

    def count(self, one: str, more: str, n: int) -> str:
        """A number of things in the reader's language."""
        return catalogue(self.language).ngettext(one, more, n) % {"n": n}

    @property
    def clinic(self) -> str:
        return one_line(self.settings.clinic_name)[:120] or self.say("Your clinic")

    @property
    def phone(self) -> str:
        """No line may end within it."""
        return one_line(self.settings.clinic_phone).replace(" ", UNBROKEN)

    @property
    def hours(self) -> str:
        return one_line(self.settings.clinic_hours)

    def link(self, page: str, token: str) -> str:
        """The address of one page of the portal; the token is its last segment."""
        return f"{self.settings.portal_url.rstrip('/')}/{page}/{token}"


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as its reader sees it. `html`: the same once more for who reads it so; empty where there is none.

    `trouble`: why the clinic's own template was not used, though there is one.
    """

    subject: str
    text: str
    html: str = ""
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One paragraph of a letter. `kind`: text, link, shown (as it stands), note (small)."""

    kind: str
    text: str


def first_name(given_name: str) -> str:
    """The given name with nothing in it that a mail program would make a link of, or that ends a line.

    Letters, marks, spaces, hyphens and apostrophes are kept, and the digits of a name, but not those of a phone number
    to call: a poisoned import cannot write our mails.
    """
    given = unicodedata.normalize("NFC", given_name)
    digits = sum(c.isdecimal() for c in given) <= _MOST_DIGITS
    kept = "".join(c for c in given if c.isalpha() or c in " -'’" or _is_mark(c) or (digits and c.isdecimal()))
    return " ".join(kept.split())[:40].strip()


def one_line(text: str) -> str:
    """One line without control, bidi or invisible characters."""
    kept = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in text)
    return " ".join(kept.split())


def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "M"

"""What the desk may see of a patient's data, and how data may reach a terminal.

A mask leaves enough to route a call and too little to answer a question with (design §3.2: of an email the first
character and the last domain label, nothing of a phone before it matched).
"""

from __future__ import annotations

from portaldesk.words import LETTERS, TEXTS

HIDDEN = "…"

# Letters and marks that a terminal shows as nothing, though Unicode counts them printable (Default_Ignorable_Code_Point
# in DerivedCoreProperties): with them two names look alike. Variation selectors are not here: emoji need them.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0")


def email(value: str) -> str:
    """As "d…@….com", for any address at .com that begins with d, whatever its length; "…" for what is no address."""
    local, at, domain = value.rpartition("@")
    if not (local and at):
        return HIDDEN
    dot = domain.rfind(".")
    label = domain[dot:] if dot > 0 else ""
    return shown(f"{local[0]}{HIDDEN}@{HIDDEN}{label}")


def recipient(kind: str, to: str) -> str:
    """Where a message of this kind goes: a masked email; of a postal address or a phone nothing is shown."""
    if kind in LETTERS:
        return "postal address"
    return "phone" if kind in TEXTS else email(to)


def name(given: str, family: str) -> str:
    """As "S… Reynolds644": the given name's first letter and the family name, to tell namesakes from one another."""
    initial = given.strip()[:1]
    parts = (f"{initial}{HIDDEN}" if initial else "", family.strip())
    return shown(" ".join(part for part in parts if part)) or HIDDEN


def phone(matched: bool, value: str) -> str:
    """As "…26" once the caller has named the number, "…" before: even two figures are a start at guessing it."""
    figures = "".join(character for character in value if character.isascii() and character.isdigit())
    return f"{HIDDEN}{figures[-2:]}" if matched and len(figures) > 4 else HIDDEN


def shown(text: str) -> str:
    r"""Text from data made safe for a terminal: what would steer it or hide in it is written out ("\x1b", "\u202e").

    Control characters, line ends, bidi marks, zero-width and unusual spaces, lone surrogates and unassigned code points
    are escaped as Python writes them; letters of every direction and emoji stay. Markup of a table library ("[red]") is
    text like any other here: print it as plain text.
    """
    return "".join(
        letter if letter.isprintable() and letter not in _BLANK else letter.encode("unicode_escape").decode("ascii")
        for letter in text
    )

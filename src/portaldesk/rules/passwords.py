"""What a password must be: two presets, and every fault of one password at once, in words to read to a caller.

`nist-800-63b-4` is the default: long, no composition rules, nothing common, expected or known (NIST SP 800-63B-4
§3.1.1.2; ASVS 5.0 6.2.1 to 6.2.12). `portal` is what many patient portals still ask; a clinic may choose it, and
`doctor` remarks it.

Lengths are in code points of the NFC form; nothing is ever truncated. No sentence here repeats the password or a
context word: they are read out, shown at the desk and logged.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Policy:
    """One set of rules: lengths in code points, classes that must occur, how many old passwords may not come back."""

    name: str
    min_length: int
    max_length: int
    needs_upper: bool
    needs_lower: bool
    needs_digit: bool
    needs_special: bool
    history: int


PRESETS: dict[str, Policy] = {
    # 15: NIST SP 800-63B-4 §3.1.1.2 for a password that stands alone; it wants at least 64 to be allowed, as ASVS does.
    "nist-800-63b-4": Policy("nist-800-63b-4", 15, 128, False, False, False, False, history=10),
    # Not a standard: the usual rule of portals today (design §4). NIST says of composition rules: shall not.
    "portal": Policy("portal", 12, 128, True, True, True, True, history=10),
}

GENERIC = ("account", "clinic", "doctor", "health", "hospital", "login", "medical", "password", "patient", "portal")
"""Words that anybody expects in a clinic's password: they count as context of every account."""

_SHORTEST_WORD = 3
"""Context words below this ("Li", "Jo") would refuse too much (ours)."""
_SHORTEST_CORE = 4
"""Cores below this are no words: "8203-5571-6094-kx" is not a common password (ours)."""
_LONGEST_UNIT = 8
"""A unit up to this length, repeated, is a short password said twice (ours: half of the 15 characters asked, up)."""
_SHORTEST_RUN = 3

_CLASSES = (
    ("needs_upper", "a capital letter"),
    ("needs_lower", "a small letter"),
    ("needs_digit", "a digit"),
    ("needs_special", "a mark such as ! or #"),
)
_COMMON = "It is on the list of passwords that are used too often, even with digits or marks around it."
_CONTEXT = "It is made only of personal details or of words that anybody expects here."
_REPEATED = "It repeats one character or one short piece."
_SEQUENCE = "It is made only of sequences, from the alphabet, from counting or from the keyboard."
_CONTROL = "It holds a character that cannot be typed, such as a tab or a line break."

_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
_DIGITS = "0123456789"
# US keyboard: rows, then columns from left to right; counting goes past nine to nought and on.
_TRACKS = (
    _ALPHABET,
    _DIGITS + _DIGITS,
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    *("1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm"),
)
_UNSHIFTED = str.maketrans("!@#$%^&*()", "1234567890")


def faults(password: str, policy: Policy, *, context: Sequence[str] = ()) -> tuple[str, ...]:
    """Every rule the password breaks, each as a sentence; empty where it may be used.

    `context` is what anybody could know: names, birth year, username, the clinic's name (NIST SP 800-63B-4 §3.1.1.2,
    "context-specific words"; ASVS 5.0 6.2.11). Old passwords are not looked at here: they are hashes in the store.
    """
    text = unicodedata.normalize("NFC", password)
    folded = _folded(text)
    found: list[str] = []
    if len(text) < policy.min_length:
        found.append(f"It is too short: it needs at least {policy.min_length} characters.")
    if len(text) > policy.max_length:
        found.append(f"It is too long: it may have at most {policy.max_length} characters.")
    found += [f"It needs {words}." for rule, words in _CLASSES if getattr(policy, rule) and not _has(rule, text)]
    if any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in text):
        found.append(_CONTROL)
    if text and len(text) <= policy.max_length:  # past that, nothing more need be said, nor computed
        if _is_common(folded):
            found.append(_COMMON)
        if _is_context(folded, context):
            found.append(_CONTEXT)
        if _is_repeated(folded):
            found.append(_REPEATED)
        if _is_sequence(folded):
            found.append(_SEQUENCE)
    return tuple(found)


def explained(policy: Policy) -> tuple[str, ...]:
    """The policy in sentences, for `policy show` and for whoever chooses a password."""
    classes = [words for rule, words in _CLASSES if getattr(policy, rule)]
    return (
        f"It has {policy.min_length} to {policy.max_length} characters; spaces and letters of any script count.",
        f"It has {', '.join(classes)}." if classes else "No kinds of characters are asked for: length is what counts.",
        "It is not a password that is used too often, even with digits or marks around it.",
        "It is not made only of names, the birth year, the username, or words about the clinic or the portal.",
        "It is not one character or short piece repeated, nor a sequence from the alphabet or the keyboard.",
        f"It is none of the last {policy.history} passwords of the account.",
    )


def core(password: str) -> str:
    """What people call the word in a password: casefolded, digits and marks stripped at both ends."""
    return _core(_folded(unicodedata.normalize("NFC", password)))


@cache
def blocklist() -> frozenset[str]:
    """The cores, and the all-digit passwords as they are, that are too common to use.

    Read from the package when first asked. Made by tools/make_blocklist.py, which says what from.
    """
    import gzip
    from importlib.resources import files

    packed = files("portaldesk").joinpath("rules/data/common-passwords.txt.gz").read_bytes()
    return frozenset(line for line in gzip.decompress(packed).decode("utf-8").split("\n") if line and line[0] != "#")


def _folded(text: str) -> str:
    # Accents go as well: a list without them would otherwise miss "pässwörd".
    bare = (char for char in unicodedata.normalize("NFKD", text.casefold()) if unicodedata.category(char) != "Mn")
    return "".join(bare).casefold()


def _is_letter(char: str) -> bool:
    return unicodedata.category(char)[0] in "LM"


def _core(folded: str) -> str:
    letters = [at for at, char in enumerate(folded) if _is_letter(char)]
    return folded[letters[0] : letters[-1] + 1] if letters else ""


def _has(rule: str, text: str) -> bool:
    if rule == "needs_upper":
        return any(char.isupper() for char in text)
    if rule == "needs_lower":
        return any(char.islower() for char in text)
    if rule == "needs_digit":
        return any(char.isdecimal() for char in text)
    return any(unicodedata.category(char)[0] in "PS" for char in text)


def _is_common(folded: str) -> bool:
    inner = _core(folded)
    return folded in blocklist() or (len(inner) >= _SHORTEST_CORE and inner in blocklist())


def _words(context: Sequence[str]) -> Iterator[str]:
    """The parts of every context value, and the value with its gaps closed ("O'Neil" is also "oneil")."""
    for value in (*context, *GENERIC):
        folded = _folded(unicodedata.normalize("NFC", value))
        for part in (*re.split(r"[\W_]+", folded), *re.split(r"[\W\d_]+", folded), re.sub(r"[\W_]+", "", folded)):
            if len(part) >= _SHORTEST_WORD and any(_is_letter(char) for char in part):
                yield part


def _is_context(folded: str, context: Sequence[str]) -> bool:
    """Whether context words, digits and marks alone make the whole; a birth year is digits, so it needs no case."""
    text = re.sub(r"[\W_]+", "", folded)  # "o'neil" and "oneil" alike
    words = frozenset(_words(context))
    years = [value for value in context if len(value) >= 4 and value.isdecimal()]
    if not any(word in text for word in (*words, *years)):
        return False
    reached = {0}
    for at, char in enumerate(text):
        if at not in reached:
            continue
        if not _is_letter(char):
            reached.add(at + 1)
        reached.update(at + len(word) for word in words if text.startswith(word, at))
    return len(text) in reached


def _is_repeated(folded: str) -> bool:
    """Whether one unit of up to eight characters fills the whole, or the core where that is most of it."""
    inner = _core(folded)
    texts = [folded, inner] if 2 * len(inner) >= len(folded) else [folded]
    return any(
        (text[:unit] * (len(text) // unit + 1))[: len(text)] == text
        for text in texts
        for unit in range(1, min(_LONGEST_UNIT, len(text) // 2) + 1)
    )


def _is_sequence(folded: str) -> bool:
    """Whether runs of three or more along the alphabet, the digits or the keyboard make the whole.

    The marks over the digits are read as the digits ("!QAZ@WSX"), the others are passed over.
    """
    text = re.sub(r"[\W_]+", "", folded.translate(_UNSHIFTED))
    at = 0
    while at < len(text):
        run = max(_run(text, at, track) for track in _TRACKS)
        if run < _SHORTEST_RUN:
            return False
        at += run
    return bool(text)


def _run(text: str, at: int, track: str) -> int:
    """How many characters from `at` on walk along the track, forwards or backwards, or stand still."""
    longest = len(text) - at - len(text[at:].lstrip(text[at]))
    for line in (track, track[::-1]):
        length = 0
        while at + length < len(text) and text[at : at + length + 1] in line:
            length += 1
        longest = max(longest, length)
    return longest

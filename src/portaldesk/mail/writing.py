"""From a template to a letter: one text a kind, laid out once as lines of text and once as HTML.

A template says `Subject:`, for a link `Button:`, and then paragraphs, parted by blank lines. It says where the things
stand that the mail is sent for (a link, a code, what was changed), each a paragraph of its own, and that is all it can
do with them: what belongs under them (how long they live), the safety lines, the reference and the foot are put there
here, so that no template can lose them. A clinic's own template is held to that (`overrides.py`); where it fails, ours
is used: the mail has to go.

Lines of the text are at most 72 characters, but for links (RFC 5322 §2.1.1 asks for 78).
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from portaldesk.mail import overrides
from portaldesk.mail.catalogues import catalogue
from portaldesk.mail.stationery import UNBROKEN, Letter, Part, Stationery, one_line

if TYPE_CHECKING:
    from jinja2 import Environment, Template

LAYOUT = "layout.html"
_WIDTH = 72
_SHOWN = "    "
"""How a paragraph begins that is shown as it stands: a code, a username."""


def text(said: str) -> Part:
    """A paragraph that has to be read."""
    return Part("text", said)


def note(said: str) -> Part:
    """A paragraph that is worth knowing: it is set smaller."""
    return Part("note", said)


@dataclass(frozen=True, slots=True)
class _Filled:
    """What a template said, once its values stand in it."""

    subject: str
    button: str
    paragraphs: tuple[str, ...]


def write(
    on: Stationery, name: str, *, kept: Mapping[str, Sequence[Part]], closing: Sequence[Part] = (), **values: Any
) -> Letter:
    """The letter of one kind, from the clinic's own template where it has a sound one.

    Args:
        kept: what the mail is sent for, and what has to stand under each; a link is known by being one.
        closing: what has to stand at the end.
        values: what else the template may say. They are plain text of one line each.
    """
    told = {"clinic": on.clinic, "phone": on.phone, "hours": on.hours, "call": call(on)} | values
    if on.templates is None:
        return _laid_out(on, _ours(on.language, f"{name}.txt"), None, kept, closing, told)
    trouble, used = "", ""
    try:
        own = overrides.written_by_clinic(on.templates, on.language, f"{name}.txt")
        layout = overrides.written_by_clinic(on.templates, on.language, LAYOUT)
        used = " with ".join(str(one.name) for one in (own, layout) if one is not None)
        if used:
            letter = _laid_out(on, own or _ours(on.language, f"{name}.txt"), layout, kept, closing, told)
            overrides.require_sound(letter, on.settings.portal_url, kept, closing)
            return letter
    except overrides.Unusable as why:
        trouble = f"{used}: {why}" if used else str(why)
    return replace(_laid_out(on, _ours(on.language, f"{name}.txt"), None, kept, closing, told), trouble=trouble)


def call(on: Stationery) -> str:
    """What to do when in doubt, as the end of a sentence: "call Elm Street Clinic at +1 555 0100"."""
    if on.phone:
        return on.say("call %(clinic)s at %(phone)s", clinic=on.clinic, phone=on.phone)
    return on.say("call %(clinic)s", clinic=on.clinic)


def _laid_out(
    on: Stationery,
    template: Template,
    layout: Template | None,
    kept: Mapping[str, Sequence[Part]],
    closing: Sequence[Part],
    told: Mapping[str, Any],
) -> Letter:
    filled = _filled_in(template, told)
    parts = [*_parts(filled.paragraphs, kept), *closing]
    foot = _foot(on)
    subject = f"{filled.subject} - {on.clinic}"[:150].rstrip()
    body = "\n\n".join(_as_text(part) for part in parts)
    html = overrides.filled_in(
        layout or _ours(on.language, LAYOUT),
        {
            "language": on.language, "subject": subject, "heading": filled.subject, "button": filled.button,
            "parts": parts, "foot": foot[1:], "clinic": on.clinic,
        },
    )  # fmt: skip
    end = "\n".join(_wrapped(line) for line in foot)
    return Letter(subject, f"{body}\n\n-- \n{end}\n", html)


def _filled_in(template: Template, told: Mapping[str, Any]) -> _Filled:
    said = overrides.filled_in(template, told)
    head, _, body = said.strip().partition("\n\n")
    fields = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in head.splitlines())}
    subject, button = (one_line(fields.get(name, "")) for name in ("Subject", "Button"))
    paragraphs = (_SHOWN + one.strip() if one.startswith(_SHOWN) else one for one in re.split(r"\n(?:[ \t]*\n)+", body))
    return _Filled(
        subject, button or subject,
        tuple(one if one.startswith(_SHOWN) else " ".join(one.split()) for one in paragraphs if one.strip()),
    )  # fmt: skip


def _parts(paragraphs: Sequence[str], kept: Mapping[str, Sequence[Part]]) -> list[Part]:
    parts = []
    for paragraph in paragraphs:
        said = paragraph.strip()
        is_link = said in kept and said.startswith(("https://", "http://"))
        kind = "link" if is_link else "shown" if paragraph.startswith(_SHOWN) else "text"
        parts.append(Part(kind, said))
        parts += kept.get(said, ())
    return parts


def _as_text(part: Part) -> str:
    if part.kind == "link":
        return part.text
    return _SHOWN + part.text if part.kind == "shown" else _wrapped(part.text)


@lru_cache(maxsize=512)  # most paragraphs of a bulk run are the same, and wrapping them is half the work
def _wrapped(paragraph: str) -> str:
    return textwrap.fill(paragraph, _WIDTH, break_on_hyphens=False).replace(UNBROKEN, " ")


def _foot(on: Stationery) -> list[str]:
    lines = [on.clinic]
    if on.phone:
        hours = f" ({on.hours})" if on.hours else ""
        lines.append(on.say("Phone: %(phone)s", phone=on.phone) + hours)
    return [*lines, on.say("This email was sent by a program; answers to it are not read.")]


@lru_cache(maxsize=64)
def _ours(language: str, name: str) -> Template:
    return _our_environment(language).get_template(name)


@lru_cache(maxsize=8)
def _our_environment(language: str) -> Environment:
    from jinja2 import Environment, PackageLoader

    return overrides.prepared(Environment, PackageLoader("portaldesk.mail", "templates/messages"), catalogue(language))

"""What each text message says: one segment, whatever the clinic is called.

A text shows on a locked phone, and its number may be a stranger's by a typing slip: it names no patient, and holds no
link. One segment is 160 characters of the alphabet that every phone has (3GPP TS 23.038 §6.2.1); what that lacks is
written with the letters it has.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from portaldesk.mail.catalogues import marked
from portaldesk.mail.stationery import Stationery
from portaldesk.mail.times import short_moment
from portaldesk.rules import speech

SEGMENT = 160
_ALPHABET = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The default alphabet of GSM; its extension table, whose characters count twice, is left out."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text as the gateway gets it. `to`: E.164. `expires_at`: from when on it is of no use; None: never."""

    id: str
    kind: str
    to: str
    text: str
    expires_at: datetime | None


def check_code(on: Stationery, *, reference: str, code: str, words: str, expires_at: datetime, now: datetime) -> str:
    """The code of an identity check on the phone; the two words let the patient check the desk."""
    return _text(
        on,
        marked(
            "%(code)s proves who you are to %(clinic)s, only if you called us. The desk must say: %(words)s. Else hang "
            "up. %(left)s, %(reference)s"
        ),
        code=speech.code_shown(code), words=words, left=_minutes(expires_at, now), reference=reference,
    )  # fmt: skip


def confirm_code(on: Stationery, *, reference: str, code: str, words: str, expires_at: datetime, now: datetime) -> str:
    """What a new number must answer before it counts."""
    return _text(
        on,
        marked(
            "%(code)s confirms this number to %(clinic)s, only if you asked. The desk must say: %(words)s. Else hang "
            "up. %(left)s, %(reference)s"
        ),
        code=speech.code_shown(code), words=words, left=_minutes(expires_at, now), reference=reference,
    )  # fmt: skip


def changed(on: Stationery, *, at: datetime) -> str:
    """Notice that an account was changed; what, its reader asks: others see the screen of a phone too."""
    told = marked("Your portal account at %(clinic)s was changed, %(at)s. Not you? Then %(call)s.")
    return _text(on, told, at=short_moment(on, at), call=_call(on))


def changing(on: Stationery, *, at: datetime) -> str:
    """Tells the phone on file that an email or phone is about to change, while that can be stopped."""
    told = marked(
        "An email or phone of your portal account at %(clinic)s is to change, %(at)s. Not you? Then %(call)s."
    )
    return _text(on, told, at=short_moment(on, at), call=_call(on))


def _call(on: Stationery) -> str:
    return on.say("call us at %(phone)s", phone=on.phone[:30]) if on.phone else on.say("call us")


def _text(on: Stationery, message: str, **values: str) -> str:
    """One segment in the reader's language: the clinic's name is cut to what room there is."""
    room = SEGMENT - len(plain(on.say(message, clinic="", **values)))
    return plain(on.say(message, clinic=plain(on.clinic)[: max(room, 0)].strip(), **values))


def plain(text: str) -> str:
    """In letters of the one alphabet: "Clínica" is "Clinica"."""
    from anyascii import anyascii

    return "".join(character if character in _ALPHABET else _only(anyascii(character)) for character in text)


def _only(text: str) -> str:
    return "".join(character if character in _ALPHABET else " " for character in text)


def _minutes(until: datetime, now: datetime) -> str:
    """Begun minutes count, as in a mail; "min" is said in every language that we write."""
    return f"{max(0, -int((now - until).total_seconds() // 60))} min"

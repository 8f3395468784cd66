"""The languages that patients are written to in, and what is said in each (gettext, by Babel).

English stands in the code and in the templates. Every other language is one `locale/LANGUAGE.po`, which translators
work on and which is read as it is: there is no compiled copy to forget. That takes some milliseconds, once a process,
and only where a patient reads that language.
"""

from __future__ import annotations

from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO

LANGUAGES = ("en", "es")


@cache
def catalogue(language: str) -> NullTranslations:
    """What is said in one of `LANGUAGES`."""
    if language == "en":
        return NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = BytesIO()
    with files("portaldesk.mail").joinpath("locale", f"{language}.po").open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)


def language_for(own: str, locale: str) -> str:
    """The language to write in: the reader's own (a primary subtag, may be empty), else the clinic's, else English."""
    clinics = locale.replace("-", "_").partition("_")[0]
    return next((one for one in (own, clinics) if one in LANGUAGES), "en")


def marked(message: str) -> str:
    """The message itself: marks what is looked up later, so that it is found for the catalogues."""
    return message

"""A clinic's own templates: a file in `HOME/templates`, or in `HOME/templates/LANGUAGE`, named as ours.

Who may write there is portaldesk itself, but a template is still no program: it runs in Jinja2's sandbox, knows the
values of its mail and nothing else, and what it made is judged before it is used. It cannot lose the link, the code or
the safety lines, nor lead anywhere but to the portal, nor load or run anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from gettext import NullTranslations
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from portaldesk.mail.catalogues import catalogue

if TYPE_CHECKING:
    from jinja2 import BaseLoader, Environment, Template

    from portaldesk.mail.stationery import Letter, Part

_URL = re.compile(
    r"(?:\b[a-z][a-z0-9+.-]*://|\bwww\.|\bmailto:|(?<![\w@.-])(?:[a-z0-9-]+\.)+[a-z]{2,}/)[^\s<>\"']*", re.IGNORECASE
)
"""What mail programs make a link of, though nobody wrote one."""
_MOST_BYTES = 100_000  # ours: Gmail cuts a mail off there
_LONGEST = 1_000_000  # characters that a template may make; ours, so that none keeps the mails after it back
_TAGS = frozenset(
    ("a", "b", "blockquote", "body", "br", "center", "code", "div", "em", "font", "footer", "h1", "h2", "h3", "head",
     "header", "hr", "html", "i", "img", "li", "main", "meta", "ol", "p", "pre", "section", "small", "span", "strong",
     "style", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "title", "tr", "u", "ul")
)  # fmt: skip
"""What a mail's page may be made of: nothing that runs, asks, or brings in something else."""
_LEADS = frozenset({"href", "src", "srcset", "background", "action", "formaction", "poster", "data", "ping", "cite"})
_LOADS = re.compile(r"url\s*\(|@import|expression\s*\(|\\", re.IGNORECASE)


class Unusable(Exception):
    """Why a template cannot be used; one sentence without anything of a patient."""


def prepared(kind: type[Environment], loader: BaseLoader | None, said: NullTranslations) -> Environment:
    """An environment that says what the catalogue says; in HTML every value is escaped."""
    from jinja2 import StrictUndefined

    environment = kind(
        loader=loader, autoescape=lambda name: bool(name) and str(name).endswith(".html"), undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"], auto_reload=False,
    )  # fmt: skip
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_callables(said.gettext, said.ngettext, newstyle=True)  # type: ignore[attr-defined]
    return environment


def filled_in(template: Template, values: Mapping[str, Any]) -> str:
    """What the template says of these values.

    Raises: Unusable, whatever the template does.
    """
    try:
        said = template.render(values)
    except Exception as failure:  # noqa: BLE001  # a clinic's template may fail in any way, and the mail has to go
        raise Unusable(_told(failure)) from None
    if len(said) > _LONGEST:
        raise Unusable("The template makes more than a mail can hold.")
    return said


def written_by_clinic(folder: Path, language: str, name: str) -> Template | None:
    """The clinic's own template of this name, None where it has none. Read once a process.

    Raises: Unusable.
    """
    found = _compiled(folder, language, name)
    if isinstance(found, Unusable):
        raise found
    return found


def require_sound(letter: Letter, portal_url: str, kept: Mapping[str, Sequence[Part]], closing: Sequence[Part]) -> None:
    """Raises: Unusable where a letter from a clinic's template lost something, or leads elsewhere."""
    links = [one for one in kept if one.startswith(("https://", "http://"))]
    if letter.subject.startswith(" - "):
        raise Unusable("The template has no line 'Subject: ...' at its top.")
    _require_in_text(letter, portal_url, kept, links)
    page = _Page()
    page.feed(letter.html)
    page.close()
    if page.faults:
        raise Unusable(f"The page holds {page.faults[0]}, which is not for a mail.")
    for address in (*page.leads, *(one for data in page.said for one in _URL.findall(data))):
        if address not in links and (not is_under(address, portal_url) or _tells(address, links)):
            raise Unusable("The page leads or loads from elsewhere than the portal.")
    if missing := [one for one in links if one not in page.leads]:
        raise Unusable(f"The page leaves {len(missing)} link(s) out that the mail is sent for.")
    said = " ".join("".join(page.said).split())
    if any(one not in said for one in kept if one not in links):
        raise Unusable("The page leaves out what the mail is sent for.")
    for part in (*(part for under in kept.values() for part in under), *closing):
        if " ".join(part.text.split()) not in said:
            raise Unusable("The page leaves out what has to be said: it must show every part that it is given.")


def is_under(address: str, portal_url: str) -> bool:
    """Whether an address is one of the portal's, whatever it is made to look like."""
    try:
        one, portal = urlsplit(address), urlsplit(portal_url)
        same = (one.scheme, one.hostname, one.port) == (portal.scheme, portal.hostname, portal.port)
    except ValueError:
        return False
    path = portal.path.rstrip("/")
    return same and one.username is None and (one.path == path or one.path.startswith(f"{path}/"))


def _require_in_text(letter: Letter, portal_url: str, kept: Iterable[str], links: Sequence[str]) -> None:
    paragraphs = [" ".join(one.split()) for one in letter.text.split("\n\n")]
    for one in kept:
        if paragraphs.count(" ".join(one.split())) != 1:
            raise Unusable(
                "The template must hold each link, code or change that the mail is sent for once, as a paragraph of "
                "its own: see what ours has between {{ and }}."
            )
    squeezed = "".join(letter.text.split())  # a long line may have been broken within a token
    if any(squeezed.count(link.rpartition("/")[2]) != 1 for link in links):
        raise Unusable("The template tells a link's secret outside of the link.")
    addresses = _URL.findall(letter.text)
    if any(one not in links and (not is_under(one, portal_url) or _tells(one, links)) for one in addresses):
        raise Unusable("The template leads elsewhere than to the portal.")
    if links and addresses[0] not in links:
        raise Unusable("The template names an address before the link.")
    if any(one in letter.subject for one in kept):
        raise Unusable("The template's subject tells what only the mail itself may.")


def _tells(address: str, links: Iterable[str]) -> bool:
    """Whether an address gives the token of a link away."""
    return any(link.rpartition("/")[2] in address for link in links)


def _told(failure: Exception) -> str:
    """A failure of a template in one line: Jinja2's own words tell of the template, any other's may tell of values."""
    from jinja2 import TemplateError, TemplateSyntaxError

    if isinstance(failure, TemplateSyntaxError):
        return f"line {failure.lineno}: {failure.message}"
    if isinstance(failure, TemplateError):
        return " ".join(str(failure.message).split())
    return f"it fails ({type(failure).__name__})."


@lru_cache(maxsize=256)
def _compiled(folder: Path, language: str, name: str) -> Template | Unusable | None:
    from jinja2 import DictLoader, TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    shown = name
    try:
        path = next((one for one in (folder / language / name, folder / name) if one.is_file()), None)
        if path is None:
            return None
        shown = str(path.relative_to(folder))
        if path.stat().st_size > _MOST_BYTES:
            return Unusable(f"{shown}: it is longer than {_MOST_BYTES} bytes.")
        loader = DictLoader({shown: path.read_text(encoding="utf-8")})
        return prepared(ImmutableSandboxedEnvironment, loader, catalogue(language)).get_template(shown)
    except UnicodeDecodeError:
        return Unusable(f"{shown}: it is not written in UTF-8.")
    except OSError as failure:
        return Unusable(f"{shown}: it cannot be read ({failure.strerror or 'unknown reason'}).")
    except TemplateError as failure:
        return Unusable(f"{shown}: {_told(failure)}")


class _Page(HTMLParser):
    """What a page says, where it leads, and what a mail must not hold."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.leads: list[str] = []
        self.faults: list[str] = []
        self._in = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in = tag
        if tag not in _TAGS:
            self.faults.append(f"<{tag}>")
        for name, value in attrs:
            if (tag, name) in (("a", "href"), ("img", "src")):
                if not (value or "").startswith("tel:"):
                    self.leads.append(value or "")
            elif name in _LEADS or name.startswith("on") or (name, tag) == ("http-equiv", "meta"):
                self.faults.append(f"'{name}' in <{tag}>")
            elif name == "style" and _LOADS.search(value or ""):
                self.faults.append("a style that loads something")

    def handle_endtag(self, tag: str) -> None:
        self._in = ""

    def handle_data(self, data: str) -> None:
        if self._in != "style":
            self.said.append(data if self._in != "title" else "")
        elif _LOADS.search(data):
            self.faults.append("a style that loads something")

    def handle_comment(self, data: str) -> None:
        self.faults.append("an HTML comment")

    def handle_pi(self, data: str) -> None:
        self.faults.append("a processing instruction")

    def unknown_decl(self, data: str) -> None:
        self.faults.append("a declaration")

"""Mails to be looked at before patients get them: each kind with made-up data, and whether the clinic's own hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from portaldesk.errors import WrongUsage
from portaldesk.mail import writing
from portaldesk.mail.catalogues import LANGUAGES, language_for
from portaldesk.mail.samples import SAMPLES
from portaldesk.mail.stationery import Stationery
from portaldesk.services.health import Finding
from portaldesk.settings import ClinicSettings


@dataclass(frozen=True, slots=True)
class Preview:
    """A mail as it would go out. `trouble`: why the clinic's own template is not used, though it has one."""

    kind: str
    language: str
    subject: str
    text: str
    html: str
    trouble: str


def preview(
    kind: str, language: str | None, *, settings: ClinicSettings, templates: Path | None, now: datetime
) -> Preview:
    """One kind of mail, in the clinic's language where none is named.

    Raises: WrongUsage `usage` for a kind or language that there is none of.
    """
    if kind not in SAMPLES:
        raise WrongUsage("usage", "There is no such kind of mail.", f"One of: {', '.join(SAMPLES)}.")
    if language is not None and language not in LANGUAGES:
        raise WrongUsage(
            "usage", "Mails are not written in that language.", f"Use --language {' or '.join(LANGUAGES)}."
        )
    on = Stationery(settings, language or language_for("", settings.locale), templates)
    letter = SAMPLES[kind](on, now)
    return Preview(kind, on.language, letter.subject, letter.text, letter.html, letter.trouble)


def own_templates(templates: Path, *, settings: ClinicSettings, now: datetime) -> Iterator[Finding]:
    """What the doctor says of the clinic's own templates; nothing where it has none."""
    named = {f"{kind}.txt" for kind in SAMPLES} | {writing.LAYOUT}
    known = named | {f"{language}/{name}" for language in LANGUAGES for name in named}
    try:
        found = {str(path.relative_to(templates)) for path in templates.rglob("*") if not path.is_dir()}
    except OSError:
        yield Finding("templates", False, False, "The folder of templates cannot be read.", "Check who owns it.")
        return
    if strange := sorted(found - known):
        yield Finding(
            "templates", True, True, f"No mail is written from: {', '.join(strange[:5])}.",
            f"A template is named as one of: {', '.join(sorted(named))}; or so in a folder "
            f"{' or '.join(LANGUAGES)}.",
        )  # fmt: skip
    troubles: dict[str, str] = {}
    for language in LANGUAGES:
        for kind, sample in SAMPLES.items():
            if trouble := sample(Stationery(settings, language, templates), now).trouble:
                troubles.setdefault(trouble, f"{kind} --language {language}")
    for trouble, shown_by in list(troubles.items())[:5]:
        yield Finding(
            "templates", False, False, f"A template of the clinic is not used, ours is: {trouble}",
            f"See what goes out with: portaldesk outbox preview {shown_by}",
        )  # fmt: skip
    if not troubles and found & known:
        used = ", ".join(sorted(found & known))
        yield Finding("templates", True, False, f"Templates of the clinic in use: {used}.", "")

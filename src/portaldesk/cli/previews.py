"""The command that shows a mail before patients get it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from portaldesk.errors import StateForbids
from portaldesk.render import screens


def outbox_preview(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="Like invitation, reset, check-code or changed.")],
    language: Annotated[
        str | None, typer.Option(metavar="LANGUAGE", help="en or es; the clinic's where it is left out.")
    ] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write its page here, for a browser.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file.")] = False,
) -> None:
    """Show one kind of mail with made-up data, as the clinic's settings and templates make it.

    Example: portaldesk outbox preview reset --html reset.html
    """
    from portaldesk.cli import files
    from portaldesk.cli.desk import open_desk
    from portaldesk.services import previews

    with open_desk("outbox preview") as desk:
        shown = previews.preview(
            kind, language, settings=desk.settings, templates=desk.store.place.templates, now=desk.now
        )
    if html is not None:
        files.write(html, shown.html, force=force)
    written = f"Its page is in {html}." if html is not None else ""
    screens.show(shown, f"Subject: {shown.subject}", "", *shown.text.splitlines(), *([written] if written else []))
    if shown.trouble:
        raise StateForbids(
            "template-unusable",
            f"The clinic's own template is not used, this one of ours is: {shown.trouble}",
            "Mend the file in the folder 'templates' of the home, or take it away.",
        )

"""The auditors' report as one page that needs nothing else: no script, no font, no picture from elsewhere.

The page forbids itself to load anything (its Content-Security-Policy names the one style block by its hash), so that
what it shows is what was written, also years later.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from portaldesk import __version__
from portaldesk.render import report_figures, report_plots, times
from portaldesk.rules.masks import shown

if TYPE_CHECKING:
    from portaldesk.services.reporting.results import Report


def page(report: Report) -> str:
    """The whole page; every text of the store is escaped by the template."""
    environment = Environment(
        loader=PackageLoader("portaldesk.render"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    style = files("portaldesk.render").joinpath("templates", "report.css").read_text(encoding="utf-8")
    plots = [
        (figure, report_plots.columns(figure) if figure.over_time else report_plots.bars(figure))
        for figure in report_figures.figures(report)
    ]
    return environment.get_template("report.html").render(
        report=report, summary=report_figures.summary(report), plots=plots, in_words=report_plots.in_words,
        local=times.local, shown=shown, version=__version__, top=report_plots.TOP, height=report_plots.HEIGHT,
        style=Markup(style), style_hash=b64encode(sha256(style.encode()).digest()).decode(),  # noqa: S704 - our file
    )  # fmt: skip

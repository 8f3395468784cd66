"""A report as one page that needs nothing else: no script, no font, no picture from elsewhere.

The page forbids itself to load anything (its Content-Security-Policy names the one style block by its hash), so that
what it shows is what was written, also years later.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from portaldesk import __version__
from portaldesk.render import report_plots, times
from portaldesk.render.report_figures import Figure
from portaldesk.rules.masks import shown


def page(template: str, *, styles: Sequence[str], figures: Sequence[Figure], nothing: str, **values: object) -> str:
    """The page that this template draws; texts are escaped by it.

    Args:
        styles: the style sheets among our templates, in their order.
        figures: what is plotted.
        nothing: said in place of a plot without marks.
        values: what else the template names.
    """
    environment = Environment(
        loader=PackageLoader("portaldesk.render"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    folder = files("portaldesk.render").joinpath("templates")
    style = "".join(folder.joinpath(name).read_text(encoding="utf-8") for name in styles)
    plots = [(one, report_plots.columns(one) if one.over_time else report_plots.bars(one)) for one in figures]
    return environment.get_template(template).render(
        plots=plots, nothing=nothing, in_words=report_plots.in_words, local=times.local, shown=shown,
        version=__version__, top=report_plots.TOP, height=report_plots.HEIGHT,
        style=Markup(style), style_hash=b64encode(sha256(style.encode()).digest()).decode(),  # noqa: S704 - our files
        **values,
    )  # fmt: skip

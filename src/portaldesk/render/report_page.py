"""The auditors' report as one page for a browser (pages.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portaldesk.render import pages, report_figures

if TYPE_CHECKING:
    from portaldesk.services.reporting.results import Report


def page(report: Report) -> str:
    """The whole page; every text of the store is escaped by the template."""
    return pages.page(
        "report.html", styles=("report.css",), figures=report_figures.figures(report), nothing="Nothing in that time.",
        report=report, summary=report_figures.summary(report),
    )  # fmt: skip

"""The report: one page that has everything in it, sorts and filters, and needs no network."""

from __future__ import annotations

from ._page import report_html, write_report

__all__ = ["report_html", "write_report"]

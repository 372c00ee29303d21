"""What commands may ask of the administration: the proof of the books, and what they report."""

from __future__ import annotations

from pfh.features.admin.prove_household import all_households, prove_household
from pfh.features.admin.render_reports import render_reports

__all__ = ["all_households", "prove_household", "render_reports"]

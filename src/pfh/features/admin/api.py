"""What others may ask of the administration: proof and reports of the books, a warm cache."""

from __future__ import annotations

from pfh.features.admin.prove_household import all_households, prove_household
from pfh.features.admin.render_reports import render_reports
from pfh.features.admin.warm_cache import warm_cache

__all__ = ["all_households", "prove_household", "render_reports", "warm_cache"]

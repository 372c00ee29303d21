"""What pages and commands may ask of the dashboard."""

from __future__ import annotations

from pfh.features.dashboard.compare import differences, rebuild, rebuild_each
from pfh.features.dashboard.consumers import project_all
from pfh.features.dashboard.figures import Figures, month_before
from pfh.features.dashboard.read_dashboard import (
    WARMED_VIEWS,
    Asked,
    read_figures,
    read_views,
    warm_views,
)
from pfh.features.dashboard.read_page import count_reviews

__all__ = [
    "WARMED_VIEWS",
    "Asked",
    "Figures",
    "count_reviews",
    "differences",
    "month_before",
    "project_all",
    "read_figures",
    "read_views",
    "rebuild",
    "rebuild_each",
    "warm_views",
]

"""All dashboards, and their text."""

from __future__ import annotations

import json

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from deploy.dashboards import api, business, database, kafka, overview
from deploy.dashboards.page import Page, build

PAGES: tuple[Page, ...] = (
    overview.PAGE, api.PAGE, database.PAGE, kafka.PAGE, business.PAGE,
)  # fmt: skip


def rendered() -> dict[str, str]:
    """Return uid → the JSON that Grafana reads, with keys in order so that changes are small."""
    return {
        page.uid: json.dumps(
            build(page), cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False
        )
        + "\n"
        for page in PAGES
    }

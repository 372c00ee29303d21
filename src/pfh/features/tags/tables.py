"""Tags: free words on entries."""

from __future__ import annotations

import sqlalchemy as sa

from pfh.persistence.columns import identifier, instant, sort_key, table, text

tags = table(
    "tags",
    identifier("tag_id", primary_key=True),
    identifier("household_id", sa.ForeignKey("households.household_id")),
    text("name"),
    sort_key("name_key"),
    instant("created_at"),
    sa.UniqueConstraint("household_id", "name_key"),
)

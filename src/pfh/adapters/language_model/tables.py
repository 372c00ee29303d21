"""What the language model has cost so far, shared by every process of an installation."""

from __future__ import annotations

from pfh.persistence.columns import number, table, text

language_model_usage = table(
    "language_model_usage",
    text("day", primary_key=True),
    number("tokens"),
)

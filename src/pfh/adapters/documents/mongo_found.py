"""What a reader of MongoDB has found of a household so far, while it may go on changing.

It exists because a read is good only if the head did not move meanwhile, and a busy household moves
it faster than all its documents are read. Each document has the number of the batch that changed it
last. So a reader who was overtaken asks for what was changed since, which is little, and not for
everything again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pfh.ports.documents import Collection, Document, Range

# Below every sign of a period, so that keys sort as (period, subject, commodity) do.
SEPARATOR: Final = "!"
AFTER_SEPARATOR: Final = '"'
# Each field costs the reader to decode, and a dashboard reads a thousand documents.
FIELDS: Final = {"_id": 0, "epoch": 0, "seq": 0}


class FoundDocuments:
    """The documents of some ranges, complete up to a number of the household."""

    def __init__(self, ranges: Sequence[Range]) -> None:
        """Begin with nothing."""
        self._ranges = ranges
        self._prefix: str | None = None
        self._up_to: int | None = None
        self._found: list[dict[tuple[str, int, str], Mapping[str, Any]]] = [{} for _ in ranges]

    def queries(self, prefix: str) -> list[tuple[Collection, dict[str, Any]]]:
        """Return what to ask, a query for each range.

        Args:
            prefix: of the keys of the household and its epoch; with another epoch than before
                everything begins again.
        """
        if prefix != self._prefix:
            self._prefix, self._up_to = prefix, None
            self._found = [{} for _ in self._ranges]
        since = {} if self._up_to is None else {"seq": {"$gt": self._up_to}}
        return [
            (
                one.collection,
                {"_id": {"$gte": prefix + one.first, "$lt": prefix + one.last + AFTER_SEPARATOR}}
                | since,
            )
            for one in self._ranges
        ]

    def add(self, answers: Sequence[Sequence[Mapping[str, Any]]], *, up_to: int) -> None:
        """Take the answers to the queries.

        Args:
            answers: in their order.
            up_to: the number of the household before they were asked, when no batch was under way:
                whatever was changed later is asked for again.
        """
        for found, answer in zip(self._found, answers, strict=True):
            found.update((_key_of(document), document) for document in answer)
        self._up_to = up_to

    def documents(self) -> list[list[Document]]:
        """Return the documents of each range by period, subject and commodity."""
        return [_in_order(found.values()) for found in self._found]


def _key_of(document: Mapping[str, Any]) -> tuple[str, int, str]:
    return document["period"], document["subject"], document["commodity"]


def _in_order(found: Any) -> list[Document]:  # noqa: ANN401 -- BSON, whose fields we wrote
    documents = [
        Document(
            period=each["period"],
            subject_id=int(each["subject"]),
            commodity=each["commodity"],
            first_minor=int(each["first"]),
            second_minor=int(each["second"]),
            count=int(each["count"]),
        )
        for each in found
    ]
    # The keys sort subject 10 before subject 9.
    return sorted(documents, key=lambda each: (each.period, each.subject_id, each.commodity))

"""What a reader of MongoDB has found of a household so far, while it may go on changing.

It exists because a busy household moves its head faster than all its documents are read. Each
document has the number of the batch that changed it last, which makes three things possible without
waiting for a quiet moment:

- What was found is of one moment when none of it was changed by a batch that began after the head
  was read: all before had come to their end, and left what it shows.
- The batch that was under way then is in the head, as a claim that nothing can change any more. So
  its parts are added here to the documents that do not have them yet.
- A reader who was overtaken asks for what was changed since, which is little, and not for
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
FIELDS: Final = {"_id": 0, "epoch": 0}
_COUNTERS: Final = ("first", "second", "count")
_Key = tuple[str, int, str]


class FoundDocuments:
    """The documents of some ranges, complete up to a number of the household."""

    def __init__(self, ranges: Sequence[Range]) -> None:
        """Begin with nothing."""
        self._ranges = ranges
        self._prefix: str | None = None
        self._up_to: int | None = None
        self._found: list[dict[_Key, Mapping[str, Any]]] = [{} for _ in ranges]

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

    def add(
        self, answers: Sequence[Sequence[Mapping[str, Any]]], *, up_to: int, claimed: int
    ) -> bool:
        """Take the answers to the queries, and tell whether all that was found is of one moment.

        Args:
            answers: in their order.
            up_to: the number of the household before they were asked: whatever was changed later is
                asked for again.
            claimed: the number that the batch under way would bring it to, `up_to` without one.
        """
        for found, answer in zip(self._found, answers, strict=True):
            found.update((_key_of(document), document) for document in answer)
        self._up_to = up_to
        return all(each["seq"] <= claimed for answer in answers for each in answer)

    def documents(self, claim: Mapping[str, Any] | None) -> list[list[Document]]:
        """Return the documents of each range by period, subject and commodity.

        Args:
            claim: the batch that was under way; its parts count, too.
        """
        if claim is None:
            return [_in_order(found) for found in self._found]
        return [
            _in_order(found | _brought(claim, one, found))
            for one, found in zip(self._ranges, self._found, strict=True)
        ]


def _brought(
    claim: Mapping[str, Any], wanted: Range, found: Mapping[_Key, Mapping[str, Any]]
) -> dict[_Key, Mapping[str, Any]]:
    """Return what the documents of a range will be that do not have their part of a claim yet."""
    brought = {}
    for part in claim["parts"]:
        if (
            part["collection"] == wanted.collection
            and wanted.first <= part["period"] <= wanted.last
        ):
            before = found.get(_key_of(part))
            if before is None:
                brought[_key_of(part)] = part
            elif before["seq"] < claim["last"]:
                after = {name: before[name] + part[name] for name in _COUNTERS}
                brought[_key_of(part)] = {**before, **after}
    return brought


def _key_of(document: Mapping[str, Any]) -> _Key:
    return document["period"], document["subject"], document["commodity"]


def _in_order(found: Mapping[_Key, Mapping[str, Any]]) -> list[Document]:
    # The keys of the store sort subject 10 before subject 9.
    return [
        Document(
            period=each["period"],
            subject_id=int(each["subject"]),
            commodity=each["commodity"],
            first_minor=int(each["first"]),
            second_minor=int(each["second"]),
            count=int(each["count"]),
        )
        for _, each in sorted(found.items())
    ]

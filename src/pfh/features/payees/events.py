"""The events of payees; payloads are JSON of these structs (docs/specs/events.md §5)."""

from __future__ import annotations

import msgspec

from pfh.persistence.event_store import Draft

PAYEE_RENAMED = "PayeeRenamed"
PAYEE_MERGED = "PayeeMerged"
PAYEE_UNMERGED = "PayeeUnmerged"

EVENT_TYPES = (PAYEE_RENAMED, PAYEE_MERGED, PAYEE_UNMERGED)
VERSION = 1

_encoder = msgspec.json.Encoder()


class PayeeRename(msgspec.Struct, frozen=True, rename="camel"):
    """Payload of `PayeeRenamed`."""

    payee_id: int
    before: str
    after: str


class PayeeMerge(msgspec.Struct, frozen=True, rename="camel"):
    """Payload of `PayeeMerged` and `PayeeUnmerged`.

    `also` are payees that stood for the source and went along; they come back with it.
    """

    payee_id: int
    into_id: int
    also: tuple[int, ...] = ()


def renamed(event_id: int, rename: PayeeRename) -> Draft:
    """A payee got another name."""
    return _draft(event_id, PAYEE_RENAMED, rename.payee_id, rename)


def merged(event_id: int, kind: str, merge: PayeeMerge) -> Draft:
    """A payee stands for another one now, or no longer."""
    return _draft(event_id, kind, merge.payee_id, merge)


def _draft(event_id: int, kind: str, payee_id: int, payload: msgspec.Struct) -> Draft:
    return Draft(event_id, kind, VERSION, payee_id, _encoder.encode(payload).decode())


decode_merge = msgspec.json.Decoder(PayeeMerge).decode

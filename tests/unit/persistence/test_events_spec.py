"""docs/specs/events.md tells the program as it is: types, fields, the hash of its example."""

from __future__ import annotations

import importlib
import re
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from pfh.persistence.event_store import GENESIS_HASH, Draft, digest
from pfh.persistence.tables import events
from tests.architecture.inventory import event_modules, event_types

SPEC = Path(__file__).parents[3] / "docs" / "specs" / "events.md"
TEXT = SPEC.read_text(encoding="utf-8")
NAMES = frozenset(re.findall(r"`(\w+)`", TEXT)) | frozenset(re.findall(r"\w+", TEXT))


def test_names_every_type_and_no_other_when_compared() -> None:
    section = TEXT.partition("## 5. Payloads")[2].partition("## 6.")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    told = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
    assert told == event_types()


def test_names_every_column_when_compared() -> None:
    assert {column.name for column in events.columns} <= NAMES


@pytest.mark.parametrize("path", [path for path, _ in event_modules()], ids=str)
def test_names_every_field_of_a_payload_when_compared(path: Path) -> None:
    module = importlib.import_module(".".join(path.with_suffix("").parts[1:]))
    structs = [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, msgspec.Struct)
        # What a snapshot is made from is a row, and no payload.
        and not value.__module__.endswith(".store")
    ]
    assert structs
    for struct in structs:
        fields = {field.encode_name for field in msgspec.structs.fields(struct)}
        assert fields <= NAMES, f"{struct.__name__}: {sorted(fields - NAMES)}"


def test_hash_is_that_of_the_example_when_recomputed() -> None:
    draft = Draft(1001, "TagRenamed", 1, 77, '{"tagId":77,"before":"trip","after":"Holiday"}')
    content = digest(42, 1, draft, 7, 1_700_000_000_000_000)
    assert f"| digest | `{content.hex()}` |" in TEXT
    assert f"| hash | `{sha256(GENESIS_HASH + content).hexdigest()}` |" in TEXT


def test_hash_changes_when_any_covered_field_changes() -> None:
    draft = Draft(1001, "TagRenamed", 1, 77, "{}")
    others = [
        digest(43, 1, draft, 7, 9),
        digest(42, 2, draft, 7, 9),
        digest(42, 1, draft, None, 9),
        digest(42, 1, draft, 7, 10),
        digest(42, 1, Draft(1002, "TagRenamed", 1, 77, "{}"), 7, 9),
        digest(42, 1, Draft(1001, "TagRemoved", 1, 77, "{}"), 7, 9),
        digest(42, 1, Draft(1001, "TagRenamed", 2, 77, "{}"), 7, 9),
        digest(42, 1, Draft(1001, "TagRenamed", 1, 78, "{}"), 7, 9),
        digest(42, 1, Draft(1001, "TagRenamed", 1, 77, "[]"), 7, 9),
    ]
    assert len({digest(42, 1, draft, 7, 9), *others}) == len(others) + 1

"""Every event has its topics, and every topic its specification."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pfh.adapters.event_stream.topic_spec import read_topics
from pfh.features.imports import events as imports
from pfh.features.ledger import events as ledger
from pfh.runtime.event_routing import (
    COPIES,
    NOTIFICATIONS,
    SYNC,
    TOPICS,
    TRANSACTIONS,
    dead_letters_of,
    topics_of,
)
from tests.architecture.inventory import event_types

SPEC = Path(__file__).parents[3] / "docs" / "specs" / "events.md"


def test_every_type_of_event_is_routed_and_no_other() -> None:
    assert COPIES.keys() == event_types()


def test_transactions_gets_every_event_and_others_get_copies() -> None:
    assert topics_of(ledger.ENTRY_POSTED) == (TRANSACTIONS,)
    assert topics_of(imports.IMPORT_COMMITTED) == (TRANSACTIONS, SYNC, NOTIFICATIONS)
    assert topics_of("NeverHeardOf") == (TRANSACTIONS,)
    assert {topics_of(kind)[0] for kind in COPIES} == {TRANSACTIONS}


@pytest.mark.parametrize("topic", TOPICS)
def test_specification_of_events_names_what_goes_to_a_topic(topic: str) -> None:
    (line,) = re.findall(rf"^\| `{re.escape(topic)}` \| (.*) \|$", SPEC.read_text(), re.MULTILINE)
    if topic == TRANSACTIONS:
        assert line.startswith("every event")
    else:
        told = {kind for kind, copies in COPIES.items() if topic in copies}
        assert set(re.findall(r"`(\w+)`", line)) == told


def test_every_topic_has_a_specification_and_one_for_its_dead_letters() -> None:
    names = [spec.name for spec in read_topics()]
    assert sorted(names) == sorted([*TOPICS, *map(dead_letters_of, TOPICS)])

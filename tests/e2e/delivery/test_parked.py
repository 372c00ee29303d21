"""An event that cannot be applied, on real servers: it holds up its household and no other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import httpx
import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from pfh.adapters.event_stream.kafka_messages import delivery_of
from pfh.adapters.event_stream.topic_spec import DEAD_LETTERS_SUFFIX
from tests.e2e.delivery.plant import GROUP, TOPIC, Plant, Worker, until
from tests.e2e.delivery.proof import prove, rows, settle
from tests.e2e.delivery.writing import Writer
from tests.e2e.program import bearer

pytestmark = [pytest.mark.slow, pytest.mark.kafka]
# What a release that cannot read an event sees in it; nobody else's is like it.
UNREADABLE = '{"date":"2026-11-20","postings":"in a form of the future"}'
PARKED_LINE = "{group}  household {household}  event {seq}  EntryPosted  "
READ_MODELS = {
    "monthly_summaries": "SELECT * FROM monthly_summaries ORDER BY 1, 2, 3, 4",
    "daily_category_spend": "SELECT * FROM daily_category_spend ORDER BY 1, 2, 3, 4",
    "balance_history": "SELECT * FROM balance_history ORDER BY 1, 2, 3, 4",
    "document_heads": "SELECT household_id, household_seq, hash FROM document_heads ORDER BY 1",
}


@pytest.fixture
def plant(small_plant: Plant) -> Plant:
    """Return a plant on one broker."""
    return small_plant


@dataclass
class Person:
    """Somebody who writes, and how far the read models have followed them."""

    writer: Writer
    url: str
    household: int = 0

    def writes(self, times: int) -> None:
        for _ in range(times):
            self.writer.write(lambda: False)
        ((found,),) = rows(
            self.url,
            "SELECT household_id FROM entries WHERE description = $1",
            self.writer.acknowledged[-1],
        )
        self.household = int(str(found))

    def head(self) -> int:
        """Return the number of the last event that is in the read models."""
        sql = "SELECT household_seq FROM document_heads WHERE household_id = $1"
        found = rows(self.url, sql, self.household)
        return int(str(found[0][0])) if found else 0

    def is_followed(self) -> bool:
        return self.head() == self.writer.seq

    def spent(self) -> str:
        """Return what the dashboard shows of this month to somebody who has just written."""
        path = f"/api/dashboard?period=2026-11&householdSeq={self.writer.seq}"
        answer = httpx.get(
            f"{self.writer.url()}{path}", headers=bearer(self.writer.token), timeout=30
        )
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert told["householdSeq"] == self.writer.seq
        return str(told["summary"]["totalExpenses"])


@dataclass
class Poison:
    """One event in the books as a release that cannot read it sees it."""

    url: str
    household: int
    seq: int
    payload: str = ""

    def strike(self) -> None:
        sql = "SELECT payload FROM events WHERE household_id = $1 AND household_seq = $2"
        ((found,),) = rows(self.url, sql, self.household, self.seq)
        self.payload = str(found)
        self._write(UNREADABLE)

    def end(self) -> None:
        """Let it be read again, as the next release does."""
        self._write(self.payload)

    def _write(self, payload: str) -> None:
        sql = "UPDATE events SET payload = $3 WHERE household_id = $1 AND household_seq = $2"
        rows(self.url, sql, self.household, self.seq, payload)


def read_models(url: str) -> dict[str, Sequence[tuple[object, ...]]]:
    return {name: rows(url, sql) for name, sql in READ_MODELS.items()}


def dead_letters(brokers: str) -> list[tuple[int, int]]:
    """Return household and number of every event in the dead-letter topic."""
    topic = f"{TOPIC}{DEAD_LETTERS_SUFFIX}"
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "looking on"})
    found = []
    try:
        for number in consumer.list_topics(topic, timeout=30).topics[topic].partitions:
            place = TopicPartition(topic, number, OFFSET_BEGINNING)
            _, end = consumer.get_watermark_offsets(place, timeout=30)
            consumer.assign([place])
            for _ in range(end):
                message = consumer.poll(30)
                assert message is not None
                assert message.error() is None
                event = delivery_of(message).event
                assert event is not None
                found.append((event.household_id, event.household_seq))
    finally:
        consumer.close()
    return found


def begin(plant: Plant, url: str) -> tuple[Worker, Person, Person]:
    """Let two people write before anything is projected; return the hub and both."""
    hub = plant.worker("hub", "serve")
    hub.start()
    # The outbox is filled from the first registration of a relay on.
    relay = plant.worker("relay", "relay")
    relay.start()
    people = []
    for name in ("ann", "ben"):
        writer = Writer(plant.client, lambda: f"http://127.0.0.1:{hub.port}", name)
        writer.begin()
        people.append(Person(writer, url))
    relay.stop()
    for person in people:
        person.writes(3)
    return relay, people[0], people[1]


def explained(plant: Plant, waiting: Poison) -> dict[str, str]:
    """Return what `pfh dlq list` and `show` tell an operator of the only household that waits."""
    listed = plant.run("dlq", "list", "--group", GROUP)
    line = PARKED_LINE.format(group=GROUP, household=waiting.household, seq=waiting.seq)
    assert listed.returncode == 1
    assert listed.stdout.startswith(line), listed.stdout
    assert len(listed.stdout.splitlines()) == 1
    shown = plant.run("dlq", "show", str(waiting.household))
    assert shown.returncode == 0, shown.stderr
    # What people wrote is in the books, and no operator's business.
    assert "in a form of the future" not in shown.stdout
    return dict(row.split(maxsplit=1) for row in shown.stdout.splitlines() if row)


def replay(plant: Plant, household: int) -> tuple[int, str]:
    """Return the code of `pfh dlq replay`, and what became of the household."""
    done = plant.run("dlq", "replay", "--household", str(household))
    assert done.stdout, done.stderr
    return done.returncode, done.stdout.strip().rpartition("  ")[2]


def prove_rebuilt(plant: Plant, url: str) -> None:
    """Prove that the read models are, byte by byte, what the books give."""
    before = read_models(url)
    assert all(before.values())
    rebuilt = plant.run("rebuild")
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert read_models(url) == before


def test_household_waits_alone_until_its_event_can_be_read_and_goes_on_in_order(
    plant: Plant, migrated_postgres_url: str
) -> None:
    url = migrated_postgres_url
    relay, ann, ben = begin(plant, url)
    poison = Poison(url, ben.household, ben.writer.seq - 1)
    poison.strike()
    relay.start()
    consumer = plant.worker("consumer", "consume", "--group", GROUP)
    consumer.start()
    until(lambda: rows(url, "SELECT 1 FROM parked_households") != [], what="a waiting household")
    until(ann.is_followed, what="Ann's read models")
    # What came before counts, and what comes after waits, however much of it there is.
    for person in (ann, ben):
        person.writes(2)
    until(ann.is_followed, what="Ann's next writes")
    assert ben.head() == poison.seq - 1
    assert (ann.spent(), ben.spent()) == ("5.00", "5.00")

    told = explained(plant, poison)
    assert (told["group"], told["type"]) == (GROUP, "EntryPosted")
    assert told["event"].startswith(f"{poison.seq} (")
    assert told["error"] == "ValidationError"
    assert told["correlation"] == consumer.events("household_parked")[0]["correlation_id"]

    assert replay(plant, ben.household) == (1, "parked again")
    assert ben.head() == poison.seq - 1
    poison.end()
    assert replay(plant, ben.household) == (0, "at the head")
    assert ben.is_followed()
    over = plant.run("dlq", "list")
    assert (over.returncode, over.stdout) == (0, "")
    for person in (ann, ben):
        person.writes(1)
        until(person.is_followed, what="the write after the replay")
    settle(plant, url)
    prove(plant, url, [ann.writer, ben.writer])
    prove_rebuilt(plant, url)
    # One of the consumer, one of the replay that came too early.
    assert dead_letters(plant.brokers) == [(ben.household, poison.seq)] * 2

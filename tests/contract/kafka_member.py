"""A member of a consumer group in a process of its own, for tests that kill it.

`python -m tests.contract.kafka_member BROKERS GROUP TOPIC COUNT` polls until it has so many
messages, prints each as household and sequence number and then `done`, and waits for its end.
"""

from __future__ import annotations

import asyncio
import sys

from pfh.adapters.event_stream.kafka_options import KafkaOptions
from pfh.adapters.event_stream.kafka_subscription import KafkaSubscription
from tests.contract.event_stream_contract import names, poll_until


async def main(brokers: str, group: str, topic: str, count: int) -> None:
    options = KafkaOptions(brokers=tuple(brokers.split(",")))
    member = KafkaSubscription(options, group, [topic])
    for household, seq in names(await poll_until(member, count)):
        sys.stdout.write(f"{household} {seq}\n")
    sys.stdout.write("done\n")
    sys.stdout.flush()
    # A member that does not poll still tells the group that it lives.
    await asyncio.sleep(600)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))

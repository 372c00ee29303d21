"""What the topics of a cluster are to be, read from the file that comes with the program."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

SPEC_FILE: Final = "topics.toml"
DEAD_LETTERS_SUFFIX: Final = ".dlq"
_BROKERS_FOR_TWO_COPIES: Final = 3
_MILLISECONDS_PER_DAY: Final = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicSpec:
    """One topic; the meaning of each number stands in `topics.toml`."""

    name: str
    partitions: int
    replicas: int
    in_sync: int
    days: int
    largest_kilobytes: int

    def replicas_on(self, brokers: int) -> int:
        """Return how many copies a cluster of so many brokers holds."""
        return min(self.replicas, brokers)

    def in_sync_on(self, brokers: int) -> int:
        """Return how many copies must have a message before it is confirmed."""
        return self.in_sync if brokers >= _BROKERS_FOR_TWO_COPIES else 1

    def configuration(self, brokers: int) -> dict[str, str]:
        """Return Kafka's settings of the topic in a cluster of so many brokers."""
        return {
            "cleanup.policy": "delete",
            "max.message.bytes": str(self.largest_kilobytes << 10),
            "min.insync.replicas": str(self.in_sync_on(brokers)),
            "retention.bytes": "-1",
            "retention.ms": str(self.days * _MILLISECONDS_PER_DAY),
            # A copy that lags must not become the truth: it would lose what was confirmed.
            "unclean.leader.election.enable": "false",
        }


def read_topics(text: str | None = None) -> tuple[TopicSpec, ...]:
    """Read the specification that comes with the program, or one like it, in TOML.

    Each topic is followed by that of its dead letters.
    """
    if text is None:
        text = files("pfh.adapters.event_stream").joinpath(SPEC_FILE).read_text(encoding="utf-8")
    told = tomllib.loads(text)
    defaults, dead_letters = told["defaults"], told["dead_letters"]
    specs = []
    for name, own in told["topics"].items():
        specs.append(TopicSpec(name=name, **{**defaults, **own}))
        of_dead = {**defaults, **own, **dead_letters}
        specs.append(TopicSpec(name=f"{name}{DEAD_LETTERS_SUFFIX}", **of_dead))
    return tuple(specs)

"""`pfh topics list` and `pfh topics apply`: the topics of the Kafka cluster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

import typer

from pfh.entry.cli.outcome import EXIT_DONE, EXIT_NO, EXIT_UNAVAILABLE, EXIT_USAGE, complain
from pfh.entry.cli.session import CommandSession

if TYPE_CHECKING:
    from pfh.adapters.event_stream.kafka_topics import KafkaTopics, TopicState

# The topics of the cluster → an exit code.
Work: TypeAlias = "Callable[[KafkaTopics], int]"


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="The topics of the Kafka cluster.", no_args_is_help=True)
    session = CommandSession()

    @group.command("list")
    def list_() -> None:
        """Show the hub's topics as they are, and where they differ from the specification."""
        raise typer.Exit(_with_topics(session, _list))

    @group.command("apply")
    def apply(
        check: bool = typer.Option(
            False, "--check", help="Change nothing; exit with 1 when something differs."
        ),
    ) -> None:
        """Create the topics that are missing and change the settings of the others."""
        raise typer.Exit(_with_topics(session, _check if check else _apply))

    app.add_typer(group, name="topics")


def _with_topics(session: CommandSession, work: Work) -> int:
    """Run `work` with the topics; words and code 3 when the brokers cannot be reached."""
    kafka = session.settings().servers.kafka
    if kafka is None:
        return complain(["KAFKA_BROKERS is not set: there is no cluster to ask"], EXIT_USAGE)
    from pfh.adapters.event_stream.kafka_topics import KafkaTopics
    from pfh.adapters.event_stream.topic_spec import read_topics
    from pfh.ports.event_stream import StreamUnavailable
    from pfh.runtime.server_options import kafka_options

    try:
        return work(KafkaTopics(kafka_options(kafka), read_topics()))
    except StreamUnavailable as error:
        return complain([f"Kafka cannot be asked: {error}"], EXIT_UNAVAILABLE)


def _list(topics: KafkaTopics) -> int:
    states = topics.compare()
    _print(states, [_difference(state) for state in states])
    return EXIT_DONE


def _check(topics: KafkaTopics) -> int:
    states = topics.compare()
    _print(states, [_difference(state) for state in states])
    return EXIT_NO if any(state.differs for state in states) else EXIT_DONE


def _apply(topics: KafkaTopics) -> int:
    before = topics.compare()
    after = topics.apply(before)
    _print(after, [_done(old, new) for old, new in zip(before, after, strict=True)])
    return EXIT_NO if any(state.differs for state in after) else EXIT_DONE


def _difference(state: TopicState) -> str:
    if state.partitions is None:
        return "missing"
    return (
        "; ".join([*state.changes, *([state.refusal] if state.refusal else [])]) or "as specified"
    )


def _done(before: TopicState, after: TopicState) -> str:
    if after.differs:
        return _difference(after)
    if before.partitions is None:
        return "created"
    return f"changed: {'; '.join(before.changes)}" if before.changes else "as specified"


def _print(states: Sequence[TopicState], words: Sequence[str]) -> None:
    from rich.markup import escape
    from rich.table import Table

    from pfh.entry.cli.tables import print_table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Topic", no_wrap=True)
    for column in ("Partitions", "Copies"):
        table.add_column(column, justify="right")
    table.add_column("State", overflow="fold")
    for state, word in zip(states, words, strict=True):
        counts = ("", "") if state.partitions is None else (state.partitions, state.replicas)
        cells = (state.name, *map(str, counts), word)
        table.add_row(*map(escape, cells), style="red" if state.differs else None)
    print_table(table)

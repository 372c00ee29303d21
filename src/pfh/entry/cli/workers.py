"""`pfh relay`, `consume`, `schedule` and `exporter`: the processes beside `pfh serve`."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

import typer

from pfh.entry.cli.outcome import EXIT_DONE, EXIT_UNAVAILABLE, EXIT_USAGE, complain
from pfh.runtime.postgres_settings import PostgresSettings
from pfh.runtime.setting_reader import SettingsInvalid
from pfh.runtime.settings import Settings, load_settings

if TYPE_CHECKING:
    from pfh.entry.cli.session import CommandSession
    from pfh.entry.worker.process import Opening

DASHBOARD_GROUP = "pfh-dashboard-consumer"


def register(app: typer.Typer, session: CommandSession) -> None:
    """Add the commands."""

    @app.command("relay")
    def relay_command(
        leave: bool = typer.Option(
            False, "--leave", help="Forget the relay and what waits for it, when Kafka is given up."
        ),
    ) -> None:
        """Take events from the books to Kafka until it is stopped; one leads, others stand by."""
        settings = _settings()
        if leave:
            from pfh.entry.cli.dead_letters import leave_relay

            session.run(partial(leave_relay, settings))
        _require_kafka(settings)
        from pfh.entry.worker.relay import open_relay

        raise typer.Exit(_work(settings, "relay", open_relay))

    @app.command("consume")
    def consume_command(
        group: str = typer.Option(DASHBOARD_GROUP, help="What is done with the events."),
    ) -> None:
        """Apply events from Kafka until it is stopped; any number of these share the work."""
        settings = _settings()
        _require_kafka(settings)
        from pfh.entry.worker.consumer import opening_of
        from pfh.runtime.consumer_groups import GROUPS

        if group not in GROUPS:
            words = f"There is no group {group}; there are: {', '.join(GROUPS)}."
            raise typer.Exit(complain([words], EXIT_USAGE))
        raise typer.Exit(_work(settings, "consumer", opening_of(group)))

    @app.command("schedule")
    def schedule_command() -> None:
        """Do what the clock says until it is stopped: housekeeping; one works, others stand by."""
        settings = _settings()
        if not isinstance(settings.database, PostgresSettings):
            words = "With SQLite, `pfh serve` does what the clock says itself."
            raise typer.Exit(complain([words], EXIT_USAGE))
        from pfh.entry.worker.scheduler import open_schedule

        raise typer.Exit(_work(settings, "schedule", open_schedule))

    _register_exporter(app)


def _register_exporter(app: typer.Typer) -> None:
    @app.command("exporter")
    def exporter_command() -> None:
        """Tell Prometheus the lag of consumers and the backlog of the books until it is stopped."""
        settings = _settings()
        if not isinstance(settings.database, PostgresSettings):
            words = "With SQLite there is one process, and its own /api/metrics tells everything."
            raise typer.Exit(complain([words], EXIT_USAGE))
        from pfh.entry.worker.exporter import open_exporter

        raise typer.Exit(_work(settings, "exporter", open_exporter))


def _settings() -> Settings:
    try:
        return load_settings()
    except SettingsInvalid as error:
        raise typer.Exit(complain(error.mistakes, EXIT_USAGE)) from None


def _require_kafka(settings: Settings) -> None:
    if settings.servers.kafka is None:
        words = "KAFKA_BROKERS is missing: without Kafka, `pfh serve` does this work itself."
        raise typer.Exit(complain([words], EXIT_USAGE))


def _work(settings: Settings, name: str, opening: Opening) -> int:
    from pfh.entry.cli.serve import loop_factory
    from pfh.entry.traced_process import traced_process
    from pfh.entry.worker.process import run_worker
    from pfh.observability.log_file import LogFileUnusable
    from pfh.observability.logging import configure_logging
    from pfh.ports.database import DatabaseUnavailable

    try:
        configure_logging(settings.log_level, settings.log_file, keep_days=settings.log_keep_days)
        with (
            traced_process(settings, f"pfh-{name}"),
            asyncio.Runner(loop_factory=loop_factory()) as runner,
        ):
            runner.run(run_worker(settings, name, opening))
    except DatabaseUnavailable as error:
        from pfh.entry.cli.opened_books import unavailable

        return complain([unavailable(settings, error)], EXIT_UNAVAILABLE)
    except LogFileUnusable as error:
        return complain([f"{error} (PFH_LOG_FILE)"], EXIT_USAGE)
    except OSError as error:
        place = f"{settings.host}:{settings.probes_port}"
        return complain([f"cannot answer probes on {place}: {error.strerror}"], EXIT_USAGE)
    return EXIT_DONE

"""The stand-in of docker: which native program a command in a container becomes."""

from __future__ import annotations

from pathlib import Path

import pytest

from pfh.entry.cli.runbook.hub_processes import PROGRAM
from pfh.entry.cli.runbook.stage_record import StageRecord
from pfh.entry.cli.runbook.stand_in import (
    KAFKA_COMMANDS,
    Native,
    NotHere,
    Turn,
    curl,
    docker,
    pfh,
    redis_cli,
    wget,
)


@pytest.fixture
def stage(tmp_path: Path) -> StageRecord:
    return StageRecord(
        f"{tmp_path}",
        containers={
            "pfh-postgres-master": "postgres-master",
            "pfh-kafka-1": "kafka-1",
            "pfh-prometheus": "prometheus",
            "pfh-mongo-primary": "mongo-primary",
        },
        postgres={"postgres-master": 15432},
        postgres_programs="/opt/postgres/bin",
        admin_password="drawn",
        redis={"6379": 16379},
        kafka={"kafka-1": "127.0.0.1:19092"},
        kafka_classes="/jars/*",
        hub_port=13333,
        environment={"POSTGRES_USER": "pfh_app"},
        migrating={"POSTGRES_USER": "pfh_migrate"},
    )


def _native(meant: Native | Turn) -> Native:
    assert isinstance(meant, Native)
    return meant


@pytest.mark.parametrize(
    "words",
    [
        ["exec", "-i", "pfh-postgres-master", "psql", "-c", "SELECT 1"],
        ["compose", "exec", "-T", "postgres-master", "psql", "-c", "SELECT 1"],
    ],
)
def test_container_of_postgres_is_its_port(stage: StageRecord, words: list[str]) -> None:
    meant = _native(docker(stage, words))
    assert meant.words == ("psql", "-c", "SELECT 1")
    assert meant.environment["PGPORT"] == "15432"
    assert meant.environment["PATH"].startswith("/opt/postgres/bin:")
    assert meant.environment["PGPASSWORD"] not in meant.words


def test_command_of_kafka_is_its_class_and_the_listener_is_translated(stage: StageRecord) -> None:
    words = ["exec", "pfh-kafka-1", "kafka-topics.sh", "--bootstrap-server", "kafka-1:29092"]
    meant = _native(docker(stage, [*words, "--list"]))
    place = meant.words.index(KAFKA_COMMANDS["kafka-topics.sh"])
    assert meant.words[place + 1 :] == ("--bootstrap-server", "127.0.0.1:19092", "--list")


def test_secrets_and_neighbours_of_a_container_are_those_of_the_stage(stage: StageRecord) -> None:
    words = ["exec", "pfh-prometheus", "sh", "-c", "cat /run/secrets/x", "http://backend:3333/y"]
    meant = _native(docker(stage, words))
    assert meant.words[2:] == (f"cat {stage.secrets}/x", "http://127.0.0.1:13333/y")


def test_services_of_the_hub_are_processes(stage: StageRecord) -> None:
    assert docker(stage, ["compose", "stop", "consumer"]) == Turn(stop=("consumer",))
    up = ["compose", "up", "-d", "--no-deps", "consumer", "relay"]
    assert docker(stage, up) == Turn(start=("consumer", "relay"))
    assert docker(stage, [*up[:-1], "--force-recreate"]) == Turn(("consumer",), ("consumer",))


def test_one_off_commands_have_the_role_of_their_service(stage: StageRecord) -> None:
    ops = _native(docker(stage, ["compose", "run", "--rm", "ops", "dlq", "list"]))
    assert ops.words == (*PROGRAM, "dlq", "list")
    assert ops.environment["POSTGRES_USER"] == "pfh_app"
    migrate = _native(docker(stage, ["compose", "run", "--rm", "migrate"]))
    assert migrate.environment["POSTGRES_USER"] == "pfh_migrate"
    assert _native(pfh(stage, ["migrate", "status"])).environment["POSTGRES_USER"] == "pfh_migrate"


@pytest.mark.parametrize(
    "words",
    [
        ["exec", "pfh-mongo-primary", "mongosh"],
        ["compose", "up", "-d"],
        ["compose", "stop", "postgres-master"],
        ["volume", "rm", "pfh_kafka-1"],
    ],
)
def test_what_needs_containers_is_refused(stage: StageRecord, words: list[str]) -> None:
    with pytest.raises(NotHere):
        docker(stage, words)


def test_ports_of_the_book_are_those_of_the_processes(stage: StageRecord) -> None:
    assert redis_cli(stage, ["-p", "6379", "ping"]).words == ("redis-cli", "-p", "16379", "ping")
    with pytest.raises(NotHere):
        redis_cli(stage, ["-p", "6390", "ping"])
    route = ("--connect-to", "localhost:3333:127.0.0.1:13333")
    assert curl(stage, ["-f", "http://localhost:3333/"]).words[1:3] == route
    found = wget(stage, ["-q", "-O", "-", "--header", "A: b", "http://x/"])
    assert found.words == ("curl", "-fsS", "-H", "A: b", "http://x/")

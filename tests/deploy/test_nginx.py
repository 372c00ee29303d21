"""nginx itself, on the files that are deployed: only addresses and folders are of the test."""

from __future__ import annotations

import datetime as dt
import http.server
import json
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pfh.entry.cli.stack.local_process import free_port, start
from tests.architecture.tree import ROOT
from tests.servers.found import Server
from tests.servers.run_directory import RunDirectory

SECONDS = 30.0
UPLOAD = b"x" * (3 << 20)


class Echo(http.server.BaseHTTPRequestHandler):
    """Answers what it was asked, as JSON."""

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        told = {"path": self.path, "headers": dict(self.headers), "bytes": length}
        body = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- as inherited
        pass


@dataclass(frozen=True)
class Rendered:
    """The files with the addresses of this test."""

    folder: Path
    port: int
    tls_port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def render(folder: Path, backend: int) -> Rendered:
    """Copy the configuration; replace what only exists in a container."""
    made = Rendered(folder, free_port(), free_port())
    temporary = folder / "tmp"
    temporary.mkdir(mode=0o777)
    temporary.chmod(0o777)
    changes = {
        "/etc/nginx/pfh": str(folder),
        " /tmp/": f" {temporary}/",
        "http://backend:3333": f"http://127.0.0.1:{backend}",
        "listen 3333": f"listen 127.0.0.1:{made.port}",
        "listen 127.0.0.1:3333": f"listen 127.0.0.1:{made.port}",
        "listen 3443": f"listen 127.0.0.1:{made.tls_port}",
        "/dev/stderr": f"{temporary}/error.log",
        "/dev/stdout": f"{temporary}/access.log",
        "/run/secrets": str(folder),
    }
    # All at once: the folder of the test lies in /tmp as well.
    old = re.compile("|".join(map(re.escape, changes)))
    for source in (ROOT / "deploy" / "nginx").iterdir():
        text = source.read_text(encoding="utf-8")
        changed = old.sub(lambda found: changes[found[0]], text)
        (folder / source.name).write_text(changed, encoding="utf-8")
    return made


@pytest.fixture
def backend() -> Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def nginx(
    nginx_program: Server, backend: int, tmp_path: Path, run_directory: RunDirectory
) -> Iterator[Rendered]:
    made = render(tmp_path, backend)

    def answers() -> bool:
        try:
            return httpx.get(f"{made.url}/livez", timeout=SECONDS).status_code == 200
        except httpx.TransportError:
            return False

    command = [nginx_program.address, "-p", f"{tmp_path}/", "-c", f"{tmp_path}/nginx.conf"]
    process = start(
        [*command, "-g", "daemon off;"],
        tmp_path / "log",
        answers=answers,
        seconds=SECONDS,
        own=run_directory.own_process,
    )
    yield made
    process.terminate()
    process.wait(SECONDS)


def certificate(folder: Path) -> None:
    """Write a certificate of our own and its key, as an operator would."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    today = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today)
        .not_valid_after(today + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (folder / "tls_certificate").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "tls_key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


@pytest.mark.parametrize("name", ["nginx.conf", "tls.conf"])
def test_configuration_is_accepted(nginx_program: Server, tmp_path: Path, name: str) -> None:
    render(tmp_path, free_port())
    certificate(tmp_path)
    told = subprocess.run(
        [nginx_program.address, "-t", "-p", f"{tmp_path}/", "-c", f"{tmp_path}/{name}"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    assert "warn" not in told.stderr, told.stderr


def test_requests_reach_the_hub_with_their_path(nginx: Rendered) -> None:
    path = "/api/transactions?search=bread%20roll"
    told = httpx.get(f"{nginx.url}{path}", timeout=SECONDS).json()
    assert told["path"] == "/api/transactions?search=bread%20roll"
    assert told["headers"]["Host"] == f"127.0.0.1:{nginx.port}"


def test_what_a_client_says_about_itself_is_not_passed_on(nginx: Rendered) -> None:
    claims = {
        "X-Forwarded-For": "10.1.2.3",
        "X-Forwarded-Proto": "https",
        "Forwarded": "for=10.1.2.3",
        "X-Real-IP": "10.1.2.3",
    }
    headers = httpx.get(f"{nginx.url}/", headers=claims, timeout=SECONDS).json()["headers"]
    assert headers["X-Forwarded-For"] == "127.0.0.1"
    assert headers["X-Forwarded-Proto"] == "http"
    assert not {"Forwarded", "X-Real-IP"} & headers.keys()


@pytest.mark.parametrize(
    "path",
    ["/api/metrics", "/api/health/detailed", "/api/health/detailed/", "/readyz", "/api//metrics"],
)
def test_what_operators_ask_does_not_exist_from_outside(nginx: Rendered, path: str) -> None:
    assert httpx.get(f"{nginx.url}{path}", timeout=SECONDS).status_code == 404


def test_health_is_told_to_everybody(nginx: Rendered) -> None:
    assert httpx.get(f"{nginx.url}/api/health", timeout=SECONDS).status_code == 200


def test_only_an_import_may_be_large(nginx: Rendered) -> None:
    for path in ("/api/imports", "/import"):
        told = httpx.post(f"{nginx.url}{path}", content=UPLOAD, timeout=SECONDS)
        assert told.json()["bytes"] == len(UPLOAD), path
    refused = httpx.post(f"{nginx.url}/api/transactions", content=UPLOAD, timeout=SECONDS)
    assert refused.status_code == 413


def test_limit_of_an_import_is_above_the_hubs_own() -> None:
    text = (ROOT / "deploy/nginx/locations.conf").read_text(encoding="utf-8")
    assert "client_max_body_size 520m;" in text
    assert "PFH_IMPORT_MAX_BYTES: 512M" in (ROOT / "docker-compose.yml").read_text("utf-8")


def test_log_is_json_without_what_was_searched_for(nginx: Rendered) -> None:
    quoted = {"User-Agent": 'a "quoted" one'}
    httpx.get(f"{nginx.url}/api/payees?search=clinic", headers=quoted, timeout=SECONDS)
    log = nginx.folder / "tmp" / "access.log"
    until = time.monotonic() + SECONDS
    while "/api/payees" not in log.read_text(encoding="utf-8") and time.monotonic() < until:
        time.sleep(0.01)  # The line is written after the answer.
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    asked = [line for line in lines if line["path"] == "/api/payees"]
    assert [line["status"] for line in asked] == [200]
    assert "clinic" not in log.read_text(encoding="utf-8")

"""`pfh smoke` passes on a whole hub, fails on one that lacks a piece, and leaves nothing behind."""

from __future__ import annotations

import http.server
import json
import os
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from pfh.entry.cli.smoke_journey import Journey, SmokeFailed
from tests.architecture.tree import ROOT
from tests.e2e.program import COMMAND, Program
from tests.waiting import PATIENCE_SECONDS

PASSING = ("content-type", "authorization", "cookie", "idempotency-key")


@dataclass
class Saboteur:
    """A proxy in front of a hub that breaks what it is told to break."""

    hub: str
    path: str = ""
    method: str = ""
    status: int = 500
    replace: tuple[str, str] = ("", "")
    seen: list[str] = field(default_factory=list)
    url: str = ""

    def answer(self, handler: http.server.BaseHTTPRequestHandler) -> tuple[int, bytes]:
        path, method = handler.path, handler.command
        self.seen.append(f"{method} {path}")
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        is_target = bool(self.path) and path.startswith(self.path) and method == self.method
        if is_target and not self.replace[0]:
            return self.status, b'{"code": "sabotaged"}'
        headers = {name: handler.headers[name] for name in PASSING if handler.headers[name]}
        told = httpx.request(method, f"{self.hub}{path}", content=body, headers=headers, timeout=30)
        content = told.content
        if is_target:
            assert self.replace[0].encode() in content
            content = content.replace(self.replace[0].encode(), self.replace[1].encode())
        return told.status_code, content


@pytest.fixture
def saboteur(program: Program) -> Iterator[Saboteur]:
    program.start()
    made = Saboteur(program.url)

    class Handler(http.server.BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            status, body = made.answer(self)
            self.send_response(status)
            if status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(b"" if status == 204 else body)

        def do_GET(self) -> None:
            self.handle_any()

        def do_POST(self) -> None:
            self.handle_any()

        def do_DELETE(self) -> None:
            self.handle_any()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- as inherited
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


def users(program: Program) -> int:
    with closing(sqlite3.connect(program.folder / "pfh.sqlite")) as connection:
        count: int = connection.execute("SELECT count(*) FROM users").fetchone()[0]
        return count


def smoke(url: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, "smoke"],
        env={**os.environ, "PYTHONPATH": "src", "BASE_URL": url, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_whole_hub_passes_and_nobody_is_left(program: Program) -> None:
    program.start()
    answer = httpx.get(f"{program.url}/api/health", timeout=PATIENCE_SECONDS)
    commit = answer.json()["commit"]
    told = smoke(f"{program.url}/", EXPECT_COMMIT=commit[:12])
    assert told.returncode == 0, told.stderr
    assert told.stdout.count("ok  ") == 7
    assert f"The hub at {program.url} works" in told.stdout
    assert users(program) == 0


def test_another_version_fails(program: Program) -> None:
    program.start()
    told = smoke(program.url, EXPECT_COMMIT="0123456789ab")
    assert told.returncode == 1
    assert "GET /api/health: expected commit 0123456789ab" in told.stderr
    assert users(program) == 0


def test_hub_that_is_not_there_fails() -> None:
    told = smoke("http://127.0.0.1:1")
    assert told.returncode == 1
    assert "GET /api/health: no answer" in told.stderr


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/health", 503),
        ("POST", "/api/transactions", 503),
        ("POST", "/api/imports", 502),
        ("POST", "/api/auth/logout", 500),
    ],
)
def test_sabotaged_endpoint_fails_and_is_named(
    saboteur: Saboteur, program: Program, method: str, path: str, status: int
) -> None:
    saboteur.method, saboteur.path, saboteur.status = method, path, status
    with pytest.raises(SmokeFailed) as failed:
        Journey(saboteur.url, expected_commit="", tell=print).walk()
    assert str(failed.value).startswith(f"{method} {path}")
    assert f"got {status}" in str(failed.value)
    assert users(program) == 0


def test_wrong_sum_on_the_dashboard_fails(saboteur: Saboteur, program: Program) -> None:
    saboteur.method, saboteur.path = "GET", "/api/dashboard"
    saboteur.replace = ('"totalExpenses":"12.34"', '"totalExpenses":"12.35"')
    with pytest.raises(SmokeFailed, match=r"GET /api/dashboard: expected 1 transactions, 12\.34"):
        Journey(saboteur.url, expected_commit="", tell=print).walk()
    assert users(program) == 0


def test_user_who_cannot_be_removed_is_told(saboteur: Saboteur, program: Program) -> None:
    told: list[str] = []
    saboteur.method, saboteur.path = "DELETE", "/api/auth/me"
    with pytest.raises(SmokeFailed, match="DELETE /api/auth/me: expected 204, got 500"):
        Journey(saboteur.url, expected_commit="", tell=told.append).walk()
    assert told[-1].startswith("not cleaned up: smoke-")
    assert users(program) == 1


def test_words_of_the_runbook_run_the_commands() -> None:
    package = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    assert package["private"] is True
    assert not {"dependencies", "devDependencies"} & package.keys()
    assert package["scripts"].keys() == {
        "test:smoke", "migrate", "migrate:status", "migrate:rollback"
    }  # fmt: skip


def test_script_of_npm_takes_the_program_of_this_checkout_or_of_the_path(tmp_path: Path) -> None:
    program = tmp_path / "pfh"
    program.write_text('#!/bin/sh\necho "called: $*"\n', encoding="ascii")
    program.chmod(0o755)
    scripts = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["scripts"]
    expected = {
        "test:smoke": "smoke",
        "migrate": "migrate",
        "migrate:status": "migrate status",
        "migrate:rollback": "migrate rollback",
    }
    for name, arguments in expected.items():
        told = subprocess.run(
            ["sh", "-c", scripts[name]],
            cwd=tmp_path,
            env={"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=True,
        )
        assert told.stdout == f"called: {arguments}\n", name

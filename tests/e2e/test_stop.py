"""Asking the program to stop: what is in flight is answered, then it ends with code 0."""

from __future__ import annotations

import json
import socket
import time

import httpx

from tests.e2e.program import Program, bearer, sign_up


def begin(
    program: Program, token: str, body: bytes, *, path: str = "/api/accounts"
) -> socket.socket:
    """Send a request of which the last byte is missing."""
    head = (
        f"POST {path} HTTP/1.1\r\nhost: hub\r\nauthorization: Bearer {token}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    connection = socket.create_connection(("127.0.0.1", program.port), timeout=20)
    connection.sendall(head.encode() + body[:-1])
    return connection


def test_request_in_flight_is_answered_and_kept(program: Program) -> None:
    program.environment["PFH_DRAIN_SECONDS"] = "1"
    program.start()
    token = sign_up(program.url, "ann@example.org")
    body = json.dumps({"name": "In flight", "accountType": "cash"}).encode()
    with begin(program, token, body) as connection:
        time.sleep(0.2)
        assert program.process is not None
        program.process.terminate()
        time.sleep(0.2)
        ready = httpx.get(f"{program.url}/readyz")
        assert (ready.status_code, ready.json()["code"]) == (503, "stopping")
        assert httpx.get(f"{program.url}/livez").status_code == 200
        # The drain is over and the port closed before the request is complete.
        time.sleep(1.5)
        connection.sendall(body[-1:])
        answer = connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 201"), answer
    assert program.process.wait(30) == 0
    program.process = None
    program.start()
    kept = httpx.get(f"{program.url}/api/accounts", headers=bearer(token)).json()
    assert [one["name"] for one in kept["items"]] == ["In flight"]


def test_request_that_never_ends_does_not_hold_it_up_for_ever(program: Program) -> None:
    program.environment["PFH_STOP_SECONDS"] = "1"
    program.start()
    token = sign_up(program.url, "ann@example.org")
    with begin(program, token, b"{  }"):
        time.sleep(0.2)
        begun = time.monotonic()
        assert program.terminate() == 0
        assert time.monotonic() - begun < 15
    assert program.run("verify").returncode == 0

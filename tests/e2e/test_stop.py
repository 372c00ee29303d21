"""Asking the program to stop: what is in flight is answered, then it ends with code 0."""

from __future__ import annotations

import json
import socket

import httpx

from tests.e2e.program import Program, bearer, sign_up
from tests.waiting import PATIENCE_SECONDS, wait_until


def begin(
    program: Program, token: str, body: bytes, *, path: str = "/api/accounts"
) -> socket.socket:
    """Send a request of which the last byte is missing, and return when the program reads it."""
    head = (
        f"POST {path} HTTP/1.1\r\nhost: hub\r\nauthorization: Bearer {token}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    connection = socket.create_connection(("127.0.0.1", program.port), timeout=PATIENCE_SECONDS)
    connection.sendall(head.encode() + body[:-1])
    # What came in later is answered, so the program has read what came before.
    assert get(program, "/livez").status_code == 200
    return connection


def get(program: Program, path: str, token: str = "") -> httpx.Response:
    headers = bearer(token) if token else {}
    return httpx.get(f"{program.url}{path}", headers=headers, timeout=PATIENCE_SECONDS)


def is_stopping(program: Program) -> bool:
    """Tell whether readiness is off, as a load balancer would see it."""
    ready = get(program, "/readyz")
    return ready.status_code == 503 and ready.json()["code"] == "stopping"


def is_closed(program: Program) -> bool:
    """Tell whether the port takes no more connections."""
    try:
        get(program, "/livez")
    except httpx.ConnectError:
        return True
    except httpx.TransportError:
        # A connection from before the close, which nobody took.
        return False
    return False


def test_request_in_flight_is_answered_and_kept(program: Program) -> None:
    program.environment |= {"PFH_DRAIN_SECONDS": "300", "PFH_STOP_SECONDS": "300"}
    program.start()
    token = sign_up(program.url, "ann@example.org")
    body = json.dumps({"name": "In flight", "accountType": "cash"}).encode()
    with begin(program, token, body) as connection:
        assert program.process is not None
        program.process.terminate()
        wait_until(lambda: is_stopping(program))
        assert get(program, "/livez").status_code == 200
        # The second signal closes the port, before the request is complete.
        program.process.terminate()
        wait_until(lambda: is_closed(program))
        connection.sendall(body[-1:])
        answer = connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 201"), answer
    assert program.process.wait(PATIENCE_SECONDS) == 0
    program.process = None
    program.start()
    kept = get(program, "/api/accounts", token).json()
    assert [one["name"] for one in kept["items"]] == ["In flight"]


def test_request_that_never_ends_does_not_hold_it_up_for_ever(program: Program) -> None:
    program.environment["PFH_STOP_SECONDS"] = "1"
    program.start()
    token = sign_up(program.url, "ann@example.org")
    with begin(program, token, b"{  }"):
        # It would wait for as long as the connection is open, were there no limit.
        assert program.terminate() == 0
    assert program.run("verify").returncode == 0

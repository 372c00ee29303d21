"""Hostile uploads and requests on the real program: refused early, nothing kept, memory flat."""

from __future__ import annotations

import json
import re
import socket
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.program import Program, bearer, sign_up
from tests.servers.plugin import copy_migrated_sqlite
from tests.servers.run_directory import RunDirectory
from tests.waiting import PATIENCE_SECONDS, wait_until

GIB = 1 << 30
CHUNK = b"2026-11-01,-1.00,Shop\n" * 4096
FILE_TYPE = {"content-type": "application/octet-stream"}
MEMORY_GROWTH_MAX = 48 << 20
# Where one request ends depends on which of two headers is believed.
SMUGGLED = (
    b"POST /api/auth/login HTTP/1.1\r\nhost: hub\r\ncontent-length: 5\r\n"
    b"transfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n"
)


@pytest.fixture(scope="module")
def hub(run_directory: RunDirectory, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    folder = tmp_path_factory.mktemp("uploads") / "data"
    folder.mkdir(mode=0o700)
    copy_migrated_sqlite(run_directory, folder / "pfh.sqlite")
    program = Program(folder, {"PFH_IMPORT_MAX_BYTES": "64M"})
    program.start()
    yield program
    program.kill()


@pytest.fixture(scope="module")
def token(hub: Program) -> str:
    return sign_up(hub.url, "ann@example.org")


def resident(program: Program, name: str = "VmHWM") -> int:
    """Return the memory of the program in bytes: its peak, or VmRSS for now."""
    assert program.process is not None
    text = Path(f"/proc/{program.process.pid}/status").read_text()
    found = re.search(rf"{name}:\s+(\d+) kB", text)
    assert found is not None
    return int(found[1]) << 10


def upload(hub: Program, token: str, content: bytes, name: str = "bank.csv") -> dict[str, Any]:
    answer = httpx.post(
        f"{hub.url}/api/imports",
        params={"fileName": name},
        content=content,
        headers={**bearer(token), **FILE_TYPE},
        timeout=PATIENCE_SECONDS,
    )
    assert answer.status_code == 201, answer.text
    address = f"{hub.url}/api/imports/{answer.json()['id']}"

    def found() -> dict[str, Any]:
        read = httpx.get(address, headers=bearer(token), timeout=PATIENCE_SECONDS)
        preview: dict[str, Any] = read.json()
        return preview

    wait_until(lambda: found()["status"] != "reading", what="the preview")
    return found()


def test_two_gigabytes_are_refused_before_they_are_sent(hub: Program, token: str) -> None:
    before, there = resident(hub), hub.kept_uploads()
    with socket.create_connection(("127.0.0.1", hub.port), timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(
            f"POST /api/imports?fileName=big.csv HTTP/1.1\r\nhost: hub\r\n"
            f"authorization: Bearer {token}\r\ncontent-type: application/octet-stream\r\n"
            f"content-length: {2 * GIB}\r\n\r\n".encode()
        )
        connection.sendall(CHUNK)
        answer = b""
        while not answer.endswith(b"}"):
            received = connection.recv(65536)
            assert received, answer
            answer += received
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 413"), answer
    problem = json.loads(body)
    assert (problem["code"], problem["field"]) == ("upload_too_large", "file")
    assert problem["fix"]
    assert hub.kept_uploads() == there
    assert resident(hub) - before < MEMORY_GROWTH_MAX


def test_stream_without_a_length_is_cut_off_at_the_limit(hub: Program, token: str) -> None:
    sent = 0

    def stream() -> Iterator[bytes]:
        nonlocal sent
        while sent < 2 * GIB:
            sent += len(CHUNK)
            yield CHUNK

    before, there = resident(hub), hub.kept_uploads()
    try:
        answer = httpx.post(
            f"{hub.url}/api/imports?fileName=big.csv",
            content=stream(),
            headers={**bearer(token), **FILE_TYPE},
            timeout=PATIENCE_SECONDS,
        )
    except (httpx.WriteError, httpx.RemoteProtocolError):
        # The connection was closed while the client still sent: as good as the answer.
        pass
    else:
        assert (answer.status_code, answer.json()["code"]) == (413, "upload_too_large")
    assert hub.kept_uploads() == there
    assert resident(hub) - before < MEMORY_GROWTH_MAX
    assert httpx.get(f"{hub.url}/readyz", timeout=PATIENCE_SECONDS).status_code == 200


def test_upload_that_breaks_off_keeps_nothing(hub: Program, token: str) -> None:
    there = hub.kept_uploads()
    with socket.create_connection(("127.0.0.1", hub.port), timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(
            f"POST /api/imports?fileName=cut.csv HTTP/1.1\r\nhost: hub\r\n"
            f"authorization: Bearer {token}\r\ncontent-type: application/octet-stream\r\n"
            f"content-length: {len(CHUNK) * 2}\r\n\r\n".encode()
            + CHUNK
        )
    wait_until(lambda: hub.kept_uploads() == there, what="the end of what was begun")
    assert httpx.get(f"{hub.url}/readyz", timeout=PATIENCE_SECONDS).status_code == 200
    assert not [line for line in hub.lines() if line["level"] == "error"]


@pytest.mark.parametrize("kind", ["zip", "gzip", "encoded"])
def test_bomb_is_never_unpacked(hub: Program, token: str, kind: str) -> None:
    compressor = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = b"".join(compressor.compress(bytes(1 << 20)) for _ in range(300)) + compressor.flush()
    if kind == "zip":
        file = BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            archive.writestr("bank.csv", bytes(100 << 20))
        packed = file.getvalue()
    before = resident(hub)
    if kind == "encoded":
        answer = httpx.post(
            f"{hub.url}/api/accounts",
            content=packed,
            headers={
                **bearer(token),
                "content-type": "application/json",
                "content-encoding": "gzip",
            },
            timeout=PATIENCE_SECONDS,
        )
        assert answer.status_code in {400, 415}, answer.text
    else:
        found = upload(hub, token, packed, f"bank.{kind}")
        assert found["status"] == "failed"
        assert found["failure"]
    assert resident(hub) - before < MEMORY_GROWTH_MAX


def test_names_of_files_lead_nowhere(hub: Program, token: str) -> None:
    names = ["../../../etc/passwd", "..\\..\\boot.ini", "/etc/shadow", "a\0b.csv", "\u202egpj.csv"]
    for name in names[:3] + names[4:]:
        found = upload(hub, token, b"Date,Amount,Payee\n2026-11-01,-1.00,Shop\n", name)
        assert not set(found["fileName"]) & set("/\\\0\u202e"), found["fileName"]
    answer = httpx.post(
        f"{hub.url}/api/imports",
        params={"fileName": names[3]},
        content=b"x",
        headers={**bearer(token), **FILE_TYPE},
        timeout=PATIENCE_SECONDS,
    )
    assert (answer.status_code, answer.json()["field"]) == (422, "fileName")
    files, _ = hub.kept_uploads()
    assert all(re.fullmatch(r"[0-9]+", key.rpartition("/")[2]) for key in files)


@pytest.mark.parametrize(
    "path",
    [
        "/static/../../../../../etc/passwd",
        "/static/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/static/..%2f..%2f..%2fetc/passwd",
        "/static/....//....//etc/passwd",
        "/static//etc/passwd",
        "/static/%00",
        "/static/dist/../../../app.py",
        "/%2e%2e/pfh.sqlite",
        "/pfh.sqlite",
        "/.git/config",
    ],
)
def test_static_files_lead_nowhere(hub: Program, path: str) -> None:
    with socket.create_connection(("127.0.0.1", hub.port), timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(
            f"GET {path} HTTP/1.1\r\nhost: hub\r\nconnection: close\r\n\r\n".encode()
        )
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer[9:12] in {b"404", b"400"}, answer[:200]
    assert b"root:" not in answer


def test_truncated_statement_gives_what_it_has_and_says_so(hub: Program, token: str) -> None:
    whole = b"""OFXHEADER:100
DATA:OFXSGML
VERSION:102

<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>EUR<BANKACCTFROM><BANKID>1<ACCTID>2<ACCTTYPE>CHECKING
</BANKACCTFROM><BANKTRANLIST>
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20261101<TRNAMT>-5.00<FITID>a1<NAME>Kiosk</STMTTRN>
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20261102<TRNAMT>-6.00<FITID>a2<NAME>Bakery</STMTTRN>
</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""
    for size in (len(whole) // 3, whole.index(b"<NAME>Bakery"), len(whole) - 40):
        found = upload(hub, token, whole[:size], "bank.ofx")
        assert found["status"] in {"failed", "preview"}
        assert found["failure"] or found["warnings"] or found["errors"], found


@pytest.mark.parametrize(
    "content",
    [
        b"Date,Amount,Payee\n2026-11-01,-1234.50,Kiosk\n2026-11-13,-1.00,Bar\n",
        "Datum;Betrag;Empfänger\n01.11.2026;-1.234,50;Kiosk\n13.11.2026;-1,00;Bar\n".encode(
            "cp1252"
        ),
        (
            "\ufeffDate\tAmount\tPayee\n11/01/2026\t(1,234.50)\tKiosk\n11/13/2026\t(1.00)\tBar\n"
        ).encode("utf-16"),
    ],
    ids=["commas", "semicolons in Windows-1252", "tabs in UTF-16"],
)
def test_tables_of_three_dialects_mean_the_same(hub: Program, token: str, content: bytes) -> None:
    found = upload(hub, token, content)
    assert found["status"] == "preview", found
    rows = [(one["date"], one["amount"], one["payee"]) for one in found["sample"]]
    assert rows == [("2026-11-01", "-1234.50", "Kiosk"), ("2026-11-13", "-1.00", "Bar")]


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (
            b"GET /livez HTTP/1.1\r\nhost: hub\r\nx-long: " + b"x" * 1_000_000 + b"\r\n\r\n",
            (400, 431),
        ),
        (b"GET /livez HTTP/1.1\r\nhost: hub\r\n" + b"x-many: 1\r\n" * 60_000 + b"\r\n", (400, 431)),
        (b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\nhost: hub\r\n\r\n", (431,)),
        (b"TRACE /livez HTTP/1.1\r\nhost: hub\r\n\r\n", (405,)),
        (b"TRACK /livez HTTP/1.1\r\nhost: hub\r\n\r\n", (400, 405)),
        (b"CONNECT hub:80 HTTP/1.1\r\nhost: hub\r\n\r\n", (400, 404, 405)),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", (400,)),
        (SMUGGLED, (400,)),
    ],
    ids=["header", "headers", "address", "TRACE", "TRACK", "CONNECT", "TLS", "smuggling"],
)
def test_request_that_no_client_sends_is_refused(
    hub: Program, head: bytes, status: tuple[int, ...]
) -> None:
    before = resident(hub)
    with socket.create_connection(("127.0.0.1", hub.port), timeout=PATIENCE_SECONDS) as connection:
        try:
            connection.sendall(head)
            answer = connection.recv(65536)
        except (BrokenPipeError, ConnectionResetError):
            answer = b""
    # A connection that is closed without a word is an answer, too.
    assert not answer or int(answer[9:12]) in status, answer[:300]
    assert httpx.get(f"{hub.url}/livez", timeout=PATIENCE_SECONDS).status_code == 200
    assert resident(hub) - before < MEMORY_GROWTH_MAX
    assert not [line for line in hub.lines() if line["level"] == "error"]

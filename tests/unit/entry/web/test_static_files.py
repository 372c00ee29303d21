"""Built assets are answered from memory, compressed and cacheable."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from litestar.types import Receive, Scope, Send

from pfh.entry.web.static_files import StaticFiles

HASHED = "app-358EA0C9.css"


async def beyond(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


@pytest.fixture
def client(tmp_path: Path) -> httpx.AsyncClient:
    dist = tmp_path / "dist"
    (dist / "fonts").mkdir(parents=True)
    (dist / HASHED).write_bytes(b"body{}")
    (dist / f"{HASHED}.br").write_bytes(b"as brotli")
    (dist / f"{HASHED}.gz").write_bytes(b"as gzip")
    (dist / "manifest.json").write_bytes(b"{}")
    (dist / "fonts" / "inter.woff2").write_bytes(b"font")
    (tmp_path / "secret.key").write_bytes(b"secret")
    transport = httpx.ASGITransport(StaticFiles(beyond, dist))  # type: ignore[arg-type]  # Wider.
    return httpx.AsyncClient(transport=transport, base_url="http://hub")


async def raw(client: httpx.AsyncClient, path: str, encodings: str) -> tuple[bytes, str | None]:
    async with client.stream("GET", path, headers={"accept-encoding": encodings}) as answer:
        content = b"".join([chunk async for chunk in answer.aiter_raw()])
        return content, answer.headers.get("content-encoding")


@pytest.mark.parametrize(
    ("encodings", "content", "encoding"),
    [
        ("gzip, deflate, br", b"as brotli", "br"),
        ("gzip", b"as gzip", "gzip"),
        ("identity", b"body{}", None),
        ("zstd", b"body{}", None),
    ],
)
async def test_answers_in_the_best_encoding(
    client: httpx.AsyncClient, encodings: str, content: bytes, encoding: str | None
) -> None:
    assert await raw(client, f"/assets/{HASHED}", encodings) == (content, encoding)


async def test_lets_browsers_keep_a_hashed_name_for_a_year(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"/assets/{HASHED}", headers={"accept-encoding": "identity"})
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["vary"] == "accept-encoding"


async def test_asks_again_for_a_name_without_a_hash(client: httpx.AsyncClient) -> None:
    answer = await client.get("/assets/manifest.json")
    assert answer.headers["cache-control"] == "no-cache"


async def test_answers_304_when_the_browser_has_it(client: httpx.AsyncClient) -> None:
    etag = (await client.get("/assets/manifest.json")).headers["etag"]
    answer = await client.get("/assets/manifest.json", headers={"if-none-match": etag})
    assert (answer.status_code, answer.content) == (304, b"")


async def test_head_has_the_length_and_no_body(client: httpx.AsyncClient) -> None:
    answer = await client.head("/assets/fonts/inter.woff2")
    assert (answer.headers["content-length"], answer.content) == ("4", b"")
    assert answer.headers["content-type"] == "font/woff2"


@pytest.mark.parametrize(
    "path",
    ["/assets/../secret.key", "/assets/%2e%2e/secret.key", "/assets/none.css", "/assets/", "/x"],
)
async def test_passes_on_what_is_no_asset(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 299


async def test_passes_on_other_methods(client: httpx.AsyncClient) -> None:
    assert (await client.post(f"/assets/{HASHED}")).status_code == 299

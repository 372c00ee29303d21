"""Serves every template with sample contexts, under the policy of the real server.

A workshop for whoever changes a template, not a part of the program:
`python -m tests.browser.gallery PORT` and open http://127.0.0.1:PORT/.
"""

from __future__ import annotations

import mimetypes
import sys
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from markupsafe import escape

from pfh.entry.web.presentation import find_theme
from pfh.entry.web.templating import ASSETS_ROOT, build_environment
from tests.browser.samples import PAGES, VIEWER

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'"
)
OPENAPI = b"""{"openapi": "3.1.0", "info": {"title": "Hub", "version": "1"}, "paths":
{"/api/accounts": {"get": {"tags": ["accounts"], "summary": "List accounts",
"responses": {"200": {"description": "The accounts."}}}}}}"""


class Gallery(BaseHTTPRequestHandler):
    """Answers a page by its name, and assets compressed as the server does."""

    environment = build_environment()

    def do_GET(self) -> None:
        """Answer one request."""
        path = self.path.partition("?")[0].strip("/")
        if path.startswith("assets/"):
            self._asset(path.removeprefix("assets/"))
        elif path == "api/openapi.json":
            self._answer(OPENAPI, "application/json")
        elif path in PAGES:
            template, context = PAGES[path]
            text = self.environment.get_template(template).render(
                viewer=VIEWER,
                flash=None,
                maintenance=None,
                theme=find_theme(self._cookies()),
                **context,
            )
            self._answer(text.encode(), "text/html; charset=utf-8")
        else:
            links = "".join(f'<p><a href="/{escape(name)}">{escape(name)}</a>' for name in PAGES)
            self._answer(links.encode(), "text/html; charset=utf-8")

    def _cookies(self) -> dict[str, str]:
        sent = SimpleCookie(self.headers.get("Cookie", ""))
        return {name: morsel.value for name, morsel in sent.items()}

    def _asset(self, name: str) -> None:
        file = ASSETS_ROOT / name
        if not file.is_file() or file.parent != ASSETS_ROOT:
            self.send_error(404)
            return
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        packed = file.with_name(f"{name}.br")
        headers = {"Cache-Control": "public, max-age=31536000, immutable"}
        if packed.is_file() and "br" in self.headers.get("Accept-Encoding", ""):
            self._answer(packed.read_bytes(), kind, {**headers, "Content-Encoding": "br"})
        else:
            self._answer(file.read_bytes(), kind, headers)

    def _answer(self, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", POLICY)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base's name.
        """Stay silent."""


def main() -> None:
    """Serve until interrupted."""
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8765
    ThreadingHTTPServer(("127.0.0.1", port), Gallery).serve_forever()


if __name__ == "__main__":
    main()

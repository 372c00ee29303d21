"""What `curl` in the runbook may ask: a port that is published, a path that nginx shows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from pfh.entry.cli.runbook.compose_file import ComposeFile
from pfh.entry.cli.runbook.recording import Call

_HIDDEN: Final = re.compile(r"location (?:=|\^~) (?P<path>\S+) \{\s*return 404;")
# Documented by the vendors: twilio.com/docs/sendgrid/api-reference, platform.openai.com/docs.
ELSEWHERE: Final = frozenset(
    {"https://api.sendgrid.com/v3/scopes", "https://api.openai.com/v1/models"}
)
_DASHBOARD: Final = "/d/"


class WebRules:
    """Judges addresses against compose, nginx and the dashboards of a checkout."""

    def __init__(self, root: Path, compose: ComposeFile) -> None:
        nginx = (root / "deploy" / "nginx" / "locations.conf").read_text(encoding="utf-8")
        self._hidden = tuple(_HIDDEN.findall(nginx))
        self._ports = {outside.rpartition(":")[2] for outside in compose.ports.values()}
        folder = root / "deploy" / "grafana" / "dashboards"
        self._dashboards = {_uid(path) for path in folder.glob("**/*.json")}

    def judge(self, call: Call) -> Iterator[str]:
        """Say what is wrong with `curl …`."""
        flags = [word for word in call.words[1:] if word.startswith("-")]
        if not any(re.fullmatch(r"-[a-zA-Z]*f[a-zA-Z]*", flag) for flag in flags):
            yield "curl without -f succeeds when the answer is an error"
        if any("Bearer" in word for word in call.words):
            yield "a token among the arguments is seen by everybody on the machine: -H @FILE"
        for word in call.words[1:]:
            if word.startswith(("http://", "https://")):
                yield from self.judge_address(word)

    def judge_address(self, address: str) -> Iterator[str]:
        """Say why an address leads nowhere."""
        parts = urlsplit(address)
        if parts.hostname != "localhost":
            if address not in ELSEWHERE:
                yield f"{address} is not known here"
            return
        if str(parts.port) not in self._ports:
            yield f"nothing publishes port {parts.port}"
        if parts.port == 3333 and parts.path.startswith(self._hidden):  # noqa: PLR2004 -- nginx
            yield f"nginx answers 404 to {parts.path}: ask from inside"
        if parts.path.startswith(_DASHBOARD):
            uid = parts.path.removeprefix(_DASHBOARD)
            if uid not in self._dashboards:
                yield f"no dashboard has the uid {uid}"


def _uid(path: Path) -> str:
    return str(json.loads(path.read_text(encoding="utf-8")).get("uid"))

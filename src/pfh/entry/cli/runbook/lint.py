"""Checking a block without running it: each program that it would call, and what it would say."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final, Protocol, TypeAlias

from pfh.entry.cli.runbook import mongo_rules
from pfh.entry.cli.runbook.book import Block
from pfh.entry.cli.runbook.docker_rules import DockerRules
from pfh.entry.cli.runbook.pfh_rules import judge_pfh
from pfh.entry.cli.runbook.recording import Call, Recorder, ScriptFailed
from pfh.entry.cli.runbook.web_rules import WebRules

Rule: TypeAlias = Callable[[Call], Iterator[str]]
# Words of the system that mean the same everywhere; what they are told is not looked at.
PLAIN: Final = frozenset(
    [
        "awk",
        "cat",
        "chmod",
        "chown",
        "cp",
        "date",
        "df",
        "echo",
        "find",
        "grep",
        "head",
        "jq",
        "mkdir",
        "mv",
        "redis-cli",
        "rm",
        "sed",
        "sleep",
        "sort",
        "tail",
        "tar",
        "touch",
        "tr",
        "uniq",
        "wc",
        "wget",
        "xargs",
    ]
)
# What operators fill in, such that a block refuses to run without it.
ASKED: Final = {
    "SUSPICIOUS_IP": "192.0.2.7",
    "USER_ID": "1",
    "BASE_DAY": "20261127",
    "RESTORE_TO": "2026-11-27 14:02:59+00",
    "PFH_IMAGE": "",
}
_ADDRESS: Final = re.compile(r"[0-9a-fA-F.:]+(/\d{1,3})?")
_FOLDERS: Final = re.compile(r"/(?:run/secrets|data|tmp)/")
_SETTING: Final = re.compile(r"^(?P<name>[A-Z0-9_]+)=")


class Checks(Protocol):
    """Servers and tools that know better than a rule of ours; None where there is none."""

    def sql(self, statement: str) -> str | None:
        """Return what PostgreSQL has against a statement, on the migrated tables."""

    def promql(self, expression: str) -> str | None:
        """Return what Prometheus has against an expression."""


class Linter:
    """Checks blocks against the files of a checkout.

    Args:
        root: the checkout.
        folder: a throwaway one.
        checks: what is asked about SQL and PromQL.
        prelude: what every shell begins with.
    """

    def __init__(self, root: Path, folder: Path, checks: Checks, prelude: str = "") -> None:
        self._root = root
        self._checks = checks
        self._prelude = prelude
        self._docker = DockerRules(root, self._inside)
        self._web = WebRules(root, self._docker.compose)
        self._rules: dict[str, Rule] = {
            "docker": self._judge_docker,
            "curl": self._web.judge,
            "mongosh": lambda call: mongo_rules.judge_shell(call.words),
            "mongodump": lambda call: mongo_rules.judge_tool(call.words),
            "mongorestore": lambda call: mongo_rules.judge_tool(call.words),
            "psql": self._judge_psql,
            "promtool": self._judge_promtool,
            "npm": self._judge_npm,
            "pfh": lambda call: judge_pfh(call.words[1:]),
            "sudo": self._judge_sudo,
            "iptables": lambda call: _judge_iptables(call.words),
            "at": lambda _: iter(()),
            "openssl": lambda call: _judge_options(
                call.words, {"x509", "-noout", "-enddate", "-in"}
            ),
            "pg_basebackup": _judge_base_backup,
            "sh": self._judge_shell,
        }
        self._recorder = Recorder(folder, (*self._rules, *PLAIN))
        (self._recorder.working / "backups").mkdir(exist_ok=True)
        (self._recorder.working / "backups" / "mongo.archive.gz").touch()
        image = self._docker.compose.images["backend"]
        self._environment = {**ASKED, "PFH_IMAGE": image}

    def faults(self, block: Block) -> list[str]:
        """Return what is wrong with a block; nothing when it is right."""
        if block.language == "sql":
            fault = self._checks.sql(block.text)
            return [fault] if fault else []
        settings = self._recorder.working / ".env"
        settings.write_text("", encoding="utf-8")
        try:
            first = len(self._record(self._prelude)) if not block.prelude else 0
            calls = self._record(("" if block.prelude else self._prelude) + block.text)[first:]
        except ScriptFailed as failed:
            return [str(failed)]
        faults = [fault for call in calls for fault in self._judge(call)]
        return faults + list(self._wrong_settings(settings.read_text(encoding="utf-8")))

    def answer(self, block: Block) -> str:
        """Return what is known of a block's output without running it: ports and images."""
        compose = self._docker.compose
        told = []
        for call in self._record(self._prelude + block.text):
            match call.words:
                case ("docker", "compose", "port", service, port):
                    told.append(compose.ports.get((service, port), ""))
                case ("docker", "compose", "config", "--images", service):
                    told.append(compose.images.get(service, ""))
        return "\n".join(told)

    def _record(self, script: str, arguments: tuple[str, ...] = ()) -> list[Call]:
        return self._recorder.calls(script, self._environment, arguments)

    def _judge(self, call: Call) -> Iterator[str]:
        rule = self._rules.get(call.program)
        if rule is not None:
            yield from rule(call)

    def _inside(self, words: tuple[str, ...]) -> Iterator[str]:
        """Judge a command in a container; the hub's containers run `pfh`."""
        if words[0] in {"ops", "migrate"}:
            yield from judge_pfh(words[1:] if words[0] == "ops" else words)
        elif words[0] in self._rules:
            yield from self._judge(Call(words))

    def _judge_docker(self, call: Call) -> Iterator[str]:
        yield from self._docker.judge(call.words)
        if "psql" in call.words and call.read.strip():
            yield from self._judge_sql(call.read)

    def _judge_shell(self, call: Call) -> Iterator[str]:
        if call.words[1:2] != ("-c",):
            yield from self._judge_script(call.words[1])
            return
        try:
            # Folders of a container are not here; what is read there is taken as read.
            script = _FOLDERS.sub("./", call.words[2])
            (self._recorder.working / "mongo_admin_password").touch()
            calls = self._record(script, call.words[3:])
        except ScriptFailed as failed:
            yield str(failed)
            return
        for one in calls:
            yield from self._judge(one)

    def _judge_script(self, path: str) -> Iterator[str]:
        """Judge a script that a container sees below /etc/pfh: a file of `deploy`."""
        if not (self._root / "deploy" / path.removeprefix("/etc/pfh/")).is_file():
            yield f"there is no {path}"

    def _judge_psql(self, call: Call) -> Iterator[str]:
        for place, word in enumerate(call.words[:-1]):
            if word.startswith("-") and word.endswith("c") and not word.startswith("--"):
                yield from self._judge_sql(call.words[place + 1])

    def _judge_sql(self, statement: str) -> Iterator[str]:
        fault = self._checks.sql(statement)
        if fault:
            yield f"SQL: {fault}"

    def _judge_promtool(self, call: Call) -> Iterator[str]:
        match call.words[1:]:
            case ("query", "instant", "http://localhost:9090", expression):
                fault = self._checks.promql(expression)
                if fault:
                    yield f"PromQL: {fault}"
            case _:
                yield f"promtool {' '.join(call.words[1:3])} is not known here"

    def _judge_npm(self, call: Call) -> Iterator[str]:
        package = json.loads((self._root / "package.json").read_text(encoding="utf-8"))
        scripts: Mapping[str, str] = package["scripts"]
        match call.words[1:]:
            case ("run", name, *rest):
                if name not in scripts:
                    yield f"package.json has no script {name}"
                    return
                line = scripts[name].rpartition(" pfh ")[2].split()
                yield from judge_pfh((*line, *(word for word in rest if word != "--")))
            case _:
                yield "npm without run NAME"

    def _judge_sudo(self, call: Call) -> Iterator[str]:
        yield from self._judge(Call(call.words[1:], call.read))

    def _wrong_settings(self, text: str) -> Iterator[str]:
        for line in text.splitlines():
            found = _SETTING.match(line)
            if found is None or found["name"] not in self._docker.compose.variables:
                yield f"docker-compose.yml does not read {line.partition('=')[0]}"


def _judge_iptables(words: tuple[str, ...]) -> Iterator[str]:
    match words[1:]:
        case (("-I" | "-D"), "DOCKER-USER", "-s", source, "-j", "DROP"):
            if not _ADDRESS.fullmatch(source):
                yield f"{source!r} is no address"
        case (_, "INPUT", *_):
            yield "ports that Docker publishes never pass INPUT: the chain is DOCKER-USER"
        case _:
            yield f"iptables {' '.join(words[1:])} is not known here"


def _judge_base_backup(call: Call) -> Iterator[str]:
    known = {"-U", "-D", "-Ft", "-z", "-X", "-c", "--manifest-checksums=SHA256"}
    yield from _judge_options(call.words, known)


def _judge_options(words: tuple[str, ...], known: set[str]) -> Iterator[str]:
    for word in words[1:]:
        if word.startswith("-") and word not in known:
            yield f"{words[0]} {word} is not known here"

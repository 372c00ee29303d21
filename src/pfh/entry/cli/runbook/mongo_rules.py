"""What the runbook may ask MongoDB: only what its manual documents for version 8.

No MongoDB can be had natively on the machines of this project, so these are read and not run.
Source: mongodb.com/docs/manual/reference/method and /reference/command.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

HELPERS: Final = frozenset(
    {
        "rs.status",
        "rs.conf",
        "rs.stepDown",
        "rs.printReplicationInfo",
        "rs.printSecondaryReplicationInfo",
        "db.auth",
        "db.adminCommand",
        "db.getSiblingDB",
        "db.hello",
    }
)
COMMANDS: Final = frozenset({"replSetResizeOplog", "replSetStepDown", "replSetGetStatus", "ping"})
GONE: Final = {
    "replSetResync": "removed in 4.2: stop the member, empty its volume, start it",
    "currentOp(": "deprecated since 6.2: the stage $currentOp of the database admin",
    "printSlaveReplicationInfo": "now printSecondaryReplicationInfo",
}
OPTIONS: Final = frozenset({"--quiet", "--norc", "--eval"})
DUMP_OPTIONS: Final = {
    "mongodump": {"--oplog", "--readPreference"},
    "mongorestore": {"--drop", "--oplogReplay", "--config"},
}
_DUMP_BOTH: Final = frozenset({"--quiet", "--uri", "--username", "--gzip", "--archive"})
_CALL: Final = re.compile(r"(?<![\w.])(?:rs|db)\.\w+(?=\()")
_COMMAND: Final = re.compile(r"adminCommand\(\{\s*(?P<name>\w+)\s*:")


def judge_shell(words: tuple[str, ...]) -> Iterator[str]:
    """Say what is wrong with `mongosh …`."""
    for option in words[1:]:
        if option.startswith("--") and option not in OPTIONS:
            yield f"mongosh {option} is not known here"
    for place, option in enumerate(words[:-1]):
        if option == "--eval":
            yield from judge_script(words[place + 1])


def judge_script(script: str) -> Iterator[str]:
    """Say what is wrong with what mongosh is asked to do."""
    for name, reason in GONE.items():
        if name in script:
            yield f"{name.rstrip('(')}: {reason}"
    for helper in _CALL.findall(script):
        if helper not in HELPERS and helper not in {f"db.{name.rstrip('(')}" for name in GONE}:
            yield f"{helper} is not documented"
    for command in _COMMAND.findall(script):
        if command not in COMMANDS and command not in GONE:
            yield f"{command} is not documented"
    if re.search(r"\bdb\.oplog\b", script):
        yield "the oplog is in the database local, and the shell begins in test"
    if re.search(r"size: *\d", script):
        yield "the size of the oplog must be a double: Double(2048)"


def judge_tool(words: tuple[str, ...]) -> Iterator[str]:
    """Say what is wrong with `mongodump …` or `mongorestore …`."""
    known = _DUMP_BOTH | DUMP_OPTIONS[words[0]]
    for option in words[1:]:
        if option.startswith("-") and option not in known:
            yield f"{words[0]} {option} is not known here"
    if words[0] == "mongorestore" and "--drop" not in words:
        yield "mongorestore without --drop leaves a mixture"

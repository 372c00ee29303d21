"""What `docker`, `curl`, `redis-cli` and `pfh` are while a runbook is checked.

Each translates the names of the book (containers, ports, files of secrets) into those of the native
servers, and then becomes the real program. It exists so that the very text of the book is run.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from pfh.entry.cli.runbook.stage_record import VARIABLE, StageRecord

KAFKA_COMMANDS: Final = {
    "kafka-topics.sh": "org.apache.kafka.tools.TopicCommand",
    "kafka-consumer-groups.sh": "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
    "kafka-broker-api-versions.sh": "org.apache.kafka.tools.BrokerApiVersionsCommand",
    "kafka-metadata-quorum.sh": "org.apache.kafka.tools.MetadataQuorumCommand",
    "kafka-leader-election.sh": "org.apache.kafka.tools.LeaderElectionCommand",
}
JAVA: Final = ("java", "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")
CANNOT: Final = 69
_EXEC_FLAGS: Final = {"-i": 1, "-t": 1, "-T": 1, "-u": 2, "-e": 2}
_UP_FLAGS: Final = frozenset(
    {"-d", "--no-deps", "--wait", "--force-recreate", "--no-recreate", "--timeout"}
)


class NotHere(Exception):
    """What is asked for exists only where there are containers."""


@dataclass(frozen=True, slots=True)
class Native:
    """A program of this machine that stands for a command of the book."""

    words: tuple[str, ...]
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Turn:
    """Processes of the hub to stop, then those to start."""

    stop: tuple[str, ...] = ()
    start: tuple[str, ...] = ()


def docker(stage: StageRecord, words: Sequence[str]) -> Native | Turn:
    """Return what `docker …` means on a stage.

    Raises:
        NotHere: nothing.
    """
    match list(words):
        case ["compose", "run", "--rm", "migrate", *_]:
            return _hub(stage, ("migrate",), stage.migrating)
        case ["compose", "run", "--rm", "ops", *rest]:
            return _hub(stage, tuple(rest), {})
        case ["compose", "exec", *rest] | ["exec", *rest]:
            return _inside(stage, rest)
        case ["compose", "stop", *names] if set(names) <= set(_hub_names()):
            return Turn(stop=tuple(names))
        case ["compose", "start", *names] if set(names) <= set(_hub_names()):
            return Turn(start=tuple(names))
        case ["compose", "up", *rest]:
            return _up(rest)
    raise NotHere(f"docker {' '.join(words[:3])} needs containers")


def _hub_names() -> tuple[str, ...]:
    from pfh.entry.cli.runbook.hub_processes import COMMANDS

    return tuple(COMMANDS)


def _up(words: Sequence[str]) -> Turn:
    names = tuple(word for word in words if word not in _UP_FLAGS)
    if not names or not set(names) <= set(_hub_names()):
        raise NotHere(f"docker compose up {' '.join(names)} needs containers")
    return Turn(stop=names if "--force-recreate" in words else (), start=names)


def _hub(stage: StageRecord, words: tuple[str, ...], more: Mapping[str, str]) -> Native:
    from pfh.entry.cli.runbook.hub_processes import PROGRAM

    own = {"PFH_DATA_DIR": f"{Path(stage.folder) / 'ops'}"}
    return Native((*PROGRAM, *words), {**stage.environment, **own, **more})


def _inside(stage: StageRecord, words: Sequence[str]) -> Native:
    left = list(words)
    while left and left[0] in _EXEC_FLAGS:
        left = left[_EXEC_FLAGS[left[0]] :]
    name, *command = left
    service = stage.containers.get(name, name)
    if service in stage.postgres:
        return Native(_translated(stage, command), _postgres(stage, service))
    if service in stage.kafka:
        return _kafka(stage, command)
    if service == "prometheus":
        return Native(_translated(stage, command), {"PATH": _path(stage, "inside")})
    raise NotHere(f"{name} has no process on this machine")


def _postgres(stage: StageRecord, service: str) -> dict[str, str]:
    return {
        "PATH": os.pathsep.join((stage.postgres_programs, os.environ.get("PATH", ""))),
        "PGHOST": "127.0.0.1",
        "PGPORT": f"{stage.postgres[service]}",
        "PGPASSWORD": stage.admin_password,
    }


def _kafka(stage: StageRecord, command: Sequence[str]) -> Native:
    program, *rest = command
    if program not in KAFKA_COMMANDS:
        raise NotHere(f"{program} is no command of Kafka that is known here")
    known = {f"{name}:29092": address for name, address in stage.kafka.items()}
    words = tuple(known.get(word, word) for word in rest)
    quiet = f"-Dlog4j2.configurationFile={Path(__file__).with_name('log4j2.properties')}"
    java = (*JAVA, quiet, "-cp", stage.kafka_classes, KAFKA_COMMANDS[program])
    return Native((*java, *words), {})


def _translated(stage: StageRecord, words: Sequence[str]) -> tuple[str, ...]:
    here = f"http://127.0.0.1:{stage.hub_port}"
    return tuple(
        word.replace("/run/secrets/", f"{stage.secrets}/").replace("http://backend:3333", here)
        for word in words
    )


def _path(stage: StageRecord, folder: str) -> str:
    return os.pathsep.join((f"{Path(stage.folder) / folder}", os.environ.get("PATH", "")))


def curl(stage: StageRecord, words: Sequence[str]) -> Native:
    """Return the real curl, which finds the hub where nginx would be."""
    route = ("--connect-to", f"localhost:3333:127.0.0.1:{stage.hub_port}")
    return Native(("curl", *route, *words), {"PATH": _without_stand_ins(stage)})


def wget(stage: StageRecord, words: Sequence[str]) -> Native:
    """Return what BusyBox's wget of a container means: `-q -O - [--header LINE] ADDRESS`."""
    match list(words):
        case ["-q", "-O", "-", "--header", header, address]:
            arguments = ["-H", header, address]
        case ["-q", "-O", "-", address]:
            arguments = [address]
        case _:
            raise NotHere(f"wget {' '.join(words)} is not known here")
    return Native(("curl", "-fsS", *arguments), {"PATH": _without_stand_ins(stage)})


def redis_cli(stage: StageRecord, words: Sequence[str]) -> Native:
    """Return the real redis-cli, which finds each server at its port of the book."""
    left = list(words)
    for place, word in enumerate(left[:-1]):
        if word == "-p":
            if left[place + 1] not in stage.redis:
                raise NotHere(f"no Redis of the book has port {left[place + 1]}")
            left[place + 1] = f"{stage.redis[left[place + 1]]}"
            break
    return Native(("redis-cli", *left), {"PATH": _without_stand_ins(stage)})


def pfh(stage: StageRecord, words: Sequence[str]) -> Native:
    """Return the hub's program with the settings of its containers."""
    native = _hub(stage, tuple(words), stage.migrating if words[:1] == ["migrate"] else {})
    # The journey of `pfh smoke` knows the hub by the address of the book.
    base = os.environ.get("BASE_URL", "")
    found = base.replace("localhost:3333", f"127.0.0.1:{stage.hub_port}")
    return Native(native.words, {**native.environment, "BASE_URL": found})


def _without_stand_ins(stage: StageRecord) -> str:
    ours = {f"{Path(stage.folder) / name}" for name in ("programs", "inside")}
    folders = os.environ.get("PATH", "").split(os.pathsep)
    return os.pathsep.join(folder for folder in folders if folder not in ours)


PROGRAMS: Final = {"docker": docker, "curl": curl, "redis-cli": redis_cli, "pfh": pfh}
INSIDE: Final = {"wget": wget}


def main(arguments: Sequence[str]) -> int:
    """Become the program that a command of the book means, or say why it cannot be.

    Args:
        arguments: the name of the stand-in, then what it was told.
    """
    stage = StageRecord.load(Path(os.environ[VARIABLE]))
    try:
        meant = {**PROGRAMS, **INSIDE}[arguments[0]](stage, list(arguments[1:]))
        if isinstance(meant, Turn):
            return _turn(stage, meant)
        _become(meant)
    except NotHere as reason:
        sys.stderr.write(f"runbook check: {reason}\n")
        return CANNOT


def _turn(stage: StageRecord, turn: Turn) -> int:
    from pfh.entry.cli.runbook.hub_processes import HubProcesses

    processes = HubProcesses(stage)
    processes.stop(turn.stop)
    processes.start(turn.start)
    return 0


def _become(native: Native) -> NoReturn:
    from pfh.entry.cli.runbook.hub_processes import outer_environment

    environment = {**outer_environment(), **native.environment}
    program = shutil.which(native.words[0], path=environment["PATH"])
    if program is None:
        raise NotHere(f"no {native.words[0]} in PATH")
    sys.stdout.flush()
    os.execve(program, list(native.words), environment)  # noqa: S606 -- a stand-in becomes it


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

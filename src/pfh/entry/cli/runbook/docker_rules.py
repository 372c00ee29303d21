"""What a `docker` command in the runbook may say.

Options that lose data, or that do not do what people believe, are refused with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Final, TypeAlias

from pfh.entry.cli.runbook.compose_file import ComposeFile

# Judges a command that would run inside of a container.
Inside: TypeAlias = Callable[[tuple[str, ...]], Iterator[str]]
# Flag → whether a value follows it.
Flags: TypeAlias = dict[str, bool]

COMPOSE: Final[dict[str, Flags]] = {
    "ps": {},
    "logs": {"--since": True, "--tail": True},
    "stop": {},
    "start": {},
    "rm": {"-f": False},
    "pull": {},
    "up": {
        "-d": False,
        "--no-deps": False,
        "--wait": False,
        "--force-recreate": False,
        "--no-recreate": False,
    },
    "config": {"--images": False},
}
DOCKER: Final[dict[str, Flags]] = {
    "update": {"--memory": True, "--memory-swap": True, "--cpus": True},
    "stats": {"--no-stream": False},
    "inspect": {"--format": True},
    "stop": {},
}
RUN: Final[Flags] = {
    "-d": False,
    "--rm": False,
    "--name": True,
    "--user": True,
    "-v": True,
    "-e": True,
    "--entrypoint": True,
}
EXEC: Final[Flags] = {"-i": False, "-t": False, "-T": False, "-u": True, "-e": True}
REFUSED: Final = {
    "--scale": "the next `up` forgets it: write the number into .env",
    "--build": "an image is built once, by the release",
    "--volumes": "it deletes the books",
    "restart": "it applies no setting: up -d --no-deps",
    "prune": "it cleans no logs, and deletes stopped containers that may be evidence",
}


class DockerRules:
    """Judges commands against the compose files of a checkout."""

    def __init__(self, root: Path, inside: Inside) -> None:
        self._root = root
        self._inside = inside
        self._compose = ComposeFile.read(root / "docker-compose.yml")
        self._started: set[str] = set()

    @property
    def compose(self) -> ComposeFile:
        """The file of production."""
        return self._compose

    def judge(self, words: tuple[str, ...]) -> Iterator[str]:
        """Say what is wrong with `docker …`."""
        for word in words:
            if word in REFUSED:
                yield f"{word}: {REFUSED[word]}"
        match words[1:]:
            case ("compose", *rest):
                yield from self._judge_compose(tuple(rest))
            case ("exec", *rest):
                yield from self._judge_exec(rest, known={*self._compose.containers, *self._started})
            case ("run", *rest):
                yield from self._judge_run(rest)
            case ("volume", ("create" | "rm") as verb, name):
                yield from self._judge_volume(verb, name)
            case _:
                yield from self._judge_plain(words[1:])

    def _judge_plain(self, words: tuple[str, ...]) -> Iterator[str]:
        match words:
            case ("system", "df") | ("system", "df", "-v"):
                return
            case ("stats",):
                yield "stats without --no-stream does not end"
            case (("update" | "stats" | "inspect" | "stop") as verb, *rest):
                left = yield from _without_flags(rest, DOCKER[verb])
                known = {*self._compose.containers, *self._started}
                yield from _unknown(left, known, "container")
            case _:
                yield f"docker {' '.join(words[:2])} is not known here"

    def _judge_volume(self, verb: str, name: str) -> Iterator[str]:
        prefix = f"{self._compose.project}_"
        if not name.startswith(prefix):
            yield f"volume {name} is not of this project"
        elif verb == "rm" and name.removeprefix(prefix) not in self._compose.volumes:
            yield f"there is no volume {name}"

    def _judge_compose(self, words: tuple[str, ...]) -> Iterator[str]:
        compose = self._compose
        left = list(words)
        project = ""
        while left and left[0] in {"-p", "-f"}:
            if left[0] == "-p":
                project = left[1]
            else:
                path = self._root / left[1]
                if not path.exists():
                    yield f"there is no {left[1]}"
                    return
                compose = ComposeFile.read(path)
            left = left[2:]
        if project and project != compose.project:
            yield f"-p {project}: the file belongs to {compose.project}"
        match left:
            case ["port", service, port]:
                if (service, port) not in compose.ports:
                    yield f"{service} does not publish {port}"
            case ["run", "--rm", service, *rest]:
                yield from _unknown([service], set(compose.services), "service")
                yield from self._inside((service, *rest))
            case ["exec", *rest]:
                yield from self._judge_exec(rest, known=set(compose.services))
            case [verb, *rest] if verb in COMPOSE:
                names = yield from _without_flags(rest, COMPOSE[verb])
                yield from _unknown(names, set(compose.services), "service")
            case _:
                yield f"docker compose {' '.join(left[:1])} is not known here"

    def _judge_exec(self, words: list[str], *, known: set[str]) -> Iterator[str]:
        left = list(words)
        while left and left[0] in EXEC:
            left = left[2:] if EXEC[left[0]] else left[1:]
        yield from _unknown(left[:1], known, "container or service")
        if len(left) > 1:
            yield from self._inside(tuple(left[1:]))
        else:
            yield "exec without a command"

    def _judge_run(self, words: list[str]) -> Iterator[str]:
        left = list(words)
        while left and left[0] in RUN:
            if left[0] == "--name":
                self._started.add(left[1])
            left = left[2:] if RUN[left[0]] else left[1:]
        if not left or left[0] not in self._compose.images.values():
            yield f"{''.join(left[:1]) or 'nothing'} is no image of docker-compose.yml"
        elif left[1:2] == ["sh"]:
            yield from self._inside(tuple(left[1:]))


def _without_flags(words: list[str], flags: Flags) -> Generator[str, None, list[str]]:
    """Return what are no flags, after saying which flags are not known."""
    names = []
    left = list(words)
    while left:
        word = left.pop(0)
        if not word.startswith("-"):
            names.append(word)
        elif word not in flags:
            yield f"{word} is not known here"
        elif flags[word] and left:
            left.pop(0)
    return names


def _unknown(names: list[str], known: set[str], what: str) -> Iterator[str]:
    for name in names:
        if name not in known:
            yield f"there is no {what} {name}"

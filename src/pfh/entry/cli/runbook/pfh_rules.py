"""Whether the hub's own program has a command with these options."""

from __future__ import annotations

from collections.abc import Iterator

import typer.main


def judge_pfh(words: tuple[str, ...]) -> Iterator[str]:
    """Say what is wrong with `pfh …`; `words` are without the program."""
    from pfh.entry.cli.main import build_app

    command = typer.main.get_command(build_app())
    left = list(words)
    while left and (found := getattr(command, "commands", {}).get(left[0])) is not None:
        command = found
        left.pop(0)
    options = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
    takes = any(one.param_type_name == "argument" for one in command.params)
    for word in left:
        if word.startswith("-") and word.partition("=")[0] not in options:
            yield f"pfh {command.name} has no option {word}"
        elif not word.startswith("-") and not takes and not _is_value(word, left, options):
            yield f"pfh {command.name} has no command {word}"


def _is_value(word: str, left: list[str], options: set[str]) -> bool:
    place = left.index(word)
    return place > 0 and left[place - 1] in options

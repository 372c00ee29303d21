"""Reading settings from a file of `NAME=value` lines, as systemd, Docker and shells write them.

It exists so that a command can be told of a second installation without a secret on its command
line, which every user of the machine may read.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from pfh.runtime.setting_reader import SettingsInvalid
from pfh.runtime.settings import Settings, load_settings

_LINE: Final = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")
_QUOTES: Final = ("'", '"')
_PAIR: Final = 2


def load_settings_file(path: Path) -> Settings:
    """Return the settings of a file; nothing of this process's own environment counts.

    Raises:
        SettingsInvalid: the file cannot be read, or what is wrong in it, each with the file's name.
    """
    try:
        return load_settings(read_environment_file(path))
    except SettingsInvalid as error:
        raise SettingsInvalid([f"{path}: {sentence}" for sentence in error.mistakes]) from None


def read_environment_file(path: Path) -> dict[str, str]:
    """Return the variables of a file.

    Blank lines and lines that begin with `#` are passed over; `export ` before a name and one pair
    of quotes around a value are taken off. Nothing is expanded: `$` is a character like any other.

    Raises:
        SettingsInvalid: the file cannot be read, or a line that is none of these, by its number.
    """
    try:
        lines = path.expanduser().read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise SettingsInvalid([f"the file cannot be read: {reason}."]) from None
    found: dict[str, str] = {}
    mistakes = []
    for number, line in enumerate(map(str.strip, lines), start=1):
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            # The line itself is not shown: it may hold a secret.
            mistakes.append(f"line {number} is not NAME=value.")
        else:
            found[match[1]] = _bare(match[2].strip())
    if mistakes:
        raise SettingsInvalid(mistakes)
    return found


def _bare(value: str) -> str:
    if len(value) >= _PAIR and value[0] == value[-1] and value[0] in _QUOTES:
        return value[1:-1]
    return value

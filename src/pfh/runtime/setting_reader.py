"""Collecting the values of settings and every mistake among them.

It exists apart from the settings themselves so that they read as one table.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from pfh.runtime.setting_values import Setting

Value = TypeVar("Value")
_CERTIFICATE: Final = b"CERTIFICATE-----"


class SettingsInvalid(Exception):
    """The environment cannot be used; `mistakes` has one sentence for each thing to repair."""

    def __init__(self, mistakes: list[str]) -> None:
        """Take at least one sentence."""
        super().__init__("\n".join(mistakes))
        self.mistakes = tuple(mistakes)


class Reader:
    """Reads settings from a mapping; `finish` raises when anything was wrong."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Keep the environment; an empty value counts as not set."""
        self._environment = environment
        self._mistakes: list[str] = []

    def is_set(self, setting: Setting[Value]) -> bool:
        """Tell whether the variable, or the file that its `_FILE` twin names, has a value."""
        if self._environment.get(setting.name):
            return True
        path = self._environment.get(f"{setting.name}_FILE", "") if setting.secret else ""
        return bool(path) and not _is_empty(Path(path).expanduser())

    def value(self, setting: Setting[Value], default: Value) -> Value:
        """Return the value, or the default when it is not set or wrong."""
        found = self.optional(setting)
        return default if found is None else found

    def optional(self, setting: Setting[Value]) -> Value | None:
        """Return the value, or None when it is not set or wrong."""
        return self._parse(setting, self._environment.get(setting.name, "").strip())

    def required(self, setting: Setting[Value], stand_in: Value) -> Value:
        """Return the value; note a mistake when it is not set."""
        if not self.is_set(setting):
            self._mistakes.append(f"{setting.name} is missing: {setting.help}")
        return self.value(setting, stand_in)

    def secret(self, setting: Setting[Value], *, required: bool = False) -> Value | None:
        """Return a value given directly or in the file that `NAME_FILE` names."""
        direct = self._environment.get(setting.name, "")
        path = self._environment.get(f"{setting.name}_FILE", "")
        if direct and path:
            self._mistakes.append(f"Set {setting.name} or {setting.name}_FILE, not both.")
        if path and not direct:
            found = self._from_file(f"{setting.name}_FILE", path, required=required)
            if found is None:
                return None
            direct = found
        if required and not direct:
            self._mistakes.append(f"{setting.name} is missing: {setting.help}")
        return self._parse(setting, direct)

    def _from_file(self, name: str, path: str, *, required: bool) -> str | None:
        """Return what a file holds, without the end of its line; None after a mistake."""
        try:
            text = Path(path).expanduser().read_text(encoding="utf-8").strip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            self._mistakes.append(f"{name} cannot be read ({path}): {reason}.")
            return None
        # No server says of such a password more than that it is wrong.
        if required and not text.strip():
            self._mistakes.append(f"{name}: {path} holds nothing.")
            return None
        if len(text.splitlines()) > 1:
            self._mistakes.append(f"{name}: {path} holds more than one line.")
            return None
        return text

    def authorities(self, setting: Setting[Path], *, tls: Setting[str]) -> Path | None:
        """Return a file of certificates.

        Note a mistake when it is not there or holds none, or when `tls` is not on.
        """
        path = self.optional(setting)
        if path is None:
            return None
        if self.value(tls, "off") != "on":
            self._mistakes.append(f"{setting.name} is set but {tls.name} is not on.")
            return path
        return self.certificates(setting, path)

    def certificates(self, setting: Setting[Path], path: Path) -> Path:
        """Return the path; note a mistake when there is no file of certificates."""
        try:
            text = path.read_bytes()
        except FileNotFoundError:
            self._mistakes.append(f"{setting.name}: there is no file {path}.")
        except OSError as error:
            self._mistakes.append(f"{setting.name} cannot be read ({path}): {error.strerror}.")
        else:
            if _CERTIFICATE not in text:
                self._mistakes.append(f"{setting.name}: {path} holds no certificate in PEM.")
        return path

    def require_absent(self, settings: Iterable[Setting[Any]], *, unless: Setting[Any]) -> None:
        """Note a mistake when a setting has a value that means nothing without `unless`."""
        names = [setting.name for setting in settings if self.is_set(setting)]
        if names:
            verb = "is" if len(names) == 1 else "are"
            self._mistakes.append(
                f"{', '.join(names)} {verb} set but {unless.name} is missing: {unless.help}"
            )

    def mistake(self, sentence: str) -> None:
        """Note a mistake that only several settings together make."""
        self._mistakes.append(sentence)

    def refuse_unknown(self, prefix: str, known: frozenset[str], foreign: tuple[str, ...]) -> None:
        """Note every variable with the prefix that no setting has, with the near name."""
        for name in sorted(self._environment):
            if not name.startswith(prefix) or name in known or name.startswith(foreign):
                continue
            # Some settings have no prefix, so `PFH_PROT` is to find PORT.
            names = {f"{prefix}{one.removeprefix(prefix)}": one for one in sorted(known)}
            close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
            hint = f"did you mean {names[close[0]]}?" if close else "`pfh config` lists them all."
            self._mistakes.append(f"{name} is not a setting; {hint}")

    def finish(self) -> None:
        """Raise `SettingsInvalid` when there was a mistake."""
        if self._mistakes:
            # What two servers share is read twice.
            raise SettingsInvalid(list(dict.fromkeys(self._mistakes)))

    def _parse(self, setting: Setting[Value], text: str) -> Value | None:
        if not text:
            return None
        try:
            return setting.parse(text)
        except ValueError as error:
            shown = "is wrong" if setting.secret else str(error)
            if setting.secret and text not in str(error):
                shown = str(error)
            self._mistakes.append(f"{setting.name} {shown}.")
            return None


def _is_empty(path: Path) -> bool:
    """Say whether a file holds nothing; that one cannot be read, `secret` tells."""
    try:
        return not path.read_bytes().strip(b"\r\n")
    except OSError:
        return False

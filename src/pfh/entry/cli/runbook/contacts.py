"""Putting the people of `deploy/oncall.yml` into the runbook."""

from __future__ import annotations

import re
from typing import Final

from pfh.entry.cli.runbook.book import CONTACTS

NOBODY: Final = "*nobody yet*"
_ROLE: Final = re.compile(r"^(?P<role>[a-z_]+):(?:\s*#\s*(?P<level>.*))?$")
_VALUE: Final = re.compile(
    r"^ +(?P<key>name|phone|email|url): *\"?(?P<value>[^\"#]*?)\"? *(?:#.*)?$"
)
_TITLES: Final = {"devops_engineer": "DevOps engineer", "dead_mans_switch": "Dead man's switch"}


def render(page: str, on_call: str) -> str:
    """Return the page with the table of contacts written anew.

    Args:
        page: with `<!-- contacts -->` and `<!-- end -->`.
        on_call: the text of `oncall.yml`; its form is that of `deploy/check-oncall`.

    Raises:
        ValueError: the page has no place for contacts.
    """
    if CONTACTS.search(page) is None:
        raise ValueError("the page has no <!-- contacts --> … <!-- end -->")
    table = "| who | name | telephone | e-mail |\n|---|---|---|---|\n" + "".join(_rows(on_call))
    return CONTACTS.sub(lambda found: found["head"] + table + found["tail"], page)


def _rows(on_call: str) -> list[str]:
    people: dict[str, dict[str, str]] = {}
    levels: dict[str, str] = {}
    role = ""
    for line in on_call.splitlines():
        if begun := _ROLE.match(line):
            role = begun["role"]
            people[role] = {}
            levels[role] = begun["level"] or ""
        elif role and (value := _VALUE.match(line)):
            people[role][value["key"]] = value["value"].strip()
    return [
        f"| {_title(role)}{_level(levels[role])} | {_cell(person, 'name')} |"
        f" {_cell(person, 'phone')} | {_cell(person, 'email')} |\n"
        for role, person in people.items()
        if "url" not in person
    ]


def _title(role: str) -> str:
    return _TITLES.get(role, role.replace("_", " ").capitalize())


def _level(comment: str) -> str:
    found = re.match(r"level \d", comment)
    return f" ({found.group()})" if found else ""


def _cell(person: dict[str, str], key: str) -> str:
    if key not in person:
        return "–"
    return person[key].replace("|", "\\|") or NOBODY

"""No file knows the machine that it was written on, nor where packages are fetched from."""

from __future__ import annotations

import re

from tests.architecture.tree import repository_files, text_of

# Written in pieces, so that this file passes its own test.
MACHINE_PATH = re.compile(
    r"(?<![\w.${}-])/(?:" + "|".join(["wor" + "k", "roo" + "t", "far" + "m", "User" + "s"]) + r")/"
    r"|/hom" + r"e/(?!app\b|user\b|pfh\b)\w+/|bash" + "_jobs" + r"|/opt/wh" + "eels"
)
PACKAGE_PLACE = re.compile(
    r"https?://\S+\.(?:whl|tgz|tar\.gz)\b|"
    + "|".join([r"pypi\." + "org", r"python" + r"hosted\.org", r"registry\.npm" + r"js\.org"])
    + r"|--(?:extra-)?index-"
    + r"url[= ]|\"resolved\": *\"http"
)


def test_no_file_names_a_path_of_a_machine_or_a_place_of_packages() -> None:
    wrong = []
    for path in repository_files():
        text = text_of(path)
        if "\0" in text:
            continue  # A picture or a font.
        for number, line in enumerate(text.splitlines(), start=1):
            if MACHINE_PATH.search(line) or PACKAGE_PLACE.search(line):
                wrong.append(f"{path}:{number}: {line.strip()[:120]}")
    assert not wrong, "\n".join(wrong)


def test_nothing_built_or_secret_is_tracked() -> None:
    wrong = [
        str(path)
        for path in repository_files()
        if {"node_modules", "__pycache__", ".venv"} & set(path.parts)
        or path.suffix in {".pyc", ".sqlite", ".pem", ".key"}
        or path.name == ".env"
    ]
    assert not wrong, "\n".join(wrong)

"""Settings in a file of `NAME=value` lines: what counts, what does not, what is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from pfh.runtime.environment_file import load_settings_file, read_environment_file
from pfh.runtime.postgres_settings import PostgresSettings
from pfh.runtime.setting_reader import SettingsInvalid


def test_reads_names_and_values_as_they_stand(tmp_path: Path) -> None:
    file = tmp_path / "hub.env"
    file.write_text(
        "# the cluster\n\nPLAIN=a b\nexport SHELL_LIKE = x=y\nSINGLE='p$w\"d '\n"
        'DOUBLE="#no comment"\nEMPTY=\nHALF="\n',
        encoding="utf-8",
    )
    assert read_environment_file(file) == {
        "PLAIN": "a b",
        "SHELL_LIKE": "x=y",
        "SINGLE": 'p$w"d ',
        "DOUBLE": "#no comment",
        "EMPTY": "",
        "HALF": '"',
    }


def test_own_environment_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTGRES_PORT", "1")
    monkeypatch.setenv("PFH_DATA_DIR", str(tmp_path / "mine"))
    file = tmp_path / "hub.env"
    file.write_text(
        f"PFH_DATA_DIR={tmp_path / 'theirs'}\nPOSTGRES_HOST=db\nPOSTGRES_DB=pfh\n"
        "POSTGRES_USER=app\nPOSTGRES_PASSWORD=a password of our own\n",
        encoding="utf-8",
    )
    found = load_settings_file(file)
    assert isinstance(found.database, PostgresSettings)
    assert (found.database.places, found.data_dir) == ((("db", 5432),), tmp_path / "theirs")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PORT=1\nsecret without a name\n", "line 2 is not NAME=value"),
        (b"POSTGRES_HOST=db\n", "POSTGRES_DB is missing"),
        (b"PFH_DATA_DRI=x\n", "did you mean PFH_DATA_DIR?"),
        (b"\xff\xfe", "it is not UTF-8 text"),
        (None, "cannot be read: No such file"),
    ],
)
def test_mistakes_name_the_file_and_show_no_line(
    tmp_path: Path, content: bytes | None, words: str
) -> None:
    file = tmp_path / "hub.env"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsInvalid) as caught:
        load_settings_file(file)
    told = "\n".join(caught.value.mistakes)
    assert words in told
    assert all(sentence.startswith(f"{file}: ") for sentence in caught.value.mistakes)
    assert "secret without" not in told

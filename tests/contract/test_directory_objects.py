"""The object contract in a folder, and what a folder must not allow."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from pfh.adapters.objects.directory import DirectoryObjects
from tests.contract.objects_contract import ObjectsContract, breaking, stream


def below(folder: Path) -> list[Path]:
    return list(folder.rglob("*"))


class TestDirectoryObjects(ObjectsContract):
    @pytest.fixture
    def objects(self, tmp_path: Path) -> DirectoryObjects:
        return DirectoryObjects(tmp_path / "objects")


@pytest.mark.parametrize("key", ["../out", "/etc/passwd", "a/../../b", "", "a//b", ".hidden", "A"])
async def test_refuses_a_key_when_it_could_leave_the_folder(tmp_path: Path, key: str) -> None:
    objects = DirectoryObjects(tmp_path / "objects")
    with pytest.raises(ValueError, match="not an object key"):
        await objects.put(key, stream(b"x"), size_max=1)
    assert below(tmp_path) == []


async def test_leaves_no_draft_when_the_stream_breaks(tmp_path: Path) -> None:
    with pytest.raises(ConnectionResetError):
        await DirectoryObjects(tmp_path).put("k", breaking(b"half"), size_max=10)
    assert below(tmp_path) == []


async def test_files_are_for_the_owner_alone(tmp_path: Path) -> None:
    await DirectoryObjects(tmp_path).put("k", stream(b"x"), size_max=1)
    assert stat.S_IMODE((tmp_path / "k").stat().st_mode) == 0o600

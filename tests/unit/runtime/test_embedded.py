"""The embedded services: one folder, one key, one hub."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from pfh.ports.database import Connection, DatabaseUnavailable
from pfh.runtime.embedded import kept_secret_key
from pfh.runtime.services import open_services
from pfh.runtime.settings import load_settings


def test_makes_the_key_once_for_the_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    key = kept_secret_key(path)
    assert len(key) == 64
    assert kept_secret_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_refuses_a_key_that_was_cut_short(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("short")
    with pytest.raises(DatabaseUnavailable, match="too short"):
        kept_secret_key(tmp_path / "secret.key")


async def test_opens_and_closes_everything(tmp_path: Path) -> None:
    async with open_services(load_settings({"PFH_DATA_DIR": str(tmp_path)})) as services:
        assert await services.database.read(_one) == 1
        assert len(services.token_key) >= 32
    with pytest.raises(DatabaseUnavailable):
        await services.database.read(_one)


async def test_refuses_a_second_hub_on_the_same_folder(tmp_path: Path) -> None:
    settings = load_settings({"PFH_DATA_DIR": str(tmp_path)})
    async with open_services(settings):
        with pytest.raises(DatabaseUnavailable, match="another hub"):
            async with open_services(settings):
                pass
        async with open_services(settings, exclusive=False) as beside:
            assert await beside.database.read(_one) == 1


async def _one(connection: Connection) -> int:
    return int(await connection.fetch_value("SELECT 1"))

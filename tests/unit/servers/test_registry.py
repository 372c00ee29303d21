"""What a test meets when its server is there, is missing, or is demanded."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers import registry
from tests.servers.found import Missing, Server
from tests.servers.run_directory import RunDirectory

SERVER = Server("there:1", "9.1", "native")


@pytest.fixture(autouse=True)
def _no_demand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PFH_REQUIRE_SERVERS", raising=False)


def _missing(run: RunDirectory) -> Server:
    raise Missing("not on this machine")


def test_server_is_found_once_when_asked_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[RunDirectory] = []

    def find(run: RunDirectory) -> Server:
        asked.append(run)
        return SERVER

    monkeypatch.setattr(registry, "FINDERS", {"there": find})
    run = RunDirectory(tmp_path)
    assert registry.obtain("there", run) == registry.obtain("there", run) == SERVER
    assert len(asked) == 1
    assert registry.summarise(run).exercised == ("there 9.1 (native)",)


def test_test_is_skipped_with_the_reason_when_server_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "FINDERS", {"gone": _missing})
    run = RunDirectory(tmp_path)
    with pytest.raises(pytest.skip.Exception, match="not on this machine"):
        registry.obtain("gone", run)
    assert registry.summarise(run).not_exercised == ("gone (not on this machine)",)


def test_test_fails_when_demanded_server_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "FINDERS", {"gone": _missing})
    monkeypatch.setenv("PFH_REQUIRE_SERVERS", "gone")
    with pytest.raises(pytest.fail.Exception, match="demands it"):
        registry.obtain("gone", RunDirectory(tmp_path))


def test_demand_is_refused_when_no_such_server_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PFH_REQUIRE_SERVERS", "postgres, postgers")
    with pytest.raises(pytest.UsageError, match="postgers"):
        registry.required_servers()

"""A stack of made-up servers: begun once, ended wholly, and no stranger is ever signalled."""

from __future__ import annotations

import signal
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pfh.entry.cli.main import build_app
from pfh.entry.cli.stack import java, local_process
from pfh.entry.cli.stack.identity import Process, birth_of, end
from pfh.entry.cli.stack.local_process import leave_running
from pfh.entry.cli.stack.missing import Missing
from pfh.entry.cli.stack.record import Record, Running
from pfh.entry.cli.stack.up import up

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


def start_sleeper(record: Record) -> Mapping[str, str]:
    """Start a server that does nothing."""
    process = local_process.spawn(SLEEP, record.directory / "log", own=record.own)
    record.tell(Running("sleeper", "127.0.0.1:1", "1.0", process.pid))
    leave_running(process)
    return {"SLEEPER_PASSWORD": "it's a secret"}


def start_nothing(record: Record) -> Mapping[str, str]:
    """Fail as a machine without the program does."""
    raise Missing("no such program")


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """Return a folder for the record of a stack that is ended with the test."""
    folder = tmp_path / "state"
    yield folder
    left = Record.load(folder)
    if left is not None:
        left.remove()


def run(state: Path, word: str) -> tuple[int, str]:
    done = CliRunner().invoke(build_app(), ["dev", "stack", word, "--state", str(state)])
    return done.exit_code, done.output


def test_says_what_runs_and_what_could_not_be_started_and_why(state: Path) -> None:
    up(state, {"sleeper": start_sleeper, "other": start_nothing})
    code, output = run(state, "status")
    assert code == 0
    assert "sleeper" in output
    assert "no such program" in output


def test_second_start_gives_the_stack_of_the_first(state: Path) -> None:
    first = up(state, {"sleeper": start_sleeper})
    second = up(state, {"sleeper": start_sleeper})
    assert second.servers == first.servers
    assert second.directory == first.directory


def test_settings_are_for_the_eyes_of_the_user_alone(state: Path) -> None:
    record = up(state, {"sleeper": start_sleeper})
    files = [record.environment, state / "record.json"]
    assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600, 0o600]
    assert stat.S_IMODE(record.directory.stat().st_mode) == 0o711
    sourced = subprocess.run(
        ["sh", "-c", f'set -a; . "{record.environment}"; env'],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "SLEEPER_PASSWORD=it's a secret\n" in sourced.stdout
    keys = [line for line in sourced.stdout.splitlines() if line.startswith("PFH_SECRET_KEY=")]
    assert [len(key.partition("=")[2]) for key in keys] == [64]


def test_end_leaves_neither_process_nor_data_and_may_be_repeated(state: Path) -> None:
    record = up(state, {"sleeper": start_sleeper})
    assert run(state, "down")[0] == 0
    assert birth_of(record.servers[0].pid) is None
    assert not record.directory.exists()
    assert not record.environment.exists()
    assert run(state, "down") == (0, "No stack is up.\n")
    assert run(state, "status")[0] == 1


def test_names_the_server_that_died_and_ends_the_rest(state: Path) -> None:
    parts = {"one": start_sleeper, "two": start_sleeper}
    one, two = up(state, parts).processes
    end([one])
    code, output = run(state, "status")
    assert (code, "died" in output) == (1, True)
    assert run(state, "up")[0] == 1
    assert two.runs
    assert run(state, "down")[0] == 0
    assert not two.runs


def test_interrupted_start_leaves_nothing_behind(state: Path) -> None:
    processes: list[Process] = []

    def interrupt(record: Record) -> Mapping[str, str]:
        start_sleeper(record)
        processes.extend(record.processes)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        up(state, {"one": interrupt})
    assert [process.runs for process in processes] == [False]
    assert Record.load(state) is None


def test_what_a_killed_start_left_is_ended_by_its_record(state: Path) -> None:
    # No environment file: this is how far a start came before it was killed.
    state.mkdir()
    record = Record.begin(state)
    start_sleeper(record)
    code, output = run(state, "status")
    assert (code, "cut off" in output) == (1, True)
    assert run(state, "down")[0] == 0
    assert [process.runs for process in record.processes] == [False]
    assert not record.directory.exists()


def test_download_is_tried_again_and_then_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    tries = tmp_path / "tries"
    # A Maven that breaks off the first time, and then fills the folder that it is told.
    maven = f"""#!/bin/sh
echo >> {tries}
[ $(wc -l < {tries}) = 2 ] || {{ echo broke off; exit 1; }}
for word; do case $word in -DoutputDirectory=*) mkdir -p "${{word#*=}}";; esac; done
"""
    for name, text in (("mvn", maven), ("java", "#!/bin/sh\n")):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", f"{tmp_path / 'cache'}")
    (pom := tmp_path / "pom.xml").write_text("<project/>")
    folder = java.jars(pom)
    assert folder.is_dir()
    assert java.jars(pom) == folder
    assert len(tries.read_text().splitlines()) == 2
    pom.write_text("<project><!-- another --></project>")
    with pytest.raises(Missing, match="broke off"):
        java.jars(pom)


def test_what_runs_under_java_has_a_list_of_its_jars() -> None:
    assert [pom.parent.name for pom in java.poms()] == [
        "kafka_broker",
        "kafka_tools",
        "mongo_protocol",
    ]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGQUIT])
def test_stranger_is_left_alone_when_it_got_the_number_of_a_server(
    state: Path, number: int
) -> None:
    state.mkdir()
    record = Record.begin(state)
    with subprocess.Popen(SLEEP) as stranger:
        record.own(stranger.pid, number)
        (process,) = record.processes
        record.processes = [Process(stranger.pid, f"1{process.born}", number)]
        record.tell(Running("old", "127.0.0.1:1", "1.0", stranger.pid))
        assert Record.load(state).died() == ["old"]  # type: ignore[union-attr] # just written
        assert run(state, "down")[0] == 0
        assert stranger.poll() is None
        stranger.kill()

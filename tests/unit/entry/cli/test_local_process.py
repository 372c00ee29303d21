"""Starting servers: on ports that nobody else has, and with the reason when one does not start."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pfh.entry.cli.stack import local_process, seaweed
from pfh.entry.cli.stack.local_process import PORTS, accepts, free_port, start
from pfh.entry.cli.stack.missing import AddressTaken, Missing
from pfh.entry.cli.stack.seaweed import SeaweedProcess
from tests.servers import registry
from tests.servers.run_directory import RunDirectory
from tests.waiting import PATIENCE_SECONDS

LISTEN = """
import socket, sys, time
print("INFO it begins", flush=True)
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
time.sleep(600)
"""
ASK_FOR_ONE = """
import sys
from pfh.entry.cli.stack import local_process
port = int(sys.argv[1])
local_process.PORTS = range(port, port + 1)
print(local_process.free_port())
"""
# As SeaweedFS prints it.
DIES = r"""
print("I1127 05:42:44.091 volume.go:107 Volume server starts")
print("F1127 05:42:44.092 volume.go:577 failed to listen on grpc port 9: permission denied")
print("goroutine 135 [running]:\n\tgithub.com/seaweedfs/weed/command/server.go:395 +0x1210")
raise SystemExit(255)
"""


@pytest.fixture
def stranger() -> Iterator[socket.socket]:
    """Return a socket of another one that listens on a port."""
    with socket.create_server(("127.0.0.1", free_port())) as listener:
        yield listener


def port_of(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


def ask_for(port: int) -> subprocess.CompletedProcess[str]:
    """Let another process ask for a free port, of which there is only this one."""
    command = [sys.executable, "-c", ASK_FOR_ONE, str(port)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_port_is_given_to_one_process_alone_while_that_lives() -> None:
    mine = free_port()
    refused = ask_for(mine)
    assert refused.returncode != 0
    assert "no free port" in refused.stderr
    # Another test's process may have any of them just now.
    tried = (port for port in PORTS if port not in local_process._given and not accepts(port))
    theirs = next(port for port in tried if ask_for(port).returncode == 0)
    # That one has ended, and its server with it.
    assert ask_for(theirs).stdout.strip() == str(theirs)


def test_server_starts_when_another_process_lets_go_of_its_port(
    stranger: socket.socket, tmp_path: Path
) -> None:
    port = port_of(stranger)
    tries: list[int] = []

    def own(pid: int) -> None:
        tries.append(pid)
        if len(tries) > 1:
            stranger.close()

    process = start(
        [sys.executable, "-c", LISTEN, str(port)],
        tmp_path / "log",
        answers=lambda: len(tries) > 1 and accepts(port),
        seconds=PATIENCE_SECONDS,
        own=own,
    )
    process.kill()
    process.wait()
    assert process.pid == tries[-1]


def test_server_is_given_up_when_its_port_stays_taken(
    stranger: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_process, "PORT_SECONDS", 0.0)
    command = [sys.executable, "-c", LISTEN, str(port_of(stranger))]
    with pytest.raises(AddressTaken, match=r"ended: .*Address already in use"):
        start(command, tmp_path / "log", answers=bool, seconds=PATIENCE_SECONDS, own=lambda _: None)


def test_reason_is_the_fatal_line_of_this_start(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("FATAL: what an earlier start died of\n", encoding="ascii")
    with pytest.raises(Missing, match=r"ended: F1127 .* grpc port 9: permission denied$"):
        start(
            [sys.executable, "-c", DIES],
            log,
            answers=bool,
            seconds=PATIENCE_SECONDS,
            own=lambda _: None,
        )


@pytest.mark.s3
@pytest.mark.slow
def test_seaweed_takes_other_ports_when_one_is_taken_and_all_are_out_of_the_system_s(
    stranger: socket.socket,
    run_directory: RunDirectory,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    registry.obtain("s3", run_directory)
    given = [port_of(stranger)]

    def port() -> int:
        # The first that it asks for is that of the master.
        given.append(free_port())
        return given[0] if len(given) == 2 else given[-1]

    process = SeaweedProcess(seaweed.find_program(), tmp_path / "s3", "a-bucket")
    monkeypatch.setattr(seaweed, "free_port", port)
    process.start()
    try:
        listening = listening_ports(process.process_id)
    finally:
        process.stop()
    assert process.port in listening
    assert listening <= {process.port, *given[1:]}


def listening_ports(pid: int) -> set[int]:
    """Return the TCP ports of a process, as Linux tells them."""
    sockets = {
        file.readlink().name for file in Path(f"/proc/{pid}/fd").iterdir() if file.is_symlink()
    }
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text("ascii").splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                found.add(int(fields[1].rpartition(":")[2], 16))
    return found

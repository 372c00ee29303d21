"""The configuration for logrotate, run by logrotate on files that are old enough."""

from __future__ import annotations

import getpass
import grp
import logging
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from pfh.observability.log_file import LogFile
from pfh.observability.log_line import JsonFormatter

CONFIGURATION = Path("deploy/logrotate/pfh")
DAY = 86_400
PROGRAM = shutil.which("logrotate") or shutil.which("logrotate", path="/usr/sbin")


def rotate(folder: Path) -> None:
    """Run logrotate on the folder, as if the last time was a day ago."""
    assert PROGRAM is not None
    owner, group = getpass.getuser(), grp.getgrgid(os.getgid()).gr_name
    text = CONFIGURATION.read_text().replace("/var/log/pfh", str(folder))
    made = folder.parent / "logrotate.conf"
    made.write_text(text.replace(" pfh pfh", f" {owner} {group}"))
    made.chmod(0o644)
    state = folder.parent / "state"
    day = time.strftime("%Y-%-m-%-d-0:0:0", time.gmtime(time.time() - 2 * DAY))
    state.write_text(f'logrotate state -- version 2\n"{folder}/app.log" {day}\n')
    state.chmod(0o600)
    subprocess.run([PROGRAM, "--state", str(state), str(made)], check=True, capture_output=True)


@pytest.mark.skipif(PROGRAM is None, reason="logrotate is not installed")
def test_logrotate_deletes_after_30_days_and_the_hub_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    folder.mkdir(mode=0o750)
    now = time.time()
    for age in (2, 29, 31, 40):
        day = time.strftime("%Y%m%d", time.gmtime(now - age * DAY))
        old = folder / f"app.log-{day}.gz"
        old.write_bytes(b"")
        os.utime(old, (now - age * DAY, now - age * DAY))
    handler = LogFile(folder / "app.log")
    handler.setFormatter(JsonFormatter())
    handler.emit(logging.LogRecord("pfh", logging.INFO, "", 0, "first_line", None, None))
    rotate(folder)
    handler.emit(logging.LogRecord("pfh", logging.INFO, "", 0, "second_line", None, None))
    handler.close()
    assert "second_line" in (folder / "app.log").read_text()
    rotated = sorted(folder.glob("app.log-*"))
    assert len(rotated) == 3
    [fresh] = [one for one in rotated if one.suffix != ".gz"]
    assert "first_line" in fresh.read_text()
    ages = [round((now - one.stat().st_mtime) / DAY) for one in rotated if one.suffix == ".gz"]
    assert sorted(ages) == [2, 29]

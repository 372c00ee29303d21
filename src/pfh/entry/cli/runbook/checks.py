"""Asking PostgreSQL and Prometheus whether they would understand something, without doing it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from pfh.entry.cli.runbook.stage_record import StageRecord
from pfh.entry.cli.runbook.stand_in import Native, docker

_PLANNED: Final = re.compile(r"(?i)\s*(?:--[^\n]*\n\s*)*(?:select|insert|update|delete|with)\b")


class NativeChecks:
    """Checks on a stage; without one, SQL is taken as it is."""

    def __init__(self, stage: StageRecord | None) -> None:
        self._stage = stage

    def sql(self, statement: str) -> str | None:
        """Let PostgreSQL plan a statement; one without a plan is parsed in a branch never taken."""
        if self._stage is None:
            return None
        words = statement.strip().rstrip(";")
        asked = f"EXPLAIN {words};"
        if not _PLANNED.match(statement):
            asked = f"DO $check$ BEGIN IF false THEN {words}; END IF; END $check$;"
        wanted = ("exec", "-i", "pfh-postgres-master", "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1")
        meant = docker(self._stage, (*wanted, "-U", "pfh_admin", "-d", "personal_finance"))
        assert isinstance(meant, Native)
        done = subprocess.run(
            meant.words,
            input=asked,
            env=dict(meant.environment),
            capture_output=True,
            text=True,
            check=False,
        )
        return None if done.returncode == 0 else done.stderr.strip().splitlines()[0]

    def promql(self, expression: str) -> str | None:
        """Let promtool read an expression, as one of a rule."""
        promtool = shutil.which("promtool")
        if promtool is None:
            return None
        rule = {"record": "runbook:check", "expr": expression}
        with tempfile.TemporaryDirectory() as folder:
            # JSON is YAML.
            path = Path(folder) / "rules.yml"
            path.write_text(json.dumps({"groups": [{"name": "runbook", "rules": [rule]}]}))
            done = subprocess.run(
                [promtool, "check", "rules", f"{path}"],
                capture_output=True,
                text=True,
                check=False,
            )
        return None if done.returncode == 0 else (done.stderr or done.stdout).strip()[:300]

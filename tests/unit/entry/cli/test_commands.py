"""The command line says what it did, and why not, with an exit code."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

import pytest
import typer
from typer.testing import CliRunner

from pfh.core.errors import Problem
from pfh.entry.cli.main import build_app
from pfh.entry.cli.session import CommandSession
from pfh.entry.cli.stack.local_process import free_port
from pfh.migrations.head import HEAD
from pfh.ports.database import DatabaseUnavailable
from pfh.ports.services import Services
from pfh.runtime.build import COMMIT, VERSION

Run: TypeAlias = Callable[..., tuple[int, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs `pfh` on an empty data directory → exit code and output."""
    monkeypatch.setenv("PFH_DATA_DIR", str(tmp_path))

    def ran(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(build_app(), arguments)
        return result.exit_code, result.output

    return ran


def test_migrates_up_and_down_and_tells_where_it_stands(run: Run) -> None:
    assert run("migrate", "status")[0] == 1
    code, output = run("migrate")
    assert code == 0
    assert f"Applied {HEAD}" in output
    assert run("migrate") == (0, "The schema is up to date.\n")
    assert run("migrate", "status") == (0, f"At {HEAD}; newest is {HEAD}.\n")
    code, output = run("migrate", "rollback", "--yes")
    assert (code, output.startswith(f"Undid {HEAD}")) == (0, True)
    code, output = run("migrate", "status")
    assert (code, f"Pending {HEAD}" in output) == (1, True)


def test_shows_settings_and_masks_secrets(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PFH_SECRET_KEY", "0123456789abcdef0123456789abcdef")
    monkeypatch.setenv("COLUMNS", "200")
    code, output = run("config")
    assert code == 0
    assert "PFH_DATA_DIR" in output
    assert "[set]" in output
    assert "0123456789" not in output


def test_names_mistakes_of_the_settings(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PFH_PROT", "1")
    monkeypatch.setenv("POSTGRES_HOST", "db")
    for command in (("config",), ("serve",), ("run",), ("migrate",)):
        assert run(*command)[0] == 2


def test_refuses_to_migrate_under_a_running_hub(run: Run, tmp_path: Path) -> None:
    from pfh.adapters.database.data_directory import hold_data_directory

    with hold_data_directory(tmp_path):
        assert run("migrate")[0] == 3


class RowRefused(Problem):
    """One of the tests."""

    code = "row_refused_in_a_test"


async def _done(_: Services) -> int:
    return 0


async def _refused(_: Services) -> int:
    raise RowRefused("Row 3 has no date.", field="rows.3", fix="Add one.")


def test_sends_a_person_to_migrate_first(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as caught:
        CommandSession().run(_done)
    assert caught.value.exit_code == 1
    assert "Run `pfh migrate` first." in capsys.readouterr().err


async def _away(_: Services) -> int:
    raise DatabaseUnavailable("the server went away")


@pytest.mark.parametrize(
    ("work", "code", "words"),
    [
        (_done, 0, ""),
        (_refused, 1, "pfh: rows.3: Row 3 has no date. Add one.\n"),
        (_away, 3, "pfh: SQLite, {folder}/pfh.sqlite: the server went away\n"),
    ],
)
def test_ends_the_command_of_a_feature_in_words_and_a_code(
    run: Run,
    work: Callable[[Services], Awaitable[int]],
    code: int,
    words: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    assert run("migrate")[0] == 0
    with pytest.raises(typer.Exit) as caught:
        CommandSession().run(work)
    assert caught.value.exit_code == code
    assert capsys.readouterr().err == words.replace("{folder}", str(tmp_path))


@pytest.fixture
def nowhere(run: Run, monkeypatch: pytest.MonkeyPatch) -> str:
    """Name a PostgreSQL server that is not there; return its place."""
    del run
    port = free_port()
    monkeypatch.setenv("POSTGRES_HOST", "127.0.0.1")
    monkeypatch.setenv("POSTGRES_PORT", str(port))
    monkeypatch.setenv("POSTGRES_DB", "hub")
    monkeypatch.setenv("POSTGRES_USER", "hub")
    monkeypatch.setenv("POSTGRES_PASSWORD", "correct horse")
    return f"PostgreSQL, 127.0.0.1:{port}/hub"


@pytest.mark.parametrize("command", [("verify",), ("serve",), ("schedule",), ("dlq", "list")])
def test_says_which_server_cannot_be_reached(
    run: Run, nowhere: str, command: tuple[str, ...]
) -> None:
    code, output = run(*command)
    assert code == 3
    assert f"pfh: {nowhere}: the connection to the server failed" in output
    assert "correct horse" not in output


@pytest.mark.parametrize("command", [("migrate",), ("migrate", "status")])
def test_says_which_database_cannot_be_migrated(
    run: Run, nowhere: str, command: tuple[str, ...]
) -> None:
    code, output = run(*command)
    assert (code, output.startswith(f"pfh: {nowhere}: the database cannot be migrated: ")) == (
        3,
        True,
    )


@pytest.mark.parametrize("command", ["serve", "schedule"])
def test_says_which_log_file_cannot_be_used(
    run: Run, nowhere: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del nowhere
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "app.log"
    monkeypatch.setenv("PFH_LOG_FILE", str(path))
    words = f"pfh: the log file {path} cannot be used: File exists (PFH_LOG_FILE)\n"
    assert run(command) == (2, words)


def test_who_checks_through_a_pipe_gets_a_line_a_row_and_hears_of_wrong_names(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    folder = tmp_path / ("long" * 40)
    monkeypatch.setenv("PFH_DATA_DIR", str(folder))
    monkeypatch.setenv("REDIS_PASWORD", "x")
    code, output = run("config", "check")
    assert code == 0
    assert f" {folder}/pfh.sqlite " in output
    assert "pfh: REDIS_PASWORD is not a setting; did you mean REDIS_PASSWORD?\n" in output


def test_tells_that_no_household_waits_and_of_which_groups_to_ask(run: Run) -> None:
    assert run("migrate")[0] == 0
    for command in ("list", "replay"):
        assert run("dlq", command) == (0, "No household waits.\n")
        code, output = run("dlq", command, "--group", "pfh-dashbord-consumer")
        assert (code, "there are: pfh-dashboard-consumer, relay" in output) == (2, True)


def test_stack_says_which_folder_cannot_be_used(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    state = tmp_path / "file" / "stack"
    code, output = run("dev", "stack", "up", "--state", str(state))
    assert code == 3
    assert output == f"pfh: the stack cannot be started in {state}: Not a directory\n"


def test_serving_loads_neither_typer_nor_the_migrations() -> None:
    program = (
        "import sys; import pfh.entry.cli.main, pfh.entry.cli.serve, pfh.entry.web.server; "
        "from pfh.entry.web.routes import all_routes; all_routes(); "
        "print([m for m in ('typer', 'sqlalchemy', 'alembic', 'pydantic', 'jinja2', 'rich', "
        "'asyncpg') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": "src"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_tells_its_version_and_its_commit(run: Run) -> None:
    assert run("--version") == (0, f"pfh {VERSION} ({COMMIT})\n")

"""Every operation of the API, asked everything that its document allows and much that it does not.

Nothing may break (no 5xx), every answer must be one that the document names, and look as it says.
`PFH_TEST_SEED` chooses other questions than those of every day.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from tests.e2e.program import Program, sign_up

SEED = int(os.environ.get("PFH_TEST_SEED", "20261123"))
# They end the session that asks, so they come last and with a session of their own.
ENDING = ["deleteAuthSessions", "deleteAuthSessionsSessionId", "postAuthLogout"]
# They make the hub read-only, so that all others would answer 503: on a hub of their own.
HOLDING = ["putAdminMaintenance", "deleteAdminMaintenance", "getAdminMaintenance"]
# What a request may be told that fits its schema: what no schema can say is judged, too.
JUDGED = ["2xx", "401", "403", "404", "409", "413", "415", "422", "429"]
pytestmark = [
    pytest.mark.slow,
    # The generators of the tool itself warn about strategies of their own.
    pytest.mark.filterwarnings("ignore::Warning:schemathesis"),
    pytest.mark.filterwarnings("ignore::Warning:hypothesis"),
]


def failures(
    program: Program, token: str, *phases: str, examples: int, only: list[str] | None = None
) -> Iterator[str]:
    """Run phases of the tool over the API and yield a text for each thing that is wrong."""
    config = SchemathesisConfig.from_dict(
        {
            "seed": SEED,
            "base-url": program.url,
            "headers": {"Authorization": f"Bearer {token}"},
            "continue-on-failure": True,
            "request-timeout": 30,
            "checks": {"positive_data_acceptance": {"expected-statuses": JUDGED}},
            "generation": {
                "max-examples": examples,
                "mode": "all",
                "no-shrink": True,
                "database": "none",
            },
            "phases": {
                name: {"enabled": name in phases}
                for name in ("examples", "coverage", "fuzzing", "stateful")
            },
            "operations": [_left_out(only)],
        }
    )
    schema = schemathesis.openapi.from_url(f"{program.url}/api/openapi.json", config=config)
    cases = 0
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            cases += len(event.recorder.cases)
            yield from _told(event)
        elif isinstance(event, events.NonFatalError | events.FatalError):
            yield f"the tool itself failed: {vars(event)}"
    assert cases > 0
    print(f"seed {SEED}: {cases} requests in {', '.join(phases)}")  # noqa: T201 -- shown when it fails


def _left_out(only: list[str] | None) -> dict[str, Any]:
    if only is None:
        return {"include-operation-id": [*ENDING, *HOLDING], "enabled": False}
    return {"exclude-operation-id": only, "enabled": False}


def _told(event: events.ScenarioFinished) -> Iterator[str]:
    for case_id, checks in event.recorder.checks.items():
        for check in checks:
            if check.failure_info is None:
                continue
            failure = check.failure_info.failure
            asked = event.recorder.interactions[case_id]
            answer = asked.response.content[:500] if asked.response else b"no answer"
            yield (
                f"{check.name}: {failure.operation}\n{failure.message}\n"
                f"{check.failure_info.code_sample}\n{answer!r}\n"
            )


@pytest.mark.timeout(300)
def test_an_administrator_gets_documented_answers_alone(program: Program) -> None:
    program.start()
    admin = sign_up(program.url, "admin@example.org")
    found = list(failures(program, admin, "examples", "coverage", examples=5))
    assert not found, "\n".join(found[:10])
    _assert_nothing_broke(program)


@pytest.mark.timeout(300)
def test_a_person_gets_documented_answers_alone(program: Program) -> None:
    program.start()
    sign_up(program.url, "admin@example.org")
    plain = sign_up(program.url, "plain@example.org")
    found = list(failures(program, plain, "fuzzing", "stateful", examples=20))
    assert not found, "\n".join(found[:10])
    _assert_nothing_broke(program)


@pytest.mark.timeout(300)
def test_ending_a_session_gets_documented_answers_alone(program: Program) -> None:
    program.start()
    leaver = sign_up(program.url, "leaver@example.org")
    found = list(failures(program, leaver, "coverage", "fuzzing", examples=10, only=ENDING))
    assert not found, "\n".join(found[:10])
    _assert_nothing_broke(program)


@pytest.mark.timeout(300)
def test_holding_the_books_gets_documented_answers_alone(program: Program) -> None:
    program.start()
    admin = sign_up(program.url, "admin@example.org")
    found = list(failures(program, admin, "coverage", "fuzzing", examples=5, only=HOLDING))
    assert not found, "\n".join(found[:10])
    _assert_nothing_broke(program)


def _assert_nothing_broke(hub: Program) -> None:
    broken = [line for line in hub.lines() if line["level"] == "error"]
    assert not broken, broken[:3]
    hub.kill()
    proven = hub.run("verify")
    assert proven.returncode == 0, proven.stdout

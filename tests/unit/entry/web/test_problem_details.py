"""Every failure becomes a problem of RFC 9457."""

from __future__ import annotations

import json
from typing import Any

import pytest
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException
from litestar.exceptions import ValidationException as FrameworkValidation

from pfh.core.errors import Kind, Problem, Problems
from pfh.entry.web.problem_details import STATUSES, failure_of
from pfh.observability.correlation import correlation_id
from pfh.ports.database import DatabaseTimeout, DatabaseUnavailable


class TooManyWishes(Problem):
    """One of the tests."""

    code = "too_many_wishes"
    kind = Kind.THROTTLED


class NameTaken(Problem):
    """Another one."""

    code = "name_taken"
    kind = Kind.CONFLICT


def body_of(error: Exception) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(failure_of(error).json())
    return content


def test_every_kind_has_a_status() -> None:
    assert set(STATUSES) == set(Kind)


def test_says_all_that_a_problem_knows() -> None:
    token = correlation_id.set("c-7")
    problem = NameTaken("There is a Cash.", field="name", fix="Choose another name.")
    assert body_of(problem) == {
        "type": "urn:pfh:problem:name_taken",
        "title": "Name taken",
        "status": 409,
        "detail": "There is a Cash.",
        "code": "name_taken",
        "correlationId": "c-7",
        "field": "name",
        "fix": "Choose another name.",
    }
    correlation_id.reset(token)


def test_leaves_out_what_is_not_known() -> None:
    assert not {"field", "fix", "errors"} & body_of(NameTaken("There is a Cash.")).keys()


def test_lists_several_problems() -> None:
    several = Problems([NameTaken("One.", field="a"), TooManyWishes("Two.", field="b.0")])
    content = body_of(several)
    assert (content["status"], content["code"]) == (422, "invalid_request")
    assert content["errors"] == [
        {"code": "name_taken", "detail": "One.", "field": "a"},
        {"code": "too_many_wishes", "detail": "Two.", "field": "b.0"},
    ]


def test_tells_when_to_come_back() -> None:
    failure = failure_of(TooManyWishes("Wait.", extra={"retryAfterSeconds": 30}))
    assert failure.details.status == 429
    assert failure.headers["Retry-After"] == "30"
    assert json.loads(failure.json())["retryAfterSeconds"] == 30


@pytest.mark.parametrize("error", [DatabaseUnavailable("secret address"), DatabaseTimeout("x")])
def test_hides_why_the_books_cannot_be_reached(error: Exception) -> None:
    failure = failure_of(error)
    assert (failure.details.status, failure.details.code) == (503, "temporarily_unavailable")
    assert failure.headers["Retry-After"] == "2"
    assert b"secret" not in failure.json()


@pytest.mark.parametrize("error", [ValueError("secret"), KeyError("secret"), RecursionError()])
def test_tells_nothing_of_what_is_unexpected(error: Exception) -> None:
    failure = failure_of(error)
    assert (failure.details.status, failure.details.code) == (500, "internal_error")
    assert b"secret" not in failure.json()


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (NotFoundException(), 404, "not_found"),
        (MethodNotAllowedException(), 405, "method_not_allowed"),
        (HTTPException(status_code=413), 413, "body_too_large"),
        (HTTPException(status_code=415), 415, "media_type_unsupported"),
        (HTTPException(status_code=418, detail="secret"), 500, "internal_error"),
    ],
)
def test_words_the_failures_of_the_framework(error: Exception, status: int, code: str) -> None:
    failure = failure_of(error)
    assert (failure.details.status, failure.details.code) == (status, code)
    assert b"secret" not in failure.json()


def test_words_the_parameters_that_the_framework_refuses() -> None:
    error = FrameworkValidation(extra=[{"key": "limit", "message": "Expected `int`, got `str`"}])
    content = body_of(error)
    assert (content["status"], content["code"], content["field"]) == (
        422,
        "invalid_request",
        "limit",
    )

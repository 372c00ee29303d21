"""W3C Trace Context, with the examples of its specification."""

from __future__ import annotations

import pytest

from pfh.observability.tracing import parse_traceparent

EXAMPLE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_reads_and_writes_the_example() -> None:
    context = parse_traceparent(EXAMPLE)
    assert context is not None
    assert context.header == EXAMPLE


def test_child_keeps_the_trace_and_has_a_place_of_its_own() -> None:
    context = parse_traceparent(EXAMPLE)
    assert context is not None
    child = context.child()
    assert (child.trace_id, child.flags) == (context.trace_id, "01")
    assert child.parent_id != context.parent_id
    assert parse_traceparent(child.header) == child


@pytest.mark.parametrize(
    "header",
    [
        "",
        "00",
        EXAMPLE.upper(),
        EXAMPLE.replace("4bf92f3577b34da6a3ce929d0e0e4736", "0" * 32),
        EXAMPLE.replace("00f067aa0ba902b7", "0" * 16),
        EXAMPLE + "-more",
        "ff" + EXAMPLE[2:],
    ],
)
def test_refuses_what_the_specification_refuses(header: str) -> None:
    assert parse_traceparent(header) is None

"""What the types cannot say and the API document should: forms of amounts, identifiers and dates.

It exists because such texts are judged by the core, in words for people, and not by the decoder;
the document names their form so that generated clients and forms get them right.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

IDENTIFIER: Final = {"type": "string", "pattern": "^[1-9][0-9]{0,18}$", "examples": ["415"]}
_DATE: Final = {"type": "string", "format": "date", "examples": ["2026-11-23"]}
_AMOUNT_TEXT: Final = {
    "type": "string",
    "format": "decimal",
    "pattern": "^-?[0-9]+(\\.[0-9]+)?$",
    "examples": ["12.34"],
}
_TEXT: Final = {"type": "string"}
_DECIMAL: Final = {"type": "string", "format": "decimal"}
_DATES: Final = frozenset({"transactionDate", "openingDate", "from", "to"})
# A bank's own name for an account, and the name of a request: texts as any other.
_OTHER_IDENTIFIERS: Final = frozenset({"externalId", "correlationId", "operationId"})


def refine(part: Any) -> None:  # noqa: ANN401 -- a piece of a JSON document
    """Put the forms in place, in a document or a piece of it."""
    if isinstance(part, list):
        for item in part:
            refine(item)
        return
    if not isinstance(part, dict):
        return
    for name, schema in part.get("properties", {}).items():
        _refine_named(name, schema)
    if part.get("in") == "query":
        _refine_named(part["name"], part["schema"])
    for item in part.values():
        refine(item)


def _refine_named(name: str, schema: dict[str, Any]) -> None:
    _replace(schema, _DECIMAL, _put_amount)
    if name in _DATES:
        _replace(schema, _TEXT, lambda one: one.update(_DATE))
    elif (name == "id" or name.endswith("Id")) and name not in _OTHER_IDENTIFIERS:
        _replace(schema, _TEXT, lambda one: one.update(IDENTIFIER))


def _replace(
    schema: dict[str, Any], wanted: dict[str, str], put: Callable[[dict[str, Any]], None]
) -> None:
    """Call `put` for the schema or for the choice in it that is exactly `wanted`."""
    for one in (schema, *schema.get("anyOf", ())):
        kept = {key: value for key, value in one.items() if key not in {"description", "default"}}
        if kept == wanted:
            put(one)


def _put_amount(schema: dict[str, Any]) -> None:
    """Say that an amount comes as text or as a number, read exactly either way."""
    for key in ("type", "format"):
        del schema[key]
    schema["anyOf"] = [dict(_AMOUNT_TEXT), {"type": "number"}]

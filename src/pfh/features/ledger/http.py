"""The JSON face of transactions: `/api/transactions` and what can be done with one of them."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.params import FromPath
from litestar.response import Stream

from pfh.features.ledger.change_transaction import change_transaction
from pfh.features.ledger.delete_transaction import delete_transaction, restore_transaction
from pfh.features.ledger.export_transactions import CSV_HEADERS, CSV_MEDIA, export_transactions
from pfh.features.ledger.list_filter import parse_filter
from pfh.features.ledger.list_transactions import list_transactions, read_transaction
from pfh.features.ledger.post_transaction import post_transaction
from pfh.features.ledger.read_history import read_history
from pfh.features.ledger.read_trash import read_trash
from pfh.features.ledger.schemas import (
    DeletedAnswer,
    HistoryList,
    TransactionAnswer,
    TransactionFilter,
    TransactionInput,
    TransactionList,
    TransactionPatch,
    TransactionQuery,
    TransactionView,
    TrashList,
    TrashQuery,
    UndoneAnswer,
)
from pfh.features.ledger.undo_transaction import undo_transaction
from pfh.features.web.api import (
    JsonAnswer,
    WebRequest,
    answered,
    describe,
    idempotency_key,
    identifier,
    parse_body,
    parse_query,
    services_of,
)

_CREATE: Final = msgspec.json.Decoder(TransactionInput)
_CHANGE: Final = msgspec.json.Decoder(TransactionPatch)
_encode: Final = msgspec.json.Encoder().encode


@post(
    "/api/transactions",
    opt=describe(
        "Create a transaction: income, expense or transfer",
        body=TransactionInput,
        answer=TransactionAnswer,
        status=201,
        problems=(403, 404, 409),
        idempotent=True,
    ),
)
async def create(request: WebRequest) -> Response[bytes]:
    """Create a transaction."""
    services = services_of(request)
    stated = await parse_body(request, _CREATE)
    key = await idempotency_key(request, services.clock.now())
    return answered(await post_transaction(services, request.user, stated, key))


@get(
    "/api/transactions",
    opt=describe(
        "List transactions, latest first, with the totals of the filter on the first page",
        query=TransactionQuery,
        answer=TransactionList,
        problems=(404,),
    ),
)
async def list_all(request: WebRequest) -> Response[bytes]:
    """List transactions."""
    query: dict[str, Any] = msgspec.to_builtins(parse_query(request, TransactionQuery))
    wanted = parse_filter({name: str(value) for name, value in query.items()})
    found = await list_transactions(services_of(request), request.user, wanted)
    return JsonAnswer(_encode(found))


@get(
    "/api/transactions/export.csv",
    opt=describe(
        "Download transactions as CSV, latest first, a row for each split",
        query=TransactionFilter,
        answer=str,
        answer_media="text/csv",
        problems=(404,),
    ),
)
async def export(request: WebRequest) -> Stream:
    """Download transactions.

    What leaves the account is negative. A cell that a spreadsheet would take for a formula has an
    apostrophe before it.
    """
    query: dict[str, Any] = msgspec.to_builtins(parse_query(request, TransactionFilter))
    wanted = parse_filter({name: str(value) for name, value in query.items()})
    pieces = await export_transactions(services_of(request), request.user, wanted)
    return Stream(
        pieces,
        media_type=CSV_MEDIA,
        headers=CSV_HEADERS,
    )


@get(
    "/api/transactions/trash",
    opt=describe("List deleted transactions, latest first", query=TrashQuery, answer=TrashList),
)
async def list_deleted(request: WebRequest) -> Response[bytes]:
    """List the trash."""
    query = parse_query(request, TrashQuery)
    found = await read_trash(
        services_of(request), request.user, cursor=query.cursor, limit=query.limit
    )
    return JsonAnswer(_encode(found))


@get(
    "/api/transactions/{transaction_id:str}",
    opt=describe("Read a transaction", answer=TransactionView, problems=(404,)),
)
async def read(request: WebRequest, transaction_id: FromPath[str]) -> Response[bytes]:
    """Read one transaction."""
    found = await read_transaction(services_of(request), request.user, identifier(transaction_id))
    return JsonAnswer(_encode(found))


@patch(
    "/api/transactions/{transaction_id:str}",
    opt=describe(
        "Change a transaction; what is left out stays",
        body=TransactionPatch,
        answer=TransactionAnswer,
        problems=(403, 404, 409),
        idempotent=True,
    ),
)
async def change(request: WebRequest, transaction_id: FromPath[str]) -> Response[bytes]:
    """Change a transaction."""
    services = services_of(request)
    wish = await parse_body(request, _CHANGE)
    key = await idempotency_key(request, services.clock.now())
    return answered(
        await change_transaction(services, request.user, identifier(transaction_id), wish, key)
    )


@delete(
    "/api/transactions/{transaction_id:str}",
    status_code=200,
    opt=describe(
        "Move a transaction to the trash",
        answer=DeletedAnswer,
        problems=(403, 404, 409),
        idempotent=True,
    ),
)
async def remove(request: WebRequest, transaction_id: FromPath[str]) -> Response[bytes]:
    """Move a transaction to the trash."""
    services = services_of(request)
    key = await idempotency_key(request, services.clock.now())
    return answered(
        await delete_transaction(services, request.user, identifier(transaction_id), key)
    )


@post(
    "/api/transactions/{transaction_id:str}/restore",
    status_code=200,
    opt=describe(
        "Bring a transaction back from the trash",
        answer=TransactionAnswer,
        problems=(403, 404, 409),
        idempotent=True,
    ),
)
async def restore(request: WebRequest, transaction_id: FromPath[str]) -> Response[bytes]:
    """Bring a transaction back."""
    services = services_of(request)
    key = await idempotency_key(request, services.clock.now())
    return answered(
        await restore_transaction(services, request.user, identifier(transaction_id), key)
    )


@post(
    "/api/transactions/{transaction_id:str}/undo",
    status_code=200,
    opt=describe(
        "Undo the last thing that happened to a transaction; twice is redo",
        answer=UndoneAnswer,
        problems=(403, 404, 409),
        idempotent=True,
    ),
)
async def undo(request: WebRequest, transaction_id: FromPath[str]) -> Response[bytes]:
    """Undo the last change of a transaction."""
    services = services_of(request)
    key = await idempotency_key(request, services.clock.now())
    return answered(await undo_transaction(services, request.user, identifier(transaction_id), key))


@get(
    "/api/transactions/{transaction_id:str}/history",
    opt=describe(
        "Read what happened to a transaction, latest first", answer=HistoryList, problems=(404,)
    ),
)
async def history(request: WebRequest, transaction_id: FromPath[str]) -> Response[bytes]:
    """Read the history of a transaction."""
    found = await read_history(services_of(request), request.user, identifier(transaction_id))
    return JsonAnswer(_encode(found))


routes = [
    create,
    list_all,
    export,
    list_deleted,
    read,
    change,
    remove,
    restore,
    undo,
    history,
]

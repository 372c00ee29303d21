"""The JSON face of accounts and categories."""

from __future__ import annotations

from typing import Final

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.params import FromPath

from pfh.features.accounts.change_account import change_account
from pfh.features.accounts.change_category import (
    change_category,
    create_category,
    remove_category,
)
from pfh.features.accounts.close_account import close_account, remove_account, reopen_account
from pfh.features.accounts.create_account import create_account
from pfh.features.accounts.merge_category import merge_category, unmerge_category
from pfh.features.accounts.read_accounts import list_accounts, read_account
from pfh.features.accounts.read_categories import list_categories, read_category
from pfh.features.accounts.schemas import (
    AccountAnswer,
    AccountInput,
    AccountList,
    AccountPatch,
    AccountView,
    CategoryAnswer,
    CategoryInput,
    CategoryList,
    CategoryPatch,
    CategoryView,
    MergeInput,
    RemovedAnswer,
)
from pfh.features.web.api import (
    WebRequest,
    answered,
    describe,
    idempotency_key,
    identifier,
    parse_body,
    services_of,
)

_OPEN: Final = msgspec.json.Decoder(AccountInput)
_CHANGE: Final = msgspec.json.Decoder(AccountPatch)
_NEW_CATEGORY: Final = msgspec.json.Decoder(CategoryInput)
_CHANGE_CATEGORY: Final = msgspec.json.Decoder(CategoryPatch)
_MERGE: Final = msgspec.json.Decoder(MergeInput)


@get(
    "/api/accounts",
    opt=describe("List your accounts with balances and net worth", answer=AccountList),
)
async def accounts(request: WebRequest) -> AccountList:
    """List your accounts with balances and net worth."""
    return await list_accounts(services_of(request), request.user)


@post(
    "/api/accounts",
    opt=describe(
        "Open an account",
        body=AccountInput,
        answer=AccountAnswer,
        status=201,
        problems=(403, 409),
        idempotent=True,
    ),
)
async def open_one(request: WebRequest) -> Response[bytes]:
    """Open an account."""
    services = services_of(request)
    stated = await parse_body(request, _OPEN)
    key = await idempotency_key(request, services.clock.now())
    return answered(await create_account(services, request.user, stated, key))


@get(
    "/api/accounts/{account_id:str}",
    opt=describe("Read an account", answer=AccountView, problems=(404,)),
)
async def account(request: WebRequest, account_id: FromPath[str]) -> AccountView:
    """Read an account."""
    return await read_account(services_of(request), request.user, identifier(account_id))


@patch(
    "/api/accounts/{account_id:str}",
    opt=describe(
        "Change an account; what is left out stays",
        body=AccountPatch,
        answer=AccountAnswer,
        problems=(403, 404, 409),
        idempotent=True,
    ),
)
async def change(request: WebRequest, account_id: FromPath[str]) -> Response[bytes]:
    """Change an account; what is left out stays."""
    services = services_of(request)
    stated = await parse_body(request, _CHANGE)
    key = await idempotency_key(request, services.clock.now())
    return answered(
        await change_account(services, request.user, identifier(account_id), stated, key)
    )


@delete(
    "/api/accounts/{account_id:str}",
    status_code=200,
    opt=describe(
        "Remove an account that nothing was booked on",
        answer=RemovedAnswer,
        problems=(403, 404, 409),
        idempotent=True,
    ),
)
async def remove(request: WebRequest, account_id: FromPath[str]) -> Response[bytes]:
    """Remove an account that nothing was booked on."""
    services = services_of(request)
    key = await idempotency_key(request, services.clock.now())
    return answered(await remove_account(services, request.user, identifier(account_id), key))


@post(
    "/api/accounts/{account_id:str}/close",
    status_code=200,
    opt=describe(
        "Close an account whose balance is zero",
        answer=AccountAnswer,
        problems=(403, 404, 409),
        idempotent=True,
    ),
)
async def close(request: WebRequest, account_id: FromPath[str]) -> Response[bytes]:
    """Close an account whose balance is zero."""
    services = services_of(request)
    key = await idempotency_key(request, services.clock.now())
    return answered(await close_account(services, request.user, identifier(account_id), key))


@post(
    "/api/accounts/{account_id:str}/reopen",
    status_code=200,
    opt=describe(
        "Open a closed account again",
        answer=AccountAnswer,
        problems=(403, 404, 409),
        idempotent=True,
    ),
)
async def reopen(request: WebRequest, account_id: FromPath[str]) -> Response[bytes]:
    """Open a closed account again."""
    services = services_of(request)
    key = await idempotency_key(request, services.clock.now())
    return answered(await reopen_account(services, request.user, identifier(account_id), key))


@get("/api/categories", opt=describe("List your categories as a tree", answer=CategoryList))
async def categories(request: WebRequest) -> CategoryList:
    """List your categories as a tree."""
    return await list_categories(services_of(request), request.user)


@post(
    "/api/categories",
    opt=describe(
        "Add a category",
        body=CategoryInput,
        answer=CategoryAnswer,
        status=201,
        problems=(403, 409),
        idempotent=True,
    ),
)
async def add_category(request: WebRequest) -> Response[bytes]:
    """Add a category."""
    services = services_of(request)
    stated = await parse_body(request, _NEW_CATEGORY)
    key = await idempotency_key(request, services.clock.now())
    return answered(await create_category(services, request.user, stated, key))


@get(
    "/api/categories/{category_id:str}",
    opt=describe("Read a category", answer=CategoryView, problems=(404,)),
)
async def category(request: WebRequest, category_id: FromPath[str]) -> CategoryView:
    """Read a category."""
    return await read_category(services_of(request), request.user, identifier(category_id))


@patch(
    "/api/categories/{category_id:str}",
    opt=describe(
        "Rename, move or reorder a category; its history stays",
        body=CategoryPatch,
        answer=CategoryAnswer,
        problems=(403, 404, 409),
        idempotent=True,
    ),
)
async def alter_category(request: WebRequest, category_id: FromPath[str]) -> Response[bytes]:
    """Rename, move or reorder a category; its history stays."""
    services = services_of(request)
    stated = await parse_body(request, _CHANGE_CATEGORY)
    key = await idempotency_key(request, services.clock.now())
    return answered(
        await change_category(services, request.user, identifier(category_id), stated, key)
    )


@delete(
    "/api/categories/{category_id:str}",
    status_code=200,
    opt=describe(
        "Remove a category that nothing was booked on",
        answer=RemovedAnswer,
        problems=(403, 404, 409),
        idempotent=True,
    ),
)
async def drop_category(request: WebRequest, category_id: FromPath[str]) -> Response[bytes]:
    """Remove a category that nothing was booked on."""
    services = services_of(request)
    key = await idempotency_key(request, services.clock.now())
    return answered(await remove_category(services, request.user, identifier(category_id), key))


@post(
    "/api/categories/{category_id:str}/merge",
    status_code=200,
    opt=describe(
        "Merge a category into another one",
        body=MergeInput,
        answer=CategoryAnswer,
        problems=(403, 404, 409),
        idempotent=True,
    ),
)
async def merge(request: WebRequest, category_id: FromPath[str]) -> Response[bytes]:
    """Merge a category into another one."""
    services = services_of(request)
    stated = await parse_body(request, _MERGE)
    key = await idempotency_key(request, services.clock.now())
    return answered(
        await merge_category(
            services, request.user, identifier(category_id), identifier(stated.into_id), key
        )
    )


@post(
    "/api/categories/{category_id:str}/unmerge",
    status_code=200,
    opt=describe(
        "Take a category out of the one that it was merged into",
        answer=CategoryAnswer,
        problems=(403, 404, 409),
        idempotent=True,
    ),
)
async def unmerge(request: WebRequest, category_id: FromPath[str]) -> Response[bytes]:
    """Take a category out of the one that it was merged into."""
    services = services_of(request)
    key = await idempotency_key(request, services.clock.now())
    return answered(await unmerge_category(services, request.user, identifier(category_id), key))


routes = [
    accounts,
    open_one,
    account,
    change,
    remove,
    close,
    reopen,
    categories,
    add_category,
    category,
    alter_category,
    drop_category,
    merge,
    unmerge,
]

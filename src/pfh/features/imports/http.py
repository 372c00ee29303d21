"""The JSON face of imports: upload, look, choose, commit, revert."""

from __future__ import annotations

from typing import Final

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.params import FromPath

from pfh.features.imports import manage_import
from pfh.features.imports.render import is_unsure, summary_of, view_of
from pfh.features.imports.schemas import (
    ImportList,
    ImportSettings,
    ImportView,
    SettingsPatch,
)
from pfh.features.imports.store import ImportRecord
from pfh.features.imports.upload import Upload
from pfh.features.web.api import (
    JsonAnswer,
    WebRequest,
    describe,
    identifier,
    key_maker,
    parse_body,
    parse_query,
    services_of,
)

_PATCH: Final = msgspec.json.Decoder(SettingsPatch)
_encode: Final = msgspec.json.Encoder().encode
_LIMIT_DEFAULT, _LIMIT_MAX = 50, 200
_LAST: Final = 2**63 - 1


class UploadQuery(
    msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """What is said about a file besides its bytes; a multipart form may say it in fields.

    `accountId` is where rows go whose account the file does not name, or that is not known.
    `commit` books the rows at once; a table whose columns, dates or signs are a guess (`confidence`
    below 0.7) stays a preview.
    """

    file_name: str | None = None
    account_id: str | None = None
    currency: str | None = None
    commit: bool = False


class ImportsQuery(
    msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """A page of the history."""

    cursor: str | None = None
    limit: int = _LIMIT_DEFAULT


@post(
    "/api/imports",
    request_max_body_size=None,
    opt=describe(
        "Upload a bank file; the answer is its preview, or its status when reading takes longer",
        body=bytes,
        body_media="application/octet-stream",
        query=UploadQuery,
        answer=ImportView,
        status=201,
        idempotent=True,
        problems=(403, 404, 409),
    ),
)
async def upload(request: WebRequest) -> Response[bytes]:
    """Upload a file."""
    query = parse_query(request, UploadQuery)
    size_max: int = request.app.state["settings"].import_max_bytes
    manage_import.refuse_declared_size(request.headers.get("content-length"), size_max)
    content_type = request.headers.get("content-type", "application/octet-stream")
    incoming = Upload(request.stream(), content_type, query.file_name or "upload")

    def settings() -> ImportSettings:
        account_id = query.account_id or incoming.fields.get("accountId")
        currency = query.currency or incoming.fields.get("currency")
        return ImportSettings(
            accounts={"*": account_id} if account_id else {}, currency=currency or None
        )

    record = await manage_import.begin_import(
        services_of(request),
        request.user,
        upload=incoming,
        size_max=size_max,
        settings=settings,
        key=key_maker(request, services_of(request).clock.now()),
    )
    # What is not sure is left to a person, who sees it in the preview and commits it then.
    if query.commit and record.status == "preview" and not is_unsure(record):
        record = await manage_import.commit_import(
            services_of(request), request.user, record.import_id
        )
    return _answer(record, 201)


@get(
    "/api/imports",
    opt=describe("List imports, latest first", query=ImportsQuery, answer=ImportList),
)
async def list_all(request: WebRequest) -> Response[bytes]:
    """List imports."""
    query = parse_query(request, ImportsQuery)
    limit = max(1, min(query.limit, _LIMIT_MAX))
    before = identifier(query.cursor) if query.cursor else _LAST
    records = await manage_import.history_of_imports(
        services_of(request), request.user, before=before, limit=limit + 1
    )
    page = records[:limit]
    more = str(page[-1].import_id) if len(records) > limit else None
    return JsonAnswer(_encode(ImportList([summary_of(record) for record in page], more)))


@get(
    "/api/imports/{import_id:str}",
    opt=describe(
        "Read an import with its findings and progress", answer=ImportView, problems=(404,)
    ),
)
async def read(request: WebRequest, import_id: FromPath[str]) -> Response[bytes]:
    """Read one import."""
    return _answer(
        await manage_import.read_import(services_of(request), request.user, identifier(import_id))
    )


@patch(
    "/api/imports/{import_id:str}",
    opt=describe(
        "Choose other columns, accounts or currency, and read the file again",
        body=SettingsPatch,
        answer=ImportView,
        problems=(403, 404, 409),
    ),
)
async def choose(request: WebRequest, import_id: FromPath[str]) -> Response[bytes]:
    """Change the choices of a preview."""
    chosen = await parse_body(request, _PATCH)
    return _answer(
        await manage_import.change_import(
            services_of(request), request.user, identifier(import_id), chosen
        )
    )


@post(
    "/api/imports/{import_id:str}/commit",
    opt=describe("Book the rows of a preview", answer=ImportView, problems=(403, 404, 409)),
    status_code=200,
)
async def commit(request: WebRequest, import_id: FromPath[str]) -> Response[bytes]:
    """Commit; naturally idempotent, since a committed import stays as it is."""
    return _answer(
        await manage_import.commit_import(services_of(request), request.user, identifier(import_id))
    )


@post(
    "/api/imports/{import_id:str}/revert",
    opt=describe(
        "Take a committed import out of the books", answer=ImportView, problems=(403, 404, 409)
    ),
    status_code=200,
)
async def revert(request: WebRequest, import_id: FromPath[str]) -> Response[bytes]:
    """Revert; naturally idempotent, since a reverted import stays as it is."""
    return _answer(
        await manage_import.revert_import(services_of(request), request.user, identifier(import_id))
    )


@delete(
    "/api/imports/{import_id:str}",
    opt=describe(
        "Forget a preview and its file", answer=None, status=204, problems=(403, 404, 409)
    ),
    status_code=204,
)
async def discard(request: WebRequest, import_id: FromPath[str]) -> None:
    """Discard a preview."""
    await manage_import.discard_import(services_of(request), request.user, identifier(import_id))


def _answer(record: ImportRecord, status: int = 200) -> Response[bytes]:
    return JsonAnswer(_encode(view_of(record)), status=status)


routes = [upload, list_all, read, choose, commit, revert, discard]

"""Files of an order: bytes in, bytes out. What comes in is told by its bytes, and a photo is made anew."""

from urllib.parse import quote

from aiohttp import web

from api.door import once
from api.endpoint import Call, endpoint
from api.models import FileOut, FileQuery, Files
from core.files.actions import KIND_OF_MIME, put_clean, store
from core.files.queries import bytes_of, file_view, path_of
from core.kernel.actor import Actor
from core.orders import actions as orders
from core.orders.queries import access_order
from core.overview.dossier import access_file, attachments

STATUS = 201


@endpoint("GET", "/orders/{id}/files", scope="files:read", answer=Files)
async def list_files(call: Call) -> Files:
    return Files(items=await _files(call.actor, call.number("orders.order")))


@endpoint("POST", "/orders/{id}/files", scope="files:write", query=FileQuery, answer=FileOut, status=STATUS, raw=True)
async def add_file(call: Call) -> web.StreamResponse:
    """Stored first, outside of any work: bytes that no row names do no harm."""
    order_id = await access_order(call.actor, call.number("orders.order"))
    stored = await put_clean(call.raw, "document", call.query.name)

    async def attach() -> FileOut:
        kind = KIND_OF_MIME.get(stored.mime.partition("/")[0], "document")
        file_id = await store(stored, kind=kind)
        await orders.attach(order_id, file_id, "request", caption=call.query.caption)
        return next(one for one in await _files(call.actor, order_id) if one.id == file_id)

    return await once(call, STATUS, attach)


@endpoint("GET", "/files/{id}", scope="files:read", binary=True, conflicts=True)
async def get_file(call: Call) -> web.StreamResponse:
    """Handed out, never shown: no browser runs what lies in a file."""
    view = await file_view(await access_file(call.actor, call.number("files")))
    name = quote(view.name or f"{view.kind}-{view.id}", safe="")
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
        "Content-Type": "application/octet-stream",
        "X-Naryad-Type": view.mime,
        "Cache-Control": "private, no-store",
    }
    path = await path_of(view.id)
    if path is None:
        return web.Response(body=await bytes_of(view.id), headers=headers)
    return web.FileResponse(path, headers=headers)


async def _files(actor: Actor, order_id: int) -> list[FileOut]:
    rows = await attachments(actor, order_id)
    return [
        FileOut(
            id=row.file_id,
            kind=row.kind,
            name=row.name,
            mime=row.mime,
            phase=row.phase,
            caption=row.caption,
            ready=row.ready,
            at=row.at,
        )
        for row in rows
    ]

"""A one-time page for a file that a messenger can't carry. The link in its address is all the right one needs.

The file is written to disk as it comes; only when all of it is there is it looked at, stored and put where its link
was for, and only then is the link used up: a broken upload can be tried again.
"""

import asyncio
import logging
import tempfile
from typing import IO

from aiohttp import BodyPartReader, web

from admin_web.page import page
from admin_web.public import public_message, public_page, public_words
from core.files import actions as files
from core.files.actions import MAX_UPLOAD, Stored
from core.files.queries import upload_subject
from core.kernel.errors import Away, Outage, Refusal
from core.kernel.work import work

CHUNK = 1024 * 1024
MEGABYTE = 1024 * 1024
AT_ONCE = 2
WITH_NUMBER = ("order", "chat.customer", "chat.team")

log = logging.getLogger(__name__)

_room = asyncio.Semaphore(AT_ONCE)


@page("GET", "/upload/{token}", public=True)
async def form(request: web.Request) -> web.Response:
    subject = await upload_subject(_token(request))
    if subject is None:
        return await _sorry(request, Refusal("files.bad_link"))
    order = subject[1] if subject[0] in WITH_NUMBER else None
    return await public_page(request, "public/upload.html", order=order, limit=MAX_UPLOAD // MEGABYTE)


@page("POST", "/upload/{token}", public=True)
async def receive(request: web.Request) -> web.Response:
    """A browser's script gets JSON, so that it can show progress and try again; a plain form gets a page."""
    try:
        if await upload_subject(_token(request)) is None:
            raise Refusal("files.bad_link")
        with tempfile.TemporaryFile() as draft:
            name = await _write(request, draft)
            async with _room:
                stored = await _store(draft, name)
        async with work():
            await files.take_upload(_token(request), stored)
    except Refusal as refusal:
        return await _sorry(request, refusal)
    except Outage as outage:
        log.error("%s", outage)
        return await _sorry(request, Away())
    done = public_words(request).text("upload.done")
    if _wants_json(request):
        return web.json_response({"message": done})
    return await public_page(request, "public/message.html", title=done, text="", good=True)


def _token(request: web.Request) -> str:
    return request.match_info["token"][:64]


async def _write(request: web.Request, draft: IO[bytes]) -> str:
    """The file's name. `upload.too_large` as soon as that is known, `upload.no_file` when the form has none."""
    if (request.content_length or 0) > MAX_UPLOAD + MEGABYTE:
        raise Refusal("upload.too_large", limit=MAX_UPLOAD // MEGABYTE)
    if not request.content_type.startswith("multipart/"):
        raise Refusal("upload.no_file")
    try:
        part = await _file_part(request)
        size = 0
        while chunk := await part.read_chunk(CHUNK):
            size += len(chunk)
            if size > MAX_UPLOAD:
                raise Refusal("upload.too_large", limit=MAX_UPLOAD // MEGABYTE)
            await asyncio.to_thread(draft.write, chunk)
    except (ValueError, AssertionError, web.RequestPayloadError) as error:
        raise Refusal("upload.broken") from error
    if not size:
        raise Refusal("files.empty")
    return part.filename or ""


async def _file_part(request: web.Request) -> BodyPartReader:
    reader = await request.multipart()
    for _ in range(10):
        part = await reader.next()
        if part is None:
            break
        if isinstance(part, BodyPartReader) and part.name == "file" and part.filename:
            return part
    raise Refusal("upload.no_file")


async def _store(draft: IO[bytes], name: str) -> Stored:
    draft.seek(0)
    data = await asyncio.to_thread(draft.read)
    return await files.put_clean(data, "document", name[:200], MAX_UPLOAD)


async def _sorry(request: web.Request, refusal: Refusal) -> web.Response:
    text = public_message(request, refusal)
    status = {"files.bad_link": 410, "upload.too_large": 413, "files.too_large": 413, "away": 503}.get(
        refusal.code, 422
    )
    again = refusal.code != "files.bad_link"
    if _wants_json(request):
        return web.json_response({"message": text, "again": again}, status=status)
    title = public_words(request).text("upload.again" if again else "upload.over")
    return await public_page(request, "public/message.html", status, title=title, text=text, good=False)


def _wants_json(request: web.Request) -> bool:
    return "application/json" in request.headers.get("Accept", "")

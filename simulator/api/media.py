"""Pictures, papers and recordings a bot sends, one by one or as an album."""

from __future__ import annotations

import secrets

from simulator.api.registry import Request, Upload, method
from simulator.api.send import allow, caption, deliver
from simulator.api.targets import find_reply, find_thread, open_chat
from simulator.errors import ApiError, bad
from simulator.files import PHOTO_LIMIT, UPLOAD_LIMIT, WRONG_ID, Unreadable
from simulator.messages import post, render
from simulator.state import Json

TYPE_NAMES = {"photo": "Photo", "document": "Document", "video": "Video", "voice": "VoiceNote",
              "audio": "Audio", "animation": "Animation", "video_note": "VideoNote"}  # fmt: skip


async def file_part(request: Request, kind: str, value: str, facts: Json) -> Json:
    """`{kind: …}` of a message, from an upload (`attach://name`) or from one of the bot's file ids."""
    if value.startswith("attach://"):
        upload = request.uploads.get(value.removeprefix("attach://"))
        if upload is None:
            raise bad(WRONG_ID)
        return {kind: await _upload(request, kind, upload, facts)}
    if "://" in value:
        raise bad("failed to get HTTP URL content")
    file = request.box.files.by_id(request.bot.id, value)
    if file.kind != kind:
        raise bad(f"can't use file of type {TYPE_NAMES.get(file.kind)} as {TYPE_NAMES[kind]}")
    return {kind: request.box.files.sizes_of(file) if kind == "photo" else request.box.files.media(file)}


async def _upload(request: Request, kind: str, upload: Upload, facts: Json) -> Json | list[Json]:
    files = request.box.files
    if not upload.data:
        raise bad("file must be non-empty")
    if len(upload.data) > UPLOAD_LIMIT:
        raise ApiError(413, "Request Entity Too Large")
    if kind == "photo":
        if len(upload.data) > PHOTO_LIMIT:
            raise bad(f"file is too big for a photo; the maximum size is {PHOTO_LIMIT} bytes")
        try:
            return files.sizes_of(await files.save_photo(upload.data))
        except Unreadable:
            raise bad("IMAGE_PROCESS_FAILED") from None
    shape = {name: int(facts.get(name) or 0) for name in ("width", "height", "duration")}
    return files.media(await files.save_with_thumb(kind, upload.data, upload.name, upload.mime, **shape))


async def one_file(request: Request, media: Json) -> Json:
    """An InputMedia with its caption as parts of a message."""
    part = await file_part(request, media["type"], media["media"], media)
    described = Request(request.box, request.bot, media)
    part.update(caption(described))
    if media.get("has_spoiler"):
        part["has_media_spoiler"] = True
    return part


async def send_file(request: Request, kind: str) -> Json:
    chat = open_chat(request)
    value = request.get(kind)
    if value is None:
        raise bad(f"there is no {kind} in the request")
    content = caption(request)
    content.update(await file_part(request, kind, value, request.params))
    if request.get("has_spoiler"):
        content["has_media_spoiler"] = True
    return deliver(request, chat, content)


@method("sendPhoto")
async def send_photo(request: Request) -> Json:
    return await send_file(request, "photo")


@method("sendDocument")
async def send_document(request: Request) -> Json:
    return await send_file(request, "document")


@method("sendVideo")
async def send_video(request: Request) -> Json:
    return await send_file(request, "video")


@method("sendVoice")
async def send_voice(request: Request) -> Json:
    return await send_file(request, "voice")


@method("sendAudio")
async def send_audio(request: Request) -> Json:
    return await send_file(request, "audio")


@method("sendAnimation")
async def send_animation(request: Request) -> Json:
    return await send_file(request, "animation")


@method("sendMediaGroup")
async def send_media_group(request: Request) -> list[Json]:
    """2–10 items; documents and audio go only with their own kind."""
    chat = open_chat(request)
    items = request.get("media")
    if not 2 <= len(items) <= 10:
        raise bad("media must contain 2-10 items")
    kinds = {item["type"] for item in items}
    mixed = len(kinds) > 1 and not kinds <= {"photo", "video"}
    if mixed or not kinds <= {"photo", "video", "document", "audio"}:
        raise bad("document can't be mixed with other media types")
    parts = [await one_file(request, item) for item in items]
    reply = find_reply(request, chat)
    thread_id = find_thread(request, chat, reply)
    allow(request, chat, len(items))
    group = str(secrets.randbits(53))
    sent = [
        post(request.box, chat, request.bot.id, {"media_group_id": group, **part},
             thread_id=thread_id, reply=reply)
        for part in parts
    ]  # fmt: skip
    return [render(request.box, message, request.bot.id) for message in sent]

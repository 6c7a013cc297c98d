"""Pictures, papers, voices, places: what is sent, what bots may fetch, and whose file ids they are."""

from __future__ import annotations

import io
from collections.abc import Callable

import aiohttp
import pytest
from aiogram.exceptions import TelegramBadRequest, TelegramEntityTooLarge
from aiogram.types import BufferedInputFile, InputMediaDocument, InputMediaPhoto
from PIL import Image

from simulator.app import Upload
from simulator.errors import ActError
from tests.simulator.box import ANNA, Served

Picture = Callable[..., bytes]


async def test_a_photo_comes_in_sizes_without_its_place(served: Served, picture: Picture) -> None:
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (59.0, 56.0, 0.0)}
    await served.said()
    await served.sim.act(ANNA, 100, "photo", caption="вот", files=[Upload("a.jpg", "image/jpeg", picture(exif=exif))])
    [update] = await served.updates()
    message = update.message
    assert message is not None
    assert message.caption == "вот"
    sizes = message.photo or []
    assert [(size.width, size.height) for size in sizes] == [(90, 51), (320, 180), (800, 450), (1280, 720)]
    got = await served.bot.download(sizes[-1].file_id)
    assert got is not None
    with Image.open(got) as image:
        assert image.size == (1280, 720)
        assert not image.getexif()


async def test_a_document_keeps_its_bytes_and_name(served: Served, picture: Picture) -> None:
    await served.said()
    data = picture(form="PNG")
    await served.sim.act(ANNA, 100, "document", files=[Upload("план этажа.png", None, data)])
    [update] = await served.updates()
    assert update.message is not None
    document = update.message.document
    assert document is not None
    assert (document.file_name, document.mime_type) == ("план этажа.png", "image/png")
    assert document.thumbnail is not None
    got = await served.bot.download(document)
    assert got is not None
    assert got.read() == data
    [shown] = served.sim.history("100:7", ANNA, None, 1)
    async with served.http.get(served.url + shown["sim"]["file_url"]) as answer:
        assert await answer.read() == data
        assert "sandbox" in answer.headers["Content-Security-Policy"]


async def test_a_page_sent_as_a_file_is_not_run(served: Served) -> None:
    await served.said()
    page = b"<script>alert(1)</script>"
    await served.sim.act(ANNA, 100, "document", files=[Upload("x.html", "text/html", page)])
    [shown] = served.sim.history("100:7", ANNA, None, 1)
    async with served.http.get(served.url + shown["sim"]["file_url"]) as answer:
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")


async def test_an_album_shares_a_group(served: Served, picture: Picture) -> None:
    await served.said()
    files = [Upload(f"{n}.jpg", "image/jpeg", picture(200, 100)) for n in range(3)]
    result = await served.sim.act(ANNA, 100, "photo", caption="три", files=files)
    messages = [update.message for update in await served.updates() if update.message]
    assert [message.message_id for message in messages] == result["message_ids"]
    assert len({message.media_group_id for message in messages}) == 1
    assert [message.caption for message in messages] == ["три", None, None]
    media = [InputMediaPhoto(media=messages[0].photo[-1].file_id, caption="<b>a</b>", parse_mode="HTML"),  # type: ignore[index]
             InputMediaPhoto(media=BufferedInputFile(picture(50, 50), "b.jpg"))]  # fmt: skip
    sent = await served.bot.send_media_group(ANNA, media)
    assert sent[0].media_group_id == sent[1].media_group_id
    assert (sent[0].caption_entities or [])[0].type == "bold"
    with pytest.raises(TelegramBadRequest, match="2-10 items"):
        await served.bot.send_media_group(ANNA, media[:1])
    mixed = [*media, InputMediaDocument(media=BufferedInputFile(b"x", "x.txt"))]
    with pytest.raises(TelegramBadRequest, match="can't be mixed"):
        await served.bot.send_media_group(ANNA, mixed)


async def test_a_file_id_works_only_in_its_own_bot_and_kind(served: Served, picture: Picture) -> None:
    await served.said()
    await served.sim.act(ANNA, 200, "start")
    sent = await served.bot.send_document(ANNA, BufferedInputFile(b"paper", "act.pdf"), caption="Акт")
    assert sent.document is not None
    assert sent.document.mime_type == "application/pdf"
    again = await served.bot.send_document(ANNA, sent.document.file_id)
    assert again.document is not None
    assert again.document.file_unique_id == sent.document.file_unique_id
    with pytest.raises(TelegramBadRequest, match="wrong file identifier"):
        await served.other.send_document(ANNA, sent.document.file_id)
    with pytest.raises(TelegramBadRequest, match="can't use file of type Document as Photo"):
        await served.bot.send_photo(ANNA, sent.document.file_id)
    with pytest.raises(TelegramBadRequest, match="wrong file identifier"):
        await served.bot.get_file("nonsense")
    photo = await served.bot.send_photo(ANNA, BufferedInputFile(picture(), "p.jpg"))
    changed = await photo.edit_media(InputMediaPhoto(media=BufferedInputFile(picture(100, 100), "q.jpg")))
    assert not isinstance(changed, bool)
    assert (changed.photo or [])[-1].width == 100


async def test_bad_files_get_a_clear_answer(served: Served) -> None:
    await served.said()
    with pytest.raises(TelegramBadRequest, match="file must be non-empty"):
        await served.bot.send_document(ANNA, BufferedInputFile(b"", "x.txt"))
    with pytest.raises(TelegramBadRequest, match="IMAGE_PROCESS_FAILED"):
        await served.bot.send_photo(ANNA, BufferedInputFile(b"not an image", "x.jpg"))
    with pytest.raises(TelegramBadRequest, match="failed to get HTTP URL content"):
        await served.bot.send_photo(ANNA, "https://example.com/x.jpg")
    with pytest.raises(ActError, match="empty"):
        await served.sim.act(ANNA, 100, "photo", files=[Upload("x.jpg", "image/jpeg", b"")])
    with pytest.raises(ActError, match="attach"):
        await served.sim.act(ANNA, 100, "photo")


async def test_what_is_no_photo_goes_as_a_document(served: Served) -> None:
    await served.said()
    bomb = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(bomb, "PNG")
    for data in (b"not an image", bomb.getvalue()):
        await served.sim.act(ANNA, 100, "photo", files=[Upload("x.png", "image/png", data)])
        [update] = await served.updates()
        assert update.message is not None
        assert update.message.document is not None


async def test_a_big_file_cannot_be_fetched_by_a_bot(served: Served) -> None:
    await served.said()
    form = aiohttp.FormData()
    form.add_field("payload", '{"as": 7, "chat": "100:7", "do": "video", "duration": 90}')
    form.add_field("file", io.BytesIO(bytes(21 * 1024 * 1024)), filename="film.mp4", content_type="video/mp4")
    async with served.http.post(f"{served.url}/sim/act", data=form) as answer:
        assert (await answer.json())["ok"]
    [update] = await served.updates()
    assert update.message is not None
    assert update.message.video is not None
    assert update.message.video.duration == 90
    with pytest.raises(TelegramBadRequest, match="file is too big"):
        await served.bot.get_file(update.message.video.file_id)


async def test_a_bot_cannot_upload_more_than_fifty_megabytes(served: Served) -> None:
    await served.said()
    with pytest.raises(TelegramEntityTooLarge):
        await served.bot.send_document(ANNA, BufferedInputFile(bytes(51 * 1024 * 1024), "x.bin"))


async def test_a_voice_is_told_with_its_length(served: Served) -> None:
    await served.said()
    await served.sim.act(ANNA, 100, "voice", duration=7, files=[Upload("v.ogg", "audio/ogg", b"OggS")])
    [update] = await served.updates()
    assert update.message is not None
    assert update.message.voice is not None
    assert update.message.voice.duration == 7


async def test_a_live_location_moves_and_stops(served: Served) -> None:
    await served.said()
    began = await served.sim.act(ANNA, 100, "location", lat=59.93, lon=30.33, live_period=900)
    for lat in (59.94, 59.95):
        await served.sim.act(ANNA, 100, "move", message_id=began["message_id"], lat=lat, lon=30.33)
    await served.sim.act(ANNA, 100, "stop_live", message_id=began["message_id"])
    first, *moves = await served.updates()
    assert first.message is not None
    assert first.message.location is not None
    assert first.message.location.live_period == 900
    points = [m.edited_message.location for m in moves if m.edited_message and m.edited_message.location]
    assert [(point.latitude, point.live_period) for point in points] == [
        (59.94, 900), (59.95, 900), (59.95, None),
    ]  # fmt: skip
    with pytest.raises(ActError, match="no longer live"):
        await served.sim.act(ANNA, 100, "move", message_id=began["message_id"], lat=1, lon=1)
    with pytest.raises(ActError, match="no such place"):
        await served.sim.act(ANNA, 100, "location", lat=91, lon=0)


async def test_a_bots_live_location_ends_with_its_time(served: Served) -> None:
    await served.said()
    sent = await served.bot.send_location(ANNA, 59.93, 30.33, live_period=600)
    moved = await sent.edit_live_location(59.94, 30.34, heading=90)
    assert not isinstance(moved, bool)
    assert moved.location is not None
    assert moved.location.heading == 90
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await sent.edit_live_location(59.94, 30.34, heading=90)
    await served.sim.set_clock(700)
    with pytest.raises(TelegramBadRequest, match="message can't be edited"):
        await sent.edit_live_location(59.95, 30.34)
    fresh = await served.bot.send_location(ANNA, 1, 2, live_period=600)
    stopped = await fresh.stop_live_location()
    assert not isinstance(stopped, bool)
    assert stopped.location is not None
    assert stopped.location.live_period is None
    with pytest.raises(TelegramBadRequest, match="wrong live period"):
        await served.bot.send_location(ANNA, 1, 2, live_period=30)


async def test_venues_and_contacts(served: Served) -> None:
    await served.said()
    venue = await served.bot.send_venue(ANNA, 59.9, 30.3, "Склад", "ул. Мира, 1")
    assert venue.venue is not None
    assert venue.venue.title == "Склад"
    card = await served.bot.send_contact(ANNA, "+79990003344", "Борис")
    assert card.contact is not None
    assert card.contact.first_name == "Борис"

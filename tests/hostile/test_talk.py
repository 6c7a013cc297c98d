"""People who send what nobody expects, over the real bots: each gets a clear answer, and nothing breaks."""

import asyncio
import io
import struct
import zlib
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image

from tests.story.hand import Hand
from tests.story.town import CHIEF, CUSTOMER, DISPATCHER, PATIENCE, TECHNICIAN, Json, Town

MARINA, STRANGER = 7203, 7999
NASTY = "<b>Иван</b>&amp;<script>\u202eשלום 😀"
MB = 1024 * 1024


@pytest.fixture(scope="module")
async def marina(town: Town) -> Hand:
    """A customer who is known, with nothing begun."""
    hand = Hand(town, CUSTOMER, MARINA)
    await _known(hand)
    return hand


async def _known(hand: Hand) -> None:
    await hand.do("start")
    await hand.press("consent.yes")
    await hand.text("номер")
    sent = await hand.do("contact", own=True)
    await hand.answers(sent["message_id"])


async def _answered(hand: Hand, sent: Json) -> str:
    return "\n".join(str(m.get("text") or m.get("caption") or "") for m in await hand.answers(sent["message_id"]))


async def _fresh(hand: Hand) -> None:
    """Drop what was begun."""
    if await hand.find("new.drop"):
        await hand.press("new.drop")
        if await hand.find("new.drop", "yes"):
            await hand.press("new.drop", "yes")
    hand.since = max((message["message_id"] for message in await hand.seen()), default=hand.since)


TEXTS = {
    "long": "ж" * 4096,
    "emoji": "😀👨‍👩‍👧‍👦🏳️‍🌈" * 40,
    "right to left": "שלום עולם " * 20,
    "html": "<b>не <i>холодит</b></i> & <",
    "marks": "\u202e\u2066\u0000\u200b" + "а" * 10,
    "a link": "https://example.com/" + "x" * 500,
    "lines": "\n" * 300 + "а",
    "combining": "З\u0300\u0301\u0302" * 300,
    "one": ".",
    "numbers": "9" * 400,
    "a command of nobody": "/drop_table 1",
}


@pytest.mark.parametrize("what", TEXTS)
async def test_any_words_are_answered(marina: Hand, what: str) -> None:
    await _fresh(marina)
    assert await _answered(marina, await marina.say(TEXTS[what]))


async def test_five_thousand_letters_are_two_messages_of_one_order(marina: Hand, town: Town) -> None:
    """Telegram cuts them at 4,096; both parts are of the same draft."""
    await _fresh(marina)
    await marina.say("а" * 4096)
    await _answered(marina, await marina.say("б" * 904))
    drafts = await town.rows.fetchval("SELECT count(*) FROM inbox_dialogues WHERE chat_id = $1", MARINA)
    assert drafts <= 1


def _png(width: int, height: int) -> bytes:
    """A picture that is small in bytes and huge when unpacked."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    line = b"\0" * (1 + width // 8)
    body = b"".join(packer.compress(line) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def _jpeg(exif: bool = False) -> bytes:
    image, out = Image.new("RGB", (64, 48), "#37a"), io.BytesIO()
    tags = Image.Exif()
    if exif:
        tags[0x010E] = "taken at home"
        tags[0x8825] = {1: "N", 2: (55.0, 45.0, 20.0), 3: "E", 4: (37.0, 37.0, 3.0)}  # type: ignore[assignment]
    image.save(out, "JPEG", exif=tags)
    return out.getvalue()


FILES = {
    "a bomb": ("document", "bomb.png", "image/png", _png(30_000, 30_000)),
    "a broken picture": ("document", "broken.jpg", "image/jpeg", _jpeg()[:300]),
    "not what it says": ("document", "act.pdf", "application/pdf", b"MZ\x90\x00" + b"\0" * 200),
    "a page": ("document", "page.html", "text/html", b"<script>alert(1)</script>"),
    "HEIC that is none": ("document", "IMG_1.HEIC", "image/heic", b"\0\0\0\x18ftypheic" + b"\0" * 60),
    "a nasty name": ("document", "../../<b>a\u202eb.jpg", "image/jpeg", _jpeg()),
}


@pytest.mark.parametrize("what", FILES)
async def test_any_file_is_answered(marina: Hand, what: str) -> None:
    await _fresh(marina)
    kind, name, mime, data = FILES[what]
    assert await _answered(marina, await marina.upload(kind, name, mime, data, "Витрина течёт"))


async def test_a_file_over_twenty_megabytes_gets_a_page_to_upload_it(marina: Hand) -> None:
    await _fresh(marina)
    sent = await marina.upload("document", "video.mp4", "video/mp4", b"\0\0\0\x18ftypmp42" + b"\0" * (30 * MB))
    async with asyncio.timeout(PATIENCE):
        while not (links := [link for link in await _links(marina, sent["message_id"]) if "/upload/" in link]):
            await asyncio.sleep(0.1)
    async with marina.town.http.get(links[0]) as page:
        assert page.status == 200
        assert 'type="file"' in await page.text()


@pytest.mark.parametrize(("bot", "person"), [(CUSTOMER, MARINA), (TECHNICIAN, 7106)])
async def test_a_heic_sent_as_a_file_becomes_a_picture(town: Town, marina: Hand, bot: int, person: int) -> None:
    hand = marina if person == MARINA else await Hand.of(town, bot, person)
    await _fresh(hand)
    out = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (640, 480), "#37a")).save(out)
    sent = await hand.upload("document", f"IMG_{person}.HEIC", "image/heic", out.getvalue(), "Витрина")
    assert await _answered(hand, sent)
    sql = "SELECT mime, sha256, width FROM files_files WHERE name = $1"
    async with asyncio.timeout(PATIENCE):
        while (row := await town.rows.fetchrow(sql, f"IMG_{person}.jpg")) is None:
            await asyncio.sleep(0.1)
    assert (row["mime"], row["width"]) == ("image/jpeg", 640)
    assert Image.open(_stored(town, row["sha256"])).size == (640, 480)


async def _links(hand: Hand, after: int) -> list[str]:
    return [
        button["url"]
        for message in await hand.answers(after)
        for row in (message.get("reply_markup") or {}).get("inline_keyboard", ())
        for button in row
        if "url" in button
    ]


async def test_where_a_photo_was_taken_is_not_kept(marina: Hand, town: Town) -> None:
    await _fresh(marina)
    await _answered(marina, await marina.upload("document", "home.jpg", "image/jpeg", _jpeg(exif=True), "Течёт"))
    sql = "SELECT sha256 FROM files_files WHERE name LIKE 'home%' AND sha256 IS NOT NULL ORDER BY id DESC LIMIT 1"
    async with asyncio.timeout(PATIENCE):
        while (digest := await town.rows.fetchval(sql)) is None:
            await asyncio.sleep(0.1)
    kept = _stored(town, digest).read_bytes()
    assert b"taken at home" not in kept
    assert not Image.open(io.BytesIO(kept)).getexif().get_ifd(0x8825)


def _stored(town: Town, digest: object) -> Path:
    name = digest.hex() if isinstance(digest, bytes) else str(digest)
    [path] = [path for path in (town.log.parent / "home" / "files").rglob("*") if path.name == name]
    return path


async def test_a_stranger_with_a_nasty_name_orders_like_anybody(town: Town) -> None:
    await town.post("/sim/people", id=STRANGER, first_name=NASTY[:64], phone="+79995550101", role="customer")
    hand = Hand(town, CUSTOMER, STRANGER)
    await _known(hand)
    await hand.say(f"{NASTY} не работает")
    await hand.say("Арбат, 1 <b>")
    for verb, extra in (("new.urgency", "normal"), ("new.when", "soon"), ("new.send", None)):
        await hand.press(verb, extra)
    await hand.button("order.chat")
    await town.quiet()
    order = await town.last_order()
    assert NASTY[:10] in order["words"]
    topics = [m for m in await town.messages(str(await town.group()), CHIEF) if "forum_topic_created" in m]
    assert f"№\xa0{order['id']} " in topics[-1]["forum_topic_created"]["name"]


FORGED = (
    "order.cancel:{other}:1:customer", "order.reopen:{other}:1:", "order.docs:{other}:1:", "order.open:{other}:0:",
    "sign.ok:1:1:", "rate.speed:{other}::5", "order.open:abc:0:", "order.open:99999999999999999999:0:", ":::",
    "order.open", "nothing.such:1:1:", "new.send:0:0:", "order.move:{other}:1:20990101-0912", "x" * 64, "ж" * 32,
    "offer.accept:1:0:", "card.cancel_do:{other}:0:mistake", "order.open:-1:0:", "rate.speed:{other}:0:99999",
)  # fmt: skip


@pytest.mark.parametrize("data", FORGED)
async def test_a_forged_button_changes_nothing_and_is_answered(marina: Hand, town: Town, data: str) -> None:
    other = await town.rows.fetchrow("SELECT * FROM orders_orders WHERE customer_id <> 2 ORDER BY id LIMIT 1")
    [message, *_] = [m for m in await marina.seen() if not m["sim"]["out"]] or await town.mine(CUSTOMER, MARINA)
    sent = await marina.do("press", message_id=message["message_id"], data=data.format(other=other["id"]))
    await _query_answered(town, sent["callback_query_id"])
    assert await town.rows.fetchrow("SELECT * FROM orders_orders WHERE id = $1", other["id"]) == other


async def _query_answered(town: Town, query: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            calls = (await town.get("/sim/calls?limit=300"))["calls"]
            if any(call["method"] == "answerCallbackQuery" and query in str(call["params"]) for call in calls):
                return
            await asyncio.sleep(0.1)


async def test_a_technician_steers_no_job_of_another(town: Town) -> None:
    hand = await Hand.of(town, TECHNICIAN, 7106)
    [message] = [m for m in (await town.mine(TECHNICIAN, 7106)) if not m["sim"]["out"]][:1]
    sql = "SELECT j.* FROM orders_jobs j JOIN people_members m ON m.id = j.assignee_id WHERE m.name <> $1 LIMIT 1"
    before = await town.rows.fetchrow(sql, "Марат Гареев")
    for verb in ("job.go", "job.arrive", "job.finish", "job.open", "job.sign", "line.set", "check.set", "job.redo"):
        sent = await hand.do("press", message_id=message["message_id"], data=f"{verb}:{before['id']}:0:1=5")
        await _query_answered(town, sent["callback_query_id"])
    assert await town.rows.fetchrow("SELECT * FROM orders_jobs WHERE id = $1", before["id"]) == before


LINKS = ("q_forged", "i_forged", "a_forged", "q_" + "A" * 62, "i_", "%00", "../../x", "a_1.2.3")


@pytest.mark.parametrize("bot", [CUSTOMER, TECHNICIAN, DISPATCHER])
async def test_forged_deep_links_are_answered(town: Town, bot: int) -> None:
    person = STRANGER + bot % 10
    await town.post("/sim/people", id=person, first_name="Чужой", role="other")
    hand = Hand(town, bot, person)
    members = await town.rows.fetchval("SELECT count(*) FROM people_accounts")
    for link in LINKS:
        assert await _answered(hand, await hand.say(f"/start {link}"))
    assert await town.rows.fetchval("SELECT count(*) FROM people_accounts") == members

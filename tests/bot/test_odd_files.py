"""Files that are not what a bot usually gets: an iPhone's HEIC, an empty file, one that no bot can carry."""

import io

import pillow_heif
import pytest
from PIL import Image

import bot.customer.app
import bot.technician.app  # noqa: F401
import core.reactions  # noqa: F401
from core import ports
from core.adapters.memory import Memory
from core.files.queries import bytes_of
from core.kernel.read import fetch, fetchval
from core.overview.queries import order_facts
from core.reports.queries import report
from tests.bot.conftest import Call
from tests.bot.messenger import public_address, sends, work_off
from tests.bot.play import Phone
from tests.world import World

MB = 1024 * 1024


def heic() -> bytes:
    """What an iPhone sends «as a file»."""
    out = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (640, 480), (30, 120, 200))).save(out, quality=80)
    return out.getvalue()


@pytest.fixture(autouse=True)
async def storage() -> None:
    ports.use(storage=Memory())


async def kept() -> list[tuple[str, str, str | None]]:
    """Of every file: its name, what it is, and why it is not here."""
    return [tuple(row) for row in await fetch("SELECT name, mime, error FROM files_files ORDER BY id")]


async def picture() -> Image.Image:
    """The newest file, as a browser would open it."""
    shown = Image.open(io.BytesIO(await bytes_of(await fetchval("SELECT max(id) FROM files_files"))))
    shown.load()
    return shown


@pytest.mark.parametrize("mime", ["image/heic", "", "application/octet-stream"])
async def test_a_customers_heic_is_a_photo_of_the_order(world: World, olga: Phone, mime: str) -> None:
    sends(heic())
    await olga.send("document", text="Витрина течёт", name="IMG_0412.HEIC", mime=mime)
    await olga.press("new.site", world.tverskaya, revision=olga.dialogue.data["draft"]["number"])
    for verb, extra in (("new.urgency", "low"), ("new.when", "soon"), ("new.send", None)):
        await olga.tap(verb, extra)
    await work_off()
    assert await kept() == [("IMG_0412.jpg", "image/jpeg", None)]
    shown = await picture()
    assert (shown.format, shown.size) == ("JPEG", (640, 480))
    facts = await order_facts(await fetchval("SELECT id FROM orders_orders"))
    assert (facts["files"]["photos"], facts["files"]["documents"]) == (1, 0)


@pytest.mark.parametrize("mime", ["image/heic", "", "application/octet-stream"])
async def test_a_technicians_heic_counts_as_a_photo_before_the_work(assigned: Call, pyotr: Phone, mime: str) -> None:
    sends(heic())
    await pyotr.press("job.go", assigned.job)
    await pyotr.press("job.arrive", assigned.job)
    await pyotr.press("job.photo", assigned.job, "before")
    await pyotr.send("document", name="IMG_0413.heic", mime=mime)
    assert pyotr.refused is None
    assert pyotr.shown("technician.photos").facts["job"]["report"]["photos_before"] == 1
    await work_off()
    assert await kept() == [("IMG_0413.jpg", "image/jpeg", None)]
    assert (await picture()).format == "JPEG"
    assert [one["ready"] for one in (await report(assigned.job))["photos_before"]] == [True]


async def test_a_paper_is_no_photo_of_the_work(assigned: Call, pyotr: Phone) -> None:
    await pyotr.press("job.go", assigned.job)
    await pyotr.press("job.arrive", assigned.job)
    await pyotr.press("job.photo", assigned.job, "before")
    await pyotr.send("document", name="счёт.pdf", mime="application/pdf")
    assert pyotr.refused == "reports.not_a_photo"
    assert await kept() == []


@pytest.mark.parametrize("who", ["olga", "pyotr"])
async def test_an_empty_file_is_told_of_and_asked_for_again(who: str, olga: Phone, pyotr: Phone) -> None:
    phone = {"olga": olga, "pyotr": pyotr}[who]
    sends(b"")
    await phone.send("document", text="Вот", name="фото.jpg", mime="image/jpeg", size=0)
    await work_off()
    await phone.look()
    assert [error for _, _, error in await kept()] == ["files.empty"]
    assert f"{phone.routes.bot}.file_failed" in phone.screens
    told = phone.shown(f"{phone.routes.bot}.file_failed").view.text
    assert "фото.jpg" in told
    assert "Файл пустой" in told


@pytest.mark.parametrize("who", ["olga", "pyotr"])
async def test_thirty_megabytes_get_a_page_or_clear_words(who: str, olga: Phone, pyotr: Phone) -> None:
    phone = {"olga": olga, "pyotr": pyotr}[who]
    with public_address():
        await phone.send("document", text="Вот", name="IMG_1.HEIC", mime="image/heic", size=30 * MB)
        offered = phone.shown(f"{phone.routes.bot}.upload").view
        assert "/upload/" in str(offered.rows[0][0].url)
        assert "IMG_1.HEIC" in offered.text
    await phone.send("document", name="IMG_2.HEIC", mime="image/heic", size=30 * MB)
    alone = phone.shown(f"{phone.routes.bot}.upload").view
    assert not any(button.url for row in alone.rows for button in row)
    assert "IMG_2.HEIC" in alone.text
    assert await kept() == []

"""Where on the floor it is: a button of the job, and a picture with a ring."""

import io

from PIL import Image

import bot.technician.app  # noqa: F401
import core.reactions  # noqa: F401
from core import ports
from core.adapters.memory import Memory
from core.assets import plans
from core.assets.drawing import Mark, marked
from core.files.queries import bytes_of
from core.kernel.actor import member
from core.kernel.work import work
from core.tasks.actions import run_one
from tests.assets.test_plans import drawing
from tests.bot.conftest import Call
from tests.bot.play import Phone

RED = (214, 57, 57)


def reds(picture: bytes) -> set[tuple[int, int]]:
    """Where the ring's colour is, in tenths of the picture."""
    image = Image.open(io.BytesIO(picture)).convert("RGB").resize((100, 100))
    near = lambda pixel: all(abs(a - b) < 60 for a, b in zip(pixel, RED, strict=True))  # noqa: E731
    return {(x // 10, y // 10) for x in range(100) for y in range(100) if near(image.getpixel((x, y)))}


def test_marks_stand_where_they_belong_and_labels_stay_within() -> None:
    picture = drawing((2400, 1200))
    for x, y, spot in ((0.25, 0.75, (2, 7)), (0.0, 0.0, (0, 0)), (1.0, 1.0, (9, 9))):
        made = marked(picture, [Mark(x, y, "Очень длинное название холодильной витрины у входа в зал")])
        assert Image.open(io.BytesIO(made)).size == (1600, 800)
        found = reds(made)
        assert spot in found
        assert all(abs(a - spot[0]) < 2 and abs(b - spot[1]) < 2 for a, b in found)
    assert marked(drawing((30, 20)), [Mark(0.5, 0.5, "")])


async def test_a_job_shows_where_its_machine_stands(assigned: Call, pyotr: Phone) -> None:
    world, job = assigned.world, assigned.job
    ports.use(storage=Memory())
    await pyotr.press("job.open", job)
    assert "job.plan" not in [button.verb for row in pyotr.last.view.rows for button in row]
    await pyotr.press("job.plan", job)
    assert pyotr.toasts == ["technician.plan.none"]
    picture = await plans.prepare(drawing((800, 600)))
    keeper = await world.actor(member(world.dispatcher))
    async with work(keeper):
        hall = await plans.add_plan(world.arbat, "Зал", picture)
        await plans.pin_asset(hall, world.fridge, 0.25, 0.75)
    await pyotr.press("job.open", job)
    await pyotr.tap("job.plan")
    assert pyotr.toasts == ["technician.plan.soon"]
    while await run_one():
        pass
    await pyotr.look()
    shown = pyotr.shown("technician.plan")
    assert "Витрина молочная" in shown.view.text
    sent = shown.view.media[0]
    assert (sent.kind, (2, 7) in reds(await bytes_of(sent.file_id))) == ("photo", True)
    await pyotr.press("job.plan", job)
    while await run_one():
        pass
    await pyotr.look()
    assert pyotr.shown("technician.plan").view.media[0] == sent, "the same picture is not kept twice"
    async with work(keeper):
        await plans.pin_order(hall, assigned.order, 0.5, 0.1)
    await pyotr.press("job.plan", job)
    async with work(keeper):
        await plans.remove_plan(hall)
    while await run_one():
        pass
    await pyotr.look()
    assert "technician.plan" not in pyotr.screens
    other = Phone(pyotr.routes, world.tg(member(world.rashid)))
    await other.press("job.plan", job)
    assert other.refused == "orders.job.not_found"

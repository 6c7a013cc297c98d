"""The page of what waits for a decision: what it says, what a press does, how it stays current."""

import re

from core.kernel.clock import clock
from core.kernel.read import fetchval
from core.kernel.work import work
from core.schedule import actions as schedule
from tests.admin_web.conftest import Orders
from tests.admin_web.visitor import Visitor
from tests.world import World

PAGE = "/admin/todo"


async def on_shift(world: World) -> None:
    async with work():
        await schedule.open_shift(world.pyotr)


def fields_of(text: str, verb: str) -> dict[str, str]:
    form = next(one for one in text.split("<form")[1:] if f'value="{verb}"' in one)
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', form.split("</form>")[0]))


async def test_an_empty_page_explains_itself(dispatcher: Visitor) -> None:
    status, text = await dispatcher.get(PAGE)
    assert status == 200
    assert "Решать нечего" in text
    assert "badge" not in (await dispatcher.get(f"{PAGE}/count"))[1]


async def test_the_best_candidate_is_one_press_away(dispatcher: Visitor, made: Orders, world: World) -> None:
    await on_shift(world)
    order_id, job_id = await made.new(words="<b>Течёт</b>")
    await made.do("ask_help", job_id, "nobody_fits")
    _, text = await dispatcher.get(PAGE, **{"HX-Request": "true"})
    assert "<html" not in text
    assert "Робот никого не нашёл" in text
    assert "&lt;b&gt;Течёт" in text
    assert ">1<" in (await dispatcher.get(f"{PAGE}/count"))[1]
    assert "Назначить: Пётр Ким" in text
    assert (await dispatcher.post(PAGE, fields_of(text, "give")))[0] == 204
    assert await fetchval("SELECT assignee_id FROM orders_jobs WHERE order_id = $1", order_id) == world.pyotr
    status, said = await dispatcher.post(PAGE, fields_of(text, "give") | {"member": str(world.rashid)})
    assert (status, await fetchval("SELECT count(*) FROM orders_jobs WHERE assignee_id = $1", world.rashid)) == (409, 0)
    assert said


async def test_later_hides_it_for_half_an_hour(dispatcher: Visitor, made: Orders) -> None:
    order_id, job_id = await made.new()
    await made.do("ask_help", job_id, "manual")
    _, text = await dispatcher.get(PAGE)
    assert (await dispatcher.post(PAGE, fields_of(text, "later")))[0] == 204
    assert f"№\xa0{order_id}" not in (await dispatcher.get(PAGE))[1]
    clock.offset += 31 * 60
    assert f"№\xa0{order_id}" in (await dispatcher.get(PAGE))[1]


async def test_a_visit_that_is_not_needed_closes_the_order_after_a_question(
    dispatcher: Visitor, made: Orders, world: World
) -> None:
    await on_shift(world)
    order_id, job_id = await made.new()
    await made.do("assign", job_id, world.pyotr)
    for verb in ("travel", "arrive"):
        await made.do(verb, job_id)
    await made.do("finish", job_id, "no_access")
    clock.offset += 30 * 60
    _, text = await dispatcher.get(PAGE)
    assert "Не попали на объект, повторный выезд не назначен" in text
    assert f"Закрыть заявку №\xa0{order_id}" in text
    assert (await dispatcher.post(PAGE, fields_of(text, "leave")))[0] == 204
    assert await fetchval("SELECT state FROM orders_orders WHERE id = $1", order_id) == "closed"


async def test_bad_answers_are_refused_in_words(dispatcher: Visitor) -> None:
    soon = {"verb": "move", "key": "late:1", "start": "soon", "end": "2026-01-01"}
    give, erase = ({"verb": verb, "key": "nobody:1"} for verb in ("give", "erase"))
    for data in ({}, give, erase, {"verb": "later", "key": "x"}, soon, {"verb": "settle", "key": "sla:1"}):
        status, text = await dispatcher.post(PAGE, data)
        assert status == 409, data
        assert "Такого ответа" in text or "исчезнет само" in text


async def test_it_is_for_dispatchers(technician: Visitor, stranger: Visitor) -> None:
    for path in (PAGE, f"{PAGE}/count"):
        assert (await technician.get(path))[0] == 403
        assert (await stranger.get(path))[0] == 303
    assert (await technician.post(PAGE, {"verb": "later", "key": "sla:1"}))[0] == 403

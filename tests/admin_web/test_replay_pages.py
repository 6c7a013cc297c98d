"""A changed rule set is tried on the past from its own page: counted in another process, compared, explained."""

from datetime import timedelta

import pytest

from core.dispatch.queries import rulesets
from core.kernel.actor import member
from core.kernel.read import fetchval
from core.kernel.work import work
from core.plan.queries import today
from core.tasks.actions import run_one
from tests.admin_web.sending import number_in, send
from tests.admin_web.visitor import Visitor
from tests.replay.past import Past, everything
from tests.world import World

PAGE, USUAL_PAGE = "/admin/settings/replays", "/admin/settings/dispatch/usual"
USUAL = {"name.ru": "Обычные", "name.en": "Usual", "mode": "offer", "width": "3", "offer_minutes": "2,5"}
FAR = {**USUAL, "code": "usual", "weight.travel": "-5", "weight.priority": "0", "off": "area"}


@pytest.fixture
async def lived(world: World) -> Past:
    made = Past(world, await world.actor(member(world.admin)))
    await made.live()
    async with work(made.admin) as w:
        await w.execute("DELETE FROM tasks_tasks")
    return made


async def count() -> None:
    while await run_one():
        pass


async def test_what_is_on_the_sliders_is_tried_on_the_past(admin: Visitor, lived: Past) -> None:
    _, text = await admin.get(USUAL_PAGE)
    assert 'hx-include="#rules form"' in text
    answer = await send(admin, PAGE, {**FAR, "first": str(lived.day), "last": str(lived.day)})
    assert answer.done, answer.said
    where = f"{PAGE}/{number_in(answer.where)}"
    _, text = await admin.get(where)
    assert 'hx-trigger="every 1s"' in text
    assert "<progress" in text
    assert (await send(admin, PAGE, {**FAR, "first": str(lived.day), "last": str(lived.day)})).said.startswith("Одна")
    before = await everything()
    await count()
    after = await everything()
    assert {name for name in after if after[name] != before[name]} == {"replay_runs", "tasks_tasks"}
    _, text = await admin.get(where)
    assert "every 1s" not in text
    assert "66,7 % · 2 из 3" in text
    assert "100 % · 3 из 3" in text
    assert "За минуту дороги: 1 → −5" in text
    assert f'href="/admin/people/{lived.world.rashid}"' in text
    assert 'href="/admin/orders/' in text
    assert "style=" not in text
    assert (await rulesets())[0].id == 0, "trying keeps nothing"
    assert await fetchval("SELECT count(*) FROM dispatch_choices") == 0
    _, text = await admin.get(PAGE)
    assert where in text


async def test_nothing_happened_in_the_period(admin: Visitor, world: World) -> None:
    day = await today() - timedelta(days=90)
    answer = await send(admin, PAGE, {**USUAL, "code": "", "segments": "vip", "first": str(day), "last": str(day)})
    _, text = await admin.get(f"{PAGE}/{number_in(answer.where)}")
    assert "В эти дни заявок не было" in text
    assert "нового набора" in text or "новый набор" in text


async def test_a_count_is_stopped(admin: Visitor, lived: Past) -> None:
    day = str(lived.day)
    answer = await send(admin, PAGE, {**FAR, "first": day, "last": day})
    where = f"{PAGE}/{number_in(answer.where)}"
    assert (await send(admin, f"{where}/stop")).done
    await count()
    _, text = await admin.get(where)
    assert "Остановлено" in text
    assert (await send(admin, PAGE, {**FAR, "first": day, "last": day})).done


WRONG = (
    ("first", "", "first"),
    ("last", "2026-02-30", "last"),
    ("first", "2999-01-01", "first"),
    ("weight.load", "x", "weight.load"),
    ("offer_minutes", "", "offer_minutes"),
    ("before", "999", ""),
    ("before", "x", "before"),
    ("code", "nothing_such", ""),
    ("rota", "999", "member"),
    ("member", "1", "rota"),
)


async def test_what_cannot_be_is_refused_in_words(admin: Visitor, dispatcher: Visitor) -> None:
    fine = {**FAR, "first": str(await today()), "last": str(await today())}
    for name, value, field in WRONG:
        answer = await send(admin, PAGE, {**fine, name: value})
        assert answer.status in (404, 409), (name, value)
        assert (answer.field, bool(answer.said)) == (field, True), (name, value)
    assert (await send(dispatcher, PAGE, fine)).status == 403
    assert (await admin.get(f"{PAGE}/999"))[0] == 404
    assert (await dispatcher.get(PAGE))[0] == 403


async def test_versions_tell_what_they_changed(admin: Visitor) -> None:
    """Ladders too, to the second."""
    remind = {"remind.0.minutes": "1", "remind.0.how": "chat", "escalate.0.minutes": "5", "escalate.0.how": "group"}
    for more in ({}, {**remind, "manager": "dispatcher"}, {**remind, "remind.0.minutes": "0,5", "weight.load": "9"}):
        assert (await send(admin, USUAL_PAGE, {**USUAL, **more})).done
    _, text = await admin.get(USUAL_PAGE)
    assert "через 1,25 мин — Напомнить в чате → через 1 мин — Напомнить в чате" in text
    assert "через 1 мин — Напомнить в чате → через 0,5 мин — Напомнить в чате" in text
    assert "Если заявку никто не взял: через 15 мин — Руководителю в чате → через 5 мин — Ещё раз группе" in text
    assert "За каждый наряд в очереди: 15 → 9" in text
    assert "Первая версия" in text
    assert "тем, кого уже спросили, напомнят по-прежнему" in text
    assert '<select class="form-select" name="before">' in text

"""Invites, accounts, sessions: one use each, an end to each, and nobody else's."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import pytest

from core.kernel.actor import SYSTEM, Actor
from core.kernel.clock import clock
from core.kernel.errors import NotAllowed, NotFound, Refusal
from core.kernel.work import work
from core.people import actions, queries


@dataclass
class Sender:
    user_id: int
    name: str = "Ольга"
    language: str | None = "en-GB"


@pytest.fixture
async def technician(desk: str) -> int:
    async with work():
        return await actions.add_member("technician", "Пётр Ким", "8 916 123-45-67", zone="Asia/Omsk")


async def invite(member: int) -> str:
    async with work():
        return await actions.issue_invite("member", f"member:{member}")


async def redeem(bot: str, token: str, user: Sender) -> str:
    async with work():
        return await actions.redeem(bot, token, user, user.user_id)


async def test_an_invite_makes_its_user_the_member(technician: int) -> None:
    assert await redeem("technician", await invite(technician), Sender(71)) == f"member:{technician}"
    actor = await queries.actor_for("technician", 71)
    assert actor is not None
    assert (actor.id, actor.kind, actor.name, actor.locale) == (technician, "member", "Пётр Ким", "ru")
    assert actor.may("orders.work")
    assert not actor.may("orders.dispatch")
    assert (await queries.actor_for("dispatcher", 71)) == actor
    assert await queries.actor_for("customer", 71) is None
    assert (await queries.member_view(technician)).bots == ("technician",)


async def test_an_invite_works_once_and_not_in_the_customers_bot(technician: int) -> None:
    token = await invite(technician)
    for bot, user, good in (("customer", 70, False), ("technician", 71, True), ("technician", 72, False)):
        if good:
            await redeem(bot, token, Sender(user))
        else:
            with pytest.raises(Refusal, match="bad_invite"):
                await redeem(bot, token, Sender(user))
    assert await queries.actor_for("technician", 72) is None


async def test_an_invite_pressed_twice_at_once_has_one_winner(technician: int) -> None:
    token = await invite(technician)
    tries = await asyncio.gather(
        *(redeem("technician", token, Sender(80 + n)) for n in range(6)), return_exceptions=True
    )
    assert sorted(isinstance(one, str) for one in tries) == [False] * 5 + [True]


async def test_an_invite_expires(technician: int) -> None:
    token = await invite(technician)
    clock.offset = timedelta(hours=73).total_seconds()
    with pytest.raises(Refusal, match="bad_invite"):
        await redeem("technician", token, Sender(71))


async def test_a_new_telephone_replaces_the_old_account(technician: int) -> None:
    await redeem("technician", await invite(technician), Sender(71))
    await redeem("technician", await invite(technician), Sender(72))
    assert await queries.actor_for("technician", 71) is None
    assert await queries.actor_for("technician", 72) is not None


async def test_the_admin_code_makes_the_first_administrator(desk: str) -> None:
    async with work():
        old = await actions.issue_admin_code()
        code = await actions.issue_admin_code()
    with pytest.raises(Refusal):
        await redeem("dispatcher", old, Sender(7))
    party = await redeem("dispatcher", code, Sender(7))
    actor = await queries.actor_for("dispatcher", 7)
    assert actor is not None
    assert (actor.party, actor.locale) == (party, "en")
    assert actor.may("company.edit")
    with pytest.raises(NotAllowed):
        async with work(Actor("member", 1, frozenset({"people.edit"}))):
            await actions.issue_admin_code()


async def test_who_left_is_a_stranger(technician: int) -> None:
    await redeem("technician", await invite(technician), Sender(71))
    async with work():
        await actions.deactivate_member(technician)
    assert await queries.actor_for("technician", 71) is None


async def test_the_last_administrator_stays(desk: str) -> None:
    async with work():
        admin = await actions.add_member("admin", "Анна")
        for refused in (actions.deactivate_member(admin), actions.update_member(admin, role="technician")):
            with pytest.raises(Refusal, match="last_admin"):
                await refused
        await actions.add_member("admin", "Борис")
        await actions.deactivate_member(admin)


async def test_a_web_login_is_one_session_that_can_be_ended(technician: int) -> None:
    me = Actor("member", technician)
    async with work(me):
        token = await actions.open_web_login(technician)
    async with work():
        session, member = await actions.start_web_session(token, "Firefox")
    assert member == technician
    found = await queries.actor_for_session(session)
    assert found is not None
    assert found.id == technician
    with pytest.raises(Refusal, match="bad_login"):
        async with work():
            await actions.start_web_session(token, "Firefox")
    (view,) = await queries.web_sessions(technician)
    with pytest.raises(NotFound):
        async with work(Actor("member", technician + 1)):
            await actions.end_web_session(view.id)
    async with work(me):
        await actions.end_web_session(view.id)
    assert await queries.actor_for_session(session) is None


async def test_a_login_link_lives_ten_minutes_and_a_session_thirty_days(technician: int) -> None:
    async with work(SYSTEM):
        late = await actions.open_web_login(technician)
        token = await actions.open_web_login(technician)
        session, _ = await actions.start_web_session(token, "Firefox")
    clock.offset = 601
    with pytest.raises(Refusal, match="bad_login"):
        async with work():
            await actions.start_web_session(late, "Firefox")
    clock.offset = timedelta(days=31).total_seconds()
    assert await queries.actor_for_session(session) is None


async def test_nobody_opens_the_page_for_somebody_else(technician: int) -> None:
    with pytest.raises(NotAllowed):
        async with work(Actor("member", technician + 1, frozenset({"people.edit"}))):
            await actions.open_web_login(technician)


async def test_consent_is_recorded_once_per_text(desk: str) -> None:
    async with work():
        await actions.give_consent("customer", 5, "1")
        await actions.give_consent("customer", 5, "1")
    assert await queries.has_consent("customer", 5, "1")
    assert not await queries.has_consent("customer", 5, "2")
    async with work():
        await actions.withdraw_consent("customer", 5)
    assert not await queries.has_consent("customer", 5, "1")


async def test_a_language_follows_the_person_into_their_chats(technician: int) -> None:
    await redeem("technician", await invite(technician), Sender(71))
    async with work() as w:
        await actions.set_locale(f"member:{technician}", "en")
        rows = await w.fetch("SELECT locale, zone FROM outbox_addresses")
    assert [tuple(row) for row in rows] == [("en", "Asia/Omsk")]
    assert (await queries.actor_for("technician", 71)).locale == "en"  # type: ignore[union-attr]


async def test_a_card_has_skills_areas_and_a_place_in_who(technician: int) -> None:
    async with work():
        area = await actions.add_area("Центр", 55.75, 37.61, 6)
        await actions.add_skill("cold", {"ru": "Холод", "en": "Refrigeration"})
        await actions.set_skills(technician, {"cold": 4})
        await actions.set_areas(technician, [area])
        with pytest.raises(Refusal, match="bad_skill"):
            await actions.set_skills(technician, {"cold": 9})
    view = await queries.member_view(technician)
    assert (view.phone, view.skills, view.area_ids, view.role) == ("+79161234567", {"cold": 4}, (area,), "technician")
    assert [one.id for one in await queries.members("technician")] == [technician]
    (row,) = await queries.who()
    assert (row.id, row.on_duty_at, row.job_id) == (technician, None, None)
    assert await queries.member_by_phone("+79161234567") == technician


async def test_staff_is_edited_by_those_who_may(technician: int) -> None:
    async with work(Actor("member", technician, frozenset({"orders.work"}))):
        with pytest.raises(NotAllowed):
            await actions.update_member(technician, name="Директор")
        with pytest.raises(NotAllowed):
            await actions.update_role("technician", {"*"})


async def test_nobody_makes_themselves_an_administrator(technician: int) -> None:
    async with work():
        admin = await actions.add_member("admin", "Анна")
        await actions.add_member("admin", "Борис")
        chief = await actions.add_member("dispatcher", "Вера")
        gone = await actions.add_member("dispatcher", "Глеб")
        await actions.deactivate_member(gone)
    manager = Actor("member", technician, frozenset({"people.edit", "orders.work"}))
    for attempt in (
        lambda: actions.add_member("admin", "Я"),
        lambda: actions.add_member("dispatcher", "Я"),
        lambda: actions.update_member(technician, role="admin"),
        lambda: actions.update_member(technician, role="dispatcher"),
        lambda: actions.update_member(admin, role="technician"),
        lambda: actions.update_member(chief, role="technician"),
        lambda: actions.deactivate_member(admin),
        lambda: actions.deactivate_member(chief),
        lambda: actions.activate_member(gone),
        lambda: actions.issue_invite("member", f"member:{chief}"),
        lambda: actions.update_role("technician", {"company.edit"}),
        lambda: actions.issue_invite("member", f"member:{admin}"),
    ):
        with pytest.raises(NotAllowed):
            async with work(manager):
                await attempt()
    async with work(manager):
        await actions.update_role("technician", {"orders.work"})
        await actions.update_member(chief, role="dispatcher", post="Старшая смены")
        hired = await actions.add_member("technician", "Денис")
        await actions.issue_invite("member", f"member:{hired}")
        await actions.deactivate_member(hired)

"""The same people do the same things twice: once the messenger behaves, once it brings every update three times and
mixes the chats. What the desk knows afterwards, and what it told, is the same."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from core.company import actions as company
from core.company.rules import RULES
from core.dispatch.models import RuleVersion
from core.kernel.work import work
from simulator.app import Upload
from tests.crash.campaign import campaign
from tests.crash.ground import BOT, Ground, until
from tests.crash.people import WAIT_S, Phone, picture

BAKERY = (2, 4, 6, 8)
CARD = "+"


class Visit:
    """A customer of the bakery, the technician who comes, and the dispatcher who sends them. One word names it all."""

    def __init__(self, ground: Ground, number: int, word: str) -> None:
        self.word = word
        self._ground = ground
        self._customer = Phone(ground.sim, ground.customers[BAKERY[number]], BOT["customer"])
        self._technician = Phone(ground.sim, ground.technicians[number], BOT["technician"])
        self._desk = Phone(ground.sim, ground.dispatchers[0], ground.group)

    async def play(self) -> None:
        """From the first word to the stars."""
        await self._order()
        order, job = await self._given()
        await self._work(job)
        await self._customer.press("sign.ok", id=await self._act(order))
        for mark in ("speed", "accuracy", "communication"):
            await self._customer.press(f"rate.{mark}", "5", id=order)
        await self._customer.press("rate.done", id=order)

    async def _order(self) -> None:
        await self._customer.do("photo", files=[Upload("p.jpg", "image/jpeg", picture(7))], caption=self.word)
        await self._stands("customer", self._customer.user_id, "new_order.asset")
        await self._customer.press("new.asset")
        for verb, extra in (("new.urgency", "high"), ("new.when", "soon"), ("new.send", None)):
            await self._customer.press(verb, extra)

    async def _given(self) -> tuple[int, int]:
        """The robot has left it to people; then one decides."""
        sql = """SELECT o.id, j.id AS job FROM orders_orders o JOIN orders_jobs j ON j.order_id = o.id
                 WHERE words = $1 AND o.needs_help IS NOT NULL"""
        row = await self._row(sql, self.word)
        await self._desk.press("card.assign", id=row["id"])
        await self._desk.press("card.give", str(self._technician.user_id - 1_000), id=row["job"])
        return row["id"], row["job"]

    async def _work(self, job: int) -> None:
        master = self._technician
        for verb in ("job.go", "job.arrive"):
            await master.press(verb, id=job)
        for phase, button in (("before", CARD), ("after", "after")):
            await master.press("job.photo", button, id=job)
            await self._stands("technician", master.user_id, "photos", phase)
            await master.do("photo", files=[Upload("p.jpg", "image/jpeg", picture(9))])
        await self._row(f"SELECT 1 FROM orders_attachments WHERE job_id = {job} HAVING count(*) = 2")
        for verb in ("job.lines", "line.list", "line.open"):
            await master.press(verb, id=job)
        await self._row("SELECT 1 FROM reports_lines WHERE job_id = $1", job)
        for extra in (CARD, "done"):
            await master.press("job.finish", extra, id=job)

    async def _act(self, order: int) -> int:
        return int((await self._row("SELECT id FROM documents_documents WHERE order_id = $1", order))["id"])

    async def _stands(self, bot: str, user: int, step: str, phase: str | None = None) -> None:
        """A person reads the question before they answer it."""
        sql = """SELECT 1 FROM inbox_dialogues WHERE bot = $1 AND user_id = $2 AND step = $3
                 AND ($4::text IS NULL OR data->>'phase' = $4)"""
        await self._row(sql, bot, user, step, phase)

    async def _row(self, sql: str, *args: Any) -> dict[str, Any]:
        """Wait for it."""
        found: list[dict[str, Any]] = []

        async def there() -> bool:
            found[:] = await self._ground.rows(sql, *args)
            return bool(found)

        await until(there, WAIT_S, f"{self.word}: this did not come: {sql} {args}")
        return found[0]


async def test_thrice_and_shuffled_comes_to_the_same(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    async with campaign(4, tmp_path, request.config.cache.mkdir("schema"), acting=False) as run:
        async with work():
            await company.set_rule("sla", RULES["sla"])
            await RuleVersion.all().update(data={"mode": "manual", "width": 1, "offer_seconds": 300})
        status = await run.forks.begin()
        for number in BAKERY:
            await Phone(run.ground.sim, run.ground.customers[number], BOT["customer"]).press("consent.yes")
        known = []
        for word, faults in (
            ("once", {"duplicate": 0, "reorder": False}),
            ("thrice", {"duplicate": 2, "reorder": True}),
        ):
            run.ground.sim.set_faults(**faults)
            visits = [Visit(run.ground, number, f"{word} {number}") for number in range(len(BAKERY))]
            async with asyncio.TaskGroup() as nursery:
                for visit in visits:
                    nursery.create_task(visit.play())
            await run.wait_for_quiet()
            known.append([await _known(run.ground, visit.word) for visit in visits])
        assert known[0] == known[1]
        await run.fork_ends(status)
        await run.check("everything thrice")


async def _known(ground: Ground, word: str) -> dict[str, Any]:
    """All that is known of an order and was told about it, without numbers and times. Four people of one place report
    the same machine: which of them seems to repeat which depends on who came first."""
    order = (await ground.rows("SELECT * FROM orders_orders WHERE words = $1", word))[0]
    lines = "SELECT kind, party, public FROM orders_entries WHERE order_id = $1 ORDER BY id"
    jobs = "SELECT state, assignee_id, outcome, revision FROM orders_jobs WHERE order_id = $1"
    files = "SELECT phase, party FROM orders_attachments WHERE order_id = $1 ORDER BY id"
    stars = "SELECT speed, accuracy, communication FROM ratings_ratings WHERE order_id = $1"
    acts = "SELECT state, version, total FROM documents_documents WHERE order_id = $1"
    told = """SELECT bot, screen, op FROM outbox_notices
              WHERE coalesce(facts->'order'->>'number', facts->>'number') = $1::text AND screen <> 'dispatcher.twins'"""
    columns = ("state", "urgency", "priority", "source", "site_id", "contact_id", "revision")
    return {
        "order": {name: order[name] for name in columns},
        **{
            name: await ground.rows(sql, order["id"])
            for name, sql in (("lines", lines), ("jobs", jobs), ("files", files), ("stars", stars), ("acts", acts))
        },
        "told": Counter(tuple(row.values()) for row in await ground.rows(told, str(order["id"]))),
    }

"""Any sequence of verbs by anybody: what must always hold, holds after each of them.

Hypothesis drives from a thread of its own; the verbs run on the test's loop and database.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from core.dispatch import actions as dispatch
from core.dispatch.models import Offer
from core.kernel.actor import SYSTEM, Actor
from core.kernel.errors import Refusal
from core.kernel.work import work
from core.orders.models import Job, Order
from core.orders.rules import OUTCOMES, OVER, RUNNING, order_state
from tests.orders.desk import Desk

WHO = st.integers(0, 2)
NTH = st.integers(0, 3)
STEPS = ("travel", "arrive", "resume", "step_back")


@dataclass
class Seen:
    """An order as it was after the verb before."""

    revision: int
    closed: bool


class Life(RuleBasedStateMachine):
    desk: Desk
    loop: asyncio.AbstractEventLoop

    def run(self, step: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(step, self.loop).result(60)

    async def tried(self, verb: Any, actor: Actor, *args: Any) -> bool:
        """Whether the verb was done; a refusal is an answer, anything else a failure."""
        try:
            async with work(actor):
                await verb(*args)
        except Refusal:
            return False
        return True

    def order_verb(self, verb: str, actor: Actor, *args: Any) -> bool:
        from core.orders import actions

        return bool(self.run(self.tried(getattr(actions, verb), actor, *args)))

    def job(self, nth: int) -> int:
        return self.jobs[nth % len(self.jobs)]

    def technician(self, who: int) -> Actor:
        return self.desk.technicians[who]

    @initialize()
    def begin(self) -> None:
        self.seen: dict[int, Seen] = {}
        self.reopened: set[int] = set()
        self.orders: list[int] = []
        for _ in range(2):
            order_id, _job = self.run(self.desk.order())
            self.orders.append(order_id)
        self.look()

    @rule(nth=NTH)
    def seek(self, nth: int) -> None:
        self.run(self.tried(dispatch.seek, SYSTEM, self.job(nth)))

    @rule(nth=NTH, who=WHO, yes=st.booleans())
    def answer(self, nth: int, who: int, yes: bool) -> None:
        async def go() -> None:
            offer = await Offer.filter(job_id=self.job(nth), member_id=self.technician(who).id).order_by("-id").first()
            if offer and yes:
                await self.tried(dispatch.accept, self.technician(who), offer.id)
            elif offer:
                await self.tried(dispatch.decline, self.technician(who), offer.id, "нет")

        self.run(go())

    @rule(nth=NTH, who=WHO)
    def assign(self, nth: int, who: int) -> None:
        self.order_verb("assign", self.desk.dispatcher, self.job(nth), self.technician(who).id)

    @rule(nth=NTH)
    def unassign(self, nth: int) -> None:
        self.order_verb("unassign", self.desk.dispatcher, self.job(nth), "надо")

    @rule(nth=NTH, who=WHO, verb=st.sampled_from(STEPS))
    def step(self, nth: int, who: int, verb: str) -> None:
        self.order_verb(verb, self.technician(who), self.job(nth))

    @rule(nth=NTH, who=WHO)
    def pause(self, nth: int, who: int) -> None:
        self.order_verb("pause", self.technician(who), self.job(nth), "обед")

    @rule(nth=NTH, who=WHO, outcome=st.sampled_from(OUTCOMES))
    def finish(self, nth: int, who: int, outcome: str) -> None:
        self.order_verb("finish", self.technician(who), self.job(nth), outcome)

    @rule(nth=NTH)
    def work_through(self, nth: int) -> None:
        """A whole visit, so that ends are reached often."""
        job = next(job for job in self.run(self.rows())[1] if job.id == self.job(nth))
        if job.assignee_id:
            who = next(one for one in self.desk.technicians if one.id == job.assignee_id)
            for verb in ("travel", "arrive", "finish"):
                self.order_verb(verb, who, job.id)

    @rule(nth=NTH, who=WHO)
    def come_again(self, nth: int, who: int) -> None:
        self.order_verb("add_return", self.technician(who), self.job(nth))

    @rule(nth=st.integers(0, 1))
    def close(self, nth: int) -> None:
        self.order_verb("close", SYSTEM, self.orders[nth])

    @rule(nth=st.integers(0, 1), by_contact=st.booleans())
    def cancel(self, nth: int, by_contact: bool) -> None:
        self.order_verb("cancel", self.desk.contact if by_contact else self.desk.dispatcher, self.orders[nth], "так")

    @rule(nth=st.integers(0, 1))
    def reopen(self, nth: int) -> None:
        if self.order_verb("reopen", self.desk.contact, self.orders[nth], "опять"):
            self.reopened.add(self.orders[nth])

    def teardown(self) -> None:
        for order_id in getattr(self, "orders", ()):
            self.order_verb("cancel", self.desk.dispatcher, order_id, "конец")

    @invariant()
    def holds(self) -> None:
        self.look()

    def look(self) -> None:
        if not getattr(self, "orders", None):
            return
        orders, jobs, offers = self.run(self.rows())
        self.jobs = [job.id for job in jobs]
        for order in orders:
            mine = [job for job in jobs if job.order_id == order.id]
            assert order.state == order_state(job.state for job in mine)
            assert (order.closed_at is not None) == (order.state in ("closed", "cancelled"))
            self.compare(order, max(job.revision for job in mine))
        running = [job.assignee_id for job in jobs if job.state in RUNNING]
        assert len(running) == len(set(running))
        for job in jobs:
            self.check_job(job, [offer for offer in offers if offer.job_id == job.id])
        self.reopened.clear()

    async def rows(self) -> tuple[list[Order], list[Job], list[Offer]]:
        jobs = await Job.filter(order_id__in=self.orders).order_by("id")
        offers = await Offer.filter(job_id__in=[job.id for job in jobs])
        return await Order.filter(id__in=self.orders), jobs, offers

    def compare(self, order: Order, newest: int) -> None:
        """Revisions grow with every change; what is closed stays closed unless it was reopened."""
        before = self.seen.get(order.id)
        closed = order.state == "closed"
        if before:
            assert order.revision >= before.revision
            assert closed or not before.closed or order.id in self.reopened
        assert order.revision >= newest
        self.seen[order.id] = Seen(order.revision, closed)

    def check_job(self, job: Job, offers: list[Offer]) -> None:
        assert job.assignee_id is not None or job.state in ("new", "offered", "cancelled")
        assert job.assignee_id is None or job.state not in ("new", "offered")
        assert (job.outcome is not None) == (job.done_at is not None) == (job.state in ("done", "closed"))
        accepted = [offer.member_id for offer in offers if offer.state == "accepted"]
        assert len(accepted) <= 1
        if job.state not in (*OVER, "new", "offered", "assigned") and accepted:
            assert job.accepted_at is not None


async def test_whatever_is_pressed_the_house_stands(desk: Desk) -> None:
    Life.desk, Life.loop = desk, asyncio.get_running_loop()
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    chosen = settings(max_examples=25, stateful_step_count=25, suppress_health_check=checks)
    await asyncio.to_thread(run_state_machine_as_test, Life, settings=chosen)

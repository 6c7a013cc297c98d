"""A small desk for the tests of orders, dispatch and sla: one customer, three technicians, a dispatcher."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from core.assets.models import Asset, AssetType
from core.company.models import Company
from core.company.queries import forget
from core.customers.models import Contact, Customer, Site
from core.kernel.actor import SYSTEM, Actor
from core.kernel.database import database
from core.kernel.work import _reactions, work
from core.orders import actions as orders
from core.orders.models import Job, Order
from core.orders.rules import GUARDS
from core.people import actions as people
from core.people.models import Member, MemberSkill, Role, Skill
from core.people.rules import DEFAULT_ROLES

MOSCOW = (55.7558, 37.6173)
START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


@dataclass
class Desk:
    """The people and places, and short ways to use them."""

    customer: Customer
    site: Site
    asset: Asset
    contact: Actor
    stranger: Actor
    dispatcher: Actor
    technicians: list[Actor] = field(default_factory=list)

    async def order(self, actor: Actor | None = None, **fields: Any) -> tuple[int, int]:
        """A new order and its job."""
        request = {"words": "Не морозит витрина", "site_id": self.site.id, "source": "desk"} | fields
        async with work(actor or self.contact):
            order_id = await orders.create(customer_id=self.customer.id, **request)
        job = await Job.filter(order_id=order_id).order_by("-id").first()
        assert job is not None
        return order_id, job.id

    async def done(self, verb: str, actor: Actor, *args: Any, **named: Any) -> Any:
        """One verb of orders in a work of its own."""
        async with work(actor):
            return await getattr(orders, verb)(*args, **named)

    async def assigned(self, who: int = 0, **fields: Any) -> tuple[int, int]:
        order_id, job_id = await self.order(**fields)
        await self.done("assign", self.dispatcher, job_id, self.technicians[who].id)
        return order_id, job_id

    async def on_site(self, who: int = 0) -> tuple[int, int]:
        order_id, job_id = await self.assigned(who)
        for verb in ("travel", "arrive"):
            await self.done(verb, self.technicians[who], job_id)
        return order_id, job_id


async def add_technician(name: str, skill: Skill | None = None, **fields: Any) -> Actor:
    role = await Role.get(code="technician")
    row = await Member.create(
        role=role, name=name, created_at=START, **({"home_lat": MOSCOW[0], "home_lon": MOSCOW[1]} | fields)
    )
    if skill:
        await MemberSkill.create(member=row, skill=skill, level=3)
    return Actor("member", row.id, frozenset(DEFAULT_ROLES["technician"][1]), name=name)


@contextmanager
def alone() -> Iterator[None]:
    """These rooms without the others: no reactions and no guards, whatever other tests have imported."""
    reactions, guards = dict(_reactions), dict(GUARDS)
    _reactions.clear()
    GUARDS.clear()
    GUARDS.update(finish=[], close=[])
    try:
        yield
    finally:
        _reactions.clear()
        _reactions.update(reactions)
        GUARDS.clear()
        GUARDS.update(guards)


@asynccontextmanager
async def desk_on(database_url: str, pool: int = 10) -> AsyncIterator[Desk]:
    with alone():
        async with database(database_url, pool=pool):
            yield await _people()


async def _people() -> Desk:
    async with work(SYSTEM):
        await people.ensure_roles()
    skill = await Skill.create(code="cold", name={"ru": "Холод", "en": "Cold"})
    customer = await Customer.create(name="Пекарня", created_at=START)
    other = await Customer.create(name="Другие", created_at=START)
    site = await Site.create(
        customer=customer, name="На Лесной", address="Лесная, 1", lat=55.77, lon=37.6, created_at=START
    )
    kind = await AssetType.create(code="fridge", name={"ru": "Витрина", "en": "Fridge"}, skill=skill)
    asset = await Asset.create(site=site, type=kind, name="Витрина 1", created_at=START)
    person = await Contact.create(customer=customer, name="Ольга", created_at=START)
    foreign = await Contact.create(customer=other, name="Чужой", created_at=START)
    boss = await Member.create(role=await Role.get(code="dispatcher"), name="Дарья", created_at=START)
    return Desk(
        customer,
        site,
        asset,
        Actor("contact", person.id, name="Ольга", customer_id=customer.id),
        Actor("contact", foreign.id, name="Чужой", customer_id=other.id),
        Actor("member", boss.id, frozenset(DEFAULT_ROLES["dispatcher"][1]), name="Дарья"),
        [await add_technician(name, skill, on_duty_at=START) for name in ("Иван", "Пётр", "Семён")],
    )


async def states(order_id: int) -> tuple[str, list[str]]:
    order = await Order.get(id=order_id)
    return order.state, [job.state for job in await Job.filter(order_id=order_id).order_by("id")]


@contextmanager
def events_of(*kinds: type) -> Iterator[list[Any]]:
    """All events of these kinds that are told meanwhile."""
    seen: list[Any] = []

    async def collect(event: Any) -> None:
        seen.append(event)

    for kind in kinds:
        _reactions.setdefault(kind, []).append(collect)
    try:
        yield seen
    finally:
        for kind in kinds:
            _reactions[kind].remove(collect)


async def set_rule(name: str, value: Any) -> None:
    await Company.update_or_create(id=1, defaults={"rules": {name: value}})
    forget()

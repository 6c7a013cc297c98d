"""Who sees which customers, sites and machines: every role against every query."""

from collections.abc import Awaitable, Callable

import pytest

from core.assets import queries as assets
from core.customers import queries as customers
from core.kernel.actor import SYSTEM, Actor, contact, member
from core.kernel.errors import NotFound
from core.kernel.work import work
from core.orders import actions as orders
from tests.world import World

ALL = ["arbat", "kashirka", "shop", "tverskaya"]
SEEN = {
    "system": ALL,
    "admin": ALL,
    "dispatcher": ALL,
    "pyotr": [],
    "olga": ["arbat", "kashirka", "tverskaya"],
    "ivan": ["arbat", "tverskaya"],
    "marat": ["shop"],
    "nobody": [],
}
MACHINES = {"arbat": ["freezer", "fridge"], "kashirka": ["air"], "shop": ["oven"], "tverskaya": []}


async def who(world: World, name: str) -> Actor:
    if name == "system":
        return SYSTEM
    if name == "nobody":
        return Actor("member", 999)
    kind = contact if name in ("olga", "ivan", "marat") else member
    return await world.actor(kind(getattr(world, name)))


async def visible(read: Callable[[Actor, int], Awaitable[object]], actor: Actor, ids: dict[str, int]) -> list[str]:
    """The names of those that `read` does not hide from the actor."""
    found = []
    for name, id in sorted(ids.items()):
        try:
            await read(actor, id)
        except NotFound:
            continue
        found.append(name)
    return found


def named(world: World, *names: str) -> dict[str, int]:
    return {name: getattr(world, name) for name in names}


@pytest.mark.parametrize("name", list(SEEN))
async def test_each_role_sees_its_own(world: World, name: str) -> None:
    actor, hers = await who(world, name), SEEN[name]
    sites = named(world, *ALL)
    machines = named(world, *(key for keys in MACHINES.values() for key in keys))
    things = sorted(key for site in hers for key in MACHINES[site])

    assert sorted(site.id for site in await customers.sites_for(actor)) == sorted(sites[key] for key in hers)
    near = await customers.nearest_sites(actor, 55.70, 37.65, within_km=50)
    assert sorted(site.id for site in near) == sorted(sites[key] for key in hers)
    assert await visible(customers.site_view, actor, sites) == hers
    assert sorted(one.id for one in await assets.assets(actor)) == sorted(machines[key] for key in things)
    for site, site_id in sites.items():
        found = sorted(one.id for one in await assets.assets_at(actor, site_id))
        assert found == (sorted(machines[key] for key in MACHINES[site]) if site in hers else [])
    assert await visible(assets.asset_view, actor, machines) == things
    assert await visible(assets.passport, actor, machines) == things

    everything = bool(hers)
    own = {"olga": ["azbuka"], "ivan": ["azbuka"], "marat": ["bakery"]}
    companies = own.get(name, ["azbuka", "bakery"] if everything else [])
    assert await visible(customers.customer_view, actor, named(world, "azbuka", "bakery")) == companies
    people = [name] if name in own else ["ivan", "marat", "olga"] if everything else []
    assert await visible(customers.contact_view, actor, named(world, "ivan", "marat", "olga")) == people


async def test_a_technician_sees_the_sites_of_their_jobs(world: World) -> None:
    async with work() as w:
        order = await orders.create(
            customer_id=world.azbuka, site_id=world.arbat, asset_ids=[world.fridge], words="Не холодит", source="desk"
        )
        job = await w.fetchrow("SELECT id FROM orders_jobs WHERE order_id = $1", order)
        assert job is not None
    pyotr, rashid = await who(world, "pyotr"), await world.actor(member(world.rashid))
    async with work(await who(world, "dispatcher")):
        await orders.assign(job["id"], world.pyotr)
    assert [site.id for site in await customers.sites_for(pyotr)] == [world.arbat]
    assert (await assets.passport(pyotr, world.fridge)).orders[0].number == order
    assert await customers.sites_for(rashid) == []

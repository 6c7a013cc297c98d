"""The world itself: it stands, and the people in it are who they say they are."""

from core.kernel.actor import contact, member
from core.people.queries import actor_for
from core.warehouse.queries import stock_of
from tests.world import World


async def test_the_world_stands(world: World) -> None:
    pyotr = await actor_for("technician", world.tg(member(world.pyotr)))
    assert pyotr is not None
    assert pyotr.name == "Пётр Ким"
    ivan = await actor_for("customer", world.tg(contact(world.ivan)))
    assert ivan is not None
    assert ivan.site_ids == {world.arbat, world.tverskaya}
    assert [(one.code, str(one.quantity)) for one in await stock_of(world.pyotr)] == [("M2", "2.000"), ("M1", "5.000")]

"""What follows when the company itself moves to another zone."""

from core.events import CompanyMoved
from core.kernel.actor import contact
from core.kernel.read import fetchval
from core.kernel.work import work
from core.people import actions as people
from tests.reactions.ground import Ground
from tests.world import World

ZONE = "SELECT zone FROM outbox_addresses WHERE party = $1"


async def test_who_kept_the_companys_time_keeps_its_new_one(ground: Ground) -> None:
    far = contact(ground.world.ivan)
    async with work():
        await people.link("customer", World.tg(far), World.tg(far), far, "ru", "Asia/Vladivostok")
    assert await ground.after(CompanyMoved("Europe/Moscow", "Asia/Omsk")) == set()
    assert await fetchval(ZONE, contact(ground.world.olga)) == "Asia/Omsk"
    assert await fetchval(ZONE, far) == "Asia/Vladivostok"

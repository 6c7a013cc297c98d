"""Areas of the map and skills: changed and removed. `people.edit` does; what is in use stays."""

from core.kernel.errors import NotFound, Refusal
from core.kernel.work import current
from core.people.models import Area, Skill
from core.people.rules import MAX_AREA_NAME, check_area, clean_name


async def update_area(area_id: int, name: str, lat: float, lon: float, radius: float) -> None:
    """Rename, move or resize an area. Sites that lie in it keep it until they are moved. `people.area_taken` for a
    name that another area has."""
    current().actor.require("people.edit")
    check_area(lat, lon, radius)
    title = clean_name(name)[:MAX_AREA_NAME]
    if await Area.filter(name=title).exclude(id=area_id).exists():
        raise Refusal("people.area_taken")
    if not await Area.filter(id=area_id).update(name=title, lat=lat, lon=lon, radius=radius):
        raise NotFound("areas")


async def remove_area(area_id: int) -> None:
    """`people.area_used` while a site, a person or a dispatch group is tied to it."""
    w = current()
    w.actor.require("people.edit")
    used = await w.fetchval(
        "SELECT EXISTS (SELECT FROM customers_sites WHERE area_id = $1)"
        " OR EXISTS (SELECT FROM people_member_areas WHERE area_id = $1)"
        " OR EXISTS (SELECT FROM chats_group_areas WHERE area_id = $1)",
        area_id,
    )
    if used:
        raise Refusal("people.area_used")
    if not await Area.filter(id=area_id).delete():
        raise NotFound("areas")


async def remove_skill(code: str) -> None:
    """`people.skill_used` while a person has it or a kind of equipment asks for it."""
    w = current()
    w.actor.require("people.edit")
    row = await Skill.get_or_none(code=code)
    if row is None:
        raise NotFound("skills")
    used = await w.fetchval(
        "SELECT EXISTS (SELECT FROM people_member_skills WHERE skill_id = $1)"
        " OR EXISTS (SELECT FROM assets_types WHERE skill_id = $1)",
        row.id,
    )
    if used:
        raise Refusal("people.skill_used")
    await row.delete()

"""Areas of the map, skills, kinds of certificates, tools and vehicles: named, changed and removed. `people.edit` does;
what is in use stays."""

from core.kernel.errors import NotFound, Refusal
from core.kernel.model import Model
from core.kernel.work import current
from core.people.models import Area, CertificateKind, Equipment, Skill
from core.people.rules import EQUIPMENT, MAX_AREA_NAME, check_area, check_code, clean_name

_DEMANDED = "EXISTS (SELECT FROM dispatch_demands WHERE what <> 'part' AND code = $2)"


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
        " OR EXISTS (SELECT FROM assets_types WHERE skill_id = $1)"
        f" OR {_DEMANDED} OR EXISTS (SELECT FROM dispatch_demands WHERE scope = 'skill' AND key = $2)",
        row.id,
        code,
    )
    if used:
        raise Refusal("people.skill_used")
    await row.delete()


async def add_certificate_kind(code: str, name: dict[str, str]) -> int:
    """Name a permit that people may hold; a known code is renamed. `people.code_taken` for a code of something else,
    since what work demands is named by code."""
    current().actor.require("people.edit")
    await _free(code, CertificateKind)
    row, _ = await CertificateKind.update_or_create(code=check_code(code), defaults={"name": name})
    return int(row.id)


async def add_equipment(what: str, code: str, name: dict[str, str]) -> int:
    """Name a tool or a vehicle; a known code is renamed. `people.bad_equipment` for another `what`."""
    current().actor.require("people.edit")
    if what not in EQUIPMENT:
        raise Refusal("people.bad_equipment")
    await _free(code, Equipment)
    row, _ = await Equipment.update_or_create(code=check_code(code), defaults={"name": name, "what": what})
    return int(row.id)


async def _free(code: str, own: type) -> None:
    for kind in (Skill, CertificateKind, Equipment):
        if kind is not own and await kind.exists(code=code):
            raise Refusal("people.code_taken", name=code[:40])


async def remove_certificate_kind(code: str) -> None:
    """`people.certificate_used` while somebody holds one or work demands it."""
    row = await _unused(CertificateKind, code, "people_certificates WHERE kind_id", "people.certificate_used")
    await row.delete()


async def remove_equipment(code: str) -> None:
    """`people.equipment_used` while somebody has it or work demands it."""
    row = await _unused(Equipment, code, "people_member_equipment WHERE equipment_id", "people.equipment_used")
    await row.delete()


async def _unused(kind: type[CertificateKind] | type[Equipment], code: str, held: str, refusal: str) -> Model:
    w = current()
    w.actor.require("people.edit")
    row = await kind.get_or_none(code=code)
    if row is None:
        raise NotFound("people.kind")
    if await w.fetchval(f"SELECT EXISTS (SELECT FROM {held} = $1) OR {_DEMANDED}", row.id, code):
        raise Refusal(refusal)
    return row

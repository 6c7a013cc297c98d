"""Hire, describe and let go. Only `people.edit` changes staff."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from core.events import MemberLeft
from core.kernel.actor import member as member_party
from core.kernel.errors import NotFound, Refusal
from core.kernel.words import LOCALES
from core.kernel.work import current, emit
from core.people import rules
from core.people.actions.access import company_zone, unlink
from core.people.actions.rows import check_rank, member_row, role_id
from core.people.models import (
    Area,
    Certificate,
    CertificateKind,
    Equipment,
    Member,
    MemberEquipment,
    MemberSkill,
    Permission,
    Role,
    Skill,
    WebSession,
)

STAFF_FIELDS = frozenset(
    {"name", "phone", "post", "locale", "zone", "hourly_rate", "home_lat", "home_lon", "rating"}
    | {"contractor", "firm", "by_bot"}
)


async def ensure_roles() -> None:
    """Make the three roles that ship with the desk; those that stand already keep what the company changed."""
    for code, (name, permissions) in rules.DEFAULT_ROLES.items():
        role, made = await Role.get_or_create(code=code, defaults={"name": name})
        if made:
            await Permission.bulk_create([Permission(role=role, code=permission) for permission in permissions])


async def update_role(code: str, permissions: Iterable[str], name: dict[str, str] | None = None) -> None:
    """Say what a role may do; an unknown code makes a new role (then `name` is needed). The administrator's role
    stays all-powerful: `people.admin_role_fixed`. Nobody grants what they may not do themselves; what contractors have
    stays as narrow as `rules.OUTSIDE`: `people.contractor_role`."""
    current().actor.require("people.edit")
    wanted = rules.check_permissions(set(permissions))
    for permission in sorted(wanted):
        current().actor.require(permission)
    if code == "admin":
        raise Refusal("people.admin_role_fixed")
    role = await Role.get_or_none(code=rules.check_code(code))
    if role is None:
        if not name:
            raise Refusal("people.no_name")
        role = await Role.create(code=code, name=name)
    elif name:
        role.name = name
        await role.save(update_fields=["name"])
    if await Member.exists(role_id=role.id, contractor=True, active=True):
        rules.check_outside(wanted)
    await Permission.filter(role_id=role.id).delete()
    await Permission.bulk_create([Permission(role_id=role.id, code=permission) for permission in sorted(wanted)])


async def add_member(role: str, name: str, phone: str = "", **fields: Any) -> int:
    """Hire somebody, in a role that may no more than oneself (`check_rank`). Refusals: `people.unknown_role`,
    `people.no_name`, `people.bad_phone`, `people.contractor_role`."""
    current().actor.require("people.edit")
    await check_rank(new_role := await role_id(role))
    values = _staff_values({"name": name, "phone": phone, "zone": await company_zone(), **fields})
    row = Member(role_id=new_role, created_at=current().now, **values)
    await _outside(row)
    await row.save()
    return int(row.id)


async def update_member(member_id: int, **fields: Any) -> None:
    """Change a staff card; `role` is a role's code (`check_rank`). Language and zone of their chats follow the card.

    `people.last_admin` when nobody would be left to administer the desk, `people.contractor_role` when a contractor's
    role lets them do more than work on their jobs.
    """
    current().actor.require("people.edit")
    row = await member_row(member_id)
    if (role := fields.pop("role", None)) is not None and (new_role := await role_id(role)) != row.role_id:
        await check_rank(row.role_id)
        await check_rank(new_role)
        if role != "admin":
            await _keep_an_admin(row)
        row.role_id = new_role
    row.update_from_dict(_staff_values(fields))
    await _outside(row)
    await row.save()
    if fields.keys() & {"locale", "zone"}:
        sql = "UPDATE outbox_addresses SET locale = $2, zone = $3 WHERE party = $1"
        await current().execute(sql, member_party(member_id), row.locale, row.zone)


async def deactivate_member(member_id: int) -> None:
    """They left: no bot and no page knows them from now on; what they did stays. `people.has_jobs` while a job is
    theirs, `people.last_admin` when they are the only administrator."""
    w = current()
    w.actor.require("people.edit")
    row = await member_row(member_id)
    await check_rank(row.role_id)
    await _keep_an_admin(row)
    sql = "SELECT id FROM orders_jobs WHERE assignee_id = $1 AND state NOT IN ('done', 'closed', 'cancelled') LIMIT 1"
    if await w.fetch(sql, member_id):
        raise Refusal("people.has_jobs", name=row.name)
    row.active, row.on_duty_at = False, None
    await row.save(update_fields=["active", "on_duty_at"])
    await unlink(member_party(member_id))
    await WebSession.filter(member_id=member_id, ended_at=None).update(ended_at=w.now)
    await emit(MemberLeft(member_id))


async def activate_member(member_id: int) -> None:
    """They came back; they need a new invite."""
    current().actor.require("people.edit")
    row = await member_row(member_id)
    await check_rank(row.role_id)
    await _outside(row)
    row.active = True
    await row.save(update_fields=["active"])


async def add_skill(code: str, name: dict[str, str]) -> int:
    """Name something that people can do; a known code is renamed."""
    current().actor.require("people.edit")
    row, _ = await Skill.update_or_create(code=rules.check_code(code), defaults={"name": name})
    return int(row.id)


async def set_skills(member_id: int, levels: dict[str, int]) -> None:
    """What a person can do, 1 to 5 by skill code; replaces what was there."""
    current().actor.require("people.edit")
    await member_row(member_id)
    known = {row.code: row.id for row in await Skill.filter(code__in=list(levels))}
    wrong = [code for code, level in levels.items() if code not in known or level not in rules.LEVELS]
    if wrong:
        raise Refusal("people.bad_skill", codes=sorted(wrong))
    await MemberSkill.filter(member_id=member_id).delete()
    await MemberSkill.bulk_create(
        [MemberSkill(member_id=member_id, skill_id=known[code], level=level) for code, level in levels.items()]
    )


async def add_certificate(member_id: int, code: str, number: str = "", expires_on: date | None = None) -> int:
    """A certificate that a person holds, valid through that day. `people.no_certificate` for an unknown kind,
    `people.too_many_certificates`."""
    current().actor.require("people.edit")
    await member_row(member_id)
    kind = await CertificateKind.get_or_none(code=code)
    if kind is None:
        raise Refusal("people.no_certificate", field="kind")
    if await Certificate.filter(member_id=member_id).count() >= rules.MOST_CERTIFICATES:
        raise Refusal("people.too_many_certificates", most=rules.MOST_CERTIFICATES)
    row = await Certificate.create(member_id=member_id, kind=kind, number=number.strip()[:50], expires_on=expires_on)
    return int(row.id)


async def remove_certificate(member_id: int, certificate_id: int) -> None:
    current().actor.require("people.edit")
    if not await Certificate.filter(id=certificate_id, member_id=member_id).delete():
        raise NotFound("people.certificate")


async def set_equipment(member_id: int, codes: Iterable[str]) -> None:
    """Tools and vehicles that a person has with them; replaces what was there."""
    current().actor.require("people.edit")
    await member_row(member_id)
    found = await Equipment.filter(code__in=list(codes))
    if len(found) != len(set(codes)):
        raise NotFound("people.kind")
    await MemberEquipment.filter(member_id=member_id).delete()
    await MemberEquipment.bulk_create([MemberEquipment(member_id=member_id, equipment_id=one.id) for one in found])


async def add_area(name: str, lat: float, lon: float, radius: float) -> int:
    """A part of the map, `radius` km around a point; a known name is moved."""
    current().actor.require("people.edit")
    rules.check_area(lat, lon, radius)
    values = {"lat": lat, "lon": lon, "radius": radius}
    row, _ = await Area.update_or_create(name=rules.clean_name(name)[: rules.MAX_AREA_NAME], defaults=values)
    return int(row.id)


async def set_areas(member_id: int, area_ids: Iterable[int]) -> None:
    """Where a person works; none means everywhere. Replaces what was there."""
    current().actor.require("people.edit")
    row = await member_row(member_id)
    found = await Area.filter(id__in=list(area_ids))
    if len(found) != len(set(area_ids)):
        raise NotFound("areas")
    await row.areas.clear()
    if found:
        await row.areas.add(*found)


async def set_on_duty(member_id: int, since: datetime | None) -> bool:
    """Guarded: whether it changed. Room `schedule` decides when."""
    rows = Member.filter(id=member_id, active=True)
    rows = rows.filter(on_duty_at=None) if since else rows.exclude(on_duty_at=None)
    return bool(await rows.update(on_duty_at=since))


async def set_rating(member_id: int, rating: float | None) -> None:
    """What customers think on average; room `ratings` counts it."""
    await Member.filter(id=member_id).update(rating=rating)


async def _keep_an_admin(leaving: Member) -> None:
    admins = await Member.filter(role__code="admin", active=True).select_for_update().values_list("id", flat=True)
    if list(admins) == [leaving.id]:
        raise Refusal("people.last_admin")


async def _outside(row: Member) -> None:
    """Whoever is no contractor has neither a firm nor a way to be asked that is not the usual one."""
    if row.contractor:
        rules.check_outside([one.code for one in await Permission.filter(role_id=row.role_id)])
    else:
        row.firm, row.by_bot = "", True


def _staff_values(fields: dict[str, Any]) -> dict[str, Any]:
    unknown = fields.keys() - STAFF_FIELDS
    if unknown:
        raise Refusal("people.unknown_field", names=sorted(unknown))
    values = dict(fields)
    if "name" in values:
        values["name"] = rules.clean_name(values["name"])
    if values.get("firm"):
        values["firm"] = rules.clean_name(values["firm"])
    if values.get("phone"):
        values["phone"] = rules.normalise_phone(values["phone"])
    if values.get("locale", "ru") not in LOCALES:
        raise Refusal("people.unknown_locale")
    if "zone" in values:
        values["zone"] = rules.check_zone(values["zone"])
    return values

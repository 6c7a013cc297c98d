"""Hire, describe and let go; invite, recognise and sign in.

Only `people.edit` changes staff; `customers.edit` invites customers' contacts. Links are one-time: what is stored is
their digest, and a guarded update decides who used one first.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Protocol

from core.kernel import ids
from core.kernel.actor import member as member_party
from core.kernel.errors import NotFound, Refusal
from core.kernel.words import LOCALES, pick_locale
from core.kernel.work import current
from core.people import rules
from core.people.models import Area, Consent, Invite, Member, MemberSkill, Permission, Role, Skill, WebSession

STAFF_FIELDS = frozenset({"name", "phone", "post", "locale", "zone", "hourly_rate", "home_lat", "home_lon", "rating"})


class Sender(Protocol):
    """Whoever wrote to a bot. `language` is what their app says ("en-GB"), may be empty."""

    @property
    def user_id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def language(self) -> str | None: ...


async def ensure_roles() -> None:
    """Make the three roles that ship with the desk; those that stand already keep what the company changed."""
    for code, (name, permissions) in rules.DEFAULT_ROLES.items():
        role, made = await Role.get_or_create(code=code, defaults={"name": name})
        if made:
            await Permission.bulk_create([Permission(role=role, code=permission) for permission in permissions])


async def update_role(code: str, permissions: Iterable[str], name: dict[str, str] | None = None) -> None:
    """Say what a role may do; an unknown code makes a new role (then `name` is needed). The administrator's role
    stays all-powerful: `people.admin_role_fixed`."""
    current().actor.require("people.edit")
    wanted = rules.check_permissions(set(permissions))
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
    await Permission.filter(role_id=role.id).delete()
    await Permission.bulk_create([Permission(role_id=role.id, code=permission) for permission in sorted(wanted)])


async def add_member(role: str, name: str, phone: str = "", **fields: Any) -> int:
    """Hire somebody. Refusals: `people.unknown_role`, `people.no_name`, `people.bad_phone`."""
    current().actor.require("people.edit")
    values = _staff_values({"name": name, "phone": phone, **fields})
    row = await Member.create(role_id=await _role_id(role), created_at=current().now, **values)
    return int(row.id)


async def update_member(member_id: int, **fields: Any) -> None:
    """Change a staff card; `role` is a role's code. Language and zone of their chats follow the card.

    `people.last_admin` when nobody would be left to administer the desk.
    """
    current().actor.require("people.edit")
    row = await _member(member_id)
    if (role := fields.pop("role", None)) is not None:
        role_id = await _role_id(role)
        if role != "admin":
            await _keep_an_admin(row)
        row.role_id = role_id
    row.update_from_dict(_staff_values(fields))
    await row.save()
    if fields.keys() & {"locale", "zone"}:
        sql = "UPDATE outbox_addresses SET locale = $2, zone = $3 WHERE party = $1"
        await current().execute(sql, member_party(member_id), row.locale, row.zone)


async def deactivate_member(member_id: int) -> None:
    """They left: no bot and no page knows them from now on; what they did stays. `people.has_jobs` while a job is
    theirs, `people.last_admin` when they are the only administrator."""
    w = current()
    w.actor.require("people.edit")
    row = await _member(member_id)
    await _keep_an_admin(row)
    sql = "SELECT id FROM orders_jobs WHERE assignee_id = $1 AND state NOT IN ('done', 'closed', 'cancelled') LIMIT 1"
    if await w.fetch(sql, member_id):
        raise Refusal("people.has_jobs", name=row.name)
    row.active, row.on_duty_at = False, None
    await row.save(update_fields=["active", "on_duty_at"])
    await _unlink(member_party(member_id))
    await WebSession.filter(member_id=member_id, ended_at=None).update(ended_at=w.now)


async def activate_member(member_id: int) -> None:
    """They came back; they need a new invite."""
    current().actor.require("people.edit")
    if not await Member.filter(id=member_id).update(active=True):
        raise NotFound("people")


async def add_skill(code: str, name: dict[str, str]) -> int:
    """Name something that people can do; a known code is renamed."""
    current().actor.require("people.edit")
    row, _ = await Skill.update_or_create(code=rules.check_code(code), defaults={"name": name})
    return int(row.id)


async def set_skills(member_id: int, levels: dict[str, int]) -> None:
    """What a person can do, 1 to 5 by skill code; replaces what was there."""
    current().actor.require("people.edit")
    await _member(member_id)
    known = {row.code: row.id for row in await Skill.filter(code__in=list(levels))}
    wrong = [code for code, level in levels.items() if code not in known or level not in rules.LEVELS]
    if wrong:
        raise Refusal("people.bad_skill", codes=sorted(wrong))
    await MemberSkill.filter(member_id=member_id).delete()
    await MemberSkill.bulk_create(
        [MemberSkill(member_id=member_id, skill_id=known[code], level=level) for code, level in levels.items()]
    )


async def add_area(name: str, lat: float, lon: float, radius: float) -> int:
    """A part of the map, `radius` km around a point; a known name is moved."""
    current().actor.require("people.edit")
    if not (-90 <= lat <= 90 and -180 <= lon <= 180 and 0 < radius <= 1000):
        raise Refusal("people.bad_area")
    values = {"lat": lat, "lon": lon, "radius": radius}
    row, _ = await Area.update_or_create(name=rules.clean_name(name)[:100], defaults=values)
    return int(row.id)


async def set_areas(member_id: int, area_ids: Iterable[int]) -> None:
    """Where a person works; none means everywhere. Replaces what was there."""
    current().actor.require("people.edit")
    row = await _member(member_id)
    found = await Area.filter(id__in=list(area_ids))
    if len(found) != len(set(area_ids)):
        raise NotFound("areas")
    await row.areas.clear()
    if found:
        await row.areas.add(*found)


async def issue_admin_code() -> str:
    """A one-time code, good for a day, that makes whoever sends it to a staff bot an administrator. Only the command
    line may ask for it (the desk itself); earlier codes stop working."""
    w = current()
    w.actor.require("*")
    await Invite.filter(purpose="admin", used_at=None).update(used_at=w.now)
    return await _issue("admin", None, rules.ADMIN_CODE)


async def issue_invite(purpose: str, party: str, hours: int = 72) -> str:
    """A one-time link for a `member` or a `contact`; who opens it in a bot is that person there from then on."""
    kind, number = rules.party_of(party)
    if purpose != kind:
        raise Refusal("people.bad_invite")
    current().actor.require("people.edit" if kind == "member" else "customers.edit")
    table = "people_members" if kind == "member" else "customers_contacts"
    if not await current().fetch(f"SELECT id FROM {table} WHERE id = $1 AND active", number):
        raise NotFound("people")
    return await _issue(purpose, party, timedelta(hours=min(max(hours, 1), rules.MAX_INVITE_HOURS)))


async def redeem(bot: str, token: str, user: Sender, chat_id: int) -> str:
    """Use an invite: the sender becomes its party in this bot. Returns the party.

    `people.bad_invite` for one that is unknown, used, expired or meant for another bot: which, isn't told.
    """
    purpose, party = await _use(token, ("member", "admin") if bot in rules.STAFF_BOTS else ("contact",))
    if purpose == "admin":
        locale = pick_locale(user.language)
        row = await Member.create(
            role_id=await _role_id("admin"), name=rules.clean_name(user.name), locale=locale, created_at=current().now
        )
        party = member_party(row.id)
    assert party is not None
    locale, zone = await _speech(party)
    await link(bot, user.user_id, chat_id, party, locale, zone)
    return party


async def link(bot: str, user_id: int, chat_id: int, party: str, locale: str, zone: str | None = None) -> None:
    """This Telegram user is this party in this bot, and is told things in this chat.

    An earlier account of the party in the bot is forgotten, and so is what the user was before.
    """
    w = current()
    rules.party_of(party)
    await w.execute("DELETE FROM people_accounts WHERE bot = $1 AND (party = $2 OR user_id = $3)", bot, party, user_id)
    await w.execute(
        "INSERT INTO people_accounts (bot, user_id, party, linked_at) VALUES ($1, $2, $3, $4)",
        *(bot, user_id, party, w.now),
    )
    await w.execute("DELETE FROM outbox_addresses WHERE bot = $1 AND (party = $2 OR chat_id = $3)", bot, party, chat_id)
    await w.execute(
        "INSERT INTO outbox_addresses (party, bot, chat_id, locale, zone) VALUES ($1, $2, $3, $4, $5)",
        *(party, bot, chat_id, locale, zone or await _company_zone()),
    )


async def set_locale(party: str, locale: str) -> None:
    """Speak this language to a person, in all their chats. `people.unknown_locale` for one we don't speak."""
    if locale not in LOCALES:
        raise Refusal("people.unknown_locale")
    kind, number = rules.party_of(party)
    if kind == "member":
        await Member.filter(id=number).update(locale=locale)
    await current().execute("UPDATE outbox_addresses SET locale = $2 WHERE party = $1", party, locale)


async def give_consent(bot: str, user_id: int, version: str) -> None:
    """Record that this person agreed to this text; a second time changes nothing."""
    given = Consent.filter(bot=bot, user_id=user_id, text_version=version, withdrawn_at=None)
    if not await given.exists():
        await Consent.create(bot=bot, user_id=user_id, text_version=version, given_at=current().now)


async def withdraw_consent(bot: str, user_id: int) -> None:
    """The person takes every consent in this bot back; the record stays."""
    await Consent.filter(bot=bot, user_id=user_id, withdrawn_at=None).update(withdrawn_at=current().now)


async def open_web_login(member_id: int) -> str:
    """A link to the admin page for oneself, good for ten minutes and one use. The desk may open one for anybody."""
    actor = current().actor
    if actor.party != member_party(member_id):
        actor.require("*")
    await _member(member_id)
    return await _issue("web", member_party(member_id), rules.WEB_LOGIN)


async def start_web_session(token: str, agent: str) -> tuple[str, int]:
    """Trade a login link for a session: `(session token, member id)`. `people.bad_login` for a link that is unknown,
    used or older than ten minutes."""
    w = current()
    try:
        _, party = await _use(token, ("web",))
    except Refusal as refusal:
        raise Refusal("people.bad_login") from refusal
    member_id = rules.party_of(party or "")[1]
    if not (await _member(member_id)).active:
        raise Refusal("people.bad_login")
    session = ids.token()
    await WebSession.create(
        member_id=member_id,
        token_digest=ids.digest(session),
        agent=agent[:200],
        created_at=w.now,
        seen_at=w.now,
    )
    return session, member_id


async def see_web_session(session_token: str) -> None:
    """Note that the session is in use; writes once in five minutes at most."""
    w = current()
    stale = w.now - rules.SESSION_SEEN_EVERY
    rows = WebSession.filter(token_digest=ids.digest(session_token), ended_at=None, seen_at__lt=stale)
    await rows.update(seen_at=w.now)


async def end_web_session(session_id: int) -> None:
    """Sign out: one's own session, or anybody's with `people.edit`."""
    w = current()
    row = await WebSession.get_or_none(id=session_id)
    if row is None or (w.actor.party != member_party(row.member_id) and not w.actor.may("people.edit")):
        raise NotFound("sessions")
    await WebSession.filter(id=session_id, ended_at=None).update(ended_at=w.now)


async def end_session_of(session_token: str) -> None:
    """Sign out of this very session; an unknown token changes nothing."""
    rows = WebSession.filter(token_digest=ids.digest(session_token), ended_at=None)
    await rows.update(ended_at=current().now)


async def set_on_duty(member_id: int, since: datetime | None) -> bool:
    """Guarded: whether it changed. Room `schedule` decides when."""
    rows = Member.filter(id=member_id, active=True)
    rows = rows.filter(on_duty_at=None) if since else rows.exclude(on_duty_at=None)
    return bool(await rows.update(on_duty_at=since))


async def set_rating(member_id: int, rating: float | None) -> None:
    """What customers think on average; room `ratings` counts it."""
    await Member.filter(id=member_id).update(rating=rating)


async def _issue(purpose: str, party: str | None, life: timedelta) -> str:
    now, token = current().now, ids.token()
    await Invite.create(
        purpose=purpose, party=party, token_digest=ids.digest(token), created_at=now, expires_at=now + life
    )
    return token


async def _use(token: str, purposes: tuple[str, ...]) -> tuple[str, str | None]:
    row = await current().fetchrow(
        "WITH used AS (UPDATE people_invites SET used_at = $2 WHERE token_digest = $1 AND used_at IS NULL"
        " AND expires_at > $2 AND purpose = ANY($3::text[]) RETURNING purpose, party) SELECT * FROM used",
        *(ids.digest(token), current().now, list(purposes)),
    )
    if row is None:
        raise Refusal("people.bad_invite")
    return row["purpose"], row["party"]


async def _speech(party: str) -> tuple[str, str]:
    kind, number = rules.party_of(party)
    table = "people_members" if kind == "member" else "customers_contacts"
    zone = "zone" if kind == "member" else "NULL AS zone"
    row = await current().fetchrow(f"SELECT locale, {zone} FROM {table} WHERE id = $1 AND active", number)
    if row is None:
        raise Refusal("people.bad_invite")
    return row["locale"], row["zone"] or await _company_zone()


async def _company_zone() -> str:
    row = await current().fetchrow("SELECT zone FROM company_company")
    return row["zone"] if row else "Europe/Moscow"


async def _unlink(party: str) -> None:
    w = current()
    await w.execute("DELETE FROM people_accounts WHERE party = $1", party)
    await w.execute("DELETE FROM outbox_addresses WHERE party = $1", party)
    await w.execute("UPDATE people_invites SET used_at = $2 WHERE party = $1 AND used_at IS NULL", party, w.now)


async def _member(member_id: int) -> Member:
    row = await Member.get_or_none(id=member_id)
    if row is None:
        raise NotFound("people")
    return row


async def _role_id(code: str) -> int:
    row = await Role.get_or_none(code=code)
    if row is None:
        raise Refusal("people.unknown_role", role=code[:40])
    return int(row.id)


async def _keep_an_admin(leaving: Member) -> None:
    admins = await Member.filter(role__code="admin", active=True).select_for_update().values_list("id", flat=True)
    if list(admins) == [leaving.id]:
        raise Refusal("people.last_admin")


def _staff_values(fields: dict[str, Any]) -> dict[str, Any]:
    unknown = fields.keys() - STAFF_FIELDS
    if unknown:
        raise Refusal("people.unknown_field", names=sorted(unknown))
    values = dict(fields)
    if "name" in values:
        values["name"] = rules.clean_name(values["name"])
    if values.get("phone"):
        values["phone"] = rules.normalise_phone(values["phone"])
    if values.get("locale", "ru") not in LOCALES:
        raise Refusal("people.unknown_locale")
    if "zone" in values:
        values["zone"] = rules.check_zone(values["zone"])
    return values

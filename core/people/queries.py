"""Who someone is, and who works here."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from core.kernel import ids
from core.kernel.actor import Actor
from core.kernel.clock import now
from core.kernel.errors import NotFound
from core.kernel.read import fetch, fetchrow, fetchval, parsed
from core.people.models import Area, Member, Skill, WebSession
from core.people.rules import SESSION, STAFF_BOTS, party_of

_PERSON = """
  m.id AS member_id, m.name AS member_name, m.locale AS member_locale,
  ARRAY(SELECT p.code FROM people_permissions p WHERE p.role_id = m.role_id) AS permissions
"""
ACTOR = f"""
SELECT {_PERSON}, c.id AS contact_id, c.name AS contact_name, c.customer_id, c.branch_id,
       coalesce((SELECT d.locale FROM outbox_addresses d WHERE d.party = a.party AND d.bot = {{bot}}), c.locale)
         AS contact_locale,
       CASE WHEN c.guest THEN ARRAY[]::bigint[] WHEN c.branch_id IS NOT NULL THEN ARRAY(
         WITH RECURSIVE below AS (
           SELECT c.branch_id AS id UNION SELECT b.id FROM customers_branches b JOIN below ON b.parent_id = below.id)
         SELECT s.id FROM customers_sites s JOIN below ON s.branch_id = below.id
         WHERE s.customer_id = c.customer_id) END AS site_ids
FROM people_accounts a
LEFT JOIN people_members m ON a.party LIKE 'member:%' AND m.id = split_part(a.party, ':', 2)::bigint AND m.active
LEFT JOIN customers_contacts c ON a.party LIKE 'contact:%' AND c.id = split_part(a.party, ':', 2)::bigint AND c.active
  AND EXISTS (SELECT FROM customers_customers u WHERE u.id = c.customer_id AND u.active)
WHERE a.bot = ANY({{bots}}::text[]) AND a.user_id = {{user}}
ORDER BY a.bot = {{bot}} DESC LIMIT 1
"""
"""One row for `actor_from`, or none; `bot`, `user` and `bots` (of `bots_of`) are given by `format`, as parameters are
numbered in the whole statement."""
_FOR = ACTOR.format(bot="$1", user="$2", bots="$3")
_PARTY = (
    ACTOR.replace("a.bot = ANY({bots}::text[]) AND a.user_id = {user}", "true")
    .replace("FROM people_accounts a", "FROM (SELECT $1::text AS party, $2::text AS bot) a")
    .format(bot="$2")
)
_SESSION = f"""
SELECT {_PERSON} FROM people_web_sessions w JOIN people_members m ON m.id = w.member_id AND m.active
WHERE w.token_digest = $1 AND w.ended_at IS NULL AND w.created_at > $2
"""


async def actor_for(bot: str, user_id: int) -> Actor | None:
    """Whoever this Telegram user is in this bot, in one query; None for a stranger or someone who left.

    The staff's two bots know each other's people: a dispatcher who was invited in one of them is known in both.
    A contact tied to a branch gets the ids of the sites at and below it.
    """
    row = await fetchrow(_FOR, bot, user_id, bots_of(bot))
    return actor_from(row) if row else None


def bots_of(bot: str) -> list[str]:
    """The bots that know each other's people, this one among them."""
    return list(STAFF_BOTS) if bot in STAFF_BOTS else [bot]


async def actor_of(party: str, bot: str = "customer") -> Actor | None:
    """The actor that `member:12` or `contact:5` is; None when there is no such active person."""
    party_of(party)
    row = await fetchrow(_PARTY, party, bot)
    return actor_from(row) if row else None


async def actor_for_session(session_token: str) -> Actor | None:
    """The member of a running web session; None when it was ended, is older than 30 days, or the member left."""
    row = await fetchrow(_SESSION, ids.digest(session_token), now() - SESSION)
    return _member(row) if row else None


def actor_from(row: Any) -> Actor | None:
    """A row of `ACTOR`; None when the account's person left."""
    if row["member_id"] is not None:
        return _member(row)
    if row["contact_id"] is None:
        return None
    sites = row["site_ids"]
    return Actor(
        "contact",
        row["contact_id"],
        locale=row["contact_locale"],
        name=row["contact_name"],
        customer_id=row["customer_id"],
        site_ids=None if sites is None else frozenset(sites),
    )


def _member(row: Any) -> Actor:
    permissions = frozenset(row["permissions"])
    return Actor("member", row["member_id"], permissions, row["member_locale"], row["member_name"])


async def first_admin() -> int | None:
    """The administrator who has been here longest."""
    row = await Member.filter(role__code="admin", active=True).order_by("id").first()
    return row.id if row else None


async def has_consent(bot: str, user_id: int, version: str) -> bool:
    """Whether the person agreed to this version of the text and did not withdraw."""
    sql = "SELECT true FROM people_consents WHERE bot = $1 AND user_id = $2 AND text_version = $3"
    return bool(await fetchval(f"{sql} AND withdrawn_at IS NULL LIMIT 1", bot, user_id, version))


@dataclass(frozen=True, slots=True)
class MemberView:
    """A staff card. `role` is the role's code, `skills` levels by code, `area_ids` where the person works;
    `bots` in which bots they can be reached. `contractor`, `firm` and `by_bot` as `models.Member` says."""

    id: int
    name: str
    role: str
    role_name: dict[str, str]
    phone: str
    post: str
    locale: str
    zone: str
    hourly_rate: Decimal
    home_lat: float | None
    home_lon: float | None
    rating: float | None
    active: bool
    contractor: bool
    firm: str
    by_bot: bool
    on_duty_at: datetime | None
    skills: dict[str, int]
    area_ids: tuple[int, ...]
    bots: tuple[str, ...]

    @property
    def on_duty(self) -> bool:
        return self.on_duty_at is not None


_MEMBERS = """
SELECT m.id, m.name, r.code AS role, r.name AS role_name, m.phone, m.post, m.locale, m.zone, m.hourly_rate,
       m.home_lat, m.home_lon, m.rating, m.active, m.contractor, m.firm, m.by_bot, m.on_duty_at,
       (SELECT coalesce(jsonb_object_agg(k.code, s.level), '{}') FROM people_member_skills s
        JOIN people_skills k ON k.id = s.skill_id WHERE s.member_id = m.id) AS skills,
       ARRAY(SELECT area_id FROM people_member_areas w WHERE w.people_members_id = m.id ORDER BY 1) AS area_ids,
       ARRAY(SELECT d.bot FROM outbox_addresses d WHERE d.party = 'member:' || m.id ORDER BY 1) AS bots
FROM people_members m JOIN people_roles r ON r.id = m.role_id
"""


async def member_view(member_id: int) -> MemberView:
    row = await fetchrow(f"{_MEMBERS} WHERE m.id = $1", member_id)
    if row is None:
        raise NotFound("people")
    return _member_view(row)


async def members(role: str | None = None, active: bool | None = True) -> list[MemberView]:
    """Everyone, by name; `active=None` those who left as well."""
    where = "WHERE ($1::text IS NULL OR r.code = $1) AND ($2::bool IS NULL OR m.active = $2)"
    return [_member_view(row) for row in await fetch(f"{_MEMBERS} {where} ORDER BY m.name, m.id", role, active)]


async def is_contractor(member_id: int) -> bool:
    """Whether they come from outside: then they see their own jobs, and no money but their own."""
    return bool(await fetchval("SELECT contractor FROM people_members WHERE id = $1", member_id))


async def has_contractors() -> bool:
    """Whether anybody from outside could be given a job."""
    return bool(await fetchval("SELECT EXISTS (SELECT FROM people_members WHERE contractor AND active)"))


async def member_by_phone(phone: str) -> int | None:
    """The active member with this E.164 number, when exactly one has it."""
    rows = await fetch("SELECT id FROM people_members WHERE phone = $1 AND active LIMIT 2", phone)
    return rows[0]["id"] if phone and len(rows) == 1 else None


def _member_view(row: Any) -> MemberView:
    values = dict(row)
    values["role_name"], values["skills"] = parsed(row["role_name"]), parsed(row["skills"])
    values["area_ids"], values["bots"] = tuple(row["area_ids"]), tuple(row["bots"])
    return MemberView(**values)


@dataclass(frozen=True, slots=True)
class WhoView:
    """A technician now. `job_id` is the running job (travelling, on site, paused) or else the next assigned one;
    `place_seconds` how old the last known place is (None: none today)."""

    id: int
    name: str
    phone: str
    on_duty_at: datetime | None
    job_id: int | None
    order_id: int | None
    job_state: str | None
    summary: str | None
    waiting: int
    place_seconds: int | None


_WHO = """
SELECT m.id, m.name, m.phone, m.on_duty_at, j.id AS job_id, j.order_id, j.state AS job_state, o.summary,
       (SELECT count(*) FROM orders_jobs q WHERE q.assignee_id = m.id AND q.state = 'assigned') AS waiting,
       (SELECT extract(epoch FROM $1 - t.at)::int FROM presence_tracks t
        WHERE t.member_id = m.id AND t.at > $1 - interval '1 day' ORDER BY t.at DESC LIMIT 1) AS place_seconds
FROM people_members m
LEFT JOIN LATERAL (
  SELECT * FROM orders_jobs j
  WHERE j.assignee_id = m.id AND j.state IN ('travelling', 'on_site', 'paused', 'assigned')
  ORDER BY array_position(ARRAY['on_site', 'travelling', 'paused', 'assigned'], j.state::text), j.planned_from, j.id
  LIMIT 1) j ON true
LEFT JOIN orders_orders o ON o.id = j.order_id
WHERE m.active AND (NOT m.contractor OR j.id IS NOT NULL)
  AND EXISTS (SELECT 1 FROM people_permissions p WHERE p.role_id = m.role_id AND p.code = 'orders.work')
ORDER BY m.on_duty_at IS NULL, m.name, m.id
"""


async def who() -> list[WhoView]:
    """Every technician, and contractors who have a job: on duty first, then by name."""
    return [WhoView(**dict(row)) for row in await fetch(_WHO, now())]


@dataclass(frozen=True, slots=True)
class RoleView:
    id: int
    code: str
    name: dict[str, str]
    permissions: frozenset[str]


async def roles() -> list[RoleView]:
    rows = await fetch(
        "SELECT r.id, r.code, r.name, ARRAY(SELECT p.code FROM people_permissions p WHERE p.role_id = r.id) AS codes"
        " FROM people_roles r ORDER BY r.id"
    )
    return [RoleView(row["id"], row["code"], parsed(row["name"]), frozenset(row["codes"])) for row in rows]


@dataclass(frozen=True, slots=True)
class SkillView:
    id: int
    code: str
    name: dict[str, str]


async def skills() -> list[SkillView]:
    return [SkillView(row.id, row.code, row.name) for row in await Skill.all().order_by("id")]


@dataclass(frozen=True, slots=True)
class KindView:
    """A kind of certificate, tool or vehicle. `what`: certificate, tool, vehicle; `holders` how many have it."""

    code: str
    what: str
    name: dict[str, str]
    holders: int


_KINDS = """
SELECT k.code, 'certificate' AS what, k.name,
  (SELECT count(DISTINCT member_id) FROM people_certificates h WHERE h.kind_id = k.id) AS holders
FROM people_certificate_kinds k
UNION ALL SELECT e.code, e.what, e.name, (SELECT count(*) FROM people_member_equipment h WHERE h.equipment_id = e.id)
FROM people_equipment e ORDER BY what, code
"""


async def kinds() -> list[KindView]:
    """Kinds of certificates, then tools, then vehicles."""
    return [KindView(r["code"], r["what"], parsed(r["name"]), r["holders"]) for r in await fetch(_KINDS)]


@dataclass(frozen=True, slots=True)
class CertificateView:
    """Valid through `expires_on` (None: for ever)."""

    id: int
    code: str
    name: dict[str, str]
    number: str
    expires_on: date | None


async def certificates(member_id: int) -> list[CertificateView]:
    """A person's certificates, those that end first first."""
    sql = """SELECT h.id, k.code, k.name, h.number, h.expires_on FROM people_certificates h
      JOIN people_certificate_kinds k ON k.id = h.kind_id WHERE h.member_id = $1 ORDER BY h.expires_on, k.code, h.id"""
    return [CertificateView(**{**dict(r), "name": parsed(r["name"])}) for r in await fetch(sql, member_id)]


async def equipment(member_id: int) -> frozenset[str]:
    """Codes of the tools and vehicles that a person has."""
    sql = """SELECT e.code FROM people_member_equipment h JOIN people_equipment e ON e.id = h.equipment_id
             WHERE h.member_id = $1"""
    return frozenset(row["code"] for row in await fetch(sql, member_id))


@dataclass(frozen=True, slots=True)
class AreaView:
    """A circle; `radius` in km."""

    id: int
    name: str
    lat: float
    lon: float
    radius: float


async def areas() -> list[AreaView]:
    return [AreaView(a.id, a.name, a.lat, a.lon, a.radius) for a in await Area.all().order_by("name")]


@dataclass(frozen=True, slots=True)
class SessionView:
    id: int
    agent: str
    created_at: datetime
    seen_at: datetime


async def web_sessions(member_id: int) -> list[SessionView]:
    """The member's running sessions, the newest first."""
    rows = WebSession.filter(member_id=member_id, ended_at=None, created_at__gt=now() - SESSION).order_by("-id")
    return [SessionView(row.id, row.agent, row.created_at, row.seen_at) for row in await rows]

"""Invite, recognise and sign in. `people.edit` invites members, `customers.edit` customers' contacts.

Links are one-time: what is stored is their digest, and a guarded update decides who used one first.
"""

from datetime import timedelta
from typing import Protocol

from core.kernel import ids
from core.kernel.actor import member as member_party
from core.kernel.errors import NotFound, Refusal
from core.kernel.words import LOCALES, pick_locale
from core.kernel.work import current
from core.people import rules
from core.people.actions.rows import check_rank, member_row, role_id
from core.people.models import Consent, Invite, Member, WebSession


class Sender(Protocol):
    """Whoever wrote to a bot. `language` is what their app says ("en-GB"), may be empty."""

    @property
    def user_id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def language(self) -> str | None: ...


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
    if kind == "member":
        await check_rank((await member_row(number)).role_id)
    return await _issue(purpose, party, timedelta(hours=min(max(hours, 1), rules.MAX_INVITE_HOURS)))


async def redeem(bot: str, token: str, user: Sender, chat_id: int) -> str:
    """Use an invite: the sender becomes its party in this bot. Returns the party.

    `people.bad_invite` for one that is unknown, used, expired or meant for another bot: which, isn't told.
    """
    purpose, party = await _use(token, ("member", "admin") if bot in rules.STAFF_BOTS else ("contact",))
    if purpose == "admin":
        locale = pick_locale(user.language)
        row = await Member.create(
            role_id=await role_id("admin"),
            name=rules.clean_name(user.name),
            locale=locale,
            zone=await company_zone(),
            created_at=current().now,
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
        *(party, bot, chat_id, locale, zone or await company_zone()),
    )


async def follow_zone(before: str, zone: str) -> None:
    """The company moved: so did everybody who kept its time, and their chats."""
    await Member.filter(zone=before).update(zone=zone)
    await current().execute("UPDATE outbox_addresses SET zone = $2 WHERE zone = $1", before, zone)


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
    await member_row(member_id)
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
    if not (await member_row(member_id)).active:
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
    return row["locale"], row["zone"] or await company_zone()


async def company_zone() -> str:
    """The zone of whoever has none of their own."""
    row = await current().fetchrow("SELECT zone FROM company_company")
    return row["zone"] if row else "Europe/Moscow"


async def unlink(party: str) -> None:
    """Nobody is this party any more: accounts, addresses and open invites go."""
    w = current()
    await w.execute("DELETE FROM people_accounts WHERE party = $1", party)
    await w.execute("DELETE FROM outbox_addresses WHERE party = $1", party)
    await w.execute("UPDATE people_invites SET used_at = $2 WHERE party = $1 AND used_at IS NULL", party, w.now)

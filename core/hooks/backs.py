"""Write back into the systems that orders come from: which of our states is which of theirs, which of our facts goes
into which of their fields, what is said there, and which files go along. Staff with `company.edit` connects."""

from collections.abc import Collection, Mapping
from typing import Any

from core.hooks import facts, rules
from core.hooks.actions import held, sealed, want
from core.hooks.models import Subscription
from core.hooks.record import listeners_changed
from core.hooks.vendors import CHECKS, CONFIG, VENDORS, calls
from core.kernel.addresses import check_url
from core.kernel.errors import Refusal
from core.kernel.links import links
from core.kernel.work import current
from core.sources.queries import source

CALLS = "calls"
MAX_STATUS = 100
MAX_SECRET = 2000


async def write_back(
    source_id: str,
    kind: str,
    *,
    name: str,
    url: str,
    token: str,
    settings: Mapping[str, str],
    statuses: Mapping[str, str],
    comments: Collection[str] = (),
    fields: Mapping[str, str] | None = None,
    files: Collection[str] = (),
) -> int:
    """The subscription's id. `fields` as in `facts`, `files` are of `rules.FILES`. Refusals: sources.not_found,
    hooks.bad_kind, hooks.no_token, hooks.nothing_back, those of `facts`, of the vendor's settings, of names and
    addresses."""
    w = current()
    w.actor.require("company.edit")
    known = await source(source_id)
    config, wanted = _checked(kind, settings, statuses, comments, fields or {}, files)
    listeners_changed()
    row = await Subscription.create(
        name=rules.check_name(name),
        kind=kind,
        source_id=known.id,
        url=_base(url),
        secret=b"",
        config=config,
        created_by=w.actor.party,
        created_at=w.now,
    )
    await Subscription.filter(id=row.id).update(secret=sealed(row.id, {"token": _token(token)}))
    await want(row.id, wanted)
    return int(row.id)


async def change_back(
    subscription_id: int,
    *,
    name: str,
    url: str,
    token: str,
    settings: Mapping[str, str],
    statuses: Mapping[str, str],
    comments: Collection[str] = (),
    fields: Mapping[str, str] | None = None,
    files: Collection[str] = (),
) -> None:
    """An empty token leaves the one there is."""
    row = await held(subscription_id)
    row.config, wanted = _checked(row.kind, settings, statuses, comments, fields or {}, files)
    row.name, row.url = rules.check_name(name), _base(url)
    if token:
        row.secret = sealed(row.id, {"token": _token(token)})
    await row.save(update_fields=["name", "url", "config", "secret"])
    await want(row.id, wanted)


def _checked(
    kind: str,
    settings: Mapping[str, str],
    statuses: Mapping[str, str],
    comments: Collection[str],
    fields: Mapping[str, str],
    files: Collection[str],
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The configuration, and the types and parts that follow from it."""
    if kind not in VENDORS:
        raise Refusal("hooks.bad_kind", kind=kind[:40])
    known = {name: settings.get(name, "").strip()[:200] for name in CONFIG[kind]}
    if kind == CALLS:
        wanted = [(calls.PARTS[part], part) for part in calls.check(known)]
        return {**known, "statuses": {}}, wanted
    theirs = {state: text.strip()[:MAX_STATUS] for state, text in statuses.items() if text.strip()}
    if (
        theirs.keys() - rules.STATUS_TYPES.keys()
        or set(comments) - set(rules.COMMENTS)
        or set(files) - set(rules.FILES)
    ):
        raise Refusal("hooks.bad_event", type="", field="comment")
    mapping = facts.check_fields(fields)
    wanted = [(rules.STATUS_TYPES[state], "status") for state in rules.STATUS_TYPES if state in theirs]
    wanted += [(one, "comment") for one in rules.COMMENTS if one in comments]
    wanted += [(one, "fields") for one in facts.types_of(mapping)]
    wanted += [(one, "file") for one in rules.FILES if one in files]
    if not wanted:
        raise Refusal("hooks.nothing_back", field="comment")
    if kind in CHECKS:
        CHECKS[kind](known, {part for _, part in wanted})
    return {**known, "statuses": theirs, "fields": mapping}, wanted


def _base(url: str) -> str:
    return check_url(url, links.inside).url.rstrip("/")


def _token(text: str) -> str:
    token = text.strip()
    if not token or len(token) > MAX_SECRET or not token.isprintable():
        raise Refusal("hooks.no_token", field="token")
    return token

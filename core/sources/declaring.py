"""Make the desk's sources what a file declares. What the file does not name is left alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.kernel.errors import Refusal
from core.kernel.read import fetchval
from core.kernel.work import current
from core.sources import actions, rules
from core.sources.declared import WHOSE, BadFile, Declared, essence
from core.sources.mapping import check_mapping
from core.sources.models import Source
from core.sources.queries import SourceView, source
from core.sources.rules import KINDS

_EXISTS = {
    "customer": "SELECT true FROM customers_customers WHERE id = $1",
    "site": "SELECT true FROM customers_sites WHERE id = $1 AND ($2::bigint IS NULL OR customer_id = $2)",
}


@dataclass(frozen=True, slots=True)
class Change:
    """`before` and `after` as plain values; both None for a secret, of which only the name is told."""

    key: str
    before: Any = None
    after: Any = None


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one source: added, changed or same."""

    id: str
    what: str
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    steps: tuple[Step, ...]
    left: tuple[str, ...]

    @property
    def changes_nothing(self) -> bool:
        return all(step.what == "same" for step in self.steps)


async def plan(declared: Sequence[Declared]) -> Plan:
    """What would change; nothing does. BadFile for what only the desk can tell to be wrong."""
    there = {row.id: row.kind for row in await Source.all().order_by("id")}
    steps = [await _step(one, there.get(one.id)) for one in declared]
    named = {one.id for one in declared}
    return Plan(tuple(steps), tuple(name for name in there if name not in named))


async def apply(declared: Sequence[Declared]) -> dict[str, dict[str, str]]:
    """In the running work, all or nothing. The secrets that were made, by source, to be told once."""
    current().actor.require("company.edit")
    wanted, made = await plan(declared), {}
    for one, step in zip(declared, wanted.steps, strict=True):
        if step.what != "same":
            try:
                made[one.id] = await (_add(one) if step.what == "added" else _change(one))
            except Refusal as refusal:
                raise _bad(one, refusal) from refusal
    return {name: secrets for name, secrets in made.items() if secrets}


async def _step(one: Declared, kind: str | None) -> Step:
    await _check_whose(one)
    if kind is None:
        _check_first(one)
        return Step(one.id, "added")
    if kind != one.kind:
        raise BadFile(f"source.{one.id}.kind", "other_kind", kind=kind)
    view = await source(one.id)
    changes = tuple(_changes(one, view))
    return Step(one.id, "changed" if changes else "same", changes)


async def _check_whose(one: Declared) -> None:
    customer, site = (one.mapping.get(f"{name}_id") for name in WHOSE)
    if customer and not await fetchval(_EXISTS["customer"], customer):
        raise BadFile(f"source.{one.id}.mapping.customer", "not_there", number=customer)
    if site and not await fetchval(_EXISTS["site"], site, customer):
        raise BadFile(f"source.{one.id}.mapping.site", "not_there", number=site)


def _check_first(one: Declared) -> None:
    try:
        rules.first_secrets(KINDS[one.kind], _given(one))
    except Refusal as refusal:
        raise _bad(one, refusal) from refusal


def _changes(one: Declared, view: SourceView) -> list[Change]:
    found = [Change("name", view.name, one.name)] if view.name != one.name else []
    if one.active is not None and one.active != view.active:
        found.append(Change("active", view.active, one.active))
    found += [Change(f"secrets.{name}") for name in (*_fresh(one, view), *_to_make(one, view))]
    found += _differences("settings", essence(view.config), essence(one.config))
    before, after = check_mapping(view.mapping), one.mapping
    paths = _differences("mapping.paths", before["paths"], after["paths"])
    return found + _differences("mapping", _flat(before), _flat(after)) + paths


def _differences(key: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    names = dict.fromkeys((*before, *after))
    return [
        Change(f"{key}.{name}", before.get(name), after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    ]


def _flat(mapping: Mapping[str, Any]) -> dict[str, Any]:
    named = {name.removesuffix("_id"): value for name, value in mapping.items() if name != "paths"}
    return essence(named)


def _given(one: Declared) -> dict[str, str]:
    return {name: value for name, value in one.secrets.items() if value is not None}


def _fresh(one: Declared, view: SourceView) -> dict[str, str]:
    return {name: value for name, value in _given(one).items() if view.secret.get(name) != value}


def _to_make(one: Declared, view: SourceView) -> list[str]:
    """Those that the file leaves to us and that are not there, or do not open any more."""
    return [name for name, value in one.secrets.items() if value is None and not view.secret.get(name)]


async def _add(one: Declared) -> dict[str, str]:
    made = await actions.add_source(one.id, one.kind, one.name, _given(one), one.config, one.mapping)
    if one.active is not None and one.active != (not KINDS[one.kind].polled):
        await actions.change_source(one.id, active=one.active)
    return made


async def _change(one: Declared) -> dict[str, str]:
    view = await source(one.id)
    fresh, to_make = _fresh(one, view), _to_make(one, view)
    other = essence(view.config) != one.config
    await actions.change_source(
        one.id,
        name=one.name,
        secrets=fresh,
        config=one.config if other else None,
        mapping=one.mapping,
        active=one.active,
    )
    return {name: await actions.renew_secret(one.id, name) for name in to_make}


def _bad(one: Declared, refusal: Refusal) -> BadFile:
    """What the rooms refuse, at its place in the file."""
    where = str(refusal.data.get("field") or refusal.data.get("name") or "")
    if refusal.code == "sources.secret_needed":
        return BadFile(f"source.{one.id}.secrets.{refusal.data['name']}", "secret_needed")
    if where.startswith("poll_"):
        return BadFile(f"source.{one.id}.settings.{where}", "bad_value")
    return BadFile(f"source.{one.id}", "refused", reason=refusal.code)


async def present() -> list[Declared]:
    """The desk's sources as a file would declare them, without their secrets."""
    rows = await Source.all().order_by("id")
    return [
        Declared(row.id, row.kind, row.name, row.active, {}, essence(row.config), check_mapping(row.mapping))
        for row in rows
        if row.kind in KINDS
    ]

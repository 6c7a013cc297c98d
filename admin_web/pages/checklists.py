"""Checklists: what is looked at on a job, written item by item. Saving makes a new version; a job that was begun keeps
the one it began with."""

from functools import partial
from typing import Any

from aiohttp import web

from admin_web.forms import Typed, code_for, typed
from admin_web.page import act, back, page, render
from admin_web.seen import mark, one_by_one, unchanged
from core.assets.queries import asset_types
from core.checklists import actions as checklists
from core.checklists.queries import DEFAULT, codes_given, templates
from core.checklists.rules import MAX_ITEMS, TYPES, Item
from core.kernel.errors import NotFound, Refusal, Stale
from core.kernel.words import LOCALES
from core.people.rules import normalise_phone

LIST = "/admin/checklists"
FAR = 1_000_000_000
MAY_OPEN = ("yesno", "number", "choice")
"""Kinds of answers that have a norm."""
MAX_PLACES = 200


@page("GET", LIST, permission="checklists.edit")
async def listing(request: web.Request) -> web.Response:
    types = await asset_types()
    known = await templates()
    used = {one.code: [kind for kind in types if kind.checklist == one.code] for one in known}
    return await render(request, "admin/checklists.html", checklists=known, used=used, default=DEFAULT)


@page("GET", LIST + "/new", permission="checklists.edit")
async def blank(request: web.Request) -> web.Response:
    has_default = any(one.code == DEFAULT for one in await templates())
    return await render(request, "admin/checklist.html", checklist=None, has_default=has_default, **_choices())


@page("GET", LIST + "/{code:[a-z][a-z0-9_]*}", permission="checklists.edit")
async def editor(request: web.Request) -> web.Response:
    found = next((one for one in await templates() if one.code == request.match_info["code"]), None)
    if found is None:
        raise NotFound("checklists")
    seen = mark(await _showing(found.code))
    return await render(request, "admin/checklist.html", checklist=found, seen=seen, has_default=True, **_choices())


async def _showing(code: str) -> int | None:
    """The version that the editor shows."""
    return next((one.version for one in await templates() if one.code == code), None)


def _choices() -> dict[str, Any]:
    return {"types": TYPES, "locales": LOCALES}


@page("POST", LIST + "/new", permission="checklists.edit")
async def add(request: web.Request) -> web.Response:
    """`default` ticked: the checklist of all jobs whose equipment names none."""
    values = await typed(request)
    return await _save(request, values, None, values.both("name", 100))


@page("POST", LIST + "/{code:[a-z][a-z0-9_]*}", permission="checklists.edit")
async def change(request: web.Request) -> web.Response:
    values = await typed(request)
    return await _save(request, values, request.match_info["code"], values.both("name", 100))


@page("POST", LIST + "/{code:[a-z][a-z0-9_]*}/retire", permission="checklists.edit")
async def retire(request: web.Request) -> web.Response:
    async with act(request):
        await checklists.retire_template(request.match_info["code"])
    return back(request, LIST, note="forms.archived")


async def _new_code(values: Typed, name: str) -> str:
    """`form.changed` where somebody has written the usual one meanwhile."""
    await one_by_one("checklists")
    if values.flag("default"):
        if await _showing(DEFAULT) is not None:
            raise Stale("form", field="default")
        return DEFAULT
    return code_for(name, [*await codes_given(), DEFAULT, "new"], "list")


async def _save(request: web.Request, values: Typed, code: str | None, names: dict[str, str]) -> web.Response:
    """A new one has no `code` yet. A refusal is shown at the item that it is about."""
    places = _places(values, "item", "items")
    if len(places) > MAX_ITEMS:
        raise Refusal("checklists.bad_item.count", field="items")
    items = _items(values, places)
    try:
        async with act(request):
            await unchanged(request, values, partial(_showing, code or ""))
            code = code or await _new_code(values, names["en"])
            await checklists.save_template(code, names, items)
    except Refusal as refusal:
        if refusal.code != "checklists.bad_template":
            raise
        where = next((n for n, item in zip(places, items, strict=True) if item["code"] == refusal.data["item"]), None)
        field = "items" if where is None else f"i{where}"
        raise Refusal(f"checklists.bad_item.{refusal.data['reason']}", field=field) from refusal
    return back(request, f"{LIST}/{code}", note="checklists.saved")


def _items(values: Typed, places: list[str]) -> list[Item]:
    """The items in the page's order. `item` repeats the numbers; fields are named by them: `i3.type`, `i3.text.ru`."""
    codes = _codes([values.text(f"i{n}.code", 32) for n in places], "q")
    return [_item(values, f"i{n}", code) for n, code in zip(places, codes, strict=True)]


def _places(values: Typed, name: str, field: str) -> list[str]:
    """The numbers by which the page's script names what it added."""
    places = values.all(name)
    if len(places) > MAX_PLACES or not all(n.isascii() and n.isdecimal() and len(n) < 12 for n in places):
        raise Refusal("checklists.bad_item.code", field=field)
    return places


def _codes(given: list[str], prefix: str) -> list[str]:
    """What is new has no code yet and gets one that no other has."""
    taken = {code for code in given if code}
    found = []
    for code in given:
        found.append(code or code_for("", taken, prefix))
        taken.add(found[-1])
    return found


def _item(values: Typed, at: str, code: str) -> Item:
    try:
        kind = values.choice(f"{at}.type", TYPES)
        item: Item = {"code": code, "type": kind, "text": values.both(f"{at}.text", 300)}
        item["required"] = values.flag(f"{at}.required")
        if any(values.text(f"{at}.hint.{locale}", 300) for locale in LOCALES):
            item["hint"] = values.both(f"{at}.hint", 300)
        if phone := values.text(f"{at}.phone", 40):
            item["phone"] = normalise_phone(phone)
        if kind in MAY_OPEN and values.flag(f"{at}.opens"):
            item["opens"] = True
        return item | _details(values, at, kind)
    except Refusal as refusal:
        raise Refusal(refusal.code, **{**refusal.data, "field": at}) from refusal


def _details(values: Typed, at: str, kind: str) -> Item:
    if kind == "number":
        ends = {end: values.decimal(f"{at}.{end}", -FAR, FAR) for end in ("min", "max")}
        norm: Item = {
            end: int(value) if value == value.to_integral_value() else float(value)
            for end, value in ends.items()
            if value is not None
        }
        return norm | ({"unit": unit} if (unit := values.text(f"{at}.unit", 16)) else {})
    if kind == "yesno":
        return {"norm": values.text(f"{at}.norm", 3) != "no"}
    if kind == "choice":
        return {"choices": _options(values, at)}
    return {}


def _options(values: Typed, at: str) -> list[dict[str, Any]]:
    places = _places(values, f"{at}.choice", at)
    codes = _codes([values.text(f"{at}.c{n}.code", 32) for n in places], "c")
    found = []
    for n, code in zip(places, codes, strict=True):
        option = {"code": code, "text": values.both(f"{at}.c{n}.text", 100)}
        found.append(option if values.flag(f"{at}.c{n}.ok") else {**option, "ok": False})
    return found

"""Customers, their people, sites and machines, and sheets of labels."""

import io
from datetime import date
from types import SimpleNamespace

import pytest
from pypdf import PdfReader

from core.assets.queries import asset_by_payload, asset_types, asset_view, passport
from core.contracts.queries import contracts
from core.customers.queries import branches, contact_view, customer_view, site_view
from core.kernel.actor import SYSTEM
from core.kernel.errors import Refusal
from core.kernel.links import links
from core.kernel.work import work
from core.people import actions as people
from core.people.queries import actor_for
from tests.admin_web.sending import number_in, send
from tests.admin_web.visitor import Visitor
from tests.world import World

CUSTOMER = {"name": "Аптека № 12", "legal_name": "ООО «Аптека»", "inn": "7701234567", "kpp": "770101001"}


async def test_from_nothing_to_a_labelled_machine(dispatcher: Visitor, world: World) -> None:
    customer = number_in((await send(dispatcher, "/admin/customers/new", CUSTOMER)).where)
    pinned = {"name": "Аптека", "address": "Мира, 5", "lat": "55.7558", "lon": "37.6173"}
    site = number_in((await send(dispatcher, f"/admin/customers/{customer}/sites/new", pinned)).where)
    assert (await site_view(SYSTEM, site)).area_id == world.centre_area
    kind = str((await asset_types())[0].id)
    machine = {"name": "Холодильник", "type": kind, "criticality": "3", "place": "склад"}
    asset = number_in((await send(dispatcher, f"/admin/sites/{site}/assets/new", machine)).where)
    assert (await asset_view(SYSTEM, asset)).criticality == 3
    assert (await send(dispatcher, f"/admin/assets/{asset}/label")).done
    first = (await passport(SYSTEM, asset)).payload
    assert (await send(dispatcher, f"/admin/assets/{asset}/label", {"lost": "1"})).done
    second = (await passport(SYSTEM, asset)).payload
    assert first != second
    with pytest.raises(Refusal, match="revoked"):
        await asset_by_payload(str(first))
    for path in (f"customers/{customer}", f"sites/{site}", f"assets/{asset}", f"sites/{site}/assets/new"):
        assert (await dispatcher.get(f"/admin/{path}"))[0] == 200, path


@pytest.mark.parametrize(
    ("field", "value"), [("inn", "123"), ("inn", "77012345ab"), ("kpp", "7701"), ("name", "  "), ("name", "Ж" * 5000)]
)
async def test_requisites_are_checked(dispatcher: Visitor, world: World, field: str, value: str) -> None:
    answer = await send(dispatcher, f"/admin/customers/{world.azbuka}", {**CUSTOMER, field: value})
    assert (answer.status, answer.field) == (409, field)
    assert answer.said
    assert (await customer_view(SYSTEM, world.azbuka)).name == "Азбука"


async def test_a_list_is_searched_and_archived(dispatcher: Visitor, world: World) -> None:
    _, text = await dispatcher.get("/admin/customers?q=7702345678")
    assert "Азбука" in text
    assert "Пекарня" not in text
    assert (await send(dispatcher, f"/admin/customers/{world.bakery}/leave")).done
    assert "Пекарня" not in (await dispatcher.get("/admin/customers"))[1]
    assert "Пекарня" in (await dispatcher.get("/admin/customers?gone=1"))[1]
    assert (await send(dispatcher, f"/admin/customers/{world.bakery}/return")).done


async def test_branches_make_a_tree(dispatcher: Visitor, world: World) -> None:
    path = f"/admin/customers/{world.azbuka}/branches"
    assert (await send(dispatcher, path, {"name": "Арбат и вокруг", "parent": str(world.centre_branch)})).done
    made = next(one for one in await branches(world.azbuka) if one.name == "Арбат и вокруг")
    assert (made.parent_id, made.depth) == (world.centre_branch, 1)
    foreign = f"/admin/customers/{world.bakery}/branches"
    assert (await send(dispatcher, foreign, {"name": "Х", "parent": str(world.centre_branch)})).status == 404


async def test_a_branch_is_renamed_and_removed_unless_something_hangs_on_it(dispatcher: Visitor, world: World) -> None:
    page = f"/admin/customers/{world.azbuka}"
    refused = await send(dispatcher, f"/admin/branches/{world.centre_branch}/remove")
    assert refused.status == 409
    assert "объектов — 2, людей — 1, филиалов внутри — 0" in refused.said
    assert (await send(dispatcher, page + "/branches", {"name": "Север", "parent": ""})).where == page
    made = next(one.id for one in await branches(world.azbuka) if one.name == "Север")
    assert (await send(dispatcher, f"/admin/branches/{made}", {"name": " "})).field == "name"
    assert (await send(dispatcher, f"/admin/branches/{made}", {"name": "Северный"})).where == page
    assert 'value="Северный"' in (await dispatcher.get(page))[1]
    assert (await send(dispatcher, f"/admin/branches/{made}/remove")).where == page
    assert (await send(dispatcher, f"/admin/branches/{made}/remove")).status == 404
    assert {one.name for one in await branches(world.azbuka)} == {"Центр", "Юг"}


CONTRACT = {"number": "7/25", "starts_on": "2025-01-01", "ends_on": "", "urgent.arrival": "90", "low.response": "1 000"}


async def test_a_contract_is_made_and_corrected(dispatcher: Visitor, world: World) -> None:
    page = f"/admin/customers/{world.azbuka}"
    assert (await send(dispatcher, page + "/contracts/new", CONTRACT)).where == page
    made = (await contracts(world.azbuka))[0]
    assert (made.number, made.starts_on, made.ends_on) == ("7/25", date(2025, 1, 1), None)
    assert made.terms == {"urgent": {"arrival": 90}, "low": {"response": 1000}}
    path = f"/admin/contracts/{made.id}"
    assert f'href="{path}"' in (await dispatcher.get(page))[1]
    _, shown = await dispatcher.get(path)
    assert 'name="urgent.arrival" value="90" placeholder="120"' in shown
    assert 'name="urgent.response" value="" placeholder="10"' in shown
    changed = {"number": "8/25", "starts_on": "2025-02-01", "ends_on": "2025-12-31", "urgent.arrival": ""}
    assert (await send(dispatcher, path, changed)).where == page
    after = (await contracts(world.azbuka))[0]
    assert (after.number, after.ends_on, after.terms) == ("8/25", date(2025, 12, 31), {})
    for missing in ("/admin/contracts/999", "/admin/customers/999/contracts/new"):
        assert (await dispatcher.get(missing))[0] == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"number": " "}, "number"),
        ({"number": "Ж" * 51}, "number"),
        ({"starts_on": ""}, "starts_on"),
        ({"starts_on": "2025-02-30"}, "starts_on"),
        ({"ends_on": "завтра"}, "ends_on"),
        ({"ends_on": "2024-12-31"}, "ends_on"),
        ({"urgent.arrival": "скоро"}, "urgent.arrival"),
        ({"urgent.arrival": "0"}, "urgent.arrival"),
        ({"urgent.arrival": "5"}, "urgent.arrival"),
        ({"urgent.resolution": "60"}, "urgent.resolution"),
    ],
)
async def test_a_bad_contract_changes_nothing(
    dispatcher: Visitor, world: World, change: dict[str, str], field: str
) -> None:
    answer = await send(dispatcher, f"/admin/customers/{world.azbuka}/contracts/new", {**CONTRACT, **change})
    assert (answer.status, answer.field) == (409, field)
    assert answer.said
    assert await contracts(world.azbuka) == []


async def test_a_contact_is_invited_into_the_bot(dispatcher: Visitor, world: World) -> None:
    person = {"name": "Нина Лис", "phone": "+7 916 100 20 30", "post": "", "locale": "en", "branch": ""}
    contact = number_in((await send(dispatcher, f"/admin/customers/{world.bakery}/contacts", person)).where)
    assert (await contact_view(SYSTEM, contact)).phone == "+79161002030"
    shown = await send(dispatcher, f"/admin/contacts/{contact}/invite")
    token = shown.text.split("/start i_")[1].split("<")[0]
    async with work():
        sender = SimpleNamespace(user_id=778, name="N", language="en")
        assert await people.redeem("customer", token, sender, 778) == f"contact:{contact}"
    assert (await send(dispatcher, f"/admin/contacts/{contact}/leave")).done
    assert await actor_for("customer", 778) is None
    assert (await dispatcher.get(f"/admin/contacts/{contact}"))[0] == 200


async def test_a_site_needs_both_coordinates(dispatcher: Visitor, world: World) -> None:
    answer = await send(dispatcher, f"/admin/sites/{world.arbat}", {"name": "Арбат", "lat": "55.7", "lon": ""})
    assert (answer.status, answer.field) == (409, "lat")
    answer = await send(dispatcher, f"/admin/sites/{world.arbat}", {"name": "Арбат", "lat": "155.7", "lon": "1"})
    assert (answer.status, answer.field) == (409, "lat")


async def test_what_is_not_there_is_not_found(dispatcher: Visitor) -> None:
    for path in ("customers/999999", "sites/999999", "assets/999999", "contacts/999999", f"sites/{'9' * 30}"):
        assert (await dispatcher.get(f"/admin/{path}"))[0] == 404, path


async def test_labels_come_as_a_pdf(dispatcher: Visitor, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(links.bots, "customer", "holod_bot")
    assert (await dispatcher.get(f"/admin/labels?site={world.arbat}"))[0] == 200
    data = {"csrf": dispatcher.csrf, "site": str(world.arbat), "customer": "", "per_page": "24", "skip": "3"}
    async with dispatcher.client.post("/admin/labels", data=data) as answer:
        assert (answer.status, answer.content_type) == (200, "application/pdf")
        text = PdfReader(io.BytesIO(await answer.read())).pages[0].extract_text().replace("\u200b", "")
    assert "Витрина молочная" in text
    assert "Морозильник" in text
    assert (await passport(SYSTEM, world.freezer)).payload
    async with dispatcher.client.post("/admin/labels", data={**data, "per_page": "7"}) as answer:
        assert answer.status == 409
    empty = {**data, "site": str(world.tverskaya)}
    async with dispatcher.client.post("/admin/labels", data=empty) as answer:
        assert answer.status == 409

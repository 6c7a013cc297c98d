"""Customers and their people to look at; sites and machines to look at, add and change."""

from typing import Any, TypeVar

from pydantic import BaseModel

from api.door import check_match
from api.endpoint import Call, endpoint
from api.models import (
    AssetOut,
    AssetPatch,
    Assets,
    AssetsQuery,
    ContactOut,
    Contacts,
    CustomerOut,
    Customers,
    NewAsset,
    NewSite,
    SearchQuery,
    SiteOut,
    SitePatch,
    Sites,
    SitesQuery,
    read_cursor,
    write_cursor,
)
from core.assets import actions as assets
from core.assets.queries import asset_types, asset_view, assets_page
from core.customers import actions as customers
from core.customers.queries import contacts, customer_view, customers_page, site_view, sites_page
from core.kernel.actor import Actor
from core.kernel.errors import Refusal

Model = TypeVar("Model", bound=BaseModel)


def _shown(model: type[Model], row: Any) -> Model:
    return model.model_validate({name: getattr(row, name) for name in row.__slots__})


def _next(rows: list[Any], limit: int) -> str | None:
    return write_cursor(rows[-1].id) if len(rows) == limit else None


@endpoint("GET", "/customers", scope="customers:read", query=SearchQuery, answer=Customers)
async def list_customers(call: Call) -> Customers:
    asked: SearchQuery = call.query
    rows = await customers_page(read_cursor(asked.cursor) or 0, asked.limit, asked.q or "")
    return Customers(items=[_shown(CustomerOut, row) for row in rows], next=_next(rows, asked.limit))


@endpoint("GET", "/customers/{id}", scope="customers:read", answer=CustomerOut, tagged=True)
async def get_customer(call: Call) -> CustomerOut:
    return _shown(CustomerOut, await customer_view(call.actor, call.number("customers")))


@endpoint("GET", "/customers/{id}/contacts", scope="customers:read", answer=Contacts)
async def list_contacts(call: Call) -> Contacts:
    customer = await customer_view(call.actor, call.number("customers"))
    return Contacts(items=[_shown(ContactOut, row) for row in await contacts(customer.id, active=None)])


@endpoint("GET", "/sites", scope="sites:read", query=SitesQuery, answer=Sites)
async def list_sites(call: Call) -> Sites:
    asked: SitesQuery = call.query
    after = read_cursor(asked.cursor) or 0
    rows = await sites_page(call.actor, after, asked.limit, asked.q or "", asked.customer_id)
    return Sites(items=[_shown(SiteOut, row) for row in rows], next=_next(rows, asked.limit))


@endpoint("POST", "/sites", scope="sites:write", body=NewSite, answer=SiteOut, status=201, writes=True)
async def create_site(call: Call) -> SiteOut:
    return await _site(call.actor, await customers.add_site(**call.body.model_dump()))


@endpoint("GET", "/sites/{id}", scope="sites:read", answer=SiteOut, tagged=True)
async def get_site(call: Call) -> SiteOut:
    return await _site(call.actor, call.number("customers.site"))


@endpoint("PATCH", "/sites/{id}", scope="sites:write", body=SitePatch, answer=SiteOut, writes=True, guarded=True)
async def change_site(call: Call) -> SiteOut:
    site_id = call.number("customers.site")
    await customers.hold_site(site_id)
    check_match(call, await _site(call.actor, site_id))
    await customers.update_site(site_id, **call.body.model_dump(exclude_unset=True))
    return await _site(call.actor, site_id)


@endpoint("GET", "/assets", scope="assets:read", query=AssetsQuery, answer=Assets)
async def list_assets(call: Call) -> Assets:
    asked: AssetsQuery = call.query
    after = read_cursor(asked.cursor) or 0
    rows = await assets_page(call.actor, after, asked.limit, asked.q or "", asked.site_id)
    return Assets(items=[_shown(AssetOut, row) for row in rows], next=_next(rows, asked.limit))


@endpoint("POST", "/assets", scope="assets:write", body=NewAsset, answer=AssetOut, status=201, writes=True)
async def create_asset(call: Call) -> AssetOut:
    given = call.body.model_dump()
    code = given.pop("type")
    known = {one.code: one.id for one in await asset_types()}
    if code not in known:
        raise Refusal("api.bad_asset_type", codes=", ".join(sorted(known)))
    return await _asset(call.actor, await assets.add_asset(type_id=known[code], **given))


@endpoint("GET", "/assets/{id}", scope="assets:read", answer=AssetOut, tagged=True)
async def get_asset(call: Call) -> AssetOut:
    return await _asset(call.actor, call.number("assets"))


@endpoint("PATCH", "/assets/{id}", scope="assets:write", body=AssetPatch, answer=AssetOut, writes=True, guarded=True)
async def change_asset(call: Call) -> AssetOut:
    asset_id = call.number("assets")
    await assets.hold_asset(asset_id)
    check_match(call, await _asset(call.actor, asset_id))
    await assets.update_asset(asset_id, **call.body.model_dump(exclude_unset=True))
    return await _asset(call.actor, asset_id)


async def _site(actor: Actor, site_id: int) -> SiteOut:
    return _shown(SiteOut, await site_view(actor, site_id))


async def _asset(actor: Actor, asset_id: int) -> AssetOut:
    return _shown(AssetOut, await asset_view(actor, asset_id))

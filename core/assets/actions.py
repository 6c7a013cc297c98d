"""Write down equipment and label it. Staff with `assets.edit` does."""

from typing import Any

from core.assets.models import Asset, AssetType, Pin, QrTag
from core.assets.queries import PURPOSE
from core.customers.models import Site
from core.customers.rules import tidy
from core.kernel.errors import NotFound, Refusal
from core.kernel.ids import keys
from core.kernel.work import current
from core.people.models import Skill
from core.people.rules import check_code

TEXTS = {"name": 200, "model": 100, "serial": 100, "inventory": 50, "place": 200}
FIELDS = TEXTS.keys() | {"site_id", "type_id", "criticality", "active"}


async def add_type(code: str, name: dict[str, str], skill_id: int | None = None, checklist: str = "") -> int:
    """A kind of equipment; a known code is changed."""
    current().actor.require("assets.edit")
    if not all(str(name.get(locale, "")).strip() for locale in ("ru", "en")):
        raise Refusal("assets.no_name")
    if skill_id is not None and not await Skill.exists(id=skill_id):
        raise NotFound("skills")
    values = {"name": name, "skill_id": skill_id, "checklist": checklist}
    row, _ = await AssetType.update_or_create(code=check_code(code), defaults=values)
    return int(row.id)


async def add_asset(site_id: int, type_id: int, name: str, **fields: Any) -> int:
    """A machine at a site. Refusals: `assets.no_name`, `assets.bad_criticality`, NotFound of site or type."""
    w = current()
    w.actor.require("assets.edit")
    values = await _values({"site_id": site_id, "type_id": type_id, "name": name, **fields})
    row = await Asset.create(created_at=w.now, **values)
    return int(row.id)


async def update_asset(asset_id: int, **fields: Any) -> None:
    """Change or move a machine; one that is gone (`active=False`) keeps its past and loses its labels. At another site
    it stands on no plan yet."""
    w = current()
    w.actor.require("assets.edit")
    values = await _values(fields)
    if values and not await Asset.filter(id=asset_id).update(**values):
        raise NotFound("assets", id=asset_id)
    if "site_id" in values:
        await Pin.filter(asset_id=asset_id).exclude(plan__site_id=values["site_id"]).delete()
    if values.get("active") is False:
        await QrTag.filter(asset_id=asset_id, revoked_at=None).update(revoked_at=w.now)


async def hold_asset(asset_id: int) -> None:
    """Nobody else changes it until the work ends."""
    if not await current().fetchval("SELECT true FROM assets_assets WHERE id = $1 FOR UPDATE", asset_id):
        raise NotFound("assets", id=asset_id)


async def issue_tag(asset_id: int) -> str:
    """A new label's payload. Labels that hang already stay good until they are revoked."""
    w = current()
    w.actor.require("assets.edit")
    if not await Asset.exists(id=asset_id, active=True):
        raise NotFound("assets", id=asset_id)
    row = await QrTag.create(asset_id=asset_id, created_at=w.now)
    return keys().sign(PURPOSE, row.id)


async def revoke_tag(payload: str) -> None:
    """This label is good no more: it was lost or copied. `assets.bad_tag` for what is none."""
    w = current()
    w.actor.require("assets.edit")
    tag_id = keys().read(PURPOSE, payload)
    if tag_id is None or not await QrTag.exists(id=tag_id):
        raise Refusal("assets.bad_tag")
    await QrTag.filter(id=tag_id, revoked_at=None).update(revoked_at=w.now)


async def _values(fields: dict[str, Any]) -> dict[str, Any]:
    if unknown := fields.keys() - FIELDS:
        raise Refusal("assets.unknown_field", names=sorted(unknown))
    values = {k: tidy(v, TEXTS[k]) if k in TEXTS else v for k, v in fields.items()}
    if not values.get("name", "x"):
        raise Refusal("assets.no_name")
    if values.get("criticality", 2) not in (1, 2, 3):
        raise Refusal("assets.bad_criticality")
    if "site_id" in values and not await Site.exists(id=values["site_id"]):
        raise NotFound("customers.site", id=values["site_id"])
    if "type_id" in values and not await AssetType.exists(id=values["type_id"]):
        raise NotFound("assets.type", id=values["type_id"])
    return values

"""Bitrix24: an incoming webhook's address, `https://<portal>/rest/<user>/<code>`, is address and secret in one; here
the code is the secret. Source: apidocs.bitrix24.com, crm.item.update (which took the place of crm.deal.update and
crm.lead.update), crm.timeline.comment.add, «How to upload files», system errors."""

import base64
import re
from collections.abc import Collection, Mapping
from dataclasses import replace

import orjson

from core.hooks.vendors.told import UPLOAD_S, WriteBack, call, is_number, number
from core.kernel.errors import Refusal
from core.ports import WebCall

ENTITIES = {"": (2, "deal"), "deal": (2, "deal"), "lead": (1, "lead")}
"""Their number of a kind of card, and its name in the timeline; a smart process is written by its number."""
_FUNNEL = re.compile(r"C([0-9]{1,9}):")


def check(config: Mapping[str, str], parts: Collection[str]) -> None:
    """Refusal hooks.bad_entity."""
    if config["entity"] not in ENTITIES and not is_number(config["entity"]):
        raise Refusal("hooks.bad_entity", field="setting.entity")


def build(told: WriteBack) -> WebCall:
    """`base` is `https://<portal>/rest/<user>`; `config["entity"]`: deal (usual), lead, or a smart process's number.
    An item of one that came by itself says whose it is, `<number>:<id>`."""
    own, _, ident = told.external.rpartition(":")
    if is_number(own):
        told = replace(told, external=ident, config={**told.config, "entity": own})
    entity = str(told.config.get("entity") or "")
    kind, name = (int(entity), f"dynamic_{entity}") if is_number(entity) else ENTITIES.get(entity, ENTITIES[""])
    base = f"{told.base}/{told.secret}"
    item = {"entityTypeId": kind, "id": number(told)}
    if told.part == "status":
        return call("POST", f"{base}/crm.item.update", {**item, "fields": _stage(told)})
    if told.part == "fields":
        changed = {"fields": dict(told.fields), "useOriginalUfNames": "Y"}
        return call("POST", f"{base}/crm.item.update", {**item, **changed})
    fields = {"ENTITY_ID": number(told), "ENTITY_TYPE": name, "COMMENT": told.text}
    if told.file is None or told.file.data is None:
        return call("POST", f"{base}/crm.timeline.comment.add", {"fields": fields})
    files = [[told.file.name, base64.b64encode(told.file.data).decode()]]
    body = orjson.dumps({"fields": {**fields, "FILES": files}})
    headers = {"Content-Type": "application/json"}
    return WebCall("POST", f"{base}/crm.timeline.comment.add", headers, body, patience_s=UPLOAD_S)


def _stage(told: WriteBack) -> dict[str, str | int]:
    """A stage says its funnel itself: `C3:WON` is of the third."""
    funnel = _FUNNEL.match(told.status)
    return {"stageId": told.status, **({"categoryId": int(funnel[1])} if funnel else {})}


def is_no(body: bytes) -> bool:
    """Its system errors come with 200 too."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return isinstance(said, dict) and "error" in said

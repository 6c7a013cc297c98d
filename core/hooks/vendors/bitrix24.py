"""Bitrix24: an incoming webhook's address, `https://<portal>/rest/<user>/<code>`, is address and secret in one; here
the code is the secret. Source: apidocs.bitrix24.com, crm.timeline.comment.add, crm.deal.update, crm.lead.update."""

from core.hooks.vendors.told import WriteBack, call, number
from core.ports import WebCall

STATUS_FIELD = {"deal": "STAGE_ID", "lead": "STATUS_ID"}


def build(told: WriteBack) -> WebCall:
    """`base` is `https://<portal>/rest/<user>`; `config["entity"]`: deal (usual) or lead."""
    entity = told.config.get("entity") if told.config.get("entity") in STATUS_FIELD else "deal"
    base = f"{told.base}/{told.secret}"
    if told.part == "status":
        fields = {STATUS_FIELD[str(entity)]: told.status}
        return call("POST", f"{base}/crm.{entity}.update", {"id": number(told), "fields": fields})
    fields = {"ENTITY_ID": number(told), "ENTITY_TYPE": entity, "COMMENT": told.text}  # type: ignore[dict-item]
    return call("POST", f"{base}/crm.timeline.comment.add", {"fields": fields})

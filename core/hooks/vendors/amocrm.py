"""amoCRM, API v4 with a long-lived token: a note on the lead, and its stage. Documentation: amocrm.ru/developers,
events-and-notes and leads-api."""

from core.hooks.vendors.told import WriteBack, call, number, whole
from core.ports import WebCall

ENTITIES = ("leads", "contacts", "companies", "customers")


def build(told: WriteBack) -> WebCall:
    """`base` is `https://<subdomain>.amocrm.ru`. The mapping may name a stage as `pipeline:status`."""
    entity = told.config.get("entity") if told.config.get("entity") in ENTITIES else "leads"
    address = f"{told.base}/api/v4/{entity}/{number(told)}"
    bearer = f"Bearer {told.secret}"
    if told.part == "status":
        pipeline, colon, status = told.status.rpartition(":")
        said = {"status_id": whole(status), **({"pipeline_id": whole(pipeline)} if colon else {})}
        return call("PATCH", address, said, Authorization=bearer)
    notes = [{"note_type": "common", "params": {"text": told.text}}]
    return call("POST", f"{address}/notes", notes, Authorization=bearer)

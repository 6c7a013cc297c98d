"""Okdesk, API v1 with a key in the query: a public comment, and the issue's status by its code. Documentation:
okdesk.ru/apidoc, `POST /api/v1/issues/{id}/comments` and `POST /api/v1/issues/{id}/statuses`."""

from urllib.parse import quote

from core.hooks.vendors.told import WriteBack, call, number, whole
from core.ports import WebCall


def build(told: WriteBack) -> WebCall:
    """`base` is `https://<account>.okdesk.ru`; `config["author_id"]` the employee who writes."""
    address, key = f"{told.base}/api/v1/issues/{number(told)}", f"?api_token={quote(told.secret, safe='')}"
    if told.part == "status":
        return call("POST", f"{address}/statuses{key}", {"code": told.status})
    author = str(told.config.get("author_id") or "")
    signed = {"author_id": whole(author), "author_type": "employee"} if author else {}
    return call("POST", f"{address}/comments{key}", {"comment": {"content": told.text, "public": True, **signed}})

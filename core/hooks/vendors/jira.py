"""Jira, REST v2: a comment, a transition by its id, fields by theirs, and attachments. Basic with an e-mail address and
a token (cloud), Bearer with a personal token (server). Documentation: developer.atlassian.com, issue comments, issue
transitions, edit issue, add attachment (which asks for `X-Atlassian-Token`)."""

import base64
from urllib.parse import quote

from core.hooks.vendors.told import WriteBack, call, form
from core.ports import WebCall


def build(told: WriteBack) -> WebCall:
    """`base` is `https://<site>.atlassian.net`; `external` an id or a key such as `SD-12`."""
    address = f"{told.base}/rest/api/2/issue/{quote(told.external, safe='')}"
    email = str(told.config.get("email") or "")
    basic = base64.b64encode(f"{email}:{told.secret}".encode()).decode()
    proof = f"Basic {basic}" if email else f"Bearer {told.secret}"
    if told.part == "status":
        return call("POST", f"{address}/transitions", {"transition": {"id": told.status}}, Authorization=proof)
    if told.part == "fields":
        return call("PUT", address, {"fields": dict(told.fields)}, Authorization=proof)
    if told.file is not None and told.file.data is not None:
        return form(f"{address}/attachments", {}, "file", told.file, Authorization=proof, X_Atlassian_Token="no-check")
    return call("POST", f"{address}/comment", {"body": told.text}, Authorization=proof)

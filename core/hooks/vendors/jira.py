"""Jira, REST v2: a comment, and a transition by its id. Basic with an e-mail address and a token (cloud), Bearer with a
personal token (server). Documentation: developer.atlassian.com, issue comments and issue transitions."""

import base64
from urllib.parse import quote

from core.hooks.vendors.told import WriteBack, call
from core.ports import WebCall


def build(told: WriteBack) -> WebCall:
    """`base` is `https://<site>.atlassian.net`; `external` an id or a key such as `SD-12`."""
    address = f"{told.base}/rest/api/2/issue/{quote(told.external, safe='')}"
    email = str(told.config.get("email") or "")
    basic = base64.b64encode(f"{email}:{told.secret}".encode()).decode()
    proof = f"Basic {basic}" if email else f"Bearer {told.secret}"
    if told.part == "status":
        return call("POST", f"{address}/transitions", {"transition": {"id": told.status}}, Authorization=proof)
    return call("POST", f"{address}/comment", {"body": told.text}, Authorization=proof)

"""Okdesk, API v1 with a key in the query: a public comment, which is HTML and may bring files, the issue's status by
its code, and its own fields by theirs. Documentation: okdesk.ru/apidoc, `POST /api/v1/issues/{id}/comments`,
`/statuses` and `/parameters`."""

from collections.abc import Collection, Mapping
from html import escape
from urllib.parse import quote

from core.hooks.vendors.told import Talk, WriteBack, call, form, is_number, number, whole
from core.kernel.errors import Refusal
from core.ports import WebCall

NO_SUCH_WAY = (404, 405)


def check(config: Mapping[str, str], parts: Collection[str]) -> None:
    """A comment, and a file is in one, has an author there. Refusal hooks.no_author."""
    author = config["author_id"]
    if not is_number(author) and (author or not {"comment", "file"}.isdisjoint(parts)):
        raise Refusal("hooks.no_author", field="setting.author_id")


def build(told: WriteBack) -> WebCall | Talk:
    """`base` is `https://<account>.okdesk.ru`; `config["author_id"]` the employee who writes."""
    address, key = f"{told.base}/api/v1/issues/{number(told)}", f"?api_token={quote(told.secret, safe='')}"
    if told.part == "status":
        return call("POST", f"{address}/statuses{key}", {"code": told.status})
    if told.part == "fields":
        return _fields(told, f"{address}/parameters{key}")
    author = str(told.config.get("author_id") or "")
    signed = {"author_id": whole(author), "author_type": "employee"} if author else {}
    content = escape(told.text, quote=False).replace("\n", "<br>")
    if told.file is None or told.file.data is None:
        return call("POST", f"{address}/comments{key}", {"comment": {"content": content, "public": True, **signed}})
    said = {"content": content, "public": "true", **signed}
    fields = {f"comment[{name}]": str(value) for name, value in said.items()}
    return form(f"{address}/comments{key}", fields, "comment[attachments][0][attachment]", told.file)


def _fields(told: WriteBack, url: str) -> Talk:
    """Its pages name POST, older ones PATCH."""
    said = {"custom_parameters": dict(told.fields)}
    answer = yield call("POST", url, said)
    if answer is not None and answer.status in NO_SUCH_WAY:
        yield call("PATCH", url, said)

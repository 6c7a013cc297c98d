"""Any other system: one address that takes JSON, with a bearer token. A file comes as a form with the same names and
`file`, or, where links are wanted or the file is large, as JSON with its name, type, size and `url`. The key lets it
know a copy."""

from collections.abc import Collection, Mapping
from typing import Any

from core.hooks.vendors.told import WriteBack, call, form
from core.kernel.errors import Refusal
from core.ports import WebCall

LINK = "link"


def check(config: Mapping[str, str], parts: Collection[str]) -> None:
    """Refusal hooks.bad_files."""
    if config["files"] not in ("", LINK):
        raise Refusal("hooks.bad_files", field="setting.files")


def build(told: WriteBack) -> WebCall:
    said = {"part": told.part, "event": told.type, "external_id": told.external, "order_id": told.order_id}
    headers = {"Authorization": f"Bearer {told.secret}", "Idempotency_Key": told.key}
    if told.file is not None and told.file.data is not None:
        fields = {**{name: str(value) for name, value in said.items()}, "text": told.text}
        return form(told.base, fields, "file", told.file, **headers)
    return call("POST", told.base, {**said, **_more(told)}, **headers)


def _more(told: WriteBack) -> dict[str, Any]:
    if told.part == "status":
        return {"status": told.status}
    if told.part == "fields":
        return {"fields": dict(told.fields)}
    if told.file is None:
        return {"text": told.text}
    file = {"name": told.file.name, "mime": told.file.mime, "size": told.file.size, "url": told.file.url}
    return {"text": told.text, "file": file}

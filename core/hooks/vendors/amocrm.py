"""amoCRM, API v4 with a long-lived token: a note on the lead, its stage, its fields, and files through the account's
file service: a session, parts of the size that it names, then the link from the lead to the file. Documentation:
amocrm.ru/developers, events-and-notes, leads-api, custom-fields, files-api."""

from collections.abc import Collection, Generator, Mapping
from typing import Any
from urllib.parse import urlsplit

from core.hooks.vendors.told import (
    POWER,
    FileTold,
    Keep,
    Talk,
    WriteBack,
    arrived,
    call,
    is_number,
    number,
    read,
    whole,
)
from core.kernel.errors import Outage, Refusal
from core.ports import WebAnswer, WebCall

ZONES = (".amocrm.ru", ".amocrm.com", ".kommo.com")
ENTITIES = ("leads", "contacts", "companies", "customers")
MOST_PARTS = 4000
PART_S = 60.0

Parts = Generator[WebCall | Keep, WebAnswer | None, str | None]


def check(config: Mapping[str, str], parts: Collection[str]) -> None:
    """Refusal hooks.bad_entity."""
    if config["entity"] not in ("", *ENTITIES):
        raise Refusal("hooks.bad_entity", field="setting.entity")


def build(told: WriteBack) -> WebCall | Talk:
    """`base` is `https://<subdomain>.amocrm.ru`. The mapping may name a stage as `pipeline:status`, and a field by its
    number or its code."""
    entity = told.config.get("entity") if told.config.get("entity") in ENTITIES else "leads"
    address = f"{told.base}/api/v4/{entity}/{number(told)}"
    bearer = f"Bearer {told.secret}"
    if told.part == "status":
        pipeline, colon, status = told.status.rpartition(":")
        said = {"status_id": whole(status), **({"pipeline_id": whole(pipeline)} if colon else {})}
        return call("PATCH", address, said, Authorization=bearer)
    if told.part == "fields":
        values = [{**_field(name), "values": [{"value": value}]} for name, value in told.fields.items()]
        return call("PATCH", address, {"custom_fields_values": values}, Authorization=bearer)
    if told.file is not None and told.file.data is not None:
        return _attach(told, told.file, told.file.data, address, bearer)
    notes = [{"note_type": "common", "params": {"text": told.text}}]
    return call("POST", f"{address}/notes", notes, Authorization=bearer)


def _field(name: str) -> dict[str, int | str]:
    return {"field_id": int(name)} if is_number(name) else {"field_code": name}


def _attach(told: WriteBack, file: FileTold, data: bytes, address: str, bearer: str) -> Talk:
    """What was uploaded before is only linked."""
    uuid = file.remote.get("uuid")
    if not uuid:
        answer = yield WebCall("GET", f"{told.base}/api/v4/account?with=drive_url", {"Authorization": bearer})
        if not arrived(answer):
            return
        drive = _theirs(told, read(answer).get("drive_url"))
        uuid = yield from _upload(told, file, data, drive.rstrip("/"), bearer)
        if uuid is None:
            return
        yield Keep({"uuid": uuid})
    yield call("PUT", f"{address}/files", [{"file_uuid": uuid}], Authorization=bearer)


def _upload(told: WriteBack, file: FileTold, data: bytes, drive: str, bearer: str) -> Parts:
    """The name that the file service gave it; None when it said no. A session that was begun and left is nothing."""
    begun = {"file_name": file.name, "file_size": len(data), "content_type": file.mime}
    answer = yield call("POST", f"{drive}/v1.0/sessions", begun, Authorization=bearer)
    if not arrived(answer):
        return None
    session = read(answer)
    url, size = _theirs(told, session.get("upload_url")), session.get("max_part_size")
    if not isinstance(size, int) or size < 1 or len(data) > size * MOST_PARTS:
        raise Outage(POWER, "bad_answer")
    headers = {"Authorization": bearer, "Content-Type": "application/octet-stream"}
    said: dict[str, Any] = {}
    for start in range(0, len(data), size):
        answer = yield WebCall("POST", url, headers, data[start : start + size], patience_s=PART_S)
        if not arrived(answer):
            return None
        said = read(answer)
        if start + size < len(data):
            url = _theirs(told, said.get("next_url"))
    if not isinstance(said.get("uuid"), str):
        raise Outage(POWER, "bad_answer")
    return str(said["uuid"])


def _theirs(told: WriteBack, url: Any) -> str:
    """An address that was answered, when the token may go there: to the same host or to another of the vendor's."""
    try:
        host = urlsplit(url if isinstance(url, str) else "").hostname or ""
    except ValueError:
        host = ""
    if not host or (host != urlsplit(told.base).hostname and not host.endswith(ZONES)):
        raise Outage(POWER, "bad_answer")
    return str(url)

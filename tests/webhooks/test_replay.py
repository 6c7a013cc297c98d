import json

import pytest

from tests.webhooks.deliveries import NOW, b64, shape, written
from webhooks.replay import read, replay

CASE = {
    "id": "c1",
    "vendor": "vk",
    "kind": "inbound_webhook",
    "now": NOW,
    "request": {"method": "POST", "url": "https://desk.firma.test/", "headers": [["Content-Type", "application/json"]]},
    "secret": {"secret": "vk-shared", "group_id": 9001, "confirmation": "c0de"},
}
BODY = written(shape("vk", "message"))


def saved(tmp_path, value, name="case.json"):
    path = tmp_path / name
    path.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())
    return path


def case(**request):
    return CASE | {"request": CASE["request"] | request}


@pytest.mark.parametrize(
    "body",
    [
        {"body_b64": b64(BODY)},
        {"body_text": BODY.decode()},
        {"body_b64": b64(BODY), "body_text": "what a person may read"},
        {"body_recipe": {"prefix_b64": b64(BODY), "repeat_b64": b64(b" "), "count": 100, "suffix_b64": b64(b"\n")}},
    ],
)
def test_a_body_is_taken_from_its_bytes(tmp_path, body):
    line = replay(saved(tmp_path, case(**body)))
    assert line == {"id": "c1", "verdict": "valid", "action": "process", "http_status": 200}


def test_what_does_not_come_by_http_has_no_status():
    vendor, request, source = read(case(body_b64=b64(BODY)) | {"kind": "outbound_request", "state": None})
    assert (vendor, request.outbound, source.state) == ("vk", True, {})


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"[]",
        b"\xff\x00",
        b"[" * 100_000,
        {},
        CASE | {"vendor": "nobody"},
        CASE | {"vendor": ["vk"]},
        CASE | {"now": "noon"},
        CASE | {"now": True},
        CASE | {"now": 1e30},
        CASE | {"secret": [1]},
        CASE | {"request": None},
        case(headers=[["one"]]),
        case(headers=5),
        case(body_b64="!!"),
        case(body_b64=5),
        case(body_recipe={"repeat_b64": "eA==", "count": -1}),
        case(body_recipe={"repeat_b64": "eA==", "count": 1 << 40}),
        case(body_recipe=[]),
    ],
)
def test_a_file_that_is_no_case_gets_its_error(tmp_path, value):
    line = replay(saved(tmp_path, value))
    assert line.keys() == {"id", "error"}


def test_a_file_that_is_not_there_gets_its_error(tmp_path):
    assert replay(tmp_path / "none.json").keys() == {"id", "error"}
    assert replay(tmp_path).keys() == {"id", "error"}

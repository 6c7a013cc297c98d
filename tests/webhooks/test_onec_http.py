import codecs

import pytest

from tests.webhooks.deliveries import DUPLICATE, PROCESS, answer, b64, judged, post, refused, shape, written

ORDER = written(shape("1c-http", "order"))
SECRET = {"basic": "Обмен:ключ"}
GOOD = f"Basic {b64('Обмен:ключ'.encode())}"
OLD = f"Basic {b64('Обмен:ключ'.encode('cp1251'))}"


def hook(body=ORDER, authorization=GOOD, content="application/json; charset=utf-8", method="POST", **more):
    request = post(body, ("Content-Type", content), ("Authorization", authorization), method=method)
    return judged("1c-http", request, SECRET, **more)


@pytest.mark.parametrize("authorization", [GOOD, OLD])
def test_an_order_comes_from_1c(authorization):
    outcome = hook(authorization=authorization)
    assert answer(outcome) == PROCESS
    assert (outcome.normalized["number"], outcome.normalized["inn"]) == ("УТ-000204", "7707083893")
    assert answer(hook(state={"seen": [outcome.key]})) == DUPLICATE


def test_a_byte_order_mark_is_read_where_it_is_allowed():
    assert answer(hook(codecs.BOM_UTF8 + ORDER, config={"allow_bom": True})) == PROCESS
    assert answer(hook(codecs.BOM_UTF8 + ORDER)) == refused(400)


def test_the_charset_is_the_one_named():
    body = ORDER.decode().encode("cp1251")
    assert hook(body, content="application/json; charset=windows-1251").normalized["number"] == "УТ-000204"
    assert answer(hook(body)) == refused(400)
    assert answer(hook(content="application/json; charset=utf-16")) == refused(415)


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"authorization": f"Basic {b64('Обмен:Ключ'.encode())}"}, 401),
        ({"authorization": "Basic !"}, 401),
        ({"authorization": "Bearer x"}, 401),
        ({"method": "PUT"}, 405),
        ({"body": b"{"}, 400),
        ({"body": b"[]"}, 400),
    ],
)
def test_anything_else_is_refused(more, status):
    assert answer(hook(**more)) == refused(status)

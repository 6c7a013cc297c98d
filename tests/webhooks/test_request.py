import contextlib
import time

import pytest

from tests.webhooks.deliveries import BASE, FORM, JSON, MULTIPART, multipart, post
from webhooks.request import (
    MAX_BODY,
    MAX_FIELDS,
    MAX_JSON_DEPTH,
    MAX_KEY_DEPTH,
    MAX_LETTER,
    MAX_URLENCODED,
    Malformed,
)


def status_of(read) -> int:
    with pytest.raises(Malformed) as caught:
        read()
    return caught.value.http_status


def test_a_header_that_decides_is_taken_once_and_in_any_case():
    request = post(b"", ("X-Proof", "1"), ("x-other", "a"), ("X-Other", "b"))
    assert (request.single("x-proof"), request.single("missing"), request.header("X-OTHER")) == ("1", None, "a")
    assert status_of(lambda: request.single("X-Other")) == 400


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "br", "identity, gzip", "deflate"])
def test_no_content_encoding_is_accepted(encoding):
    assert status_of(post(b"", ("content-encoding", encoding)).content) == 415
    assert post(b"x", ("Content-Encoding", "identity")).content() == b"x"


def test_a_body_has_its_limit():
    assert len(post(b"x" * MAX_BODY).content()) == MAX_BODY
    assert status_of(post(b"x" * (MAX_BODY + 1)).content) == 413


def test_form_fields_keep_order_repeats_and_blanks():
    assert post(b"b=1&a=&b=2+%D1%84", FORM).form() == [("b", "1"), ("a", ""), ("b", "2 ф")]


@pytest.mark.parametrize(
    "body",
    [
        b"a=%ff",
        b"a=\xff",
        b"&".join([b"a=1"] * (MAX_FIELDS + 1)),
        b"a" + b"[b]" * (MAX_KEY_DEPTH + 1) + b"=1",
        b"a" + b"%5Bb%5D" * 3000 + b"=1",
    ],
)
def test_a_form_out_of_bounds_is_refused(body):
    assert status_of(post(body, FORM).form) == 400


def test_a_form_within_bounds_is_read():
    assert len(post(b"&".join([b"a=1"] * MAX_FIELDS), FORM).form()) == MAX_FIELDS
    assert post(b"a" + b"[b]" * MAX_KEY_DEPTH + b"=1", FORM).form()


def test_multipart_fields_and_files():
    file = b'--BoUnD\r\nContent-Disposition: form-data; name="f"; filename="\xd1\x84.png"\r\n\r\n\x89\r\n\x00\r\n'
    request = post(b"preamble\r\n" + file + multipart([("a", b"1\r\n2"), ("b", b"")]), MULTIPART)
    assert request.form() == [("a", "1\r\n2"), ("b", "")]
    assert next((part.filename, part.content) for part in request.parts()) == ("ф.png", b"\x89\r\n\x00")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", multipart([])),
        ("multipart/mixed; boundary=BoUnD", multipart([])),
        ("multipart/form-data; boundary=", multipart([])),
        (MULTIPART[1], b""),
        (MULTIPART[1], multipart([("a", b"1")])[:-10]),
        (MULTIPART[1], b"--BoUnD\r\n\r\nno name\r\n--BoUnD--"),
        (MULTIPART[1], b"--BoUnD\r\nno end of headers\r\n--BoUnD--"),
        (MULTIPART[1], multipart([("a", b"\xff")])),
        (MULTIPART[1], multipart([("a", b"1")] * (MAX_FIELDS + 1))),
        (
            MULTIPART[1],
            b'--BoUnD\r\nContent-Disposition: form-data; name="a"\r\nX: ' + b"x" * 9000 + b"\r\n\r\n\r\n--BoUnD--",
        ),
    ],
)
def test_a_broken_multipart_is_refused(content_type, body):
    assert status_of(post(body, ("Content-Type", content_type)).form) == 400


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b"\xef\xbb\xbf{}",
        b'{"a":1,"b":{"c":1,"c":2}}',
        b"NaN",
        b"-Infinity",
        b"[" * (MAX_JSON_DEPTH + 2) + b"]" * (MAX_JSON_DEPTH + 2),
        b'{"a":' * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b"9" * 5000,
        b"[" + b"[]," * 100_000 + b"1]",
    ],
)
def test_json_out_of_bounds_is_refused(body):
    assert status_of(post(body, JSON).json) == 400


def test_json_within_bounds_is_read():
    assert post(b'{"a":[1,"\\u0444"]}', JSON).json() == {"a": [1, "ф"]}
    assert post(b"\xef\xbb\xbf{}", JSON).json(allow_bom=True) == {}
    assert post(b"[" * MAX_JSON_DEPTH + b"]" * MAX_JSON_DEPTH, JSON).json() is not None


@pytest.mark.parametrize("url", ["http://[", "http://a:b@[::1"])
def test_a_broken_url_is_refused(url):
    assert status_of(lambda: post(b"", url=url).query) == 400


def test_query_keeps_blanks():
    assert post(b"", url=f"{BASE}?a=&b=%20").query == [("a", ""), ("b", " ")]


@pytest.mark.parametrize(
    ("read", "limit"),
    [
        (post(b"%41" * (MAX_URLENCODED // 3), FORM).form, MAX_LETTER),
        (post(multipart([("a", b"x" * (30 << 20))]), MULTIPART).form, MAX_LETTER),
        (post(b"--BoUnD" * (1 << 17), MULTIPART).form, MAX_LETTER),
        (post(b"[" + b"[]," * 99_000 + b"1]", JSON).json, MAX_BODY),
        (post(b'{"' + b"a" * 1_000_000 + b'":1}', JSON).json, MAX_BODY),
    ],
    ids=["escapes", "a big part", "boundaries", "many lists", "a long key"],
)
def test_the_worst_bodies_are_read_in_linear_time(read, limit):
    begun = time.process_time()
    with contextlib.suppress(Malformed):
        read(limit)
    assert time.process_time() - begun < 5

"""Signed as the documentation signs, as the vendor's own library does, and as a server of ours accepts it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core import ports
from core.kernel.clock import now
from core.kernel.errors import Refusal
from core.ports import WebCall
from core.sources.rules import KINDS, check_config
from tests.hooks.conftest import Resolver
from tests.webhooks.s3 import S3
from webhooks.aws4 import AccessKey, signed_get
from webhooks.bucket import Bucket, encoded
from webhooks.fetch import web as outside

DOCUMENTED = AccessKey("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1")
NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=60)


def test_the_documented_request_has_the_documented_signature() -> None:
    at = datetime(2013, 5, 24, tzinfo=UTC)
    headers = signed_get("examplebucket.s3.amazonaws.com", "/test.txt", DOCUMENTED, at, {"Range": "bytes=0-9"})
    scope = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"
    names = "host;range;x-amz-content-sha256;x-amz-date"
    signature = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    assert headers["Authorization"] == (
        f"AWS4-HMAC-SHA256 Credential={scope},SignedHeaders={names},Signature={signature}"
    )
    assert headers["x-amz-content-sha256"] == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@given(name=NAMES, secret=st.text("abcXYZ019+/", min_size=1, max_size=60))
def test_the_vendors_library_signs_the_same(name: str, secret: str) -> None:
    assume(not {".", ".."} & set(name.split("/")))
    key = AccessKey("AKIDEXAMPLE0000000", secret, "eu-west-1")
    host, path = Bucket("letters", key).place(name)
    at = datetime.now(UTC)
    ours = signed_get(host, path, key, at)
    asked = AWSRequest("GET", f"https://{host}{path}", headers={"X-Amz-Content-SHA256": ours["x-amz-content-sha256"]})
    signer = S3SigV4Auth(Credentials(key.id, key.secret), "s3", key.region)
    asked.context["timestamp"] = asked.headers["X-Amz-Date"] = ours["x-amz-date"]
    words = signer.string_to_sign(asked, signer.canonical_request(asked))
    assert ours["Authorization"].endswith(f"Signature={signer.signature(words, asked)}")


@pytest.fixture(scope="module")
async def s3() -> AsyncIterator[tuple[S3, Resolver, int]]:
    there, app = S3(), web.Application()
    app.router.add_route("*", "/{tail:.*}", there.handle)
    async with TestServer(app, host="127.0.0.1") as server:
        assert server.port
        yield there, Resolver({}), server.port


@settings(max_examples=60, deadline=None)
@given(name=NAMES, bucket=st.sampled_from(["letters", "mail.firma.test"]))
async def test_a_server_that_reads_the_signature_itself_gives_what_was_named(
    s3: tuple[S3, Resolver, int], name: str, bucket: str
) -> None:
    assume(not {".", ".."} & set(name.split("/")))
    there, resolver, port = s3
    there.things = {(bucket, name): b"From: a@b.test"}
    key = AccessKey(there.id, there.secret, there.region)
    host, path = Bucket(bucket, key).place(name)
    resolver.names[host] = [["127.0.0.1"]]
    headers = signed_get(f"{host}:{port}", path, key, now())
    async with outside([host], resolver) as power:
        answer = await power.call(WebCall("GET", f"http://{host}:{port}{path}", headers, exact=True))
    assert (answer.status, answer.body) == (200, b"From: a@b.test"), answer.body
    assert there.asked[-1] == f"{host}:{port}{path}"


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("inbox/d6ii7n2g", "inbox/d6ii7n2g"),
        ("/a//b/", "/a//b/"),
        ("..x/...", "..x/..."),
        ("письмо №1.eml", "%D0%BF%D0%B8%D1%81%D1%8C%D0%BC%D0%BE%20%E2%84%961.eml"),
        ("a+b=c&d?e#f%2Fg", "a%2Bb%3Dc%26d%3Fe%23f%252Fg"),
        ("!'()*~@:$,;", "%21%27%28%29%2A~%40%3A%24%2C%3B"),
        ("\\email", "%5Cemail"),
        ("\u202efdp.exe", "%E2%80%AEfdp.exe"),
        ("я" * 512, "%D1%8F" * 512),
    ],
)
def test_a_name_goes_into_a_path_byte_by_byte(name: str, path: str) -> None:
    assert encoded(name) == path


@pytest.mark.parametrize(
    "name", ["", "../x", "a/../../b", "a/.", ".", "x\r\nHost: evil", "\0", "\x7f", "\ud800", "я" * 513, "x" * 2000]
)
def test_a_name_that_might_lead_elsewhere_is_not_asked_for(name: str) -> None:
    with pytest.raises(Refusal) as refusal:
        encoded(name)
    assert refusal.value.code == "sources.letter_name"


@pytest.mark.parametrize(
    ("bucket", "region", "place"),
    [
        ("letters", "eu-west-1", ("letters.s3.eu-west-1.amazonaws.com", "/k")),
        ("mail.firma.ru", "eu-west-1", ("s3.eu-west-1.amazonaws.com", "/mail.firma.ru/k")),
        ("letters", "cn-north-1", ("letters.s3.cn-north-1.amazonaws.com.cn", "/k")),
        ("mail.firma.cn", "cn-northwest-1", ("s3.cn-northwest-1.amazonaws.com.cn", "/mail.firma.cn/k")),
        ("letters", "us-gov-west-1", ("letters.s3.us-gov-west-1.amazonaws.com", "/k")),
    ],
)
def test_where_a_bucket_is_asked(bucket: str, region: str, place: tuple[str, str]) -> None:
    given = {"s3_bucket": bucket, "s3_region": region, "s3_access_key_id": DOCUMENTED.id}
    assert check_config(KINDS["ses-sns"], given) == given
    assert Bucket(bucket, AccessKey("x", "y", region)).place("k") == place


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("s3_bucket", one) for one in ("ab", "a" * 64, "A-b-c", "a..b", ".abc", "abc-", "a-.b", "10.0.0.1", "a/b")),
        *(("s3_bucket", one) for one in ("evil.test#", "abc@evil", "abc:80", "абв", "abc\nd")),
        *(("s3_region", one) for one in ("eu", "eu-west", "eu-west-1.evil.test", "EU-WEST-1", "eu-west-1/", "x" * 99)),
        *(("s3_access_key_id", one) for one in ("short", "AKIA/20261123/eu-west-1", "a" * 129, "AKIAIOSFODNN7EXA,PLE")),
    ],
)
def test_settings_that_would_name_another_host_are_refused(name: str, value: str) -> None:
    with pytest.raises(Refusal) as refusal:
        check_config(KINDS["ses-sns"], {name: value})
    assert refusal.value.data["field"] == name


async def test_a_bucket_whose_name_leads_inside_is_not_called() -> None:
    key = AccessKey(DOCUMENTED.id, DOCUMENTED.secret, "eu-west-1")
    resolver = Resolver({"letters.s3.eu-west-1.amazonaws.com": [["169.254.169.254"]]})
    async with outside((), resolver) as power:
        ports.use(web=power)
        with pytest.raises(Exception, match="web: inside"):
            await Bucket("letters", key).read("k", 100)

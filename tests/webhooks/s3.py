"""S3 as the tests have it: gives out what lies in its buckets to whoever signed the request well, by its own reading of
Signature Version 4."""

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from aiohttp import web

PLAIN = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/"
PROOF = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<id>[^/]+)/(?P<day>\d{8})/(?P<region>[^/]+)/s3/aws4_request,"
    r"\s*SignedHeaders=(?P<names>[a-z0-9;-]+),\s*Signature=(?P<signature>[0-9a-f]{64})"
)


def keyed(key: bytes, said: str) -> bytes:
    return hmac.new(key, said.encode(), hashlib.sha256).digest()


def written(path: bytes) -> str:
    return "".join(chr(one) if one in PLAIN else f"%{one:02X}" for one in path)


@dataclass
class S3:
    """`things`: bytes by bucket and key. `answers` come first, one after another: a status with the vendor's code, or
    `half`: the beginning of the thing, and then the line breaks. `asked` are host and path as they came."""

    region: str = "eu-west-1"
    id: str = "AKIAIOSFODNN7EXAMPLE"
    secret: str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    things: dict[tuple[str, str], bytes] = field(default_factory=dict)
    answers: list[tuple[int, str] | str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        path, _, query = request.raw_path.partition("?")
        self.asked.append(f"{request.host}{request.raw_path}")
        if code := self._refused(request, path, query):
            return _no(403, code)
        bucket, key = self._named(request.host.partition(":")[0], unquote_to_bytes(path).decode())
        found = self.things.get((bucket, key))
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, tuple):
            return _no(*answer)
        if found is None:
            return _no(404, "NoSuchKey")
        if answer == "half":
            begun = web.StreamResponse(headers={"Content-Length": str(len(found))})
            await begun.prepare(request)
            await begun.write(found[: len(found) // 2])
            assert request.transport
            request.transport.abort()
            return begun
        return web.Response(body=found, headers=self.headers)

    def _named(self, host: str, path: str) -> tuple[str, str]:
        bucket, _, _ = host.rpartition(f"s3.{self.region}.")
        if bucket:
            return bucket.removesuffix("."), path[1:]
        name, _, key = path[1:].partition("/")
        return name, key

    def _refused(self, request: web.Request, path: str, query: str) -> str:
        proof = PROOF.fullmatch(request.headers.get("Authorization", ""))
        if proof is None:
            return "AccessDenied"
        if proof["id"] != self.id:
            return "InvalidAccessKeyId"
        names, moment = proof["names"].split(";"), request.headers["x-amz-date"]
        if "host" not in names or proof["region"] != self.region or not moment.startswith(proof["day"]):
            return "AuthorizationHeaderMalformed"
        headers = "".join(f"{name}:{request.headers[name].strip()}\n" for name in names)
        payload = request.headers["x-amz-content-sha256"]
        asked = [request.method, written(unquote_to_bytes(path)), query, headers, ";".join(names), payload]
        scope = f"{proof['day']}/{self.region}/s3/aws4_request"
        digest = hashlib.sha256("\n".join(asked).encode()).hexdigest()
        key = keyed(("AWS4" + self.secret).encode(), proof["day"])
        key = keyed(keyed(keyed(key, self.region), "s3"), "aws4_request")
        good = keyed(key, f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{digest}").hex()
        return "" if hmac.compare_digest(good, proof["signature"]) else "SignatureDoesNotMatch"


def _no(status: int, code: str) -> web.Response:
    return web.Response(
        status=status,
        text=f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>No</Message></Error>',
        content_type="application/xml",
    )

"""Storage in a bucket of S3 or whatever speaks its language, for desks on several machines.

`s3://KEY:SECRET@host/bucket/folder?region=…` (`s3+http://` without TLS). Places are those of a folder (`ab/cd/abcd…`),
so that any tool may copy one to the other. A bucket is asked by path, which all vendors understand.
"""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

from core.adapters.disk import POWER, name_at, place_of
from core.kernel.errors import Outage

if TYPE_CHECKING:
    from obstore.store import S3Store

EXAMPLE = "s3://KEY:SECRET@storage.example.com/bucket?region=eu-west-1"
SCHEMES = {"s3": "https", "s3+http": "http"}
REGION = "us-east-1"
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
CODE = re.compile(r"<Code>([A-Za-z0-9.]{1,60})</Code>")
CONNECT_S, SILENT_S = timedelta(seconds=5), timedelta(seconds=20)
TRIES, TRYING_S = 3, timedelta(seconds=40)


class BadBucket(ValueError):
    """The URL names no bucket that could be asked. Its text is a hint, without the secret."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where and as whom."""

    endpoint: str
    name: str
    folder: str
    region: str
    key: str
    secret: str = field(repr=False)


def read_bucket(url: str) -> Bucket:
    """BadBucket names the first part that is wrong: scheme, key, secret, host, bucket, options."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it checks it
        options = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
    except ValueError:
        raise BadBucket("options") from None
    name, _, folder = parts.path.strip("/").partition("/")
    wanted = {
        "scheme": parts.scheme in SCHEMES,
        "key": parts.username,
        "secret": parts.password,
        "host": parts.hostname,
        "bucket": BUCKET.fullmatch(name),
        "options": set(options) <= {"region"},
    }
    if wrong := next((part for part, good in wanted.items() if not good), None):
        raise BadBucket(wrong)
    host = parts.netloc.rpartition("@")[2]
    key, secret = unquote(parts.username or ""), unquote(parts.password or "")
    return Bucket(f"{SCHEMES[parts.scheme]}://{host}", name, folder, options.get("region", REGION), key, secret)


class S3:
    """Each call is tried again for a while by the client itself; then it is an `Outage`."""

    def __init__(self, bucket: Bucket) -> None:
        self._store = _store(bucket)

    async def put(self, sha256: str, data: bytes) -> None:
        place = place_of(sha256)
        with _asking():
            await self._store.put_async(place, data)

    async def get(self, sha256: str) -> bytes:
        place = place_of(sha256)
        with _asking(sha256):
            found = await self._store.get_async(place)
            return bytes(await found.bytes_async())

    async def path(self, sha256: str) -> Path | None:
        place_of(sha256)
        return None

    async def exists(self, sha256: str) -> bool:
        place = place_of(sha256)
        try:
            with _asking(sha256):
                await self._store.head_async(place)
        except FileNotFoundError:
            return False
        return True

    async def kept(self) -> AsyncIterator[tuple[str, int]]:
        with _asking():
            async for some in self._store.list():
                for one in some:
                    if name := name_at(one["path"]):
                        yield name, one["size"]


def _store(bucket: Bucket) -> "S3Store":
    from obstore.store import S3Store

    return S3Store(
        bucket.name,
        prefix=bucket.folder or None,
        endpoint=bucket.endpoint,
        region=bucket.region,
        access_key_id=bucket.key,
        secret_access_key=bucket.secret,
        virtual_hosted_style_request=False,
        client_options={
            "allow_http": bucket.endpoint.startswith("http://"),
            "connect_timeout": CONNECT_S,
            "read_timeout": SILENT_S,
            "timeout": timedelta(minutes=10),
        },
        retry_config={"max_retries": TRIES, "retry_timeout": TRYING_S},
    )


@contextmanager
def _asking(sha256: str = "") -> Iterator[None]:
    """`sha256` is what may be missing; whatever else is not found is the bucket. A vendor's words may hold our key:
    only their code is told on."""
    from obstore.exceptions import BaseError

    try:
        yield
    except (BaseError, OSError) as error:
        code = CODE.search(str(error))
        if sha256 and isinstance(error, FileNotFoundError) and (code is None or code[1] == "NoSuchKey"):
            raise FileNotFoundError(sha256) from error
        raise Outage(POWER, code[1] if code else _why(error)) from None


def _why(error: Exception) -> str:
    name = type(error).__name__.removesuffix("Error")
    return "no answer" if name == "Generic" else name

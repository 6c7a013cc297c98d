"""A thing in a bucket of Amazon S3, read with the company's key.

Where it is asked for is made of the settings alone, never of what a notice says. A bucket stands in the host's name,
as the vendor wants it; one with dots stands in the path, since the certificate of `*.s3.<region>.amazonaws.com` is good
for one label. Source: the vendor's documentation of GetObject, its error responses and the names of objects.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote

from core import ports
from core.kernel.clock import now
from core.kernel.errors import Outage, Refusal
from core.ports import WebAnswer, WebCall
from webhooks.aws4 import AccessKey, signed_get

POWER = "s3"
MOST_KEY = 1024
PATIENCE_S = 120.0
MIB = 1 << 20
_CODE = re.compile(rb"<Code>([A-Za-z0-9.]{1,60})</Code>")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
ELSEWHERE = ("AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "PermanentRedirect")
SEALED = ("x-amz-meta-x-amz-key", "x-amz-meta-x-amz-key-v2")
"""Headers of a thing that its writer enciphered before it was stored: S3 itself can't open it."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """`name` and the key's region as `core.sources.settings` has checked them."""

    name: str
    key: AccessKey

    def place(self, thing: str) -> tuple[str, str]:
        """Host and path. Refusal sources.letter_name."""
        region, path = self.key.region, "/" + encoded(thing)
        domain = f"s3.{region}.amazonaws.com" + (".cn" if region.startswith("cn-") else "")
        return (domain, f"/{self.name}{path}") if "." in self.name else (f"{self.name}.{domain}", path)

    async def read(self, thing: str, most: int) -> bytes:
        """All its bytes. Outage: it may be had later. Refusals sources.letter_name, letter_large (more than `most`
        bytes), letter_sealed, letter_denied, letter_gone, letter_region, letter_unfit."""
        host, path = self.place(thing)
        headers = signed_get(host, path, self.key, now())
        wanted = WebCall("GET", f"https://{host}{path}", headers, most=most + 1, patience_s=PATIENCE_S, exact=True)
        return _body(await ports.web().call(wanted), most)


def encoded(thing: str) -> str:
    """A thing's name in a path: every byte but letters, digits and `-._~/` as %XX. A step of dots only would be folded
    by whoever stands between. Refusal sources.letter_name."""
    try:
        size = len(thing.encode())
    except UnicodeEncodeError:
        raise Refusal("sources.letter_name") from None
    if not 0 < size <= MOST_KEY or _CONTROL.search(thing) or {".", ".."} & set(thing.split("/")):
        raise Refusal("sources.letter_name")
    return quote(thing, safe="/")


def _body(answer: WebAnswer, most: int) -> bytes:
    if answer.status == 200:
        if len(answer.body) > most:
            raise Refusal("sources.letter_large", most=most // MIB)
        if any(name in answer.headers for name in SEALED):
            raise Refusal("sources.letter_sealed")
        return answer.body
    found = _CODE.search(answer.body)
    code = found[1].decode() if found else ""
    said = f"{answer.status} {code}".strip()
    if answer.status >= 500 or answer.status in (408, 429):
        raise Outage(POWER, said)
    raise Refusal(f"sources.letter_{_trouble(answer.status, code)}", said=said)


def _trouble(status: int, code: str) -> str:
    if code in ELSEWHERE or 300 <= status < 400:
        return "region"
    return {403: "denied", 404: "gone"}.get(status, "unfit")

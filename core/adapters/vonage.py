"""Calls by Vonage: `vonage://<application id>@/?from=74951234567&key=/path/private.key`.

`key` is the file of the application's private key (RSA, PEM); each request is signed by it for five minutes. `report`
is the id of a source of the kind vonage on the desk's page of other systems: what Vonage reports there of a call that
nobody took has the next channel tell it. `api` is the address of another region. The API has no idempotency key: a
request that nobody answered is not sent again. The balance belongs to another API with other secrets, so the check
lists one call, which proves the application and key.

Source: the vendor's pages on the Voice API, NCCO and JWT.
"""

import base64
import json
import re
import time
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from core.adapters.telephone import (
    ADDRESS,
    LANGUAGES,
    SOURCE,
    VOICE_MOST,
    Account,
    Answer,
    BadAccount,
    Line,
    Shape,
    report_page,
)
from core.kernel.clip import clip
from core.ports import Balance, Web

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

API = "https://api.nexmo.com"
LIFE_S = 300
SHAPE = Shape(
    "vonage://aaaaaaaa-bbbb-cccc-dddd-0123456789ab@/?from=74951234567&key=/etc/naryad/vonage.key",
    r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
    "",
    {"from": r"\+?\d{7,15}", "key": r"[^\0]{1,500}", "report": SOURCE, "api": ADDRESS},
    ("from", "key"),
)


def private_key(account: Account) -> "RSAPrivateKey":
    """BadAccount for a file that cannot be read or holds no RSA key."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(Path(account.options["key"]).read_bytes(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise BadAccount("key", SHAPE.example)
    return key


class Vonage:
    """A port of `Texter`: the call says it twice, for the first words are often lost."""

    most = VOICE_MOST

    def __init__(self, account: Account, web: Web) -> None:
        self._base = account.options.get("api", API)
        self._application = account.user
        self._from = account.options["from"].removeprefix("+")
        self._account = account
        self._line = Line("voice", web)

    async def send(self, phone: str, text: str, locale: str, key: str) -> None:
        said = re.sub(r"[<>]", " ", clip(text, self.most))
        talk = {"action": "talk", "text": said, "language": LANGUAGES.get(locale, "ru-RU"), "loop": 2}
        call = {
            "to": [{"type": "phone", "number": phone.removeprefix("+")}],
            "from": {"type": "phone", "number": self._from},
            "ncco": [talk],
        }
        if page := report_page(self._account, key):
            call |= {"event_url": [page], "event_method": "POST"}
        kind = {"Content-Type": "application/json"}
        body = json.dumps(call, ensure_ascii=False).encode()
        answer = await self._line.ask("POST", f"{self._base}/v1/calls", {**self._proof(), **kind}, body)
        if answer.good and answer.said.get("uuid"):
            return
        if not answer.said:
            raise self._line.unread(answer)
        raise self._line.outage(_why(answer), permanent=answer.status == 400 and _about_number(answer))

    async def check(self) -> Balance | None:
        answer = await self._line.ask("GET", f"{self._base}/v1/calls?page_size=1", self._proof())
        if not answer.good or "_embedded" not in answer.said:
            raise self._line.outage(_why(answer))
        return None

    def _proof(self) -> dict[str, str]:
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA256

        at = int(time.time())
        claims = {"application_id": self._application, "iat": at, "exp": at + LIFE_S, "jti": str(uuid4())}
        signed = f"{_part({'alg': 'RS256', 'typ': 'JWT'})}.{_part(claims)}"
        proof = self._key.sign(signed.encode(), PKCS1v15(), SHA256())
        return {"Authorization": f"Bearer {signed}.{_base64(proof)}"}

    @cached_property
    def _key(self) -> "RSAPrivateKey":
        return private_key(self._account)


def _part(value: dict[str, Any]) -> str:
    return _base64(json.dumps(value).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _wrong(answer: Answer) -> list[str]:
    """The parameters that the vendor does not like; it names them in two ways."""
    found = answer.said.get("invalid_parameters")
    if isinstance(found, dict):
        return [str(name) for name in found]
    names = [one.get("name") or one.get("parameter") for one in found or () if isinstance(one, dict)]
    return [str(name) for name in names if name]


def _about_number(answer: Answer) -> bool:
    return any(name == "to" or re.match(r"to[.\[]", name) for name in _wrong(answer))


def _why(answer: Answer) -> str:
    titles = (answer.said.get(name) for name in ("title", "error_title", "detail"))
    return " ".join([f"HTTP {answer.status}", *(str(one) for one in titles if one), *_wrong(answer)])

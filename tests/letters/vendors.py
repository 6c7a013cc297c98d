"""Vendors of SMS and calls on this machine: each answers as its documentation says, or as the test wants."""

import asyncio
import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

SID, TOKEN, APPLICATION = "AC0123456789abcdef", "very-secret-token", "11111111-2222-3333-4444-555555555555"
LOGIN, PASSWORD = "firma", "very@secret:words"
NAMES = ("twilio", "smsc", "twilio-voice", "vonage")
CHANNEL = {"twilio": "sms", "smsc": "sms", "twilio-voice": "voice", "vonage": "voice"}

Answer = tuple[int, Any]

GOOD: dict[str, Answer] = {
    "twilio": (201, {"sid": "SM01", "status": "queued", "error_code": None}),
    "smsc": (200, {"id": 7, "cnt": 1}),
    "twilio-voice": (201, {"sid": "CA01", "status": "queued"}),
    "vonage": (201, {"uuid": "63f6", "status": "started", "direction": "outbound", "conversation_uuid": "CON-1"}),
}
BAD_NUMBER: dict[str, Answer] = {
    "twilio": (400, {"code": 21211, "message": "The 'To' number is not a valid phone number.", "status": 400}),
    "smsc": (200, {"error": "invalid number", "error_code": 7, "id": 7}),
    "twilio-voice": (400, {"code": 21214, "message": "The phone number can't be reached", "status": 400}),
    "vonage": (400, {"title": "Bad Request", "invalid_parameters": [{"name": "to[0].number", "reason": "invalid"}]}),
}
NO_MONEY: dict[str, Answer] = {
    "twilio": (401, {"code": 20005, "message": "Account not active", "status": 401}),
    "smsc": (200, {"error": "not enough money", "error_code": 3}),
    "twilio-voice": (401, {"code": 20005, "message": "Account not active", "status": 401}),
    "vonage": (403, {"title": "You do not have enough credit", "detail": "Your current balance is 0"}),
}
BALANCE: dict[str, Answer] = {
    "twilio": (200, {"balance": "12.34", "currency": "USD", "account_sid": SID}),
    "smsc": (200, {"balance": "12.34", "currency": "RUR"}),
    "twilio-voice": (200, {"balance": "12.34", "currency": "USD"}),
    "vonage": (200, {"count": 0, "page_size": 1, "_embedded": {"calls": []}}),
}


@dataclass
class Got:
    method: str
    path: str
    headers: Any
    fields: dict[str, str]
    said: Any


@dataclass
class Town:
    """All vendors at one address. `answer` None: the vendor hangs."""

    key: RSAPrivateKey
    folder: Path
    base: str = ""
    answer: Answer | None = (500, "")
    got: list[Got] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def url(self, name: str, **options: str) -> str:
        tail = "".join(f"&{key}={value}" for key, value in {**options, "api": self.base}.items())
        return {
            "twilio": f"twilio://{SID}:{TOKEN}@/?from=+74951234567{tail}",
            "smsc": f"smsc://{LOGIN}:very%40secret%3Awords@/?from=FIRMA{tail}",
            "twilio-voice": f"twilio://{SID}:{TOKEN}@/?from=+74951234567{tail}",
            "vonage": f"vonage://{APPLICATION}@/?from=74951234567&key={self.pem()}{tail}",
        }[name]

    def pem(self) -> Path:
        path = self.folder / "vonage.key"
        if not path.exists():
            path.write_bytes(self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return path

    async def handle(self, request: web.Request) -> web.Response:
        raw = await request.text()
        is_json = request.content_type == "application/json"
        fields = {} if is_json else dict(parse_qsl(raw))
        self.got.append(
            Got(request.method, request.path_qs, request.headers, fields, json.loads(raw) if is_json else None)
        )
        if self.answer is None:
            await self.over.wait()
            return web.Response()
        status, body = self.answer
        return (
            web.json_response(body, status=status) if isinstance(body, dict) else web.Response(status=status, text=body)
        )


@cache
def _key() -> RSAPrivateKey:
    return generate_private_key(65537, 1024)


def town(folder: Path) -> Town:
    return Town(_key(), folder)


def is_proved(name: str, got: Got, key: RSAPrivateKey) -> bool:
    """Whether the vendor would know us by this request."""
    if name == "smsc":
        return (got.fields["login"], got.fields["psw"]) == (LOGIN, PASSWORD) and PASSWORD not in got.path
    scheme, _, proof = got.headers["Authorization"].partition(" ")
    if name != "vonage":
        return scheme == "Basic" and base64.b64decode(proof) == f"{SID}:{TOKEN}".encode()
    head, claims, signature = proof.split(".")
    key.public_key().verify(_bytes(signature), f"{head}.{claims}".encode(), PKCS1v15(), SHA256())
    said = json.loads(_bytes(claims))
    return (json.loads(_bytes(head))["alg"], said["application_id"], said["exp"] - said["iat"]) == (
        "RS256",
        APPLICATION,
        300,
    )


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


WORDS: dict[str, Callable[[Got], tuple[str, str]]] = {
    "twilio": lambda got: (got.fields["To"], got.fields["Body"]),
    "smsc": lambda got: ("+" + got.fields["phones"], got.fields["mes"]),
    "twilio-voice": lambda got: (got.fields["To"], got.fields["Twiml"]),
    "vonage": lambda got: ("+" + got.said["to"][0]["number"], got.said["ncco"][0]["text"]),
}
PATHS = {
    "twilio": f"/2010-04-01/Accounts/{SID}/Messages.json",
    "smsc": "/sys/send.php",
    "twilio-voice": f"/2010-04-01/Accounts/{SID}/Calls.json",
    "vonage": "/v1/calls",
}


def path_of(got: Got) -> str:
    return urlsplit(got.path).path

"""Which systems can be connected, what each needs to be believed, and how far it is believed. Pure.

The classes of trust: `body`, all bytes are signed; `fields`, some of them; `envelope`, that the vendor sent it, not
what it says; `secret`, a word we agreed on; `path`, a secret in the address and nothing in the delivery; `asked`, we
asked its API ourselves; `line`, it speaks on a line that we opened. What is not signed whole only tells people
something until the vendor's API has confirmed it.
"""

import base64
import re
import secrets as random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from core.kernel.errors import Refusal
from core.kernel.ids import token
from core.people.rules import clean_name
from core.sources.settings import CONFIG, NEEDED, WITH

Trust = Literal["body", "fields", "envelope", "secret", "path", "asked", "line"]

KIB, MIB = 1 << 10, 1 << 20
MAX_SECRET = 4000
MAX_NAME = 100
CALLBACK_MINUTES = 15
PATH_SECRET = "path_token"

_ID = re.compile(r"[a-z][a-z0-9-]{0,30}[a-z0-9]")


@dataclass(frozen=True, slots=True)
class Secret:
    """`make`: we make it and the vendor is told; without it the vendor gives it to us."""

    name: str
    make: Callable[[], str] | None = None
    needed: bool = True


def _basic() -> str:
    return f"naryad:{token()}"


def _standard() -> str:
    return "whsec_" + base64.b64encode(random.token_bytes(32)).decode()


@dataclass(frozen=True, slots=True)
class Kind:
    """`most` bounds a body in bytes. `settings` are the names of `CONFIG` that it knows. `brings`: the events that mean
    a new order, unless the source's mapping names others; `paths`: where its fields usually stand, `read`: where they
    do when the thing was read back by its API. `polled`: it sends nothing by itself, we ask it by schedule."""

    trust: Trust
    secrets: tuple[Secret, ...]
    settings: tuple[str, ...] = ()
    most: int = MIB
    brings: tuple[str, ...] = ()
    paths: Mapping[str, str] | None = None
    polled: bool = False
    read: Mapping[str, str] | None = None


MESSENGERS = ("whatsapp", "max", "vk")
"""Kinds in which we answer, each the name of its channel."""
_PATH = Secret(PATH_SECRET, token)
_LETTERS = 40 * MIB
_CALLS = ("callback_minutes",)
_DATA = {
    "words": "data.title data.description",
    "external": "data.id",
    "customer": "data.customer",
    "site": "data.site",
    "address": "data.address",
    "name": "data.name",
    "phone": "data.phone",
    "urgency": "data.urgency",
}
_ENTITY = {"external": "entity_id"}
_API = Secret("api_token", needed=False)
"""With it, and the address `api_url`, the thing is read back before an order is made of it."""
_READ = {"customer": "read.customer", "name": "read.contact.name", "phone": "read.contact.phone"}
_BODY = {"customer": "body.customer", "name": "body.contact.name", "phone": "body.contact.phone"}
_POLL = ("poll_url", "poll_minutes", "poll_alarm")
FOUND = "item.found"
"""The event of a polled system: a thing that was not in its list before."""
_ITEM = {name: path.replace("data.", "body.") for name, path in _DATA.items()} | {"external": "external_id"}

KINDS: dict[str, Kind] = {
    "standardwebhooks": Kind("body", (Secret("whsec", _standard),), brings=("order.created",), paths=_DATA),
    "1c-http": Kind(
        "secret",
        (Secret("basic", _basic),),
        ("allow_bom",),
        brings=("order.received",),
        paths={"words": "body.Комментарий", "external": "number", "customer": "inn", "address": "body.Адрес"},
    ),
    "1c-commerceml": Kind(
        "secret",
        (Secret("basic", _basic),),
        ("exchange_all", "exchange_charset", "exchange_zip"),
        brings=("order.received",),
        paths={
            "words": "text goods",
            "external": "external_id",
            "customer": "customer",
            "address": "address",
            "name": "name",
            "phone": "phone",
        },
    ),
    "amocrm": Kind(
        "path",
        (
            _PATH,
            *(Secret(name, needed=False) for name in ("account_id", "subdomain", "channel_secret")),
            *(Secret(name, needed=False) for name in ("client_id", "client_secret")),
            _API,
        ),
        ("api_url",),
        brings=("crm.lead.added", "crm.unsorted.added"),
        paths=_ENTITY,
        read=_ENTITY | _READ | {"words": "read.name", "address": "read.fields.Адрес"},
    ),
    "bitrix24": Kind(
        "secret",
        (Secret("application_token"), Secret("member_id", needed=False), _API),
        ("api_url", "crm_types"),
        brings=("crm.lead.added", "crm.deal.added", "crm.item.added"),
        paths=_ENTITY,
        read=_ENTITY | _READ | {"words": "read.TITLE read.COMMENTS", "address": "read.ADDRESS"},
    ),
    "hubspot": Kind(
        "body",
        (Secret("client_secret"),),
        ("public_url",),
        brings=("crm.ticket.created", "crm.deal.created"),
        paths=_ENTITY,
    ),
    "jira": Kind(
        "body",
        (Secret("secret", token),),
        most=25 * MIB,
        brings=("ticket.created",),
        paths={"words": "title body.issue.fields.description", "external": "external_id", "name": "by"},
    ),
    "moysklad": Kind(
        "path",
        (_PATH, Secret("account_id"), Secret("secretKey", needed=False), _API),
        ("api_url",),
        brings=("crm.order.created",),
        paths={"external": "id"},
        read=_READ | {"external": "id", "words": "read.description", "address": "read.shipmentAddress"},
    ),
    "okdesk": Kind(
        "path",
        (_PATH, _API),
        ("api_url",),
        brings=("ticket.created",),
        paths={"words": "title", "external": "external_id"},
        read=_READ
        | {"external": "external_id", "words": "read.title read.description", "address": "read.address.value"},
    ),
    "salesforce": Kind("path", (_PATH, Secret("organization_id")), brings=("crm.record.changed",), paths=_ENTITY),
    "servicenow": Kind(
        "secret",
        (Secret("bearer", token),),
        brings=("ticket.changed",),
        paths={"words": "title body.description", "external": "external_id"},
    ),
    "rest": Kind(
        "asked",
        (Secret("token", needed=False),),
        (
            *_POLL,
            *("poll_header", "poll_param", "poll_list", "poll_key", "poll_skip"),
            *("poll_changed", "poll_since", "poll_page", "poll_first", "poll_next"),
        ),
        brings=(FOUND,),
        paths=_ITEM,
        polled=True,
    ),
    "bitrix24-poll": Kind(
        "asked",
        (Secret("token"),),
        (*_POLL, "poll_entity"),
        brings=(FOUND,),
        paths=_BODY | {"words": "body.TITLE body.COMMENTS", "external": "external_id", "address": "body.ADDRESS"},
        polled=True,
    ),
    "amocrm-poll": Kind(
        "asked",
        (Secret("token"),),
        (*_POLL, "poll_stage"),
        brings=(FOUND,),
        paths=_BODY | {"words": "body.name", "external": "external_id", "address": "body.fields.Адрес"},
        polled=True,
    ),
    "okdesk-poll": Kind(
        "asked",
        (Secret("token"),),
        _POLL,
        brings=(FOUND,),
        paths=_BODY
        | {"words": "body.title body.description", "external": "external_id", "address": "body.address.value"},
        polled=True,
    ),
    "hubex": Kind(
        "asked",
        (Secret("token"),),
        _POLL,
        brings=(FOUND,),
        paths={
            "words": "body.notes body.asset.name",
            "external": "external_id",
            "customer": "body.company.name",
            "address": "body.location.address",
            "name": "body.contactPerson",
            "phone": "body.contactPhone",
        },
        polled=True,
    ),
    "1c-odata": Kind(
        "asked",
        (Secret("password"),),
        (*_POLL, "poll_entity", "poll_user", "poll_expand"),
        brings=(FOUND,),
        paths={
            "words": "body.Комментарий",
            "external": "external_id",
            "customer": "body.Контрагент.ИНН",
            "address": "body.АдресДоставки",
        },
        polled=True,
    ),
    "mailgun": Kind("envelope", (Secret("webhook_signing_key"),), most=_LETTERS),
    "postmark": Kind("secret", (Secret("basic", _basic),), most=_LETTERS),
    "sendgrid": Kind("body", (Secret("verification_key_spki_b64"),), most=_LETTERS),
    "ses-sns": Kind(
        "body",
        (Secret("secret_access_key", needed=False),),
        ("topic_arn", "s3_bucket", "s3_region", "s3_access_key_id"),
        most=MIB,
    ),
    "imap": Kind("envelope", (Secret("password"),), ("imap_url", "imap_user", "imap_folder"), most=_LETTERS),
    "smtp": Kind("envelope", (), ("mail_address",), most=_LETTERS),
    "mango": Kind("body", (Secret("vpbx_api_key"), Secret("vpbx_api_salt")), _CALLS),
    "zadarma": Kind("fields", (Secret("api_secret"),), ("own_numbers", *_CALLS)),
    "twilio": Kind("body", (Secret("auth_token"),), ("public_url", *_CALLS)),
    "vonage": Kind("body", (Secret("signature_secret"),), _CALLS),
    "asterisk-ari": Kind(
        "line",
        (Secret("password"),),
        ("ari_url", "ari_user", "ari_app", "ari_recording", "own_numbers", *_CALLS),
    ),
    "smsc": Kind("fields", (Secret("secret", token),)),
    "whatsapp": Kind("body", (Secret("app_secret"), Secret("verify_token", token)), most=3 * MIB),
    "max": Kind("secret", (Secret("secret", token),)),
    "vk": Kind("secret", (Secret("secret", token), Secret("confirmation"), Secret("group_id"))),
}


def kind_of(code: str) -> Kind:
    """Refusal sources.unknown_kind."""
    if code not in KINDS:
        raise Refusal("sources.unknown_kind", kind=code[:40])
    return KINDS[code]


def check_id(text: str) -> str:
    """It stands in an address: small Latin letters, digits and hyphens. Refusal sources.bad_id."""
    if _ID.fullmatch(text) is None:
        raise Refusal("sources.bad_id")
    return text


def check_name(text: str) -> str:
    return clean_name(text)[:MAX_NAME]


def first_secrets(kind: Kind, given: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """All secrets of a new source, and those of them that we made. Refusal sources.secret_needed with its `name`."""
    made = {one.name: one.make() for one in kind.secrets if one.make and not given.get(one.name)}
    known = {**check_secrets(kind, given), **made}
    if missing := [one.name for one in kind.secrets if one.needed and one.name not in known]:
        raise Refusal("sources.secret_needed", name=missing[0], field=f"secret.{missing[0]}")
    return known, made


def check_secrets(kind: Kind, given: Mapping[str, str]) -> dict[str, str]:
    """The secrets that were typed in, of those the kind knows; empty ones are left out. Refusal sources.bad_secret."""
    found = {one.name: given.get(one.name, "").strip() for one in kind.secrets}
    for name, value in found.items():
        if len(value) > MAX_SECRET or not value.isprintable():
            raise Refusal("sources.bad_secret", name=name, field=f"secret.{name}")
    return {name: value for name, value in found.items() if value}


def make_secret(kind: Kind, name: str) -> str:
    """A new one in place of one that we make. Refusal sources.bad_secret for what only the vendor can change."""
    for one in kind.secrets:
        if one.name == name and one.make:
            return one.make()
    raise Refusal("sources.bad_secret", name=name[:40])


def check_config(kind: Kind, given: Mapping[str, Any]) -> dict[str, Any]:
    """What the source's check needs, of what the kind knows. Refusal sources.bad_setting with its `name`."""
    return {
        name: CONFIG[name](name, given[name])
        for name in kind.settings
        if name in given and given[name] not in (None, "")
    }


def check_needed(code: str, config: dict[str, Any]) -> dict[str, Any]:
    """Refusal sources.bad_setting for a needed setting that is not there."""
    for name in NEEDED.get(code, ()):
        if not config.get(name):
            raise Refusal("sources.bad_setting", name=name, field=name)
    for name, other in WITH.items():
        if config.get(name) and not config.get(other):
            raise Refusal("sources.bad_setting", name=other, field=other)
    return config

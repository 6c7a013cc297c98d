"""The settings that a source may have beside its secrets, and how each is checked. Pure.

`api_url`: where a thing is read back that a delivery only names. `ari_recording`: how the exchange's dialplan names its
recordings (see `recorded`). `crm_types`: the smart processes whose items are orders, by the numbers of their types.

Those that begin with `poll_` say how a system is asked by schedule: `poll_url` the address; `poll_minutes` how often;
`poll_alarm` after how many failures dispatchers hear of it; `poll_header` or `poll_param` where the secret stands;
`poll_list` the path to the list in the answer and `poll_key` the key of its items; `poll_changed` when an item changed
and `poll_since` the parameter that asks for what changed since; `poll_page` and `poll_first` the parameter of a page
and its first number; `poll_next` the path to the next page's mark or address; `poll_skip`: what is there the first
time is not brought; `poll_entity` which of their things; `poll_stage` in which stage, `pipeline:status`; `poll_user`,
`poll_expand`: of 1C.

Of 1C's exchange of orders: `exchange_all`: it is told all our orders, not only those that came from it;
`exchange_charset` of what it is told; `exchange_zip`: it may pack what it uploads.

Of Amazon SES: `s3_bucket`, the only one that letters are read from, in `s3_region`, with the key `s3_access_key_id`."""

import re
from collections.abc import Callable, Collection
from typing import Any
from urllib.parse import quote

from core.customers.rules import normalise_email
from core.kernel.errors import Refusal
from core.people.rules import normalise_phone
from core.sources.recorded import is_template

MAX_CALLBACK_MINUTES = 1440
MAX_NUMBERS = 100
POLL_MINUTES, MAX_POLL_MINUTES = 5, 1440
POLL_ALARM, MAX_POLL_ALARM = 3, 50
WHOLE = {
    "callback_minutes": (1, MAX_CALLBACK_MINUTES),
    "poll_minutes": (1, MAX_POLL_MINUTES),
    "poll_alarm": (1, MAX_POLL_ALARM),
    "poll_first": (0, 1),
}
"""Whole numbers and what they may be."""
FLAGS = ("allow_bom", "poll_skip", "exchange_all", "exchange_zip")
SERVER = r"imaps?://[A-Za-z0-9.-]{1,200}(:\d{1,5})?"
ADDRESS = r"https?://[^\s]{3,300}"
BUCKET = r"(?=.{3,63}$)(?![0-9.]+$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*"
REGION = r"[a-z]{2}(-[a-z]{2,20}){1,2}-[0-9]{1,2}"
ACCESS_KEY = r"[A-Za-z0-9]{16,128}"
TOPIC = r"arn:aws(-cn)?:sns:[a-z0-9-]{1,30}:[0-9]{12}:[A-Za-z0-9_-]{1,256}"
HEADER = r"[A-Za-z][A-Za-z0-9-]{0,63}"
PARAMETER = r"[A-Za-z0-9_.\[\]$-]{1,64}"
PATH = r"[^\s.]{1,64}(\.[^\s.]{1,64}){0,15}"
ENTITY = r"\w{1,128}"
STAGE = r"\d{1,18}:\d{1,18}"
ENTITIES = r"[\w/]{1,64}(,[\w/]{1,64}){0,9}"

Check = Callable[[str, Any], Any]


def _bad(name: str) -> Refusal:
    return Refusal("sources.bad_setting", name=name, field=name)


def _whole(name: str, value: Any) -> int:
    low, high = WHOLE[name]
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise _bad(name)
    return value


def _numbers(name: str, value: Any) -> list[str]:
    if not isinstance(value, Collection) or isinstance(value, str) or len(value) > MAX_NUMBERS:
        raise _bad(name)
    return [normalise_phone(str(number)) for number in value]


def _shaped(pattern: str) -> Check:
    shape = re.compile(pattern)

    def check(name: str, value: Any) -> str:
        if not isinstance(value, str) or shape.fullmatch(value.strip()) is None:
            raise _bad(name)
        return value.strip()

    return check


def _line(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value.isprintable() or len(value) > 200:
        raise _bad(name)
    return value.strip()


def _asked(name: str, value: Any) -> str:
    """An address in Latin letters: others are written as a browser would."""
    text = quote(str(value).strip(), safe="%/:?#[]@!$&'()*+,;=-._~")
    if re.fullmatch(ADDRESS, text) is None:
        raise _bad(name)
    return text


def _recording(name: str, value: Any) -> str:
    if not isinstance(value, str) or not is_template(value.strip()):
        raise _bad(name)
    return value.strip()


CONFIG: dict[str, Check] = {
    **dict.fromkeys(WHOLE, _whole),
    **{name: lambda name, value: bool(value) for name in FLAGS},
    "own_numbers": _numbers,
    "public_url": _shaped(ADDRESS),
    "topic_arn": _shaped(TOPIC),
    "s3_bucket": _shaped(BUCKET),
    "s3_region": _shaped(REGION),
    "s3_access_key_id": _shaped(ACCESS_KEY),
    "imap_url": _shaped(SERVER),
    "imap_user": _line,
    "imap_folder": _line,
    "mail_address": lambda name, value: normalise_email(value),
    "api_url": _asked,
    "ari_url": _asked,
    "ari_user": _line,
    "ari_app": _shaped(r"[A-Za-z0-9_-]{1,64}"),
    "ari_recording": _recording,
    "crm_types": _shaped(r"[0-9]{1,9}( ?, ?[0-9]{1,9}){0,19}"),
    "exchange_charset": _shaped("windows-1251|utf-8"),
    "poll_url": _asked,
    "poll_header": _shaped(HEADER),
    "poll_param": _shaped(PARAMETER),
    "poll_list": _shaped(PATH),
    "poll_key": _shaped(PATH),
    "poll_changed": _shaped(PATH),
    "poll_since": _shaped(PARAMETER),
    "poll_page": _shaped(PARAMETER),
    "poll_next": _shaped(PATH),
    "poll_entity": _shaped(ENTITY),
    "poll_stage": _shaped(STAGE),
    "poll_expand": _shaped(ENTITIES),
    "poll_user": _line,
}
API_URLS = {"moysklad": "https://api.moysklad.ru"}
"""Where the API is that all accounts share."""
NEEDED = {
    "imap": ("imap_url", "imap_user"),
    "smtp": ("mail_address",),
    "ses-sns": ("topic_arn",),
    "asterisk-ari": ("ari_url", "ari_user"),
    "rest": ("poll_url",),
    **dict.fromkeys(("bitrix24-poll", "amocrm-poll", "okdesk-poll", "hubex"), ("poll_url",)),
    "1c-odata": ("poll_url", "poll_entity", "poll_user"),
}
"""Settings without which a kind is no use."""
WITH = {
    "poll_since": "poll_changed",
    "s3_bucket": "s3_region",
    "s3_region": "s3_access_key_id",
    "s3_access_key_id": "s3_bucket",
}
"""Settings that are no use without another."""

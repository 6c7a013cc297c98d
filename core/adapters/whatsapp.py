"""Messages by the WhatsApp Cloud API: `whatsapp://<id of our number>:<token>@/?template=order_news`.

The id is the telephone number's in WhatsApp Manager, the token a system user's that does not expire. `template` names
an approved template for what is told when nobody wrote for a day, `template_<screen>` another one for a screen
(`template_on_the_way`); each has one variable in its body, `{{1}}`, which takes a line of words. `lang_ru`, `lang_en`
are the languages under which the templates were approved, where they are not `ru` and `en`. `api` is another address.

Each message carries its notice's key, which comes back in the reports of what became of it. The API has no idempotency
key: a request that nobody answered is not sent again. Files are fetched in two steps, both with the token, which goes
to the vendor's own hosts alone.

Sources: the vendor's pages on messages, templates, media, the telephone number's node and error codes.
"""

import json
import re
from typing import Any
from urllib.parse import urlsplit

from core.adapters.enclosed import form
from core.adapters.telephone import ADDRESS, Account, Answer, Line, Shape, whole
from core.channels.rules import TEMPLATED
from core.files.rules import DOCX, MAX_BYTES, PDF, TEXT, XLSX, check_size
from core.kernel.clip import clip
from core.kernel.errors import Outage, Unanswered
from core.ports import Button, Enclosed, Web, WebCall

CHANNEL = "whatsapp"
API, VERSION = "https://graph.facebook.com", "v23.0"
MOST, MOST_TEMPLATE, MOST_CAPTION = 4096, 700, 1024
FILE_S = 60.0
TAKEN = {
    **dict.fromkeys(("image/jpeg", "image/png"), ("image", 5 << 20)),
    **dict.fromkeys(("video/mp4", "video/3gpp"), ("video", 16 << 20)),
    **dict.fromkeys((PDF.mime, DOCX.mime, XLSX.mime, TEXT.mime), ("document", MAX_BYTES)),
}
"""The types that may be enclosed under words: as what, and how many bytes."""
HOSTS = ("fbsbx.com", "fbcdn.net", "facebook.com", "whatsapp.net")
_NAME = r"[a-z0-9_]{1,512}"
SHAPE = Shape(
    "whatsapp://106540352242922:EAAG…@/?template=order_news",
    r"\d{5,20}",
    r"[A-Za-z0-9._|-]{20,1000}",
    {
        "template": _NAME,
        **{f"template_{screen.removeprefix('customer.')}": _NAME for screen in TEMPLATED},
        "lang_ru": r"ru",
        "lang_en": r"en(_(US|GB))?",
        "api": ADDRESS,
    },
)
REFUSED = frozenset({131021, 131026, 130497})
"""Codes for good for this number: our own one, it has no WhatsApp or blocked us, we may not write to its country."""
UNFIT = frozenset(
    {
        *(100, 131008, 131009, 131051),
        *(130472, 131030, 131047, 131049, 131050),
        *(132000, 132001, 132005, 132007, 132012, 132015, 132016, 132068, 132069),
    }
)
"""Codes of what will not go, though the number is good: a bad parameter; an experiment, a number that is not on a test
account's list, a day that is over, too much advertising; a template that is missing, another, paused or broken."""
GONE = frozenset({100, 131052})
"""Codes of a file that is no more."""
DEAD = ("BANNED", "BLOCKED", "DELETED", "DISCONNECTED", "UNVERIFIED")


class WhatsApp:
    """A port of `Messenger`."""

    by_phone = True
    buttons = False
    most = MOST
    most_template = MOST_TEMPLATE
    most_caption = MOST_CAPTION

    def __init__(self, account: Account, web: Web) -> None:
        self.account = account.user
        self._api = account.options.get("api", API)
        self._base = f"{self._api}/{VERSION}"
        self._options = account.options
        self._headers = {"Authorization": f"Bearer {account.secret}"}
        self._line = Line(CHANNEL, web, account.secret)

    def template(self, screen: str) -> str:
        if screen not in TEMPLATED:
            return ""
        return self._options.get(f"template_{screen.removeprefix('customer.')}") or self._options.get("template", "")

    def takes(self, mime: str, size: int) -> bool:
        return mime in TAKEN and 0 < size <= TAKEN[mime][1]

    async def write(
        self,
        to: str,
        text: str,
        locale: str,
        key: str,
        template: str = "",
        file: Enclosed | None = None,
        button: Button | None = None,
    ) -> str:
        if template:
            said = self._templated(template, text, locale)
        else:
            said = await self._enclosing(file, text) if file else _worded(text)
        message = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": to.removeprefix("+"),
            "biz_opaque_callback_data": key,
            **said,
        }
        kind = {"Content-Type": "application/json"}
        body = json.dumps(message, ensure_ascii=False).encode()
        answer = await self._line.ask("POST", f"{self._base}/{self.account}/messages", {**self._headers, **kind}, body)
        sent = answer.said.get("messages")
        if answer.good and isinstance(sent, list) and sent and isinstance(sent[0], dict) and sent[0].get("id"):
            return str(sent[0]["id"])
        raise self._refusal(answer)

    async def _enclosing(self, file: Enclosed, text: str) -> dict[str, Any]:
        """The file is brought first: until the message names it, nobody sees it, so that may be done again."""
        kind, _ = TAKEN[file.mime]
        fields, body = form({"messaging_product": "whatsapp", "type": file.mime}, "file", file)
        headers = {**self._headers, "Content-Type": fields}
        try:
            answer = await self._line.ask("POST", f"{self._base}/{self.account}/media", headers, body, FILE_S)
        except Unanswered as outage:
            raise self._line.outage(outage.reason) from outage
        if not (answer.good and answer.said.get("id")):
            raise self._line.unfit(_why(answer)) if _code(answer) in UNFIT else self._line.outage(_why(answer))
        told = {"id": str(answer.said["id"]), "caption": clip(text, MOST_CAPTION)}
        return {"type": kind, kind: {**told, **({"filename": file.name} if kind == "document" else {})}}

    async def fetch(self, media_id: str, most: int) -> bytes:
        if re.fullmatch(r"\d{1,40}", media_id) is None:
            raise self._line.outage("no id of a file", permanent=True)
        url = f"{self._base}/{media_id}?phone_number_id={self.account}"
        answer = await self._line.ask("GET", url, self._headers)
        size, place = whole(answer.said.get("file_size")), answer.said.get("url")
        if not (answer.good and isinstance(place, str)):
            raise self._line.outage(_why(answer), permanent=answer.status == 404 or _code(answer) in GONE)
        if size:
            check_size(size, most)
        if not self._is_theirs(place):
            raise self._line.outage("a file at an address that is not the vendor's", permanent=True)
        wanted = WebCall("GET", place, {**self._headers, "Accept-Encoding": "identity"}, None, most + 1, FILE_S)
        found = await self._line.call(wanted)
        if found.status != 200:
            raise self._line.outage(f"HTTP {found.status} for a file")
        check_size(len(found.body), most)
        if size and len(found.body) != size:
            raise self._line.outage("a file was cut short")
        return found.body

    async def check(self) -> None:
        url = f"{self._base}/{self.account}?fields=id,status,display_phone_number"
        answer = await self._line.ask("GET", url, self._headers)
        if not answer.good or str(answer.said.get("id")) != self.account:
            raise self._line.outage(_why(answer))
        if (status := str(answer.said.get("status") or "")) in DEAD:
            raise self._line.outage(f"the number is {status}")

    def _templated(self, name: str, text: str, locale: str) -> dict[str, Any]:
        """A variable takes no line ends, no tabs and no row of spaces."""
        said = {"type": "text", "text": clip(" ".join(text.split()), self.most_template)}
        language = {"code": self._options.get(f"lang_{locale}", locale)}
        body = [{"type": "body", "parameters": [said]}]
        return {"type": "template", "template": {"name": name, "language": language, "components": body}}

    def _refusal(self, answer: Answer) -> Outage:
        code = _code(answer)
        if not code:
            return self._line.unread(answer)
        if code in UNFIT:
            return self._line.unfit(_why(answer))
        return self._line.outage(_why(answer), permanent=code in REFUSED)

    def _is_theirs(self, url: str) -> bool:
        """Whether the token may go there."""
        try:
            parts, ours = urlsplit(url), urlsplit(self._api)
        except ValueError:
            return False
        host = parts.hostname or ""
        known = parts.scheme == "https" and any(host == one or host.endswith(f".{one}") for one in HOSTS)
        return known or (parts.scheme, parts.netloc) == (ours.scheme, ours.netloc)


def _worded(text: str) -> dict[str, Any]:
    return {"type": "text", "text": {"preview_url": False, "body": clip(text, MOST)}}


def _error(answer: Answer) -> dict[str, Any]:
    found = answer.said.get("error")
    return found if isinstance(found, dict) else {}


def _code(answer: Answer) -> int:
    return whole(_error(answer).get("code"))


def _why(answer: Answer) -> str:
    error = _error(answer)
    data = error.get("error_data")
    details = data.get("details") if isinstance(data, dict) else None
    return f"{error.get('code') or f'HTTP {answer.status}'} {error.get('message') or ''} {details or ''}"

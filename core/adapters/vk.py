"""Messages of a community of VK: `vk://<the community's number>:<its key>@/`.

The key is made on the community's page of work with the API, with the right to its messages, photos and documents.
`api` is another address. A community may write to whoever wrote to it or allowed it, until they forbid it. `random_id`
is made of the notice's key, so that the same words are not shown twice: a request that nobody answered is sent again.
At most 20 requests a second are taken. Errors come with status 200.

Source: the vendor's pages on messages.send, uploads and errors, and its schema.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from core.adapters.enclosed import FILE_S, brought, form
from core.adapters.telephone import ADDRESS, Account, Answer, Line, Shape, whole
from core.files.rules import MAX_BYTES
from core.kernel.clip import clip
from core.kernel.errors import Outage, Unanswered
from core.kernel.pace import Pace
from core.ports import Button, Enclosed, Web

CHANNEL = "vk"
API, VERSION = "https://api.vk.com", "5.199"
MOST, MOST_LABEL, GAP_S = 4000, 40, 1 / 18
PHOTOS = ("image/jpeg", "image/png", "image/gif")
REFUSED = frozenset({18, 113, 900, 901, 902, 932, 936})
"""Codes for good for this person: deleted or banned, unknown, on our black list; they did not allow or forbade it."""
UNFIT = frozenset({100, 118, 121, 129, 910, 911, 914, 943, 944, 950})
"""Codes of what will not go, though the person is there: a bad parameter or file, too long, too late."""
SHAPE = Shape("vk://215000001:vk1.a.…@/", r"\d{1,15}", r"[A-Za-z0-9._-]{20,1000}", {"api": ADDRESS})


class Vk:
    """A port of `Messenger`."""

    by_phone = False
    buttons = True
    most = MOST
    most_template = 0
    most_caption = MOST

    def __init__(self, account: Account, web: Web) -> None:
        self.account = account.user
        self._api = account.options.get("api", API)
        self._secret = account.secret
        self._line = Line(CHANNEL, web, account.secret)
        self._pace = Pace()

    def template(self, screen: str) -> str:
        return ""

    def takes(self, mime: str, size: int) -> bool:
        """Documents may be all but music and programs."""
        return 0 < size <= MAX_BYTES and not mime.startswith("audio/")

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
        said = {"peer_id": to, "random_id": str(_once(key)), "message": clip(text, MOST), "dont_parse_links": "1"}
        if file:
            said["attachment"] = await self._enclosing(to, file)
        if button:
            said["keyboard"] = _pressed(button)
        return str(whole(await self._ask("messages.send", said)) or "")

    async def _enclosing(self, to: str, file: Enclosed) -> str:
        """The file's name in a message. Nobody sees it until one names it, so all of this may be done again."""
        if file.mime in PHOTOS:
            place = await self._place("photos.getMessagesUploadServer", {"peer_id": to})
            stored = await self._bring(place, "photo", file)
            given = {name: str(stored.get(name) or "") for name in ("server", "photo", "hash")}
            found = await self._ask("photos.saveMessagesPhoto", given)
            return self._named("photo", found[0] if isinstance(found, list) and found else None)
        place = await self._place("docs.getMessagesUploadServer", {"peer_id": to, "type": "doc"})
        stored = await self._bring(place, "file", file)
        found = await self._ask("docs.save", {"file": str(stored.get("file") or ""), "title": file.name})
        return self._named("doc", found.get("doc") if isinstance(found, dict) else None)

    async def _place(self, method: str, fields: Mapping[str, str]) -> str:
        found = await self._ask(method, fields)
        place = found.get("upload_url") if isinstance(found, dict) else None
        if not isinstance(place, str):
            raise self._line.outage(f"{method} was not understood")
        return place

    async def _bring(self, place: str, part: str, file: Enclosed) -> Mapping[str, Any]:
        fields, body = form({}, part, file)
        try:
            answer = await self._line.ask("POST", place, {"Content-Type": fields}, body, FILE_S)
        except Unanswered as outage:
            raise self._line.outage(outage.reason) from outage
        if not answer.good or answer.said.get(part) in (None, "", "[]"):
            raise self._line.outage(f"a file was not taken: {answer.said.get('error') or f'HTTP {answer.status}'}")
        return answer.said

    def _named(self, kind: str, one: Any) -> str:
        if not isinstance(one, dict) or not one.get("id"):
            raise self._line.outage("a file was not kept")
        key = f"_{one['access_key']}" if one.get("access_key") else ""
        return f"{kind}{one.get('owner_id')}_{one['id']}{key}"

    async def fetch(self, media_id: str, most: int) -> bytes:
        return await brought(self._line, media_id, self._api, most)

    async def check(self) -> None:
        found = await self._ask("groups.getById", {})
        groups = found.get("groups") if isinstance(found, dict) else found
        ours = [str(one.get("id")) for one in groups if isinstance(one, dict)] if isinstance(groups, list) else []
        if self.account not in ours:
            raise self._line.outage(f"the key is of another community: {', '.join(ours)}")

    async def _ask(self, method: str, fields: Mapping[str, str]) -> Any:
        """What the API says to it. All that is asked may be asked again."""
        await self._pace.wait(CHANNEL, GAP_S)
        known = {**fields, "access_token": self._secret, "v": VERSION}
        try:
            answer = await self._line.post(f"{self._api}/method/{method}", known)
        except Unanswered as outage:
            raise self._line.outage(outage.reason) from outage
        if answer.good and answer.said.get("response") is not None:
            return answer.said["response"]
        raise self._refusal(answer)

    def _refusal(self, answer: Answer) -> Outage:
        error = answer.said.get("error")
        code = whole(error.get("error_code")) if isinstance(error, dict) else 0
        if not isinstance(error, dict) or not code:
            return self._line.outage(f"HTTP {answer.status}, not understood")
        why = f"{code} {error.get('error_msg') or ''}"
        return self._line.unfit(why) if code in UNFIT else self._line.outage(why, permanent=code in REFUSED)


def _once(key: str) -> int:
    """A positive number of 31 bits, always the same for a notice."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") >> 1 or 1


def _pressed(button: Button) -> str:
    action = {"type": "open_link", "link": button.url, "label": clip(button.label, MOST_LABEL)}
    return json.dumps({"inline": True, "buttons": [[{"action": action}]]}, ensure_ascii=False)

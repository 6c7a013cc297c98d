"""A browser without scripts: follows addresses, fills the forms that stand on a page, sends them as they are."""

from html.parser import HTMLParser
from typing import Any

import aiohttp

Fields = dict[str, str]


class Forms(HTMLParser):
    """The forms of a page by their action, each with what it would send if nothing was typed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, Fields] = {}
        self._form: Fields | None = None
        self._inside: str | None = None
        self._select: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given: dict[str, Any] = dict(attrs)
        name = given.get("name")
        if tag == "form":
            self._form = self.found.setdefault(given.get("action", ""), {})
        elif self._form is None:
            return
        elif tag == "input" and name and given.get("type") not in ("file", "submit", "button"):
            if given.get("type") not in ("checkbox", "radio") or "checked" in given:
                self._form[name] = given.get("value") or ("on" if given.get("type") == "checkbox" else "")
        elif tag == "textarea" and name:
            self._inside = name
            self._form[name] = ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in given or self._select not in self._form):
            self._form[self._select] = given.get("value") or ""

    def handle_data(self, data: str) -> None:
        if self._inside and self._form is not None:
            self._form[self._inside] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "textarea":
            self._inside = None
        elif tag == "select":
            self._select = None


class Browser:
    """`at` is the path of the page that is shown, `page` its text."""

    def __init__(self, http: aiohttp.ClientSession, base: str) -> None:
        self._http, self._base = http, base
        self.at = self.page = ""

    async def go(self, path: str) -> str:
        async with self._http.get(path if "://" in path else self._base + path) as answer:
            return await self._show(answer)

    async def send(self, action: str, **typed: str) -> str:
        """Fill the form with this action on the page that is shown, and press its button."""
        forms = Forms(self.page).found
        assert action in forms, (self.at, sorted(forms))
        assert typed.keys() <= forms[action].keys(), (action, sorted(forms[action]))
        async with self._http.post(self._base + action, data=forms[action] | typed) as answer:
            return await self._show(answer)

    async def _show(self, answer: aiohttp.ClientResponse) -> str:
        self.at, self.page = answer.url.path, await answer.text()
        assert answer.status == 200, (answer.status, self.at, self.page[:2000])
        return self.page

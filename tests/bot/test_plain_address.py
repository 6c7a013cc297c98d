"""Whatever the desk's address is (http, without a dot, this machine), nothing that it says is refused for a button."""

import pytest

import bot.customer.app
import bot.dispatcher.app
import bot.technician.app  # noqa: F401
from bot.routes import SCREENS
from bot.telegram import render
from bot.telegram.render import Json, Where
from bot.view import Button, View
from core.kernel.links import fits_button, links
from simulator.api.keyboards import inline_part
from simulator.state import Chat
from tests.bot.dispatcher_samples import dispatcher
from tests.bot.samples import customer, technician
from tests.bot.screens import ZONE

CASES = [*customer(), *technician(), *dispatcher()]
ADDRESSES = ("http://desk.lan", "http://desk", "http://127.0.0.1:8080", "https://localhost", "https://desk.firma.test")


def sent(name: str, view: View) -> list[Json]:
    """The buttons of a message to one person, as the simulator took them."""
    where = Where(name.partition(".")[0], app_url=links.apps)
    markup = render.letter(view, where).main.params.get("reply_markup")
    taken = inline_part(markup, Chat("1:7", 7, "private", bot_id=1, user_id=7))
    return [button for row in (taken or {}).get("inline_keyboard", ()) for button in row]


@pytest.mark.parametrize("public", ADDRESSES)
def test_no_button_is_refused(public: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "public", public)
    for name, case, facts in CASES:
        for button in sent(name, SCREENS[name](facts, "ru", ZONE)):
            assert fits_button(button.get("url", "https://a.example")), (name, case, button)
            assert "web_app" not in button or public == "https://desk.firma.test", (name, case, button)


@pytest.mark.parametrize(("public", "on_screen"), [("http://desk.lan", False), ("https://desk.firma.test", True)])
def test_an_act_waits_for_its_signature(public: str, on_screen: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the screen where Mini Apps open; where they don't, the card still comes, with the way into the chat."""
    monkeypatch.setattr(links, "public", public)
    cards = [facts for name, _, facts in CASES if name == "technician.job" and facts["job"]["state"] == "done"]
    taken = [sent("technician.job", SCREENS["technician.job"](facts, "ru", ZONE)) for facts in cards]
    assert any("web_app" in button for buttons in taken for button in buttons) is on_screen
    assert any(button.get("callback_data", "").startswith("job.sign:") for buttons in taken for button in buttons)


def test_an_address_that_fits_no_button_is_told_in_words() -> None:
    rows = ((Button("Открыть <всё>", url="http://localhost/?a=1&b=2"), Button("Да", "sign.ok", 5)),)
    (part,) = render.letter(View("Вот", rows), Where("customer")).parts
    assert part.params["text"] == "Вот\n\nОткрыть &lt;всё&gt;: http://localhost/?a=1&amp;b=2"
    assert [len(row) for row in part.params["reply_markup"]["inline_keyboard"]] == [1]
    edited = render.edit(View("Вот", rows), Where("customer"), "text")
    assert edited is not None
    assert edited.params["text"] == part.params["text"]
    (boxed,) = render.letter(View("Вот", rows), Where("customer", app_url="http://127.0.0.1:8080")).parts
    assert boxed.params["text"] == "Вот"

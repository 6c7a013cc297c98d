"""Views become calls; texts are cut as Telegram counts; updates are read without trust."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.telegram import render
from bot.telegram.incoming import NotAnUpdate, is_move, lane_of, press_turn, read_press
from bot.telegram.limits import Limits
from bot.telegram.line import Line, new_line
from bot.telegram.markup import cut, length, plain, split
from bot.telegram.render import Where
from bot.turn import Press, Sender, Turn
from bot.view import Button, Media, Person, Place, View
from core.kernel.actor import SYSTEM
from core.kernel.clock import now
from core.kernel.work import Work
from core.outbox.actions import Queued

HERE = Where("customer")
PUBLIC = Where("customer", app_url="https://desk.example/")
GROUP = Where("dispatcher", private=False, app_url="https://desk.example/")


@given(
    st.lists(st.sampled_from(["<b>", "</b>", "<i>", "</i>", "&lt;", "&amp;", "слово ", "🙂", "a"]), max_size=60),
    st.integers(2, 40),
)
def test_a_cut_text_fits_and_closes_what_it_opened(parts: list[str], limit: int) -> None:
    opened: list[str] = []
    good = []
    for part in parts:
        if part.startswith("</"):
            if not opened or opened[-1] != part[2:-1]:
                continue
            opened.pop()
        elif part.startswith("<"):
            opened.append(part[1:-1])
        good.append(part)
    html = "".join(good) + "".join(f"</{tag}>" for tag in reversed(opened))
    short = cut(html, limit)
    assert length(short) <= limit
    assert (short == html) == (length(html) <= limit)
    for tag in ("b", "i"):
        assert short.count(f"<{tag}>") == short.count(f"</{tag}>")
    assert plain(html).startswith(plain(short).rstrip("…").rstrip()) or short == html


@given(
    st.lists(
        st.sampled_from(["<b>", "</b>", '<a href="x">', "</a>", "&lt;", "&amp;", "слово ", "строка\n", "🙂", "a" * 30]),
        max_size=60,
    ),
    st.integers(12, 60),
)
def test_a_split_text_loses_nothing_and_closes_what_it_opened(parts: list[str], limit: int) -> None:
    opened: list[str] = []
    good = []
    for part in parts:
        if part.startswith("</"):
            if not opened or opened[-1] != part[2:-1]:
                continue
            opened.pop()
        elif part.startswith("<"):
            opened.append(part[1])
        good.append(part)
    html = "".join(good) + "".join(f"</{tag}>" for tag in reversed(opened))
    pieces = split(html, limit)
    assert "".join("".join(map(plain, pieces)).split()) == "".join(plain(html).split())
    for piece in pieces:
        assert length(piece) <= limit
        assert piece.count("<b>") == piece.count("</b>")
        assert piece.count('<a href="x">') == piece.count("</a>")
        assert len(pieces) == 1 or plain(piece).strip()


def test_a_long_text_is_broken_between_words() -> None:
    words = "слово " * 1000
    pieces = split(f"<b>{words}</b>", 4096)
    assert len(pieces) == 2
    assert all(piece.startswith("<b>слово") and piece.endswith("слово </b>") for piece in pieces)
    assert split("а" * 5000, 4096) == ["а" * 4096, "а" * 904]


def test_a_long_text_goes_on_in_the_next_message_and_the_buttons_are_under_the_last() -> None:
    rows = ((Button("Ответить", "a.b"),),)
    parts = render.letter(View("слово " * 1500, rows), HERE).parts
    assert [part.method for part in parts] == ["sendMessage"] * 3
    assert [part.main for part in parts] == [False, False, True]
    assert ["reply_markup" in part.params for part in parts] == [False, False, True]
    assert "".join(part.params["text"] for part in parts) == "слово " * 1500
    with_file = render.letter(View("слово " * 1500, rows, media=(Media(1, "photo"),)), HERE).parts
    assert [part.method for part in with_file] == ["sendPhoto", *["sendMessage"] * 3]
    edited = render.edit(View("слово " * 1500, rows), HERE, "text")
    assert edited is not None
    assert edited.params["text"].endswith("…")
    assert length(edited.params["text"]) <= 4096


def test_text_and_buttons() -> None:
    rows = (
        (Button("Да", "sign.ok", 5, 2), Button("Сайт", url="https://a.example")),
        (Button("Копия", copy="+7"), Button("Подпись", app="sign/5", style="primary")),
    )
    (part,) = render.letter(View("x", rows, silent=True), PUBLIC).parts
    assert part.method == "sendMessage"
    assert part.params["disable_notification"]
    assert part.params["reply_markup"] == {
        "inline_keyboard": [
            [{"text": "Да", "callback_data": "sign.ok:5:2:"}, {"text": "Сайт", "url": "https://a.example"}],
            [
                {"text": "Копия", "copy_text": {"text": "+7"}},
                {"text": "Подпись", "web_app": {"url": "https://desk.example/app/customer/sign/5"}, "style": "primary"},
            ],
        ]
    }


@pytest.mark.parametrize("where", [HERE, GROUP])
def test_a_mini_app_button_is_left_out_where_it_cannot_work(where: Where) -> None:
    (part,) = render.letter(View("x", ((Button("Подпись", app="sign/5"),),)), where).parts
    assert "reply_markup" not in part.params


def test_reply_keyboards_come_and_go() -> None:
    (asked,) = render.letter(View("x", keyboard=((Button("Номер", ask="contact"),),), placeholder="…"), HERE).parts
    assert asked.params["reply_markup"]["keyboard"] == [[{"text": "Номер", "request_contact": True}]]
    (gone,) = render.letter(View("x", keyboard=()), HERE).parts
    assert gone.params["reply_markup"] == {"remove_keyboard": True}


def test_files_alone_and_in_albums() -> None:
    one = render.letter(View("подпись", media=(Media(1, "photo"),)), HERE)
    assert (one.main.method, one.main.params["caption"]) == ("sendPhoto", "подпись")
    many = (*(Media(n, "photo") for n in range(12)), Media(20, "voice"), Media(21, "document"))
    parts = render.letter(View("подпись", ((Button("ok", "a.b"),),), media=many), HERE).parts
    assert [(part.method, len(part.media)) for part in parts] == [
        ("sendMediaGroup", 10),
        ("sendMediaGroup", 2),
        ("sendVoice", 1),
        ("sendDocument", 1),
        ("sendMessage", 0),
    ]
    assert [part.main for part in parts] == [False, False, False, False, True]
    long = render.letter(View("д" * 1500, media=(Media(1, "document"),)), HERE).parts
    assert [part.method for part in long] == ["sendDocument", "sendMessage"]


def test_places_and_persons() -> None:
    live = render.letter(View(place=Place(55.7, 37.6, live=900)), HERE)
    assert (live.main.kind, live.main.params["live_period"]) == ("live", 900)
    venue = render.letter(View("слова", place=Place(55.7, 37.6, title="Магазин", address="Арбат, 1")), HERE)
    assert [part.method for part in venue.parts] == ["sendMessage", "sendVenue"]
    person = render.letter(View(person=Person("Пётр", "+7916")), HERE)
    assert person.main.method == "sendContact"


def test_edits_by_what_is_shown() -> None:
    text = render.edit(View("x"), HERE, "text")
    assert text is not None
    assert text.method == "editMessageText"
    assert render.edit(View("x"), HERE, "photo") is None
    assert render.edit(View("x", keyboard=()), HERE, "text") is None
    move = render.edit(View(place=Place(1, 2, live=60)), HERE, "live")
    stop = render.edit(View(place=Place(1, 2, live=0)), HERE, "live")
    assert move is not None
    assert stop is not None
    assert (move.method, stop.method) == ("editMessageLiveLocation", "stopMessageLiveLocation")


@given(st.text(alphabet=string.printable, max_size=64))
def test_any_button_data_is_read_without_trouble(data: str) -> None:
    press = read_press(data, "q")
    assert press.id >= 0


def test_a_button_comes_back_as_it_went() -> None:
    press = read_press(Button("x", "offer.decline", 12, 3, "far:away").data, "q")
    assert (press.verb, press.id, press.revision, press.extra) == ("offer.decline", 12, 3, "far:away")


QUERY = {
    "id": "5",
    "from": {"id": 7, "first_name": "Anna\x00", "last_name": "B", "username": "anna", "language_code": "en-GB"},
    "message": {
        "message_id": 9,
        "chat": {"id": -5, "type": "supergroup", "title": "Desk", "is_forum": True},
        "is_topic_message": True,
        "message_thread_id": 3,
    },
    "data": "order.open:12:0:\x00",
}


def read(query: object) -> Turn:
    return press_turn("dispatcher", Work(SYSTEM, now(), None, [], [], [], []), query)


def test_a_press_is_read_as_it_came() -> None:
    turn = read(QUERY)
    assert turn.sender == Sender(7, "Anna B", "anna", "en")
    assert (turn.chat_id, turn.private, turn.message_id, turn.thread_id) == (-5, False, 9, 3)
    assert (turn.chat_title, turn.is_forum, turn.locale) == ("Desk", True, "en")
    assert turn.press == Press("order.open", 12, 0, "", "5")


def test_a_press_on_a_message_that_is_too_old_happens_in_the_persons_own_chat() -> None:
    turn = read({**QUERY, "message": None})
    assert (turn.chat_id, turn.private, turn.message_id, turn.thread_id) == (7, True, 0, None)


@pytest.mark.parametrize(
    "broken",
    [
        [],
        "press",
        {},
        {**QUERY, "id": 5},
        {**QUERY, "from": None},
        {**QUERY, "from": {"id": "7", "first_name": "Anna"}},
        {**QUERY, "from": {"id": 7}},
        {**QUERY, "data": ["order.open"]},
        {**QUERY, "message": {"message_id": 9}},
        {**QUERY, "message": {"message_id": True, "chat": {"id": 5, "type": "private"}}},
        {**QUERY, "message": {"message_id": 9, "chat": {"id": 5.5, "type": "private"}}},
        {**QUERY, "message": {"message_id": 9, "chat": {"id": 5, "type": "private"}, "is_topic_message": True}},
    ],
)
def test_what_is_no_press_is_not_taken_for_one(broken: object) -> None:
    with pytest.raises(NotAnUpdate):
        read(broken)


def test_lanes_and_moves() -> None:
    message = {"chat": {"id": 5}, "from": {"id": 7}}
    assert lane_of({"update_id": 1, "message": message}) == 5
    assert lane_of({"update_id": 1, "callback_query": {"from": {"id": 7}, "message": message}}) == 5
    assert lane_of({"update_id": 1, "inline_query": {"from": {"id": 7}}}) == 7
    assert lane_of({"update_id": 1}) == 0
    assert is_move({"edited_message": {"location": {"latitude": 1, "live_period": 60}}})
    assert not is_move({"edited_message": {"location": {"latitude": 1}}})


def notice(seq: int, card: str | None = None, revision: int = 0, op: str = "show") -> Queued:
    return Queued(seq, 1, seq, op, "s", {}, "ru", "UTC", card, revision, None, None, None, None, "resend")


def line(*notices: Queued) -> Line:
    made = new_line(1, Limits.none())
    made.last = 0
    for one in notices:
        assert made.follow(one)
    return made


def test_the_newest_version_takes_the_place_of_the_oldest() -> None:
    made = line(notice(1, "a", 1), notice(2), notice(3, "a", 3), notice(4, "a", 2), notice(5, "b", 1))
    assert [one.seq for one in made.coalesce()] == [1, 4]
    assert [one.seq for one in made.waiting] == [3, 2, 5]


def test_what_comes_after_an_erasure_is_a_new_message() -> None:
    made = line(notice(1, "a", 1), notice(2, "a", 0, "erase"), notice(3, "a", 2))
    assert made.coalesce() == []


def test_a_gap_is_noticed() -> None:
    made = line(notice(1))
    assert not made.follow(notice(3))
    assert made.follow(notice(1))
    assert len(made.waiting) == 1

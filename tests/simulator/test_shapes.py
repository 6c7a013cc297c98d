"""Every method the simulator has can be checked by its shape, and the shape refuses what aiogram refuses."""

from __future__ import annotations

import pytest
from aiogram.methods import SendMessage
from aiogram.types import InlineKeyboardMarkup
from pydantic import ValidationError

from simulator import api
from simulator.api.registry import METHODS
from simulator.api.shapes import adapter


def test_every_method_has_a_shape() -> None:
    assert api.call
    assert len(METHODS) >= 60
    for method in METHODS.values():
        assert adapter(method.model)


def test_scalars_come_out_typed_and_wrong_ones_are_refused() -> None:
    given = {"chat_id": 7, "text": "x", "message_thread_id": "5", "disable_notification": "true"}
    typed = adapter(SendMessage).validate_python(given)
    assert (typed["message_thread_id"], typed["disable_notification"]) == (5, True)
    for wrong in ({"chat_id": 7}, {**given, "message_thread_id": "x"}, {**given, "entities": [{"type": "bold"}]}):
        with pytest.raises(ValidationError):
            adapter(SendMessage).validate_python(wrong)
    with pytest.raises(ValidationError):
        adapter(InlineKeyboardMarkup).validate_python({"inline_keyboard": [[{"callback_data": "x"}]]})

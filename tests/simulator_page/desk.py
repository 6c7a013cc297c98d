"""A small aiogram bot that answers by rule and remembers what it was told, and the page's phones by role."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiogram import Bot, Dispatcher
from aiogram.types import (
    CallbackQuery,
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    Message,
    MessageReactionUpdated,
    ReplyKeyboardMarkup,
    WebAppInfo,
)
from playwright.async_api import Locator, Page

from simulator.app import Simulator

ANNA, BORIS, VERA = 7, 8, 9
PATIENCE = 20.0

MENU = ReplyKeyboardMarkup(
    resize_keyboard=True,
    keyboard=[
        [KeyboardButton(text="Мои заявки")],
        [KeyboardButton(text="Мой номер", request_contact=True), KeyboardButton(text="Где я", request_location=True)],
    ],
)


def offer(app_url: str) -> InlineKeyboardMarkup:
    button = InlineKeyboardButton
    return InlineKeyboardMarkup(
        inline_keyboard=[
            [button(text="Принять", callback_data="accept", style="success")],
            [button(text="Отказаться", callback_data="decline", style="danger")],
            [button(text="Адрес", copy_text=CopyTextButton(text="Лесная, 12"))],
            [button(text="Подписать", web_app=WebAppInfo(url=app_url))],
        ]
    )


@dataclass
class Rules:
    """What the bot does: greets, offers, echoes; `heard` keeps every message, press and reaction."""

    app_url: str
    heard: list[Any] = field(default_factory=list)

    def dispatcher(self) -> Dispatcher:
        dispatcher = Dispatcher(disable_fsm=True)
        dispatcher.message.register(self.on_message)
        dispatcher.edited_message.register(self.on_edit)
        dispatcher.callback_query.register(self.on_press)
        dispatcher.message_reaction.register(self.on_reaction)
        return dispatcher

    async def on_message(self, message: Message) -> None:
        self.heard.append(message)
        text = message.text or ""
        if text.startswith("/start"):
            await message.answer("Здравствуйте! <b>Что случилось?</b>", parse_mode="HTML", reply_markup=MENU)
        elif text == "Предложение":
            await message.answer("Наряд № 7", reply_markup=offer(self.app_url))
        elif text:
            await message.reply(f"Принято: {text}")

    async def on_edit(self, message: Message) -> None:
        self.heard.append(message)

    async def on_press(self, query: CallbackQuery) -> None:
        self.heard.append(query)
        if query.data == "accept" and isinstance(query.message, Message):
            await query.message.edit_text("Наряд № 7 ваш")
        await query.answer("Наряд ваш" if query.data == "accept" else "Жаль", show_alert=query.data == "decline")

    async def on_reaction(self, reaction: MessageReactionUpdated) -> None:
        self.heard.append(reaction)

    async def until(self, wanted: Callable[[Any], bool]) -> Any:
        """The first thing heard that fits, waiting for it."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for thing in self.heard:
                    if wanted(thing):
                        return thing
                await asyncio.sleep(0.02)


@dataclass
class Stage:
    """The open page, the simulator behind it and the bot."""

    page: Page
    sim: Simulator
    url: str
    bot: Bot
    rules: Rules
    picture: Path

    def phone(self, role: str) -> Locator:
        return self.page.get_by_test_id(f"phone-{role}")

    async def say(self, role: str, text: str) -> None:
        await self.phone(role).get_by_test_id("composer").fill(text)
        await self.phone(role).get_by_test_id("composer").press("Enter")

    async def start(self, role: str = "customer") -> Locator:
        """The person of this phone presses START; returns the phone once the bot has answered."""
        phone = self.phone(role)
        await phone.get_by_test_id("start").click()
        await phone.get_by_test_id("messages").get_by_text("Что случилось?").wait_for()
        return phone

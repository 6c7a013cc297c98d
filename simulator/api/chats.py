"""What a bot asks about chats and members, invite links, leaving."""

from __future__ import annotations

import secrets

from simulator import groups
from simulator.api.registry import Request, method
from simulator.api.targets import check_member, known_chat
from simulator.errors import bad
from simulator.messages import render
from simulator.state import Chat, Json

GIFTS = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
PERMISSIONS = (
    "can_send_messages", "can_send_audios", "can_send_documents", "can_send_photos", "can_send_videos",
    "can_send_video_notes", "can_send_voice_notes", "can_send_polls", "can_send_other_messages",
    "can_add_web_page_previews", "can_change_info", "can_invite_users", "can_pin_messages",
    "can_manage_topics",
)  # fmt: skip


def joined(request: Request) -> Chat:
    chat = known_chat(request)
    if chat.bot_id is None:
        check_member(request.bot, chat)
    return chat


def group(request: Request) -> Chat:
    chat = joined(request)
    if chat.bot_id is not None:
        raise bad("there are no administrators in the private chat")
    return chat


@method("getChat")
def get_chat(request: Request) -> Json:
    chat = joined(request)
    info = request.box.world.chat_json(chat)
    info.update(accent_color_id=0, max_reaction_count=11, accepted_gift_types=dict.fromkeys(GIFTS, False))
    if chat.bot_id is None:
        info["permissions"] = dict.fromkeys(PERMISSIONS, True)
    pinned = chat.messages.get(chat.pinned[-1]) if chat.pinned else None
    if pinned is not None:
        info["pinned_message"] = render(request.box, pinned, request.bot.id)
    return info


@method("getChatMember")
def get_chat_member(request: Request) -> Json:
    chat = joined(request)
    user_id = request.get("user_id")
    if request.box.world.user(user_id) is None:
        raise bad("PARTICIPANT_ID_INVALID")
    if chat.bot_id is not None:
        inside = user_id in (chat.bot_id, chat.user_id)
        return groups.member_json(request.box, chat, user_id, "member" if inside else "left")
    return groups.member_json(request.box, chat, user_id)


@method("getChatAdministrators")
def get_chat_administrators(request: Request) -> list[Json]:
    """Creator and administrators; of bots only the caller, as Telegram does."""
    chat = group(request)
    return [
        groups.member_json(request.box, chat, user_id)
        for user_id, status in chat.members.items()
        if status in ("creator", "administrator")
        and (user_id not in request.box.world.bots or user_id == request.bot.id)
    ]


@method("getChatMemberCount")
def get_chat_member_count(request: Request) -> int:
    chat = joined(request)
    return 2 if chat.bot_id is not None else len(chat.present())


@method("leaveChat")
def leave_chat(request: Request) -> bool:
    chat = group(request)
    groups.set_member(request.box, chat, request.bot.id, "left", request.bot.id)
    return True


@method("createChatInviteLink")
def create_chat_invite_link(request: Request) -> Json:
    chat = group(request)
    if chat.members[request.bot.id] != "administrator":
        raise bad("not enough rights to manage chat invite link")
    link = {
        "invite_link": f"https://t.me/+{secrets.token_urlsafe(12)}",
        "creator": request.bot.user(),
        "creates_join_request": bool(request.get("creates_join_request")),
        "is_primary": False,
        "is_revoked": False,
    }
    for name in ("name", "expire_date", "member_limit"):
        if request.get(name):
            link[name] = request.get(name)
    return link

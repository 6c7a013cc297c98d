"""The Bot API's methods, one module per noun; importing this package registers them all."""

from simulator.api import bots, chats, edits, files, media, send, topics, updates
from simulator.api.registry import Request, Upload, call

__all__ = ["Request", "Upload", "bots", "call", "chats", "edits", "files", "media", "send", "topics", "updates"]

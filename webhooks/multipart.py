"""multipart/form-data (RFC 7578) from bytes in memory. Linear in the size of the body; errors are ValueError."""

import re
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser

MAX_PART_HEADERS = 8 << 10
CHARSETS = re.compile(r"utf-?8|us-ascii|(windows-|cp)(125\d|866)|koi8-[ru]|iso-8859-\d{1,2}|utf-16(le|be)?", re.I)


@dataclass(frozen=True)
class Part:
    """`filename` is None for a plain field."""

    name: str
    filename: str | None
    content_type: str
    content: bytes
    charset: str = "utf-8"

    def text(self, errors: str = "strict") -> str:
        """Text in its declared charset. A charset we do not know, or text that is not in it: ValueError."""
        if not CHARSETS.fullmatch(self.charset):
            raise ValueError("unknown charset")
        try:
            return self.content.decode(self.charset, errors)
        except (LookupError, UnicodeDecodeError):
            raise ValueError(f"field {self.name[:40]!r} is not {self.charset}") from None

    def lenient_text(self, charset: str) -> str:
        """Text in a charset named elsewhere, or in UTF-8; letters that do not fit are marked, not refused."""
        try:
            return self.content.decode(charset if CHARSETS.fullmatch(charset) else "utf-8", "replace")
        except LookupError:
            return self.content.decode("utf-8", "replace")


def read(content_type: str, body: bytes, max_parts: int) -> list[Part]:
    boundary = _boundary(content_type)
    sections = (b"\r\n" + body).split(b"\r\n--" + boundary)
    if len(sections) > max_parts + 2:
        raise ValueError(f"over {max_parts} parts")
    if len(sections) < 2 or not sections[-1].startswith(b"--"):
        raise ValueError("multipart body is not closed")
    return [_part(section) for section in sections[1:-1]]


def _boundary(content_type: str) -> bytes:
    header = Message()
    header["Content-Type"] = " ".join(content_type.split())
    boundary = header.get_param("boundary")
    if header.get_content_type() != "multipart/form-data" or not isinstance(boundary, str):
        raise ValueError("not multipart/form-data with a boundary")
    if not 0 < len(boundary) <= 200 or not boundary.isascii():
        raise ValueError("bad boundary")
    return boundary.encode()


def _part(section: bytes) -> Part:
    head, found, content = section.partition(b"\r\n\r\n")
    if not found or len(head) > MAX_PART_HEADERS:
        raise ValueError("a part has no headers")
    headers = HeaderParser().parsestr(head.strip(b"\r\n").decode("utf-8", "replace"))
    name, filename = (_parameter(headers, key) for key in ("name", "filename"))
    if name is None:
        raise ValueError("a part has no name")
    charset = headers.get_param("charset")
    return Part(name, filename, headers.get_content_type(), content, charset if isinstance(charset, str) else "utf-8")


def _parameter(headers: Message, key: str) -> str | None:
    """A value of Content-Disposition. Raw UTF-8, as browsers and mail vendors write it, or RFC 2231."""
    value = headers.get_param(key, header="Content-Disposition")
    return value[2] if isinstance(value, tuple) else value

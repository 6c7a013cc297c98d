"""Cutting the quotation off a reply: what Russian and English mailers put between the new words and the old.

Three shapes: a line of attribution («пн, 2 мар. 2026 г. в 11:00, Desk <desk@…>:», "On …, Desk wrote:"), perhaps wrapped
over three lines, before lines with `>`; a block of headers («От: … Отправлено: … Кому: … Тема: …»), after which all is
old; a ruled line («-----Исходное сообщение-----»). Under an attribution that stands first the reply may follow the
quotation, so the lines without `>` are kept. Nothing is ever cut down to nothing: a bare quotation is kept whole; one
that begins below `MAX_SEARCHED` lines is not looked for.
Collected from Gmail, Яндекс, Mail.ru, Outlook, Thunderbird, Apple Mail, The Bat!, K-9 and their translations.
"""

import re

MAX_LINE = 500
MAX_SEARCHED = 3000
_WRAPPED = 3

_CLOCK = re.compile(r"\b\d{1,2}[:.]\d{2}\b")
_YEAR = re.compile(r"\b(?:19|20)\d{2}\b")
_ADDRESS = re.compile(r"[\w.+=-]{1,64}@[\w-]")
_SAID = re.compile(r"(?:пишет|писала?|писал\(а\)|написала?|написал\(а\)|wrote|schrieb|a écrit)\s?:", re.IGNORECASE)
_YOU_WROTE = re.compile(r"(?:вы писали|you wrote)\b", re.IGNORECASE)
_RULE = re.compile(
    r"(?:-{2,}|_{3,}|\*{3,})\s*(?:исходное сообщение|пересылаемое сообщение|пересланное сообщение|"
    r"перенаправленное сообщение|конец пересылаемого сообщения|original message|forwarded message|original appointment|"
    r"ответьте выше этой строки|reply above this line)\s*:?\s*(?:-{2,}|_{3,}|\*{3,})?",
    re.IGNORECASE,
)
_FROM = re.compile(r"\*?(?:от|от кого|from|отправитель)\s*:\*?\s*\S.*", re.IGNORECASE)
_HEADER = re.compile(
    r"\*?(?:отправлено|дата|кому|копия|тема|важность|sent|date|to|cc|subject|importance)\s*:\*?(?:\s.*)?", re.IGNORECASE
)
_TO = re.compile(r"\*?кому\s*:\*?\s*\S.*", re.IGNORECASE)
_DASHES = re.compile(r"[-_]{5,}")
_DELIMITER = "--"
_PHONE = re.compile(
    r"(?:отправлено (?:из|с|от)|послано с|sent from|sent with|get outlook for|скачать outlook)\b.{0,120}",
    re.IGNORECASE,
)


def newest(text: str) -> str:
    """The reply without quotation and signature, trimmed."""
    lines = _lines(text)
    kept = _without_signature(_own(lines))
    return "\n".join(kept).strip() or "\n".join(lines).strip()


def tidy(text: str) -> str:
    """All of a text, trimmed."""
    return "\n".join(_lines(text)).strip()


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]


def _own(lines: list[str]) -> list[str]:
    """All before the quotation; the unquoted lines after it when it stands first or is answered between its lines."""
    for number in range(min(len(lines), MAX_SEARCHED)):
        if _is_border(lines, number):
            return _unquoted(lines[:number]) if _says(lines[:number]) else lines
        if taken := _attribution(lines, number):
            below = lines[number + taken :]
            if _says(lines[:number]):
                return _unquoted(lines[:number])
            return _unquoted(below) if _quotes_follow(below) else lines
    return _unquoted(lines)


def _attribution(lines: list[str], start: int) -> int:
    """How many lines the attribution takes that begins here; 0 when none does."""
    joined = ""
    for taken, line in enumerate(lines[start : start + _WRAPPED], 1):
        piece = line.lstrip("> ").strip()
        if not piece or len(joined) + len(piece) > MAX_LINE:
            return 0
        joined = f"{joined} {piece}".strip()
        if piece.endswith(":"):
            return taken if _is_attribution(joined) else 0
    return 0


def _is_attribution(line: str) -> bool:
    """When and who, or the word «wrote» with either."""
    when = _YEAR.search(line) is not None and _CLOCK.search(line) is not None
    who = _ADDRESS.search(line) is not None
    said = any(found.end() == len(line) for found in _SAID.finditer(line)) or _YOU_WROTE.match(line) is not None
    return (when and who) or (said and (when or who))


def _quotes_follow(lines: list[str]) -> bool:
    following = next((line for line in lines if line.strip()), "")
    return following.lstrip().startswith(">")


def _is_border(lines: list[str], number: int) -> bool:
    """A ruled line with its words, or a block of at least two headers begun by «От»."""
    line = lines[number].strip()
    if not line or len(line) > MAX_LINE:
        return False
    if _RULE.fullmatch(line):
        return True
    below = [text.strip() for text in lines[number + 1 : number + 5] if text.strip()]
    if _FROM.fullmatch(line):
        return sum(_HEADER.fullmatch(text[:MAX_LINE]) is not None for text in below) >= 2
    if _DASHES.fullmatch(line) and below:
        return _FROM.fullmatch(below[0][:MAX_LINE]) is not None or _TO.fullmatch(below[0][:MAX_LINE]) is not None
    return False


def _unquoted(lines: list[str]) -> list[str]:
    return [line for line in lines if not line.lstrip().startswith(">")]


def _says(lines: list[str]) -> bool:
    return any(line.strip() for line in _unquoted(lines))


def _without_signature(lines: list[str]) -> list[str]:
    """Cut at the delimiter `-- `, and at a phone's lines at the end, when words stand before it. Elsewhere such a line
    is a sentence: «Отправлено со склада…»."""
    for number, line in enumerate(lines):
        if line.strip() == _DELIMITER and any(above.strip() for above in lines[:number]):
            lines = lines[:number]
            break
    end = len(lines)
    while end and (not lines[end - 1].strip() or _PHONE.fullmatch(lines[end - 1].strip())):
        end -= 1
    return lines[:end] or lines

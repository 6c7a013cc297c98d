"""What a letter says: encodings, HTML, quotations of the mailers people use, names of files."""

import base64
import time

import pytest

from tests.webhooks.deliveries import shape
from tests.webhooks.letters import came, letter
from webhooks.mail.letter import MAX_HEAD, open_letter, parameters
from webhooks.mail.quotes import newest
from webhooks.mail.text import words

WORDS = "Ключ у охраны."
MIXED = 'multipart/mixed; boundary="m"'
PART = (
    "--m\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nСм. файл\r\n"
    "--m\r\nContent-Type: application/pdf\r\n{}\r\n\r\nx\r\n--m--"
)


@pytest.mark.parametrize("case", shape("mail", "quotes"), ids=lambda case: case["name"])
def test_only_the_new_words_are_kept(case):
    assert newest(case["letter"]) == case["reply"]


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_words_below_a_picture_are_read_too(kind):
    """As telephones write it: words, a photo among them, words."""
    body = (
        f"--m\r\nContent-Type: text/{kind}; charset=utf-8\r\n\r\nНе холодит витрина\r\n"
        '--m\r\nContent-Type: image/jpeg; name="1.jpg"\r\nContent-Disposition: inline; filename="1.jpg"\r\n\r\nx\r\n'
        f"--m\r\nContent-Type: text/{kind}; charset=utf-8\r\n\r\nАдрес: Мира, 5\r\n"
        '--m\r\nContent-Type: text/plain\r\nContent-Disposition: inline; filename="log.txt"\r\n\r\ny\r\n'
        f"--m\r\nContent-Type: text/{kind}; charset=utf-8\r\n\r\nОтправлено с iPhone\r\n--m--"
    )
    said = words(open_letter(letter(body, Content_Type=MIXED)))
    assert said.split("\n") == ["Не холодит витрина", "Адрес: Мира, 5"]


def test_a_sentence_that_begins_like_a_phones_signature_ends_nothing():
    said = "Здравствуйте!\nОтправлено с вашего склада 3 компрессора.\nОдин не включается.\nМира, 5"
    assert newest(said) == said
    assert newest(f"{said}\n\nОтправлено с iPhone\n") == said
    assert newest(f"{said}\n\nSent from my phone\nGet Outlook for Android\n") == said


@pytest.mark.parametrize(
    ("charset", "encoding", "body"),
    [
        ("koi8-r", "8bit", WORDS.encode("koi8-r")),
        ("windows-1251", "8bit", WORDS.encode("cp1251")),
        ("utf-8", "base64", base64.encodebytes(WORDS.encode())),
        ("utf-8", "quoted-printable", "".join(f"={byte:02X}" for byte in WORDS.encode()).encode()),
        ("x-unknown", "8bit", WORDS.encode()),
        ("utf-8", "8bit", WORDS.encode("cp1251")),
        ("unicode_escape", "8bit", WORDS.encode()),
    ],
)
def test_words_are_read_in_any_encoding(charset, encoding, body):
    raw = letter(body, Content_Type=f"text/plain; charset={charset}", Content_Transfer_Encoding=encoding)
    assert came(raw).normalized["text"] == WORDS


@pytest.mark.parametrize(
    "html",
    [
        "<html><head><title>t</title><style>p{}</style></head><body><p>Ключ у охраны.</p></body></html>",
        "<div>Ключ у&nbsp;охраны.<br></div><div class='gmail_quote'>Сервис: <blockquote>Где?</blockquote></div>",
        "<div>Ключ у охраны.</div><div id='divRplyFwdMsg'>From: x</div><div>Где?</div>",
        "Ключ у охраны.<blockquote type=cite>Где?</blockquote><!-- <p>нет</p> --><script>alert(1)</script>",
    ],
)
def test_html_is_read_as_words(html):
    text = came(letter(html, Content_Type="text/html; charset=utf-8")).normalized["text"]
    assert text.replace("\xa0", " ") == WORDS


def test_plain_text_is_preferred_and_enclosed_letters_are_not_read():
    body = (
        "--m\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\nчужое\r\n"
        "--m\r\nContent-Type: text/html\r\n\r\n<b>нет</b>\r\n"
        "--m\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nКлюч у охраны.\r\n--m--"
    )
    assert came(letter(body, Content_Type=MIXED)).normalized["text"] == WORDS


@pytest.mark.parametrize(
    ("placed", "name"),
    [
        ('Content-Disposition: attachment; filename="act.pdf"', "act.pdf"),
        ('Content-Disposition: attachment; filename="../../etc/passwd"', "passwd"),
        ('Content-Disposition: attachment; filename="C:\\\\x\\\\act.pdf"', "act.pdf"),
        ("Content-Disposition: attachment; filename*=utf-8''%D0%B0%D0%BA%D1%82.pdf", "акт.pdf"),
        ("Content-Disposition: attachment; filename*0*=utf-8''%D0%B0%D0%BA; filename*1*=%D1%82.pdf", "акт.pdf"),
        ('Content-Disposition: attachment; filename="=?utf-8?B?0LDQutGCLnBkZg==?="', "акт.pdf"),
        ('Content-Disposition: attachment; filename=".."', "file"),
    ],
)
def test_names_of_files_are_made_safe(placed, name):
    said = came(letter(PART.format(placed), Content_Type=MIXED)).normalized
    assert said["attachments"] == [{"name": name, "type": "application/pdf"}]
    assert said["text"] == "См. файл"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("=?utf-8?B?0J3QsNGA0Y/QtA==?=", "Наряд"),
        ("=?utf-8?Q?=D0=9D=D0=B0?= =?koi8-r?Q?=D2=D1=C4?=", "Наряд"),
        ("=?utf-8?Q?x=0D=0ABcc:_y?=", "x  Bcc: y"),
        ("a\x00b", "a b"),
        ("=?utf-8?B?bro", "=?utf-8?B?bro"),
    ],
)
def test_subjects_are_one_clean_line(written, read):
    assert came(letter(Subject=written)).normalized["subject"] == read


UNCLOSED = [b"<a ", b"<!--", b"</", b"<?", b"<!", b"<blockquote>", b"&", b"<x a='"]
LINES = ["on 2026 11:00 a@b " * 25 + ":\r\n", "От: x\r\n", "a.@" * 160 + ":\r\n", "-" * 480 + "\r\n"]


@pytest.mark.parametrize("body", [piece * (400_000 // len(piece)) for piece in UNCLOSED])
def test_hostile_html_is_read_at_once(body):
    began = time.process_time()
    came(letter(body, Content_Type="text/html"))
    assert time.process_time() - began < 5


@pytest.mark.parametrize("line", LINES)
def test_hostile_lines_are_read_at_once(line):
    began = time.process_time()
    came(letter(line * (200_000 // len(line))))
    assert time.process_time() - began < 5


@pytest.mark.parametrize("piece", ['\\"', '"a', ';a="', ';a="\\', "(", "<a@", "=?a?q?", "; "])
def test_a_header_of_what_never_ends_is_read_soon(piece):
    """Each began a search to the end of the header before: a quarter of a megabyte took minutes."""
    value = piece * (MAX_HEAD // len(piece) - 200)
    raw = f"From: {value}\r\n\r\nx".encode(), f"Content-Type: text/plain{value}\r\n\r\nx".encode()
    begun = time.process_time()
    for one in raw:
        words(open_letter(one))
        open_letter(one).addresses("From")
    assert time.process_time() - begun < 1.5


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('"Анна, \\"x\\" (y)" <a@b.test>, "никогда <d@e.test>, g@h.test', ["a@b.test", "d@e.test", "g@h.test"]),
        ('"a@b.test" <c@d.test>', ["c@d.test"]),
        ('"a\\', []),
    ],
)
def test_a_quotation_that_never_ends_hides_no_address(value, expected):
    assert open_letter(f"To: {value}\r\n\r\n".encode()).addresses("To") == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('text/plain; a="x\\"y"; charset=utf-8', {"a": 'x"y', "charset": "utf-8"}),
        ('text/plain; name="ab; charset=utf-8', {"name": "", "charset": "utf-8"}),
        ('text/plain; name="', {"name": ""}),
    ],
)
def test_a_quotation_that_never_ends_hides_no_parameter(value, expected):
    assert parameters(value) == expected

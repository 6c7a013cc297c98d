"""QR codes: drawn for papers and labels, read from people's photographs.

Reading takes up to half a second on a 12-megapixel photo: run it in a thread.
"""

import io
from collections.abc import Iterable

import zxingcpp
from PIL import Image, ImageOps

QUIET_ZONE = 4
MAX_TEXT = 1000
QR = zxingcpp.BarcodeFormat.QRCode
QR_ONLY = zxingcpp.BarcodeFormats(QR)


def _draw(text: str, level: str) -> Image.Image:
    """A pixel a module, black on white, without the quiet zone.

    Letters of Latin-1 alone (é, ¥) are refused: they are written without naming their encoding, and scanners take
    them for Japanese. ASCII is safe, and any wider text is written as UTF-8 that says so.
    """
    if not text.isascii() and max(map(ord, text)) < 256:
        raise ValueError("percent-encode a link whose only foreign letters are Latin-1")
    if not text or len(text.encode()) > MAX_TEXT:
        raise ValueError(f"a QR code holds 1 to {MAX_TEXT} bytes, not {len(text.encode())}")
    drawn = zxingcpp.create_barcode(text, QR, ec_level=level).to_image(scale=1, add_quiet_zones=False)
    height, width = drawn.shape
    return Image.frombytes("L", (width, height), memoryview(drawn).tobytes())  # type: ignore[arg-type]


def matrix(text: str, level: str = "M") -> list[list[bool]]:
    """Rows of modules, True is dark, without the quiet zone.

    ValueError when empty, over 1,000 bytes or of Latin-1 letters alone.
    """
    drawn = _draw(text, level)
    cells, side = drawn.tobytes(), drawn.width
    return [[cell == 0 for cell in cells[start : start + side]] for start in range(0, side * drawn.height, side)]


def svg(text: str, level: str = "M", quiet_zone: int = QUIET_ZONE) -> str:
    """One dark path on nothing, a unit a module; sizes itself to whatever box it is put in."""
    rows = matrix(text, level)
    side = len(rows) + 2 * quiet_zone
    path = "".join(
        f"M{x + quiet_zone} {y + quiet_zone}h{length}v1h-{length}z"
        for y, row in enumerate(rows)
        for x, length in _runs(row)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<path d="{path}"/></svg>'
    )


def _runs(row: list[bool]) -> Iterable[tuple[int, int]]:
    """Start and length of each run of dark modules."""
    start = None
    for x, dark in enumerate([*row, False]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            yield start, x - start
            start = None


def png(text: str, level: str = "M", module: int = 8) -> bytes:
    """Black on white with the quiet zone, ``module`` pixels a module."""
    image = ImageOps.expand(_draw(text, level), QUIET_ZONE, fill=255).convert("1")
    image = image.resize((image.width * module, image.height * module), Image.Resampling.NEAREST)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def read(photo: Image.Image) -> list[str]:
    """Texts of all QR codes in a photo, turned or small too, from the top, each once."""
    grey = ImageOps.exif_transpose(photo).convert("L")
    found = _read(grey)
    if not found and min(grey.size) < 1500:
        found = _read(grey.resize((grey.width * 2, grey.height * 2), Image.Resampling.LANCZOS))
    return found


def _read(image: Image.Image) -> list[str]:
    codes = zxingcpp.read_barcodes(image, formats=QR_ONLY)
    codes = sorted((code for code in codes if code.valid), key=lambda code: code.position.top_left.y)
    return list(dict.fromkeys(code.text for code in codes if code.text))

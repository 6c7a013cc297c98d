"""QR codes: drawn for papers and labels, read from people's photographs.

Reading takes up to half a second on a 12-megapixel photo: run it in a thread.
"""

import io
from collections.abc import Iterable

import qrcode
import zxingcpp
from PIL import Image, ImageOps
from qrcode.constants import ERROR_CORRECT_H, ERROR_CORRECT_L, ERROR_CORRECT_M, ERROR_CORRECT_Q

LEVELS = {"L": ERROR_CORRECT_L, "M": ERROR_CORRECT_M, "Q": ERROR_CORRECT_Q, "H": ERROR_CORRECT_H}
QUIET_ZONE = 4
MAX_TEXT = 1000
QR_ONLY = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


def matrix(text: str, level: str = "M") -> list[list[bool]]:
    """Rows of modules, True is dark, without the quiet zone. ValueError when empty or over 1,000 bytes."""
    if not text or len(text.encode()) > MAX_TEXT:
        raise ValueError(f"a QR code holds 1 to {MAX_TEXT} bytes, not {len(text.encode())}")
    code = qrcode.QRCode(error_correction=LEVELS[level], border=0)
    code.add_data(text)
    code.make(fit=True)
    return [[bool(cell) for cell in row] for row in code.get_matrix()]


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
    rows = matrix(text, level)
    image = Image.new("1", (len(rows), len(rows)), 1)
    image.putdata([0 if dark else 1 for row in rows for dark in row])
    image = ImageOps.expand(image, QUIET_ZONE, fill=1)
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

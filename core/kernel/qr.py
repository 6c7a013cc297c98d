"""QR codes: drawn for papers and labels, read from people's photographs.

Reading takes up to half a second on a 12-megapixel photo: run it in a thread.
"""

import io
from collections.abc import Iterable

import qrcode
import zxingcpp
from PIL import Image, ImageOps

QUIET_ZONE = 4
MAX_TEXT = 1000
LEVELS = {
    "L": qrcode.ERROR_CORRECT_L,
    "M": qrcode.ERROR_CORRECT_M,
    "Q": qrcode.ERROR_CORRECT_Q,
    "H": qrcode.ERROR_CORRECT_H,
}
QR_ONLY = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


def matrix(text: str, level: str = "M") -> list[list[bool]]:
    """Rows of modules, True is dark, without the quiet zone; `level` of error correction is L, M, Q or H.

    Written as UTF-8. ValueError when empty or over 1,000 bytes.
    """
    if not text or len(text.encode()) > MAX_TEXT:
        raise ValueError(f"a QR code holds 1 to {MAX_TEXT} bytes, not {len(text.encode())}")
    drawn = qrcode.QRCode(error_correction=LEVELS[level], border=0)
    drawn.add_data(text)
    drawn.make(fit=True)
    return [[bool(cell) for cell in row] for row in drawn.get_matrix()]


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
    drawn = Image.frombytes("L", (len(rows), len(rows)), bytes(0 if dark else 255 for row in rows for dark in row))
    image = ImageOps.expand(drawn, QUIET_ZONE, fill=255).convert("1")
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

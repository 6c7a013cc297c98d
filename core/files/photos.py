"""Photos as we keep them: decoded and written anew, turned upright, without anything hidden in them.

All of it is CPU-bound (a 12-megapixel photo takes some 0.3 s) and decodes what strangers send: run it in a
thread, never in the event loop.
"""

import datetime as dt
import hashlib
import io
import math
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from PIL import ExifTags, Image, ImageCms, ImageOps

from core.files.rules import MAX_BYTES, FileKind, check
from core.kernel.errors import Refusal

MAX_PIXELS = 80_000_000
"""Below the 89 million at which Pillow warns of a bomb."""
MAX_SIDE = 4096
QUALITY = 88
PHOTOS: tuple[FileKind, ...] = ("photo",)
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "HEIF", "AVIF")

warnings.simplefilter("error", Image.DecompressionBombWarning)


@dataclass(frozen=True, slots=True)
class CleanPhoto:
    """A JPEG of our own making and what the original said of itself. ``sha256`` is the original's.

    ``exif_*`` are a claim of the sender's camera, None when it made none or a senseless one.
    """

    jpeg: bytes
    width: int
    height: int
    sha256: str
    exif_taken_at: dt.datetime | None
    exif_lat: float | None
    exif_lon: float | None


def clean_photo(data: bytes, *, zone: dt.tzinfo, limit: int = MAX_BYTES) -> CleanPhoto:
    """Re-encode a photo of at most ``limit`` bytes: upright, sRGB, on white, no EXIF, at most 4096 pixels a side.

    ``zone`` is where a camera's clock stands that names no offset: the company's. Refuses with files.empty,
    files.too_large, files.type_not_allowed (no photo by its bytes), files.not_an_image (broken), files.bomb.
    """
    check(data, PHOTOS, limit)
    with _opened(data) as image:
        exif = image.getexif()
        taken_at, place = _taken_at(exif, zone), _place(exif)
        image.draft("RGB", (MAX_SIDE, MAX_SIDE))
        clean = _flat(_upright(image))
        clean.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
        jpeg = _jpeg(clean, QUALITY)
    lat, lon = place or (None, None)
    return CleanPhoto(jpeg, clean.width, clean.height, hashlib.sha256(data).hexdigest(), taken_at, lat, lon)


def thumbnail(data: bytes, side: int = 320) -> bytes:
    """A small JPEG of a photo, at most ``side`` pixels a side; refuses as ``clean_photo`` does."""
    check(data, PHOTOS)
    with _opened(data) as image:
        image.draft("RGB", (side * 2, side * 2))
        small = _flat(_upright(image))
        small.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
        return _jpeg(small, 80)


def open_photo(data: bytes) -> Image.Image:
    """A photo decoded upright in RGB, to look for a QR code in it; refuses as ``clean_photo`` does."""
    check(data, PHOTOS)
    with _opened(data) as image:
        return _flat(_upright(image))


@contextmanager
def _opened(data: bytes) -> Iterator[Image.Image]:
    """Any fault of a decoder inside becomes a refusal."""
    _openers()
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise Refusal("files.bomb", limit=MAX_PIXELS)
            yield image
    except Refusal:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refusal("files.bomb", limit=MAX_PIXELS) from error
    except Exception as error:
        raise Refusal("files.not_an_image") from error


@cache
def _openers() -> None:
    """HEIC is taught to Pillow when the first photo comes: loading its library takes time and memory."""
    import pillow_heif

    pillow_heif.register_heif_opener()


def _upright(image: Image.Image) -> Image.Image:
    image.seek(0)
    image.load()
    return ImageOps.exif_transpose(image)


def _flat(image: Image.Image) -> Image.Image:
    """In sRGB, what is transparent on white."""
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I") or image.mode == "F":
        high = image.getextrema()[1]
        scale = 255 / high if isinstance(high, int | float) and high > 255 else 1
        image = image.convert("F").point(lambda value: value * scale).convert("L")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, (255, 255, 255, 255))
        return Image.alpha_composite(ground, image).convert("RGB")
    if profile and image.mode in {"RGB", "CMYK"}:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
            return converted or image.convert("RGB")
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            return image.convert("RGB")
    return image.convert("RGB")


def _jpeg(image: Image.Image, quality: int) -> bytes:
    image.info.clear()
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
    return out.getvalue()


_STAMP = re.compile(r"(\d{4})[:/-](\d\d)[:/-](\d\d)[ T](\d\d):(\d\d):(\d\d)")
_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)")


def _taken_at(exif: Image.Exif, zone: dt.tzinfo) -> dt.datetime | None:
    """When the shutter was pressed, aware; None when the camera says nothing or nonsense."""
    try:
        details = exif.get_ifd(ExifTags.IFD.Exif)
        stamp = _STAMP.match(str(details.get(ExifTags.Base.DateTimeOriginal) or ""))
        if stamp is None:
            return None
        offset = _OFFSET.fullmatch(str(details.get(ExifTags.Base.OffsetTimeOriginal) or "").strip("\0 "))
        if offset is not None:
            sign = -1 if offset[1] == "-" else 1
            zone = dt.timezone(sign * dt.timedelta(hours=int(offset[2]), minutes=int(offset[3])))
        year, month, day, hour, minute, second = map(int, stamp.groups())
        taken = dt.datetime(year, month, day, hour, minute, second, tzinfo=zone)
        return taken.astimezone(dt.UTC) if taken.year >= 1990 else None
    except Exception:
        return None


def _place(exif: Image.Exif) -> tuple[float, float] | None:
    """Latitude and longitude in degrees; None when there are none, out of range, or the 0, 0 of a blank field."""
    try:
        gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
        lat = _degrees(gps[ExifTags.GPS.GPSLatitude], gps.get(ExifTags.GPS.GPSLatitudeRef), "S")
        lon = _degrees(gps[ExifTags.GPS.GPSLongitude], gps.get(ExifTags.GPS.GPSLongitudeRef), "W")
    except Exception:
        return None
    if not (math.isfinite(lat) and math.isfinite(lon)) or abs(lat) > 90 or abs(lon) > 180 or lat == lon == 0:
        return None
    return lat, lon


def _degrees(parts: Any, side: Any, negative: str) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    side = side.decode() if isinstance(side, bytes) else str(side or "")
    value = degrees + minutes / 60 + seconds / 3600
    return round(-value if side.strip("\0 ").upper() == negative else value, 7)

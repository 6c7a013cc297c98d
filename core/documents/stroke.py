"""The picture of a signature, made fit for paper."""

import io

from PIL import Image, ImageChops, ImageOps

from core.kernel.errors import Refusal

MAX_BYTES = 2 * 1024 * 1024
MAX_PIXELS = 4_000_000
LARGEST = (480, 200)
INK = (23, 32, 72)


def stroke_png(data: bytes) -> bytes:
    """The stroke alone in ink blue on nothing, its empty margins cut, at most 480 × 200 pixels.

    A PNG with transparency or a dark stroke on a light ground are both understood.
    ``Refusal("documents.signature_unreadable")`` for what is no PNG or JPEG, is too large or blank.
    """
    try:
        if len(data) > MAX_BYTES:
            raise ValueError("too large")
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as image:
            if image.width * image.height > MAX_PIXELS:
                raise ValueError("too many pixels")
            mask = _mask(_visible(image.convert("RGBA")))
    except Exception as error:
        raise Refusal("documents.signature_unreadable") from error
    box = mask.point(lambda value: 255 if value > 40 else 0).getbbox()
    if box is None:
        raise Refusal("documents.signature_unreadable")
    mask = mask.crop(box)
    mask.thumbnail(LARGEST, Image.Resampling.LANCZOS)
    return _png(mask)


def _png(mask: Image.Image) -> bytes:
    """Sixteen shades of ink are enough for the eye, and fewer bytes."""
    stroke = mask.point(lambda value: (value + 8) // 17)
    stroke.putpalette(INK * 16)
    out = io.BytesIO()
    stroke.save(out, "PNG", bits=4, transparency=bytes(range(0, 256, 17)), compress_level=6)
    return out.getvalue()


def _visible(image: Image.Image) -> Image.Image:
    """Without the margins where nothing is drawn at all."""
    box = image.getchannel("A").getbbox()
    if box is None:
        raise ValueError("blank")
    return image.crop(box)


def _mask(image: Image.Image) -> Image.Image:
    """How much ink there is at each pixel."""
    ground = Image.new("RGBA", image.size, (255, 255, 255, 255))
    darkness = ImageOps.invert(Image.alpha_composite(ground, image).convert("L"))
    alpha = image.getchannel("A")
    transparent = any(alpha.histogram()[:128])
    return ImageChops.lighter(darkness, alpha) if transparent else darkness

"""Where the fonts of our own papers and pictures lie; `make setup` puts them there."""

from pathlib import Path

FONTS = Path(__file__).resolve().parents[2] / "admin_web/static/vendor/pt-sans"
"""PT Sans, which has ₽ and №."""

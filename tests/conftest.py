"""What every test shares."""

import os

os.environ["NARYAD_STRICT_WORDS"] = "1"

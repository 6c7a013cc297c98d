"""Compiled kernels: machine code is made once and kept on disk, so that only the first run after a change waits.

It is kept beside this module, or in the user's cache folder when the module's folder is read-only, or else nowhere;
`NUMBA_CACHE_DIR` chooses another place. The folder is named after the sources' digest: numba itself does not notice
when a kernel of another file, compiled into this one, has changed.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import numba
from numba.core import config

P = ParamSpec("P")
R = TypeVar("R")

HERE = Path(__file__).parent


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile on the first call. Kernels release the GIL, so that they may run in a thread beside an event loop.

    They may not make arrays: numba's own counting of references (`_nrt`) is off, which makes them ten times quicker.
    """
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "_nrt": False, "cache": _folder is not None}
    return cast(Callable[P, R], numba.njit(**options)(function))


def _cache_folder() -> Path | None:
    """The first place that can be written to."""
    digest = hashlib.sha256()
    for source in sorted(HERE.glob("*.py")):
        digest.update(source.read_bytes())
    name = f"kernels-{digest.hexdigest()[:16]}"
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    for folder in (HERE / "__pycache__" / name, caches / "naryad" / name):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    return None


_chosen: str = vars(config)["CACHE_DIR"]
_folder = Path(_chosen) if _chosen else _cache_folder()
if _folder:
    vars(config)["CACHE_DIR"] = str(_folder)

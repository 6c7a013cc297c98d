"""Every event has its consequences tried here."""

from pathlib import Path

from core import events


def test_no_event_is_forgotten() -> None:
    here = Path(__file__)
    told = "\n".join(path.read_text() for path in here.parent.glob("test_*.py") if path != here)
    kinds = (kind for kind in vars(events).values() if isinstance(kind, type))
    names = {kind.__name__ for kind in kinds if kind.__module__ == events.__name__}
    assert names
    assert {name for name in names if name not in told} == set()

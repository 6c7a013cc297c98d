"""One clock for many processes: the desk's clock whose offset is read from eight bytes that all of them map, so that
the moment it is moved is the same for everybody."""

import mmap
import struct
import time
from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.kernel.clock import Clock, clock

SIZE = 8


class Tied(Clock):
    """Whatever the process itself wants to set is passed over."""

    told: mmap.mmap

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.offset)

    @property
    def offset(self) -> float:
        return float(struct.unpack("d", self.told[:SIZE])[0])

    @offset.setter
    def offset(self, seconds: float) -> None:
        """Moved by `Mover` alone."""


def tie(path: Path) -> mmap.mmap:
    """From now on this process reads its clock there."""
    with path.open("r+b") as file:
        told = mmap.mmap(file.fileno(), SIZE)
    Tied.told = told
    clock.__class__ = Tied
    return told


def untie() -> None:
    clock.__class__ = Clock
    clock.offset = 0


class Mover:
    """Moves the clock and remembers when: real seconds and the offset from then on."""

    def __init__(self, path: Path) -> None:
        path.write_bytes(struct.pack("d", 0.0))
        self._told = tie(path)
        self.moves: list[tuple[float, float]] = [(time.time(), 0.0)]

    def to(self, moment: datetime) -> None:
        at = time.time()
        offset = moment.timestamp() - at
        if offset < self.moves[-1][1]:
            raise ValueError("the clock only goes forward")
        self.moves.append((at, offset))
        self._told[:SIZE] = struct.pack("d", offset)

    def passed(self, moment: datetime) -> tuple[float, bool]:
        """The real second at which the clock passed a moment, and whether a move took it past."""
        landed = [at + offset for at, offset in self.moves]
        number = bisect_right(landed, moment.timestamp()) - 1
        if number < 0:
            return self.moves[0][0], True
        real = moment.timestamp() - self.moves[number][1]
        if number + 1 < len(self.moves) and real > self.moves[number + 1][0]:
            return self.moves[number + 1][0], True
        return real, False

    def seen(self, moment: datetime) -> datetime:
        """When it was on the clock's face, or what came instead of it."""
        real, jumped = self.passed(moment)
        return self.told(real) if jumped else moment

    def told(self, real: float) -> datetime:
        """What the clock told at a real second."""
        number = bisect_right([at for at, _ in self.moves], real) - 1
        return datetime.fromtimestamp(real + self.moves[max(number, 0)][1], UTC)

"""When Python looks for garbage: never while a process begins, and seldom among what has just been made afterwards.

Looking through a desk's quarter of a million lasting objects again and again took 6% of a button press, and a tenth of
the start; what is garbage is nearly always freed without it, by counting.
"""

import gc

YOUNG = 5_000
"""New objects before the youngest are looked through: some thousand presses of buttons, for a work leaves none."""


def beginning() -> None:
    gc.disable()


def begun() -> None:
    """What is there now stays until the end, and is never looked at again."""
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 20)
    gc.enable()

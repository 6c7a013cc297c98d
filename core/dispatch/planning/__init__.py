"""The day planner: which technician visits which orders, in what order. Pure: it knows no tables and no clock.

`instance` reads and judges the input, `solve.plan` is the engine's door, `insert` places one urgent order into running
routes. Importing `solve` or `insert` loads numba (a second or two): import them where they run.
"""

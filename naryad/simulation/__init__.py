"""Seeded days played against the real rooms under a virtual clock: `naryad simulate`."""

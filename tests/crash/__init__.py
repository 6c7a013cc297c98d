"""A desk that dies all the time. See docs/crash.md for what is promised and how it is measured."""

"""The constant bytes of a payload, put where they belong."""


def stamp(buf, start, marks, n):
    """marks[:n]: pairs of a place after `start` and the byte that stands there."""
    for i in range(0, n, 2):
        buf[start + marks[i]] = marks[i + 1]

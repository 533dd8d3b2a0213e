"""Where each item's value stands in a payload, computed once, from the schema.

Needs nothing but the schema that it is given, so that the world's C can be built before any package is installed.
"""

import struct
from types import ModuleType

HEAD_BYTES = 4  # of a payload: array head (2), head and value of the frame type


def places(schema: ModuleType, kind: int) -> dict[str, int]:
    """Byte offset of every item's value by its name, in the order of the payload; each has its CBOR head before it."""
    found: dict[str, int] = {}
    position = HEAD_BYTES
    for name, code, *_ in schema.items(kind):
        position += 1
        found[name] = position
        position += struct.calcsize(">" + code)
    return found

"""Signed frames as the ground makes them: HMAC-SHA256 of the standard library, at the end of the payload."""

import hmac
from collections.abc import Mapping
from typing import Any

from perilune.link.authentication import MAC_BYTES
from perilune_host.codec import encode

_NONE = bytes(MAC_BYTES)


def mac(key: bytes, boot_nonce: int, signed: bytes) -> bytes:
    """The signature over a payload up to its own bytes."""
    return hmac.digest(key, boot_nonce.to_bytes(4, "big") + signed, "sha256")[:MAC_BYTES]


def sign(payload: bytes, key: bytes, boot_nonce: int) -> bytes:
    """The payload with its last item replaced by the signature."""
    head = payload[:-MAC_BYTES]
    return head + mac(key, boot_nonce, head)


def signed(kind: int, values: Mapping[str, Any], key: bytes, boot_nonce: int) -> bytes:
    """Payload of one signed frame; `values` without its `mac`."""
    return sign(encode(kind, {**values, "mac": _NONE}), key, boot_nonce)


def resigned(payload: bytes, before: tuple[bytes, int], now: tuple[bytes, int]) -> bytes:
    """A signed payload for another boot or board; one whose signature was wrong stays wrong. (key, nonce) each."""
    return sign(payload, *now) if sign(payload, *before) == payload else payload

"""Who may command: signature, session and counter of the frames that change what the flight computer does.

A signed frame ends with HMAC-SHA256 (RFC 2104) over the boot nonce and all of the payload before it, cut to 16 bytes
(NIST SP 800-107: 128 bits; CCSDS 355.0 uses as many). The nonce is another after every boot, so nothing said before a
reset is ever valid again, without a write to flash; within a boot the counter only grows, hello or not.
"""

from hashlib import sha256
from struct import pack

from perilune.wire.schema import BAD_COUNTER, BAD_MAC, BAD_SESSION, OK

MAC_BYTES = 16
KEY_BYTES = 32
HIL_KEY = b"perilune HIL key, known to all !"
WINDOW = 4096  # a counter further ahead is no counter of ours: nobody can use up the rest in one frame

SEALED_BYTES = KEY_BYTES + 8
ERASED = bytes([255] * SEALED_BYTES)  # flash
NO_KEY_ID = bytes(8)
DAMAGED_KEY_ID = bytes([255] * 8)
_NO_SUCH_FILE = 2
_BLOCK = 64  # of SHA-256, bytes
KEY_FILE = "/perilune.key"


class Signer:
    """HMAC-SHA256 under one key. MicroPython has no `hmac`."""

    def __init__(self, key):
        block = key + bytes(_BLOCK - len(key))
        self.inner = bytes([b ^ 0x36 for b in block])
        self.outer = bytes([b ^ 0x5C for b in block])

    def mac(self, nonce, data):
        """The first 16 bytes over nonce and data."""
        inner = sha256(self.inner)
        inner.update(nonce)
        inner.update(data)
        outer = sha256(self.outer)
        outer.update(inner.digest())
        return outer.digest()[0:MAC_BYTES]


def same(a, b):
    """Whether two strings of 16 bytes are equal, in a time that does not say where they differ."""
    difference = 0
    for i in range(MAC_BYTES):
        difference |= a[i] ^ b[i]
    return difference == 0


def key_id(key):
    """Eight bytes by which a host knows which key a board has; they tell nothing about it.

    NO_KEY_ID: it has none. DAMAGED_KEY_ID: it cannot be read (b"").
    """
    if key is None:
        return NO_KEY_ID
    return sha256(b"perilune key " + key).digest()[0:8] if key else DAMAGED_KEY_ID


def sealed(key):
    """A key as it is kept on a board: with its ID behind it, which shows whether it is whole."""
    return key + key_id(key)


def unsealed(record):
    """The key in what is kept; None where nothing ever was (erased flash, no file); b"" where it is damaged.

    A damaged key is not a missing one: a board that had one obeys nobody until it is given another.
    """
    if record is None or record == ERASED:
        return None
    key = record[0:KEY_BYTES]
    return key if len(record) == SEALED_BYTES and record == sealed(key) else b""


def load_key(path=KEY_FILE):
    """The key provisioned beside the software: see `unsealed`."""
    try:
        with open(path, "rb") as file:
            return unsealed(file.read(SEALED_BYTES + 1))
    except OSError as error:
        return None if error.errno == _NO_SUCH_FILE else b""


class Uplink:
    """Accepts or refuses signed frames. Without a key all are refused."""

    def __init__(self, key, boot_nonce):
        self.signer = Signer(key) if key else None
        self.key_id = key_id(key)
        self.nonce = pack(">I", boot_nonce)
        self.session = 0
        self.counter = 0  # the highest accepted
        self.outcome = OK  # what became of that frame
        self.refused = 0

    def check(self, payload, session, counter):
        """OK, and the counter is used up; or why not, and nothing has changed. payload ends with the signature."""
        status = self._judge(payload, session, counter)
        if status == OK:
            self.counter = counter
        else:
            self.refused += 1
        return status

    def _judge(self, payload, session, counter):
        end = len(payload) - MAC_BYTES
        if self.signer is None:
            return BAD_MAC
        if not same(self.signer.mac(self.nonce, payload[0:end]), payload[end:]):
            return BAD_MAC
        if session != self.session:
            return BAD_SESSION
        if not self.counter < counter <= self.counter + WINDOW:
            return BAD_COUNTER
        return OK

"""The manifest of a slot: the SHA-256 of each of its files, checked on the board before any of them is imported.

Text as sha256sum writes it, one file a line: 64 hex digits, two spaces, path below the slot. The identity of the
software in a slot is the SHA-256 of its manifest. Board and host use this one module.
"""

from binascii import hexlify
from hashlib import sha256

NAME = "manifest"
_CHUNK = 1024


def text(digests):
    """The manifest over {path below the slot: 64 hex digits}, as bytes."""
    return "".join([digests[path] + "  " + path + "\n" for path in sorted(digests)]).encode()


def files(content):
    """What a manifest says, {path: 64 hex digits}. ValueError if it is none."""
    found = {}
    for line in content.decode().split("\n")[:-1]:
        if len(line) < 67 or line[64:66] != "  ":
            raise ValueError("not a manifest")
        found[line[66:]] = line[:64]
    if not found:
        raise ValueError("an empty manifest")
    return found


def file_digest(path):
    """64 hex digits of a file's SHA-256. OSError where it cannot be read."""
    digest = sha256()
    chunk = bytearray(_CHUNK)
    view = memoryview(chunk)
    with open(path, "rb") as file:
        n = file.readinto(chunk)
        while n:
            digest.update(view[:n])
            n = file.readinto(chunk)
    return hexlify(digest.digest()).decode()


def check(slot):
    """The identity of the software in the directory `slot`, 32 bytes, after looking at every file of its manifest.

    ValueError names the first file that is not as it should be; OSError if one is missing.
    """
    with open(slot + "/" + NAME, "rb") as file:
        content = file.read()
    listed = files(content)
    for path in sorted(listed):
        if file_digest(slot + "/" + path) != listed[path]:
            raise ValueError(path + " is damaged")
    return sha256(content).digest()

"""What a UART makes of a byte stream sent at another rate: levels on the wire, sampled where the receiver thinks."""

_BITS = 10  # start, eight data, stop


def resample(data: bytes, ratio: float) -> bytes:
    """The bytes a receiver reads (8N1, one sample in the middle of each bit) of `data` sent at `ratio` times its rate.

    A byte whose stop bit reads low is dropped, as most UARTs do; a start bit is looked for from there on.
    """
    levels = "".join("0" + format(byte, "08b")[::-1] + "1" for byte in data) + "1" * _BITS
    out = bytearray()
    at = 0.0  # in bits of the sender
    while True:
        start = levels.find("0", int(at + 0.999999))
        if start < 0:
            return bytes(out)
        samples = [int(start + (n + 0.5) * ratio) for n in range(_BITS)]
        bits = [levels[i] if i < len(levels) else "1" for i in samples]
        if bits[0] == "0" and bits[-1] == "1":
            out.append(int("".join(bits[8:0:-1]), 2))
        at = start + (_BITS - 0.5) * ratio

"""Text that came from a board, a file or a command line, made fit to be shown: it moves no cursor and hides nothing."""

import re

# control characters, what turns the direction of writing, line separators, and bytes that were no UTF-8
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


def plain(text: str, *, lines: bool = False) -> str:
    r"""The text with everything that a terminal would obey written out, such as \x1b; `lines`: but for line feeds."""
    if text.isprintable():
        return text
    return _UNSEEN.sub(lambda found: found[0] if lines and found[0] in "\n\t" else _escape(found[0]), text)


def one_line(text: str, most: int = 500) -> str:
    """The text in one line of at most so many characters: what is too much is taken out of its middle."""
    text = plain(" ".join(text.split()))
    if len(text) <= most:
        return text
    half = (most - 5) // 2
    return f"{text[:half]} ... {text[-half:]}"


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"

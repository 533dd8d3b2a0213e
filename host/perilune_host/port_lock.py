"""One owner for each port: a lock file that names its holder, for ports that the system itself does not lock."""

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from perilune_host.errors import RigError

if os.name == "posix":
    import fcntl
else:  # serial ports are exclusive there by themselves
    fcntl = None


class PortLock:
    """Holds a pyserial URL against other processes, and other users of it in this one, until `release`.

    The system drops it when its holder ends, however it ends. RigError names the holder.
    """

    def __init__(self, url: str) -> None:
        self._file: int | None = None
        if fcntl is None:
            return
        file = _opened(_path(url), url)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(file, 32, 0).decode(errors="replace").strip()
            os.close(file)
            raise RigError(f"{url}: another process has this port ({holder}): end it first") from None
        os.ftruncate(file, 0)
        os.pwrite(file, f"process {os.getpid()}\n".encode(), 0)
        self._file = file

    def release(self) -> None:
        """Let others have the port; once is enough."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                os.close(self._file)
            self._file = None


def _opened(path: Path, url: str) -> int:
    try:
        try:
            return os.open(
                path, os.O_RDWR | os.O_CLOEXEC
            )  # O_CREAT is denied on another user's file in such a folder
        except FileNotFoundError:
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
            os.fchmod(file, 0o666)
            return file
    except OSError as error:
        raise RigError(f"{url}: cannot be locked: {path}: {error.strerror}") from None


def _path(url: str) -> Path:
    """One file for each port, whatever name it is opened by."""
    port = url if urlsplit(url).netloc else os.path.realpath(url)
    folder = Path(tempfile.gettempdir()) / "perilune-ports"
    with contextlib.suppress(FileExistsError):
        folder.mkdir()
        folder.chmod(0o1777)  # shared by all users, as serial ports are
    return folder / hashlib.sha256(port.encode()).hexdigest()[:16]

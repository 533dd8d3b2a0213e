"""The files a matrix leaves behind."""

from pathlib import Path

from hil_rig.matrix.fly import Matrix
from hil_rig.matrix.page import render
from hil_rig.matrix.results import as_json
from hil_rig.results import dumps
from host.errors import InputError


def write_files(matrix: Matrix, folder: Path, fallback: bool = False) -> list[Path]:
    """Write matrix.json and matrix.html into `folder`, made if missing. InputError if that cannot be done."""
    data, page = folder / "matrix.json", folder / "matrix.html"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        data.write_text(dumps(as_json(matrix, fallback)), encoding="utf-8")
        page.write_text(render(matrix, fallback), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{error.filename or folder}: cannot be written: {error.strerror}") from None
    return [page, data]

"""The files a matrix leaves behind."""

from pathlib import Path

from perilune_host.errors import InputError
from perilune_rig.matrix.branches import Matrix
from perilune_rig.matrix.page import render
from perilune_rig.matrix.summary import as_json
from perilune_rig.verdict.result import dumps


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

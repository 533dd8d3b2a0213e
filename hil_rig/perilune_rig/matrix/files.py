"""The files a matrix leaves behind."""

from collections.abc import Iterator
from pathlib import Path

from perilune_rig.matrix.branches import Matrix
from perilune_rig.matrix.page import render
from perilune_rig.matrix.summary import as_json
from perilune_rig.verdict.each_file import write_each, write_text
from perilune_rig.verdict.result import dumps


def write_files(matrix: Matrix, folder: Path, fallback: bool = False) -> Iterator[Path]:
    """Write matrix.html and matrix.json into `folder`, made if missing. InputError if that cannot be done."""
    return write_each(
        (
            (folder / "matrix.html", write_text(render(matrix, fallback))),
            (folder / "matrix.json", write_text(dumps(as_json(matrix, fallback)))),
        )
    )

"""docs/scenario.md is what the structures say."""

import ast
import inspect

from perilune_rig.scenario import docs
from perilune_sim import config


def test_document_is_up_to_date():
    assert docs.FILE.read_text(encoding="utf-8") == docs.generate(), "run `make docs`"


def test_every_key_of_every_structure_is_in_it():
    text = docs.generate()
    keys = [
        node.target.id
        for node in ast.walk(ast.parse(inspect.getsource(config)))
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    ]
    assert len(keys) > 100
    assert [key for key in keys if f"| `{key}` |" not in text] == []


def test_defaults_constraints_and_comments_are_shown():
    text = docs.generate()
    assert "| `time_limit_s` | number > 0, <= 100000 | 1500 | simulated; then the outcome is" in text
    assert "| `dry_kg` | number > 0 | required |" in text
    assert "| `engines` | list of table 1 to 6 items | required |" in text

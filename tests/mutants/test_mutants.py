"""What mutants are made of a source, and that a loaded module takes one on."""

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.mutants.__main__ import changed_lines
from tests.mutants.changes import count, mutant, mutated
from tests.mutants.patch import become


def changes(source: str) -> list[tuple[str, str]]:
    """Before and after of every mutant."""
    made = [mutant("x.py", source, number) for number in range(count(source))]
    return [(m.before, m.after) for m in made]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("y = a < b", [("a < b", "a <= b"), ("a < b", "a >= b")]),
        ("y = a == b", [("a == b", "a != b")]),
        ("y = a + b", [("a + b", "a - b")]),
        ("y = a >> b", [("a >> b", "a << b")]),
        ("y = 3", [("3", "4"), ("3", "2")]),
        ("y = 0.5", [("0.5", "1.0"), ("0.5", "0.25")]),
        ("y = 0.0", [("0.0", "1.0")]),
        ("y = True", [("True", "False")]),
        ("y = a and b", [("a and b", "a or b")]),
        ("y = not a", [("not a", "a")]),
        ("y = -a", [("-a", "a")]),
        ("y = min(a, b)", [("min(a, b)", "max(a, b)")]),
        ("y = abs(a)", [("abs(a)", "float(a)")]),
        ("f(a)", [("f(a)", "pass")]),
        ("a.b = c", [("a.b = c", "pass")]),
        ("a += b", [("a += b", "pass"), ("a += b", "a -= b")]),
        ("y = b", []),  # without it there would only be a name missing
        ("if a:\n    y = b", [("a", "not a")]),
        ("while a:\n    break", [("a", "not a"), ("break", "pass")]),
    ],
)
def test_the_slips_of_a_programmer(source, expected):
    assert changes(source) == expected


def test_in_the_constructor_no_attribute_is_left_out():
    source = "class A:\n    def __init__(self):\n        self.x = y\n    def f(self):\n        self.x = y\n"
    assert changes(source) == [("self.x = y", "pass")]


def test_a_constant_is_known_by_its_name_and_a_statement_by_its_lines():
    source = "_A = 3\n\ndef f():\n    if (x\n            < y):\n        g()\n"
    made = [mutant("x.py", source, number) for number in range(count(source))]
    assert [(m.constant, m.first, m.last) for m in made] == [
        *[("_A", 1, 1)] * 2,
        *[("", 4, 5)] * 2,
        ("", 6, 6),
    ]


SOURCE = """
LIMIT = 3

def low(x):
    return x < LIMIT

class Thing:
    def size(self):
        return LIMIT + 1
"""


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    made = ModuleType("made_up")
    made.__file__ = "made_up.py"
    monkeypatch.setitem(sys.modules, "made_up", made)
    exec(SOURCE, vars(made))
    return made


def test_a_loaded_module_and_what_was_made_from_it_take_a_mutant_on(module):
    low, thing = module.low, module.Thing()
    seen = set()
    for number in range(count(SOURCE)):
        become(module, compile(mutated(SOURCE, number), "made_up.py", "exec"))
        seen.add((low(3), low(2), thing.size()))
    become(module, compile(SOURCE, "made_up.py", "exec"))
    assert (low(3), low(2), thing.size()) == (False, True, 4)
    assert seen == {
        (True, True, 5),  # LIMIT = 4
        (False, False, 3),  # LIMIT = 2
        (True, True, 4),  # <=
        (True, False, 4),  # >=
        (False, True, 2),  # LIMIT - 1
        (False, True, 5),  # + 2
        (False, True, 3),  # + 0
    }


def test_who_has_imported_a_constant_gets_its_new_value(module, monkeypatch):
    user = ModuleType("user_of_made_up")
    monkeypatch.setitem(sys.modules, "user_of_made_up", user)
    user.LIMIT = module.LIMIT
    become(module, compile("LIMIT = 99\n", "made_up.py", "exec"))
    assert (module.LIMIT, user.LIMIT) == (99, 99)


def test_only_lines_written_after_a_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--since`: those that git calls changed or new, counted in the file as it is now."""
    monkeypatch.chdir(tmp_path)
    source = tmp_path / "x.py"
    source.write_text("a = 1\nb = 2\nc = 3\n")
    for words in ("init -q", "add x.py", "-c user.name=t -c user.email=t@t commit -q -m x"):
        subprocess.run(["git", *words.split()], check=True)
    source.write_text("new = 0\na = 1\nb = 4\n")
    assert changed_lines(source, "HEAD") == {1, 3}


def test_a_revision_that_git_does_not_know_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        changed_lines(Path("firmware/perilune/checkpoint/memory.py"), "no-such-revision")
    assert "--since no-such-revision" in capsys.readouterr().err

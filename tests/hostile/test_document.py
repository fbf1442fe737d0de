"""`docs/hostile.md` names every line, and every line has a test."""

import re
from pathlib import Path

HERE = Path(__file__).parent
LINES = set(range(1, 59))


def numbers(text: str) -> set[int]:
    """Read `7`, `44, 47` and `33 to 37`."""
    first, *rest = (int(number) for number in re.findall(r"\d+", text))
    return set(range(first, rest[0] + 1)) if " to " in text else {first, *rest}


def test_every_line_is_documented() -> None:
    document = (HERE.parent.parent / "docs" / "hostile.md").read_text()
    cells = re.findall(r"^\| (\d[\d ,to]*) \|", document, flags=re.MULTILINE)
    assert set().union(*map(numbers, cells)) == LINES


def test_every_line_has_a_test() -> None:
    code = "".join(path.read_text() for path in HERE.glob("test_*.py"))
    names = re.findall(r"def test_lines?_(\d\d)(?:_and_(\d\d))?_", code)
    assert {int(number) for name in names for number in name if number} == LINES

"""What is installed: everything pinned, nothing below a version that fixes a known weakness."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

PINS = {
    canonicalize_name(name): Version(version)
    for name, version in re.findall(r"^([\w.-]+)==(\S+)$", Path("constraints.txt").read_text(), re.MULTILINE)
}
FIXES = {"starlette": "1.3.1", "python-multipart": "0.0.31", "h11": "0.16", "pillow": "12.3", "torch": "2.10"}


def requirements() -> list[Requirement]:
    """Read every requirement of the project, extras included."""
    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    return [Requirement(line) for group in groups for line in group]


def test_every_requirement_is_pinned_within_its_bounds() -> None:
    for requirement in requirements():
        assert PINS[canonicalize_name(requirement.name)] in requirement.specifier, requirement.name


def test_pins_and_floors_hold_the_known_fixes() -> None:
    floors = {canonicalize_name(requirement.name): requirement.specifier for requirement in requirements()}
    for name, fixed in FIXES.items():
        assert PINS[canonicalize_name(name)] >= Version(fixed)
        assert not floors[canonicalize_name(name)].contains(f"{fixed}.dev0", prereleases=True), name


def test_pins_name_no_host() -> None:
    lines = Path("constraints.txt").read_text().splitlines()
    assert [line for line in lines if not re.fullmatch(r"#.*|[\w.-]+==[\w.+!-]+", line)] == []

"""`docs/settings.md` says of every setting what the code says."""

from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from app.settings import PREFIX, Settings

DOCUMENT = Path(__file__).parents[2] / "docs" / "settings.md"


def row(name: str, field: FieldInfo) -> str:
    """Write the line that a setting must have."""
    cells = (f"`{PREFIX}{name.upper()}`", _default(name, field.default), _bounds(field.metadata), field.description)
    return f"| {' | '.join(map(str, cells))} |"


def _default(name: str, value: Any) -> str:
    if name == "checkpoint":
        return "the shipped one"
    if value in ((), None):
        return "none"
    return f"{value:,g}".replace(",", "") if isinstance(value, float) else str(value)


def _bounds(metadata: list[Any]) -> str:
    low = [f"from {m.ge}" for m in metadata if hasattr(m, "ge")] + [
        f"above {m.gt}" for m in metadata if hasattr(m, "gt")
    ]
    high = [f"to {m.le}" for m in metadata if hasattr(m, "le")]
    return " ".join(low + high)


def test_every_setting_has_its_line_and_there_are_no_others() -> None:
    lines = [line for line in DOCUMENT.read_text().splitlines() if line.startswith(f"| `{PREFIX}")]
    assert lines == [row(name, field) for name, field in Settings.model_fields.items()]

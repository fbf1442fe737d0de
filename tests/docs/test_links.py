"""Links between documents lead somewhere, every document can be found, and nothing is promised that is not there."""

import re
from pathlib import Path

import pytest
import yaml

from tests.docs.documents import FOLDER, ROOT, anchors, documents, without_code

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([\w./-]+/[\w.-]*|[\w-]+\.(?:py|sh|yaml|yml|toml|txt|md))`")
MADE_LATER = ("dist/", "data/", "docs/results/")  # by commands, and not committed


def name(document: Path) -> str:
    return str(document.relative_to(ROOT))


@pytest.mark.parametrize("document", documents(), ids=name)
def test_links_lead_somewhere(document: Path) -> None:
    for target in LINK.findall(without_code(document.read_text())):
        if re.match(r"https?://|mailto:", target):
            continue
        path, _, anchor = target.partition("#")
        found = (document.parent / path).resolve() if path else document
        assert found.exists(), target
        assert not anchor or anchor in anchors(found), target


@pytest.mark.parametrize("document", documents(), ids=name)
def test_named_files_of_the_repository_exist(document: Path) -> None:
    packages = (
        "app/",
        "model/",
        "training/",
        "tests/",
        "benchmarks/",
        "docs/",
        "deploy/",
        "scripts/",
        "tenfold_client/",
    )
    for path in CODE.findall(document.read_text()):
        if path.startswith(packages) and not path.startswith(MADE_LATER):
            assert (ROOT / path).exists(), path


def test_navigation_names_existing_documents() -> None:
    def leaves(node: object) -> list[str]:
        if isinstance(node, dict):
            return [leaf for value in node.values() for leaf in leaves(value)]
        return [leaf for value in node for leaf in leaves(value)] if isinstance(node, list) else [str(node)]

    named = leaves(yaml.safe_load((ROOT / "mkdocs.yml").read_text())["nav"])
    assert [path for path in named if not (FOLDER / path).exists()] == []
    assert len(named) == len(set(named))

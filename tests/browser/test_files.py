"""The pages' files among themselves, without a browser: nothing inline, nothing missing, nothing fetched late."""

import re
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[2] / "app" / "static"
PAGES = sorted(STATIC.glob("*.html"))
MODULES = sorted((STATIC / "js").rglob("*.js"))


def imports(module: Path) -> set[Path]:
    """The modules that one imports, and those that they import."""
    direct = {
        (module.parent / name).resolve()
        for name in re.findall(r'^import \{[^}]*\} from "(\.[^"]+)";', module.read_text(), re.M)
    }
    return direct.union(*(imports(other) for other in direct)) if direct else set()


def named(page: Path, pattern: str) -> list[Path]:
    return [(STATIC / name).resolve() for name in re.findall(pattern, page.read_text())]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    files = named(page, r'(?:href|src)="/static/([^"#]+)')
    assert files
    assert [str(file) for file in files if not file.is_file()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_has_nothing_inline_and_nothing_from_elsewhere(page: Path) -> None:
    text = page.read_text()
    assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son[a-z]+=|https?://", text) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_has_title_description_language_and_icon(page: Path) -> None:
    text = page.read_text()
    for needed in ('<html lang="en">', "<title>Tenfold: ", 'name="description"', 'name="viewport"', 'rel="icon"'):
        assert needed in text


@pytest.mark.parametrize("page", [page for page in PAGES if 'type="module"' in page.read_text()], ids=lambda p: p.name)
def test_modules_are_preloaded_so_that_none_waits_for_another(page: Path) -> None:
    (main,) = named(page, r'<script type="module" src="/static/([^"]+)"')
    preloaded = set(named(page, r'rel="modulepreload" href="/static/([^"]+)"'))
    assert preloaded == imports(main)


def test_every_module_is_used_and_small() -> None:
    mains = {main for page in PAGES for main in named(page, r'<script type="module" src="/static/([^"]+)"')}
    assert {module.resolve() for module in MODULES} == mains.union(*(imports(main) for main in mains))
    assert [module.name for module in MODULES if len(module.read_text().splitlines()) > 250] == []


def test_figures_are_ten_of_one_width() -> None:
    boxes = re.findall(r'<symbol id="n(\d)" viewBox="([^"]+)"', (STATIC / "numerals.svg").read_text())
    assert [digit for digit, _ in boxes] == [str(digit) for digit in range(10)]
    assert len({box for _, box in boxes}) == 1

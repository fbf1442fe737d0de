"""The direction of the imports, read from the source: what the design draws is what the code does."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("app", "model", "tenfold_client", "training")
ALLOWED = {
    "app": {"app", "model", "tenfold_client"},
    "model": {"model"},
    "tenfold_client": {"tenfold_client"},
    "training": {"training", "model"},
}
MAY_IMPORT_TORCH = {"model.networks", "model.moments", "model.ensemble", "model.torch_engine"}
FORBIDDEN_NAMES = {"utils", "helpers", "common", "misc", "core", "manager"}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            yield name, ast.parse(path.read_text(), filename=str(path))


MODULES = dict(modules())


def imports(tree: ast.Module, *, at_import_only: bool = False) -> set[str]:
    """Full names of what a module imports; without those for type checkers alone."""
    found: set[str] = set()

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            return
        if at_import_only and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            return
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.update({f"{node.module}.{alias.name}" for alias in node.names} | {node.module})
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(tree)
    return found


@pytest.mark.parametrize("name", MODULES)
def test_packages_import_in_one_direction(name: str) -> None:
    packages = {imported.split(".")[0] for imported in imports(MODULES[name])} & set(PACKAGES)
    assert packages <= ALLOWED[name.split(".", maxsplit=1)[0]]


@pytest.mark.parametrize("name", [name for name in MODULES if not name.startswith("training")])
def test_serving_never_loads_torch(name: str) -> None:
    if name in MAY_IMPORT_TORCH:
        return
    names = {imported.split(".")[0] for imported in imports(MODULES[name], at_import_only=True)}
    assert "torch" not in names


def test_no_module_imports_itself_in_a_circle() -> None:
    graph = {
        name: {other for other in imports(tree, at_import_only=True) if other in MODULES and other != name}
        for name, tree in MODULES.items()
    }
    finished: set[str] = set()

    def walk(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join((*path, name))
        if name not in finished:
            for other in graph[name]:
                walk(other, (*path, name))
            finished.add(name)

    for name in graph:
        walk(name, ())


@pytest.mark.parametrize("name", MODULES)
def test_modules_are_named_by_a_noun(name: str) -> None:
    assert name.rsplit(".", maxsplit=1)[-1] not in FORBIDDEN_NAMES


@pytest.mark.parametrize("name", MODULES)
def test_every_module_says_what_it_is_for(name: str) -> None:
    assert ast.get_docstring(MODULES[name])


def test_loading_the_service_brings_no_torch() -> None:
    program = (
        "import sys, app.main, app.server, app.cli, model.classifier; print([m for m in sys.modules if m == 'torch'])"
    )
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert printed.stdout.strip() == "[]"


def test_a_worker_starts_its_inference_process_before_it_loads_the_framework() -> None:
    program = "import sys, app.server; print([m for m in sys.modules if m == 'fastapi'])"
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert printed.stdout.strip() == "[]"

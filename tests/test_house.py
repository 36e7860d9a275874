"""The house keeps its shape: sizes, names, cycles, and words that do not belong in it."""

import ast
import subprocess
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 50
MAX_LOCAL_IMPORTS = 5
HEAVY = {"torch", "transformers", "safetensors", "numpy"}  # seconds to load: what does not score must not wait for them
BANNED_NAMES = {"utils", "util", "helpers", "helper", "services", "manager", "misc", "common"}
HOST_PIECES = (("py", "pi.org"), ("python", "hosted.org"), ("npm", "js.org"), ("npm", "js.com"), ("deb.", "debian.org"))
FORBIDDEN_WORDS = tuple("".join(pieces) for pieces in HOST_PIECES)  # in pieces: this file is looked through as well


def sources(*folders: str) -> list[Path]:
    found = [ROOT / "worker.py"]
    for folder in folders:
        found += [path for path in (ROOT / folder).rglob("*.py") if "migrations" not in path.parts]
    return sorted(found)


@lru_cache(maxsize=1)
def product() -> tuple[Path, ...]:
    return tuple(sources("config", "models", "monitor"))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize(
    "path", [*sources("config", "models", "monitor", "tests")], ids=lambda p: str(p.relative_to(ROOT))
)
def test_no_file_is_longer_than_400_lines_and_no_function_than_50(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_FILE_LINES
    for function in functions(path):
        lines = (function.end_lineno or function.lineno) - function.lineno + 1
        assert lines <= MAX_FUNCTION_LINES, f"{function.name} has {lines} lines"


def test_no_file_has_a_name_that_says_nothing():
    assert [path for path in product() if path.stem in BANNED_NAMES] == []


def test_modules_do_not_import_each_other_in_circles_even_inside_functions():
    graph = {name: imports for path in product() for name, imports in [module_imports(path)]}
    known = set(graph)
    graph = {name: {found for found in imports if found in known} - {name} for name, imports in graph.items()}
    assert find_cycle(graph) is None


def test_few_functions_import_and_then_only_what_is_heavy():
    local = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in product()
        for function in functions(path)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom) and not imported_roots(node) <= HEAVY
    ]
    assert len(local) <= MAX_LOCAL_IMPORTS, local


def imported_roots(node: ast.Import | ast.ImportFrom) -> set[str]:
    names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
    return {name.partition(".")[0] for name in names}


def test_nothing_tracked_names_a_package_host():
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.split(b"\0")
    for name in filter(None, tracked):
        path = ROOT / name.decode()
        if path.suffix in {".safetensors", ".png", ".js"} or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        assert not [word for word in FORBIDDEN_WORDS if word in text], path


def test_every_dependency_has_its_reason_beside_it():
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    start = lines.index("dependencies = [")
    for line in lines[start + 1 : lines.index("]", start)]:
        assert len(line.partition("#")[2].strip()) > 10, line


def module_imports(path: Path) -> tuple[str, set[str]]:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return name.removesuffix(".__init__"), found


def find_cycle(graph: dict[str, set[str]]) -> list[str] | None:
    done: set[str] = set()
    trail: list[str] = []

    def visit(name: str) -> list[str] | None:
        if name in trail:
            return [*trail[trail.index(name) :], name]
        if name in done:
            return None
        trail.append(name)
        for other in sorted(graph.get(name, ())):
            if cycle := visit(other):
                return cycle
        trail.pop()
        done.add(name)
        return None

    return next((cycle for name in sorted(graph) if (cycle := visit(name))), None)


def test_the_cycle_finder_finds_cycles():
    assert find_cycle({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == ["a", "b", "c", "a"]
    assert find_cycle({"a": {"b"}, "b": {"c"}, "c": set()}) is None

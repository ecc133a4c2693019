"""Do the tests notice? Faults are put into the code by chance, one at a time.

    python -m benchmarks.mutants [--n 30] [--seed 0] [--rooms asr gui]

Each fault is made in a copy of the tree: a comparison turned, a sign changed, a constant off
by one, a condition denied. The tests that speak of the faulty module, and those of its own
place, must fail or hang. Prints a line for each, and last how many were killed.
"""

from __future__ import annotations

import argparse
import ast
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
TIMEOUT_S: Final = 600  # a test that hangs has noticed
TURNED: Final = {
    ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "==",
    ast.Is: "is not", ast.IsNot: "is", ast.In: "not in", ast.NotIn: "in",
    ast.Add: "-", ast.Sub: "+", ast.Mult: "/", ast.FloorDiv: "*", ast.Div: "*",
    ast.And: "or", ast.Or: "and",
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """A stretch of a file, in bytes, and what stands there instead."""

    path: Path
    start: int
    end: int
    text: str
    line: int


def mutants(path: Path) -> Iterator[Mutant]:
    """Yield the faults that could be made inside the functions of a file."""
    source = (ROOT / path).read_bytes()
    starts = [0]
    for row in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(row))
    functions = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef)]
    for node in (node for function in functions for node in _body(function)):
        for old, new in _faults(node):
            start = starts[old.lineno - 1] + old.col_offset
            end = starts[(old.end_lineno or 1) - 1] + (old.end_col_offset or 0)
            yield Mutant(path, start, end, new, old.lineno)


def _faults(node: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    """Yield what could stand in the place of an expression."""
    match node:
        case ast.Compare(left, [op], [right]) if type(op) in TURNED:
            yield node, f"{_code(left)} {TURNED[type(op)]} {_code(right)}"
        case ast.BinOp(left, op, right) if type(op) in TURNED:
            yield node, f"({_code(left)} {TURNED[type(op)]} {_code(right)})"
        case ast.BoolOp(op, values):
            yield node, f"({f' {TURNED[type(op)]} '.join(map(_code, values))})"
        case ast.UnaryOp(ast.Not(), operand):
            yield node, _code(operand)
        case ast.Constant(value) if type(value) is int:
            yield node, str(value + 1)
        case ast.If(test=test) | ast.IfExp(test=test):
            yield test, f"(not {_code(test)})"


def _code(node: ast.expr) -> str:
    return f"({ast.unparse(node)})"


def _body(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """Everything that a function does; what it is annotated with is no code."""
    for statement in function.body:
        if not isinstance(statement, ast.AnnAssign):
            yield from ast.walk(statement)


def tests_of(path: Path) -> list[str]:
    """Return the test files of a module's own place and those that import it."""
    module = ".".join(path.with_suffix("").parts)
    near = ROOT / "tests" / path.parent
    own = {f for f in near.glob("test_*.py") if path.stem.strip("_") in f.stem}
    telling = {
        f for f in (ROOT / "tests").rglob("test_*.py")
        if f"from {module} import" in (text := f.read_text(encoding="utf-8"))
        or f"import {module}" in text
    }  # fmt: skip
    return [str(f.relative_to(ROOT)) for f in sorted(own | telling or near.glob("test_*.py"))]


def survives(mutant: Mutant, tree: Path) -> bool:
    """Run the tests over a tree with the fault in it."""
    place = tree / mutant.path
    whole = place.read_bytes()
    place.write_bytes(whole[: mutant.start] + mutant.text.encode() + whole[mutant.end :])
    try:
        failed = failure(tests_of(mutant.path), tree)
    except subprocess.TimeoutExpired:
        return False
    finally:
        place.write_bytes(whole)
    if failed is None:
        return True
    # A test that fails without the fault too, on a busy machine, has noticed nothing.
    return bool(failed) and failure([failed], tree) is not None


def failure(tests: list[str], tree: Path) -> str | None:
    """Return the first test that fails, "" if none could be run, None if all pass."""
    if not tests:
        return None
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    run = subprocess.run(
        command, cwd=tree, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    if run.returncode == 0:
        return None
    named = re.search(r"^FAILED (.+?)(?: - |$)", run.stdout, re.MULTILINE)
    return named[1] if named else ""


def main() -> None:
    """Draw, try and count."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rooms", nargs="+", default=["asr", "gui"])
    options = parser.parse_args()
    paths = [p.relative_to(ROOT) for room in options.rooms for p in (ROOT / room).rglob("*.py")]
    chance = random.Random(options.seed)
    killed = 0
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        ignored = shutil.ignore_patterns(".git", ".venv*", "*cache*", "runs", "data", "shared")
        shutil.copytree(ROOT, tree, symlinks=True, ignore=ignored)
        drawn: list[Mutant] = []
        while len(drawn) < options.n:
            if found := list(mutants(chance.choice(sorted(paths)))):
                drawn.append(chance.choice(found))
        for mutant in drawn:
            is_alive = survives(mutant, tree)
            killed += not is_alive
            word = "SURVIVED" if is_alive else "killed"
            print(f"{word:9}{mutant.path}:{mutant.line}  {mutant.text}", flush=True)
    print(f"{killed} of {options.n} killed")


if __name__ == "__main__":
    main()

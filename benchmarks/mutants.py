"""Do the tests notice? Faults are put into the code by chance, one at a time.

    python -m benchmarks.mutants [--n 30] [--seed 0] [--rooms asr gui models]

Each fault is made in a copy of the tree: a comparison turned, a sign changed, a constant off
by one, a condition denied. A test that speaks of the faulty module, or stands in its place,
must fail. Prints a line for each with the first test that failed, and last how many were
killed. A test that hangs has noticed, too, but is told of; what no test notices
within minutes has survived.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import fnmatch
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

# What most tests import, so that none need wait for it.
import hypothesis.strategies
import numpy as np  # noqa: F401
import PySide6.QtWidgets  # noqa: F401
import pytest
import torch  # noqa: F401

import asr.inference  # noqa: F401

ROOT: Final = Path(__file__).parents[1]
LIKELIEST: Final = 2  # test files that are run before the others are even imported
HANGS_S: Final = 120  # seconds of one test
LIMIT_S: Final = 240  # of all that are run at once
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
    """Return the test files that may notice a fault, the likeliest first.

    Those named after the module, those of its own place, those that import it.
    """
    module = ".".join(path.with_suffix("").parts)
    place = ROOT / "tests" / path.parent
    while not (near := sorted(place.glob("test_*.py"))):
        place = place.parent
    own = [f for f in near if path.stem.strip("_") in f.stem]
    importing = [
        f for f in sorted((ROOT / "tests").rglob("test_*.py"))
        if re.search(rf"(from|import) {re.escape(module)}\b", f.read_text(encoding="utf-8"))
    ]  # fmt: skip
    importing.sort(key=lambda f: f.parent != place)
    return [str(f.relative_to(ROOT)) for f in dict.fromkeys([*own, *importing, *near])]


def verdict(mutant: Mutant, tree: Path) -> str:
    """Run the tests over a tree with the fault in it; say whether one failed, hung, or none."""
    place = tree / mutant.path
    whole = place.read_bytes()
    place.write_bytes(whole[: mutant.start] + mutant.text.encode() + whole[mutant.end :])
    tests = tests_of(mutant.path)
    try:
        result, test = failure(tests[:LIKELIEST], tree)
        if result == "SURVIVED" and tests[LIKELIEST:]:
            result, test = failure(tests[LIKELIEST:], tree)
    finally:
        place.write_bytes(whole)
    if result == "SURVIVED":
        return result
    # A test that fails without the fault too, on a busy machine, has noticed nothing.
    return f"{result} {test}" if failure([test], tree)[0] == "SURVIVED" else f"UNCLEAR {test}"


def failure(tests: list[str], tree: Path) -> tuple[str, str]:
    """Return what came of running the tests, and the test that failed or hung."""
    with tempfile.TemporaryFile("w+") as output:
        child = os.fork()
        if not child:
            _run(tests, tree, output.fileno())
        ended = time.monotonic() + LIMIT_S
        while not (done := os.waitpid(child, os.WNOHANG))[0] and time.monotonic() < ended:
            time.sleep(0.1)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)  # and what the tests had started
        if not done[0]:  # all went well as far as it came
            os.waitpid(child, 0)
            return "SURVIVED", ""
        output.seek(0)
        told = output.read()
    if done[1] == 0:
        return "SURVIVED", ""
    if failed := re.search(r"^(?:FAILED|ERROR) (\S+)", told, re.MULTILINE):
        return "killed", failed[1]
    started = re.findall(r"^(tests/\S+::\S+)", told, re.MULTILINE)
    return "hung", started[-1] if started else tests[0]


def _run(tests: list[str], tree: Path, output: int) -> NoReturn:
    """Be a process that runs tests; what they need has been imported, and none of the tree."""
    os.setsid()
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.chdir(tree)
    os.environ["PYTHONPATH"] = sys.path[0] = str(tree)
    for name in [
        name for name in sys.modules if name.partition(".")[0] in ("asr", "benchmarks")
    ]:
        del sys.modules[name]  # the tree has its own
    phases = set(hypothesis.Phase) - {hypothesis.Phase.shrink}  # any example will do
    hypothesis.settings.register_profile("quick", phases=phases, database=None)
    hypothesis.settings.load_profile("quick")
    options = ["-x", "-v", "-p", "no:cacheprovider", "--tb=no"]
    options += ["-o", f"faulthandler_timeout={HANGS_S}", "-o", "faulthandler_exit_on_timeout=1"]
    os._exit(pytest.main([*options, *tests]))


def _no_code(folder: str, names: list[str]) -> set[str]:
    """Name what need not be copied; models.data must be, the training's data not."""
    ignored = [*fnmatch.filter(names, "__pycache__"), *fnmatch.filter(names, ".*_cache")]
    if Path(folder) == ROOT:
        ignored += {".git", ".venv", "data", "runs", "shared"}.intersection(names)
    return set(ignored)


def main() -> None:
    """Draw, try and count."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rooms", nargs="+", default=["asr", "gui", "models"])
    options = parser.parse_args()
    paths = [p.relative_to(ROOT) for room in options.rooms for p in (ROOT / room).rglob("*.py")]
    chance = random.Random(options.seed)
    killed = 0
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(ROOT, tree, symlinks=True, ignore=_no_code)
        drawn: list[Mutant] = []
        while len(drawn) < options.n:
            if found := list(mutants(chance.choice(sorted(paths)))):
                drawn.append(chance.choice(found))
        for mutant in drawn:
            result = verdict(mutant, tree)
            killed += result.startswith(("killed", "hung"))
            print(f"{mutant.path}:{mutant.line}  {mutant.text}\n    {result}", flush=True)
    print(f"{killed} of {options.n} killed")


if __name__ == "__main__":
    main()

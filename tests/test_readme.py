"""Who looks where the README points finds it there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BEGIN = (
    README.partition("Where to begin:")[2]
    .partition(
        "\n\n",
    )[2]
    .partition("\n\n")[0]
)
ROWS = [line for line in BEGIN.splitlines()[2:] if line.startswith("|")]


def test_it_says_where_to_begin() -> None:
    assert len(ROWS) >= 5


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip())
def test_what_it_names_is_there(row: str) -> None:
    named = re.findall(r"`([^`\s]+)`", row)
    paths = [ROOT / name for name in named if "/" in name]
    names = [name for name in named if re.fullmatch(r"[A-Za-z_]+", name)]

    assert [str(path) for path in paths if not path.exists()] == []
    content = "".join(path.read_text(encoding="utf-8") for path in paths if path.is_file())
    assert [name for name in names if not re.search(rf"\b{name}\b", content)] == []


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\((?!http)([^)#]+)\)", README))))
def test_its_links_lead_somewhere(path: str) -> None:
    assert (ROOT / path).exists()

"""Write the table of the README anew from what ``trkstruct matrix`` prints.

python scripts/update_readme.py
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from click.testing import CliRunner

from trkstruct.cli import main

#: Kinases whose tables the README shows.
SHOWN = ("TRKA", "ALK", "ROS1")


def table() -> str:
    """Return the lines that the README shows."""
    ran = CliRunner(env={"COLUMNS": "80", "TRKSTRUCT_STRUCTURES": ""}).invoke(main, ["matrix"])
    if ran.exit_code != 0:
        sys.exit(ran.stderr)
    parts = re.split(r"\n\s*\n", "\n" + ran.stdout.strip("\n"))
    parts = [part.strip("\n") for part in parts if part.strip()]
    tables = [part for part in parts if {line.split()[0] for line in part.split("\n")} & set(SHOWN)]
    lines = [line.rstrip() for part in [*tables, parts[-1]] for line in [*part.split("\n"), ""]]
    return "\n".join(lines).strip("\n")


def rewrite() -> None:
    readme = Path(__file__).resolve().parents[1] / "README.md"
    text = readme.read_text(encoding="utf-8")
    block = f"```text\n{table()}\n```"
    new, found = re.subn(r"^```text\n.*?^```$", lambda _: block, text, count=1, flags=re.M | re.S)
    assert found == 1, "README.md has no block of text"
    readme.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    rewrite()

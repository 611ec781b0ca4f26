"""Write the table of the README anew from what ``trkstruct matrix`` prints.

python scripts/update_readme.py
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from click.testing import CliRunner

from trkstruct.cli import main

#: Kinase whose table the README shows.
SHOWN = "TRKA"


def table() -> str:
    """Return the lines that the README shows: one kinase's table, and what stands below all."""
    ran = CliRunner(env={"COLUMNS": "80", "TRKSTRUCT_STRUCTURES": ""}).invoke(main, ["matrix"])
    if ran.exit_code != 0:
        sys.exit(ran.stderr)
    lines = [line.rstrip() for line in ran.stdout.strip("\n").split("\n")]
    heads = [n for n, line in enumerate(lines) if re.match(r" (TRK[ABC]) ", line)]
    (first,) = (n for n in heads if lines[n].split()[0] == SHOWN)
    after = [n - 1 for n in heads if n > first] or [len(lines)]
    shown = lines[first - 1 : after[0]]
    last = max(n for n, line in enumerate(lines) if not line)
    text = "\n".join([*shown, "", *lines[last:]]).strip("\n")
    return re.sub(r"\n{3,}", "\n\n", text)


def rewrite() -> None:
    readme = Path(__file__).resolve().parents[1] / "README.md"
    text = readme.read_text(encoding="utf-8")
    block = f"```text\n{table()}\n```"
    new, found = re.subn(r"^```text\n.*?^```$", lambda _: block, text, count=1, flags=re.M | re.S)
    assert found == 1, "README.md has no block of text"
    readme.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    rewrite()

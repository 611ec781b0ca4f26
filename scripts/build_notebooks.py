"""Run the notebooks and write them with their outputs.

    python scripts/build_notebooks.py [-o FOLDER] [NAME ...]

``notebooks/NAME.ipynb`` is made from ``notebooks/sources/NAME.py``: cells begin with ``# %%``, or
``# %% [markdown]`` for text; a line ``# %magic`` or ``# !command`` is that line without its mark.
What is written is light: the script 3Dmol.js, which a page of one's own may carry, is taken out of
the outputs, and nothing in them changes that has not changed in the numbers.
"""

from __future__ import annotations

import argparse
import base64
import io
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "notebooks" / "sources"
#: Longest that a cell may take on a slow machine.
SECONDS = 600
_CARRIED = re.compile(r"<script>if \(!window\.\$3Dmol\).*?</script>\n", re.S)
_ELEMENT = re.compile(r"trkstruct3d-[0-9a-f]{12}")


def cells(text: str) -> Iterator[tuple[str, str]]:
    """Take a source apart into kind and text of each cell."""
    for part in re.split(r"^# %%", text, flags=re.M)[1:]:
        head, _, body = part.partition("\n")
        lines = body.strip("\n").split("\n")
        if head.strip() == "[markdown]":
            yield "markdown", "\n".join(line.removeprefix("#").removeprefix(" ") for line in lines)
        else:
            yield "code", "\n".join(re.sub(r"^# ([%!])", r"\1", line) for line in lines)


def notebook(name: str) -> Any:
    """Make a notebook without outputs."""
    import nbformat

    made = nbformat.v4.new_notebook()
    made.metadata["kernelspec"] = {
        "name": "python3", "display_name": "Python 3", "language": "python",
    }  # fmt: skip
    make = {"markdown": nbformat.v4.new_markdown_cell, "code": nbformat.v4.new_code_cell}
    text = (SOURCES / f"{name}.py").read_text(encoding="utf-8")
    for number, (kind, source) in enumerate(cells(text), start=1):
        made.cells.append(make[kind](source, id=f"cell-{number:02d}"))
    return made


def run(made: Any, folder: str) -> None:
    """Run a notebook in a folder, from a clean state and without a network."""
    from nbclient import NotebookClient

    os.environ |= {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]).rstrip(":"),
        "TRKSTRUCT_CACHE": str(Path(folder, "cache")),
        "TRKSTRUCT_STRUCTURES": "",
        "COLUMNS": "100",
        # Whoever asked the network would fail.
        "HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9",
    }  # fmt: skip
    client = NotebookClient(made, timeout=SECONDS, kernel_name="python3")
    client.execute(cwd=folder)


def smaller(picture: str) -> str:
    """Return a picture with a palette, which needs a third of the room."""
    from PIL import Image

    made = io.BytesIO()
    with Image.open(io.BytesIO(base64.b64decode(picture))) as full:
        flat = Image.new("RGB", full.size, "white")
        flat.paste(full, mask=full.getchannel("A") if "A" in full.getbands() else None)
        flat.quantize(256, method=Image.Quantize.MAXCOVERAGE).save(made, "PNG", optimize=True)
    return base64.b64encode(made.getvalue()).decode("ascii")


def lighten(made: Any, name: str) -> None:
    """Take out of the outputs what is heavy, and what differs from run to run."""
    made.metadata.get("language_info", {}).pop("version", None)
    for number, cell in enumerate(made.cells, start=1):
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            picture = output.get("data", {}).get("image/png")
            if picture is not None:
                output["data"]["image/png"] = smaller(picture)
            html = output.get("data", {}).get("text/html")
            if html is None:
                continue
            html = _CARRIED.sub("", html)
            output["data"]["text/html"] = _ELEMENT.sub(f"trkstruct3d-{name[:2]}-{number:02d}", html)


def main() -> None:
    import nbformat

    parser = argparse.ArgumentParser(description="Run the notebooks and write them.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="such as 02_one_mutation")
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "notebooks", metavar="FOLDER")
    asked = parser.parse_args()
    known = sorted(path.stem for path in SOURCES.glob("*.py"))
    unknown = set(asked.names) - set(known)
    if unknown:
        parser.error(f"there is no notebook {', '.join(unknown)}; there are {', '.join(known)}")
    for name in asked.names or known:
        made = notebook(name)
        with tempfile.TemporaryDirectory() as folder:
            run(made, folder)
        lighten(made, name)
        nbformat.validate(made)
        asked.output.mkdir(parents=True, exist_ok=True)
        target = asked.output / f"{name}.ipynb"
        target.write_text(nbformat.writes(made) + "\n", encoding="utf-8")
        print(f"{target.name}: {target.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()

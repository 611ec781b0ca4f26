"""Draw ``docs/scene.png``: what PyMOL shows of the files of ``trkstruct mutate --save``.

    python scripts/draw_scene.py

PyMOL is in the extra ``bench``. The picture is that of TRKA with entrectinib and G595R.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import trkstruct as ts

TARGET = Path(__file__).resolve().parents[1] / "docs" / "scene.png"


def main() -> None:
    from PIL import Image

    with tempfile.TemporaryDirectory() as folder:
        ts.load("5KVT").complex().mutate("G595R").save(folder)
        script = Path(folder, "draw.pml")
        script.write_text("@scene.pml\nray 1000, 750\npng scene.png\n", encoding="utf-8")
        command = [sys.executable, "-m", "pymol", "-cq", script.name]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        # As a palette it has half the size.
        picture = (
            Image.open(Path(folder, "scene.png"))
            .convert("RGB")
            .quantize(256, method=Image.Quantize.MAXCOVERAGE)
        )
        TARGET.parent.mkdir(exist_ok=True)
        picture.save(TARGET, optimize=True)


if __name__ == "__main__":
    main()

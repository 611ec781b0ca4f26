"""Ask the questions that `trkstruct ask` must answer well, and record what it prints.

python benchmarks/answers/run.py

Writes ``answers.txt`` beside itself: each command, what it printed, and how it ended. It is there
to be read aloud; the tests hold what must be in each answer.
"""

from __future__ import annotations

import shlex
from pathlib import Path

from click.testing import CliRunner

from trkstruct._version import version_string
from trkstruct.cli import main

#: The commands, as they would be typed.
QUESTIONS = (
    ("ETV6-NTRK3 p.G623R", "--prior", "larotrectinib"),
    ("TPM3-NTRK1 G667C", "--prior", "entrectinib"),
    ("LMNA-NTRK1 G595R",),
    ("NTRK1 F589L",),
    ("NTRK2 G639R",),
    ("NTRK2 G623R",),
    ("NTRK1 G595R+F589L",),
    ("ROS1 G2032R",),
    ("ALK G1202R",),
    ("NTRK1 G595R with KRAS G12D",),
    ("NTRK3 with MET amplification only",),
    ("NTRK1 wild type",),
    ("NTRK1 R220C",),
    ("NTRK1 G595G",),
    ("NTRK1 p.Gly595fs",),
    ("banana",),
)
WIDTH = 96


def transcript() -> str:
    """Return what the commands print, and how they end."""
    runner = CliRunner(env={"COLUMNS": str(WIDTH), "TRKSTRUCT_STRUCTURES": ""})
    blocks = [version_string()]
    for arguments in QUESTIONS:
        ran = runner.invoke(main, ["ask", *arguments])
        lines = [f"$ trkstruct ask {shlex.join(arguments)}", "", ran.stdout.strip("\n")]
        lines += [ran.stderr.strip("\n"), f"(exit code {ran.exit_code})"]
        blocks.append(
            "\n".join(line.rstrip() for text in lines if text for line in text.split("\n"))
        )
    return f"\n\n{'=' * WIDTH}\n\n".join(blocks) + "\n"


if __name__ == "__main__":
    (Path(__file__).parent / "answers.txt").write_text(transcript(), encoding="utf-8")

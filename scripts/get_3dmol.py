"""Take the pinned 3Dmol.js and its licence from the npm package, for the wheel and the tests.

    get_3dmol.py FOLDER

Nothing is done where FOLDER has them already. What comes is held to the sums of
trkstruct/reference/data/viewer.json before anything is written.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PINNED = json.loads((ROOT / "trkstruct/reference/data/viewer.json").read_text(encoding="utf-8"))


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def complete(folder: Path) -> bool:
    return all(
        (folder / name).is_file() and digest((folder / name).read_bytes()) == sum_
        for name, (_, sum_) in PINNED["files"].items()
    )


def packed() -> bytes:
    """The package as npm's registry has it: by npm, which knows how to reach it, or directly."""
    name, version = PINNED["package"], PINNED["version"]
    if shutil.which("npm"):
        with tempfile.TemporaryDirectory() as folder:
            command = ["npm", "pack", f"{name}@{version}", "--silent"]
            ran = subprocess.run(command, cwd=folder, capture_output=True, text=True)
            if ran.returncode == 0:
                return (Path(folder) / f"{name}-{version}.tgz").read_bytes()
            print(f"npm pack failed: {ran.stderr.strip()}", file=sys.stderr)
    # npm's own spelling of its setting is lower case.
    base = os.environ.get("npm_config_registry") or PINNED["registry"]  # noqa: SIM112
    url = f"{base.rstrip('/')}/{name}/-/{name}-{version}.tgz"
    with urllib.request.urlopen(url, timeout=60) as answer:
        return bytes(answer.read())


def main(folder: Path) -> None:
    if complete(folder):
        return
    try:
        data = packed()
    except OSError as error:
        sys.exit(f"{PINNED['package']} {PINNED['version']} cannot be had from npm: {error}")
    if digest(data) != PINNED["tarball_sha256"]:
        sys.exit(f"The package that npm gave has the sum {digest(data)}, which is not the pinned.")
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        for name, (member, sum_) in PINNED["files"].items():
            found = tar.extractfile(member)
            content = found.read() if found is not None else b""
            if digest(content) != sum_:
                sys.exit(f"{member} of the package is not the pinned one.")
            (folder / name).write_bytes(content)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

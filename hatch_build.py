"""What a build takes besides the package: the models and their poses, inhibitors, 3Dmol.js."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

#: Folders of the repository that travel as trkstruct/_data/NAME.
FOLDERS = ("structures", "ligands")
#: Where `make wheel` puts 3Dmol.js and its licence; they travel as trkstruct/_data/NAME. A build
#: without them is a package that shows 3D from the network only.
SCRIPT = "build/3dmol"
SCRIPT_FILES = ("3Dmol-min.js", "3Dmol-min.js.LICENSE.txt")


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Puts data folders into wheel and sdist; a build from an sdist has them in place already."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add folders and script; an editable install reads them where they are."""
        if version == "editable":
            return
        for name in FOLDERS:
            if (Path(self.root) / name).is_dir():
                build_data["force_include"][name] = f"trkstruct/_data/{name}"
        for name in SCRIPT_FILES:
            file = Path(self.root) / SCRIPT / name
            if file.is_file():
                build_data["force_include"][str(file)] = f"trkstruct/_data/{name}"

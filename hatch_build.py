"""What a build takes besides the package: the models, with the poses in them, and inhibitors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

#: Folders of the repository that travel as trkstruct/_data/NAME.
FOLDERS = ("structures", "ligands")


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Puts data folders into wheel and sdist; a build from an sdist has them in place already."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the folders; an editable install reads them where they are."""
        if version == "editable":
            return
        for name in FOLDERS:
            if (Path(self.root) / name).is_dir():
                build_data["force_include"][name] = f"trkstruct/_data/{name}"

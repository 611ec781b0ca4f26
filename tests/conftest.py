"""Fixtures that read the real structures beside the project, each parsed once a session."""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import numpy as np

    from trkstruct.complexes import Complex
    from trkstruct.structures import Structure

ROOT = Path(__file__).resolve().parents[1]

# A shell without job control starts what runs in its background with Ctrl-C ignored, and every
# process below inherits that; the tests of Ctrl-C are about the ordinary case.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Poses and entries that tests keep stay theirs, subprocesses' too."""
    os.environ["TRKSTRUCT_CACHE"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's own folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of inputs beside the project; absent it skips here and fails in CI."""
    folder = ROOT.parent / "shared"
    if not (folder / "structures").is_dir():
        reason = f"needs the real structures in {folder}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return folder


@pytest.fixture(scope="session")
def structure_file(shared: Path) -> Callable[[str], Path]:
    """Path of a structure by its PDB id: ``structure_file("7VKO")``."""

    def find(pdb_id: str) -> Path:
        found = sorted((shared / "structures").glob(f"{pdb_id}_*"))
        assert len(found) == 1, f"{pdb_id}: {found}"
        return found[0]

    return find


@pytest.fixture(scope="session")
def structure(structure_file: Callable[[str], Path]) -> Callable[[str], Structure]:
    """A parsed structure by its PDB id, read once a session."""
    from trkstruct.structures import Structure

    @cache
    def read(pdb_id: str) -> Structure:
        return Structure.read(structure_file(pdb_id))

    return read


class Placing:
    """Stands in for placing, which takes seconds: a conformer on the bound ligand's axes.

    Its scores and errors are those that a test sets, by structure and ligand; else all are alike.
    """

    def __init__(self) -> None:
        self.scores: dict[tuple[str, str], float] = {}
        self.errors: dict[tuple[str, str], Exception] = {}
        self.asked: list[tuple[str, str]] = []

    @cache  # noqa: B019 - it lives as long as a test
    def conformer(self, smiles: str) -> np.ndarray:
        from rdkit import Chem
        from rdkit.Chem import rdDistGeom

        whole = Chem.AddHs(Chem.MolFromSmiles(smiles))
        rdDistGeom.EmbedMolecule(whole, randomSeed=7)
        coords = whole.GetConformer().GetPositions()
        return coords[: whole.GetNumHeavyAtoms()]

    def __call__(self, structure, ligand, *, chain=None, **_):
        import numpy as np

        from trkstruct.placement import Placed, PoseSet
        from trkstruct.residues import Finding

        key = structure.name, ligand.name
        self.asked.append(key)
        if key in self.errors:
            raise self.errors[key]
        bound = (structure.ligands or structure.residues)[0]
        there = structure.coords[bound.start : bound.stop]
        own = self.conformer(ligand.smiles)
        (_, _, axes), (_, _, turned) = (np.linalg.svd(x - x.mean(axis=0)) for x in (own, there))
        turn = axes.T @ np.diag([1, 1, np.linalg.det(axes.T @ turned)]) @ turned
        coords = (own - own.mean(axis=0)) @ turn + there.mean(axis=0)
        message = f"{ligand.name} was placed on the ligand of {structure.name}."
        pose = Placed(coords, -9.0, 1.0, self.scores.get(key, -9.0), structure.name, 0.5)
        return PoseSet((pose,), (Finding("placed", message, "choice"),))


@pytest.fixture(scope="session")
def new_placing() -> type[Placing]:
    """For fixtures of a module, which patch for themselves."""
    return Placing


@pytest.fixture
def placing(monkeypatch: pytest.MonkeyPatch) -> Placing:
    """Nothing is placed in earnest in this process."""
    made = Placing()
    monkeypatch.setattr("trkstruct.placement.choosing.pose_set", made)
    return made


@pytest.fixture(scope="session")
def bound(structure: Callable[[str], Structure]) -> Callable[[str], Complex]:
    """The complex of a structure with its bound ligand by PDB id, prepared once a session."""
    from trkstruct.complexes import make_complex

    @cache
    def prepare(pdb_id: str) -> Complex:
        return make_complex(structure(pdb_id))

    return prepare


@pytest.fixture(scope="session")
def script() -> Path:
    """3Dmol.js as the wheel has it; it skips where there is none and fails in CI."""
    from trkstruct.views._script import find_script

    found = find_script()
    if found is None:
        reason = "needs 3Dmol.js: python scripts/get_3dmol.py build/3dmol"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., tuple[str, np.ndarray, str]]:
    """Chromium, headless and without a network: a function of a page that looks at it."""
    program = shutil.which("chromium")
    if program is None:
        reason = "needs Chromium (Debian's package chromium)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("browser")

    def look(page: Path, *options: str) -> tuple[str, np.ndarray, str]:
        """Return the page's elements after its scripts ran, a picture of it, and the console."""
        from matplotlib import image

        shot = folder / f"{page.stem}.png"

        common = [
            program, "--headless", "--no-sandbox", "--disable-dev-shm-usage",
            "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--hide-scrollbars",
            "--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND",
            "--window-size=1000,700", "--virtual-time-budget=3000", "--enable-logging=stderr",
            *options,
        ]  # fmt: skip

        def command(profile: str) -> list[str]:
            own = f"--user-data-dir={folder / profile}"
            return [*common, own, f"--screenshot={shot}", "--dump-dom", page.as_uri()]

        try:
            ran = subprocess.run(command("profile"), capture_output=True, timeout=90)
        except subprocess.TimeoutExpired:
            # Seen to hang once on a busy machine; a page that hangs does so twice.
            ran = subprocess.run(command("another"), capture_output=True, timeout=180)
        assert ran.returncode == 0, ran.stderr.decode()[-2000:]
        console = [
            line for line in ran.stderr.decode(errors="replace").splitlines()
            if "CONSOLE" in line and "chrome:" not in line and "top-chrome" not in line
        ]  # fmt: skip
        seen = image.imread(io.BytesIO(shot.read_bytes()), format="png")[..., :3]
        return ran.stdout.decode(), seen, "\n".join(console)

    return look

"""Frames of simulations: synthetic trajectories, made here of a bundled model."""

from __future__ import annotations

import json
import tracemalloc
import warnings
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import trkstruct as ts
from trkstruct.cli import main
from trkstruct.ensembles import _KEPT_SITES, engine_of
from trkstruct.errors import (
    LigandError,
    LigandMatchError,
    LigandNotFoundError,
    StructureError,
    StructureFileError,
)
from trkstruct.structures import Structure, parse_frames

#: Edge of the box of the simulations, in angstrom: wider than the protein with room for an image.
BOX = 90.0


class Simulation:
    """A model in a box with some water and salt, displaced at random a little in each frame."""

    def __init__(self, folder: Path) -> None:
        import MDAnalysis

        self.folder = folder
        self.start = ts.load("7VKO")
        solute = self.start.to_universe()
        solvent = MDAnalysis.Universe.empty(
            14, n_residues=6, atom_resindex=[0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 5],
            residue_segindex=[0] * 6, trajectory=True,
        )  # fmt: skip
        solvent.add_TopologyAttr("names", ["OW", "HW1", "HW2"] * 4 + ["NA", "CL"])
        solvent.add_TopologyAttr("elements", ["O", "H", "H"] * 4 + ["Na", "Cl"])
        solvent.add_TopologyAttr("resnames", ["SOL"] * 4 + ["NA", "CL"])
        solvent.add_TopologyAttr("resids", [2001, 2002, 2003, 2004, 2005, 2006])
        solvent.add_TopologyAttr("chainIDs", ["W"] * 14)
        solvent.add_TopologyAttr("segids", ["W"])
        # In the pocket, where they would count if they were kept.
        centre = self.start.coords[-20:].mean(axis=0)
        solvent.atoms.positions = centre + np.arange(14)[:, None] * [0.1, 0.0, 0.0]
        self.universe = MDAnalysis.Merge(solute.atoms, solvent.atoms)
        self.n_solute = len(solute.atoms)
        self.universe.dimensions = [BOX, BOX, BOX, 90, 90, 90]
        self.still = self.universe.atoms.positions.copy()
        self.still += BOX / 2 - self.still[: self.n_solute].mean(axis=0)
        self.universe.atoms.positions = self.still
        self.topology = folder / "system.pdb"
        self.universe.atoms.write(str(self.topology))

    def frames(self, count: int) -> np.ndarray:
        """Positions: the model itself, then displaced by 0.1 A."""
        random = np.random.default_rng(5)
        moved = [self.still + random.normal(0, 0.1, self.still.shape) for _ in range(count - 1)]
        return np.stack([self.still, *moved]).astype(np.float32)

    def write(self, name: str, positions: np.ndarray, atoms: str = "all") -> Path:
        """Write a trajectory; its suffix is its format."""
        import MDAnalysis

        chosen = self.universe.select_atoms(atoms)
        path = self.folder / name
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with MDAnalysis.Writer(str(path), len(chosen), multiframe=True) as out:
                for frame in positions:
                    self.universe.atoms.positions = frame
                    out.write(chosen)
        self.universe.atoms.positions = self.still
        return path


@pytest.fixture(scope="module")
def simulation(tmp_path_factory) -> Simulation:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Simulation(tmp_path_factory.mktemp("simulation"))


@pytest.fixture(scope="module")
def ten(simulation) -> Path:
    return simulation.write("ten.dcd", simulation.frames(10))


@pytest.mark.parametrize(
    ("text", "frames"),
    [
        ("5", (5,)), ("-1", (9,)), ("0:10:3", (0, 3, 6, 9)), ("0,5,-1", (0, 5, 9)),
        (" 2 , 1:3 ", (2, 1)), ("::5", (0, 5)), (":", tuple(range(10))), ("7:", (7, 8, 9)),
        ("-2:", (8, 9)), ("3,3,3", (3,)), ("8:5:-2", (8, 6)),
    ],
)  # fmt: skip
def test_frames_that_are_meant(text, frames):
    assert parse_frames(text, 10) == frames


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("10", "'10' go beyond what is there: the trajectory has 10 frames, 0 to 9"),
        ("-11", "'-11' go beyond"),
        ("0:100:10", "'0:100:10' go beyond"),
        ("0,4:11", "'4:11' go beyond"),
        ("5:5", "'5:5' are none: the trajectory has 10 frames"),
        ("8:2", "are none"),
        ("0:5:0", "step of 0"),
        ("all", "'all' cannot be read: write numbers from 0"),
        ("1,,2", "cannot be read"),
        ("1:2:3:4", "cannot be read"),
        ("1.5", "cannot be read"),
    ],
)
def test_frames_that_are_not_there(text, why):
    with pytest.raises(StructureError, match=why):
        parse_frames(text, 10)


@pytest.mark.parametrize("name", ["one.dcd", "one.xtc", "one.trr", "one.pdb"])
def test_a_frame_that_is_the_file_gives_the_ddg_of_the_file(simulation, name):
    """To what the format rounds: DCD and TRR hold single precision, XTC and PDB 0.01, 0.001 A."""
    path = simulation.write(name, simulation.frames(1))
    alone = engine_of(simulation.start.complex()).mutate("G595R")
    found = Structure.frames(simulation.topology, path).complex()
    call = ts.resistance(found, "G595R")
    assert call.ddg_kcal == pytest.approx(alone.ddg_kcal, abs=0.02 if name == "one.xtc" else 2e-3)
    assert call.contributions == pytest.approx(alone.contributions, abs=0.05)
    assert call.others == ()
    # It was simulated, not observed.
    assert found.poses[0].source == "modelled"
    assert found.ligand.name == "repotrectinib"


def test_models_of_a_file_need_no_topology(simulation):
    path = simulation.write("models.pdb", simulation.frames(3))
    frames = Structure.frames(path)
    assert (len(frames), frames.numbers, frames.total) == (3, (0, 1, 2), 3)
    assert repr(frames) == "<Frames models.pdb: 0, 1, 2 of 3>"
    assert [s.name for s in frames] == ["models_frame0", "models_frame1", "models_frame2"]
    assert Structure.frames(path, frames="-1")[0].coords == pytest.approx(frames[2].coords)


def test_frames_are_averaged_and_their_spread_is_in_the_interval(simulation, ten):
    cx = Structure.frames(simulation.topology, ten, "0:10:2").complex()
    call = ts.resistance(cx, "G595R")
    every = [
        ts.resistance(Structure.frames(simulation.topology, ten, str(n)).complex(), "G595R")
        for n in range(0, 10, 2)
    ]
    ddg = [one.ddg_kcal for one in every]
    assert call.ddg_kcal == pytest.approx(np.mean(ddg))
    assert sum(call.contributions.values()) == pytest.approx(call.ddg_kcal)
    spread = np.std(ddg, ddof=1)
    assert spread > 0.01
    error = [(one.ddg_high_kcal - one.ddg_kcal) for one in (call, every[0])]
    assert error[0] ** 2 - error[1] ** 2 == pytest.approx((1.2816 * spread) ** 2, rel=1e-6)
    assert "Mean of 5 structures: ten_frame0" in " ".join(call.reasons)
    assert "5 of 10 frames of ten.dcd are averaged." in [f.message for f in call.findings]
    # Each frame has its own pose.
    poses = [cx.poses[0].coords, *(s.poses[0].coords for s in cx.siblings)]
    assert len({pose.tobytes() for pose in poses}) == 5
    assert {s.ligand.smiles for s in cx.siblings} == {cx.ligand.smiles}


def test_many_frames_are_summed_up(simulation, ten):
    call = ts.resistance(Structure.frames(simulation.topology, ten).complex(), "G595R")
    (said,) = [r for r in call.reasons if r.startswith("Mean")]
    assert said.startswith("Mean of 10 structures, from ten_frame")
    spread = np.std([mutant.ddg_kcal for mutant in (call.mutant, *call.others)], ddof=1)
    assert said.endswith(f"standard deviation {spread:.2f}.")


def test_rigid_is_the_first_frame(simulation, ten):
    from trkstruct.calls import judge
    from trkstruct.ensembles import MutationEngine

    cx = Structure.frames(simulation.topology, ten, "3,4").complex()
    rigid = judge(MutationEngine(cx, rigid=True).mutate("G595R"))
    assert (rigid.others, rigid.mutant.n_poses) == ((), 1)


def test_water_and_mobile_ions_are_left_out(simulation, ten):
    frames = Structure.frames(simulation.topology, ten, "0")
    assert len(frames[0].coords) == len(simulation.start.coords)
    assert not any(r.kind in ("water", "ion") for r in frames[0].residues)
    (said,) = [f.message for f in frames.findings if f.code == "solvent-left-out"]
    assert said.startswith("4 waters and 2 ions of the simulation were left out")


def test_of_many_frames_twenty_are_taken_and_it_is_said(simulation):
    path = simulation.write("many.dcd", simulation.frames(45))
    frames = Structure.frames(simulation.topology, path)
    assert len(frames) == 20
    assert (frames.numbers[0], frames.numbers[-1]) == (0, 44)
    assert "20 of the 45 frames of many.dcd were taken" in frames.findings[0].message


def test_memory_is_that_of_the_frames_that_are_chosen(simulation):
    few = simulation.write("few.dcd", simulation.frames(2))
    many = simulation.write("long.dcd", np.repeat(simulation.frames(2), 150, axis=0))

    def peak(path: Path) -> int:
        tracemalloc.start()
        try:
            assert len(Structure.frames(simulation.topology, path, "0,1")) == 2
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(few)  # what is read once a process
    # Fifty frames more of this system alone are 1.4 MB, a hundred and fifty as many 8 MB.
    assert peak(many) < peak(few) + 1_000_000


def test_a_structure_may_be_the_topology(simulation):
    """Of mmCIF and of a Structure the heavy atoms, as this package reads them."""
    path = simulation.write("solute.dcd", simulation.frames(2), "not resname SOL NA CL")
    for topology in (simulation.start, simulation.start.path):
        frames = Structure.frames(topology, path, "1")
        assert frames[0].numbering().kinase == ts.kinase("TRKA")


def test_names_and_numbers_of_a_simulation_program(simulation, tmp_path):
    """GRO: no chains, no elements, residues from 1, LIG for the inhibitor, HSD, CD of Ile."""
    import MDAnalysis

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        system = MDAnalysis.Universe(str(simulation.topology))
        system.residues.resids = np.arange(1, len(system.residues) + 1)
        for residue in system.residues:
            renamed = {"7GI": "LIG", "HIS": "HSD"}.get(residue.resname, residue.resname)
            residue.resname = renamed
        for atom in system.select_atoms("resname ILE and name CD1"):
            atom.name = "CD"
        system.atoms.write(str(tmp_path / "system.gro"))
    frames = Structure.frames(tmp_path / "system.gro")
    assert frames[0].numbering().kinase == ts.kinase("TRKA")
    call = ts.resistance(frames.complex("repotrectinib"), "G595R")
    (located,) = call.mutant.mutations
    assert (located.uniprot_position, located.residue.number != 595) == (595, True)
    alone = ts.resistance(simulation.start.complex(), "G595R")
    # The format rounds to 0.01 A.
    assert call.ddg_kcal == pytest.approx(alone.ddg_kcal, abs=0.02)


def test_topology_and_trajectory_of_two_systems(simulation, ten):
    with pytest.raises(StructureError, match="atoms a frame, and the topology 7VKO has") as caught:
        Structure.frames(simulation.start, ten)
    assert "heavy atoms: they are not of one simulation" in str(caught.value)
    assert str(simulation.n_solute + 14) in str(caught.value)


def test_files_that_are_none(simulation, ten, tmp_path):
    with pytest.raises(StructureFileError, match=r"There is no file 'nowhere\.xtc'"):
        Structure.frames(simulation.topology, "nowhere.xtc")
    odd = tmp_path / "notes.dcd"
    odd.write_text("nothing of the kind")
    with pytest.raises(StructureFileError, match=r"The trajectory notes\.dcd cannot be read"):
        Structure.frames(simulation.topology, odd)
    with pytest.raises(StructureFileError, match=r"The topology notes\.dcd cannot be read"):
        Structure.frames(odd, ten)
    with pytest.raises(StructureError, match="positions and no names"):
        Structure.frames(ten)


def test_a_ligand_that_was_not_simulated(simulation, ten):
    frames = Structure.frames(simulation.topology, ten, "0")
    with pytest.raises(LigandMatchError, match="larotrectinib is not what is bound") as caught:
        frames.complex("larotrectinib")
    assert "scored with the inhibitor that was simulated" in str(caught.value)
    for pose in ("place", "sdf"):
        with pytest.raises(LigandError, match=r"each frame of ten\.dcd has its own"):
            frames.complex(pose=pose)


def test_a_simulation_without_a_ligand(simulation, tmp_path):
    apo = simulation.universe.select_atoms("protein")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        apo.write(str(tmp_path / "apo.pdb"))
    with pytest.raises(LigandNotFoundError, match="inhibitor that was simulated"):
        Structure.frames(tmp_path / "apo.pdb").complex("repotrectinib")


def test_a_frame_that_the_box_cuts(simulation):
    moved = simulation.frames(1)
    # All of it shifted to a face, and every atom put back into the box by itself.
    moved[0] = (moved[0] + [BOX / 2, 0, 0]) % BOX
    path = simulation.write("cut.dcd", moved)
    with pytest.raises(StructureError, match="cut in two by the periodic box") as caught:
        Structure.frames(simulation.topology, path)
    assert "Frame 0 of cut.dcd" in str(caught.value)
    assert "-pbc mol" in str(caught.value)


def test_whole_residues_that_the_box_keeps_apart(simulation):
    moved = simulation.frames(1)
    for residue in simulation.universe.residues:
        own = residue.atoms.indices
        if moved[0][own].mean(axis=0)[0] > BOX / 2:
            moved[0][own] -= [BOX, 0, 0]
    path = simulation.write("apart.dcd", moved)
    with pytest.raises(StructureError, match="chain is cut in two by the periodic box between"):
        Structure.frames(simulation.topology, path)


def test_an_inhibitor_in_another_image(simulation):
    moved = simulation.frames(1)
    drug = simulation.universe.select_atoms("resname 7GI").indices
    assert len(drug)
    moved[0][drug] += [0, BOX, 0]
    path = simulation.write("image.dcd", moved)
    with pytest.raises(StructureError, match=r"7GI .* only through a face of the periodic box"):
        Structure.frames(simulation.topology, path)


def test_a_frame_in_which_the_inhibitor_cannot_be_used_is_named(simulation):
    moved = simulation.frames(3)
    moved[2][: simulation.n_solute, 0] = np.nan
    path = simulation.write("broken.dcd", moved)
    with pytest.raises(StructureError, match="Frame 2 has positions that are not numbers"):
        Structure.frames(simulation.topology, path)


def test_score_on_the_command_line(simulation, ten):
    asked = ["score", "--topology", str(simulation.topology), "--trajectory", str(ten)]
    ran = CliRunner().invoke(
        main, [*asked, "--frames", "0,5,-1", "-m", "G595R", "-m", "F589L", "--format", "json"]
    )
    assert ran.exit_code == 0, ran.output
    rows = json.loads(ran.stdout)
    assert [row["structure_kind"] for row in rows] == ["trajectory", "trajectory"]
    assert "Mean of 3 structures: ten_frame0" in rows[0]["reasons"]
    frames = Structure.frames(simulation.topology, ten, "0,5,-1").complex()
    assert rows[0]["ddg_kcal"] == round(ts.resistance(frames, "G595R").ddg_kcal, 3)


def test_scan_on_the_command_line(simulation, ten, monkeypatch):
    from trkstruct import scans

    monkeypatch.setattr(scans, "AMINO_ACIDS", "GR")
    asked = ["-s", str(simulation.topology), "--trajectory", str(ten), "--frames", "0:2"]
    ran = CliRunner().invoke(main, ["scan", *asked, "--format", "csv"])
    assert ran.exit_code == 0, ran.output
    (row,) = [line for line in ran.stdout.splitlines() if ",G595R," in line]
    assert "Mean of 2 structures" in row


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "Missing option '-s' / '--structure'"),
        (["--frames", "0:100:10"], "go beyond what is there"),
        (["-s", "7VKO"], "both name the atoms"),
        (["-l", "larotrectinib"], "is not what is bound"),
        (["--kinase", "ALK"], "ALK"),
    ],
)
def test_errors_on_the_command_line(simulation, ten, options, said):
    asked = ["--topology", str(simulation.topology), "--trajectory", str(ten)] if options else []
    ran = CliRunner().invoke(main, ["score", *asked, *options, "-m", "G595R"])
    assert ran.exit_code == 2
    assert said in ran.stderr


def test_an_engine_forgets_sites_that_it_is_done_with(simulation):
    """In a scan of many frames each engine would keep the side chains of the whole pocket."""
    engine = engine_of(simulation.start.complex())
    residues = [r for r in engine.complex.near(6.0) if r.letter not in "GA"]
    texts = [f"{r.letter}{r.id.number}A" for r in residues]
    assert len(texts) > 12
    first = [engine.mutate(text, "author").raw_ddg_kcal for text in texts]
    assert len(engine._sites) <= _KEPT_SITES
    assert {site for key in engine._ensembles for site in key[0]} <= set(engine._sites)
    assert [engine.mutate(text, "author").raw_ddg_kcal for text in texts] == first


def test_near_in_one_frame_is_near(simulation):
    """Whether there is a call hangs on no one frame, such as the first."""
    moved = np.repeat(simulation.frames(1), 2, axis=0)
    drug = simulation.universe.select_atoms("resname 7GI").indices
    # In the first frame the inhibitor stands off, too far to meet anything.
    protein = simulation.still[: simulation.n_solute].mean(axis=0)
    away = simulation.still[drug].mean(axis=0) - protein
    moved[0][drug] += 25.0 * away / np.linalg.norm(away)
    path = simulation.write("off.dcd", moved)
    off, bound = (Structure.frames(simulation.topology, path, n).complex() for n in ("0", "1"))
    both = Structure.frames(simulation.topology, path).complex()
    text = "G595R"
    assert ts.resistance(off, text).call == "abstain"
    call = ts.resistance(both, text)
    assert call.call != "abstain"
    assert call.row()["distance_ang"] == ts.resistance(bound, text).row()["distance_ang"]

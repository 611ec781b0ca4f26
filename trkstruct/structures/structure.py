"""Structure: what one file, or one frame of a trajectory, says about where atoms are.

Everything that was noticed or chosen on the way is in ``findings``.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._files import shown_name
from ..errors import StructureError
from ..residues import Finding, ResidueId
from ._assembly import Assembly, assemble
from ._contents import Contents
from ._parts import Altloc, Gap, Residue, ResidueKind
from ._pocket import Pocket, PocketResidue
from ._raw import SeveralStructuresError
from ._reading import read_raw

if TYPE_CHECKING:
    from ..complexes import Complex
    from ..kinases import Kinase
    from ..numbering import Numbering
    from ._trajectories import Frames

__all__ = ["Altloc", "Gap", "Pocket", "PocketResidue", "Residue", "ResidueKind", "Structure"]


#: Kinds of structure that were computed from an entry.
_MADE = frozenset({"prepared", "comparative"})


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Structure(Contents):
    """Heavy atoms and residues of one model of a structure; nothing in it can be changed.

    Parameters
    ----------
    name : str
        Stem of the file name, or what the caller says.
    coords : (n, 3) float64
        Positions of the heavy atoms, in angstrom.
    atom_names : (n,) str
        Atom names; those of modified residues as in their parent where it has the atom.
    elements : (n,) str
        Element symbols in capitals.
    residue_index : (n,) int32
        Index of each atom's residue in `residues`.
    occupancy, b_factor : (n,) float64
        As in the file; 1 and 0 where it has none.
    residues : tuple of Residue
        In the order of the chains.
    path : pathlib.Path or None
        Where it was read from.
    pdb_id : str
        The entry, if the header names one.
    title : str
        Title in the header.
    sha256 : str
        Of the uncompressed file (of the atoms, if it does not come from a file).
    kind : str
        ``deposited``, ``reassembled``, ``hybrid``, ``prepared``, ``model`` as the header
        tells it; ``trajectory``; ``file`` if nothing is known.
    altlocs : tuple of Altloc
        Residues with alternate locations, and which was read.
    findings : tuple of Finding
        What was noticed and chosen.

    Examples
    --------
    >>> import trkstruct as ts
    >>> structure = ts.Structure.read("7VKO.pdb")  # doctest: +SKIP
    >>> structure.numbering().kinase.name  # doctest: +SKIP
    'TRKA'
    """

    # --- reading and writing

    @classmethod
    def read(
        cls, path: str | Path, *, altloc: str = "occupancy", model: int | None = None
    ) -> Structure:
        """Read a PDB or mmCIF file, plain or gzipped.

        Parameters
        ----------
        path : str or pathlib.Path
            The file; its kind is told by its content.
        altloc : str
            ``occupancy``, ``first``, or the letter to read where a residue has it.
        model : int, optional
            Which model, counted from 1; the first if not given.

        Returns
        -------
        Structure

        Raises
        ------
        StructureFileError
            If the file is missing, empty, cut off, damaged, or of another kind.
        StructureError
            If there is no such model or alternate location, or the file holds two
            structures one after the other.
        """
        path = Path(path)
        try:
            raw = read_raw(path, model)
        except SeveralStructuresError as error:
            raise StructureError(f"{error}{cls._kinases_of_models(path)}") from None
        stem = shown_name(path).removesuffix(".gz")
        stem = stem.rsplit(".", 1)[0] if "." in stem else stem
        return cls._from_assembly(
            assemble(raw, altloc),
            name=stem,
            path=path,
            pdb_id=raw.pdb_id,
            title=raw.title,
            sha256=raw.sha256,
            kind=raw.kind,
        )

    @classmethod
    def _kinases_of_models(cls, path: Path) -> str:
        """Name the kinases of the first two models, for the message that they differ."""
        found = [cls.read(path, model=model).summary()["chains"] for model in (1, 2)]
        names = [next((row["kinase"] for row in rows if row["kinase"]), "") for rows in found]
        if not all(names):
            return ""
        return f" The first is {names[0]}, the second {names[1]}."

    @classmethod
    def _from_assembly(cls, parts: Assembly, **about: Any) -> Structure:
        return cls(
            coords=parts.coords,
            atom_names=parts.atom_names,
            elements=parts.elements,
            residue_index=parts.residue_index,
            occupancy=parts.occupancy,
            b_factor=parts.b_factor,
            residues=parts.residues,
            altlocs=parts.altlocs,
            all_gaps=parts.gaps,
            findings=parts.findings,
            **about,
        )

    @classmethod
    def from_universe(cls, universe: Any, frame: int | None = None) -> Structure:
        """Take one frame of an MDAnalysis universe or atom group.

        Parameters
        ----------
        universe : MDAnalysis.Universe or MDAnalysis.AtomGroup
            Atoms with names, residue names and residue numbers.
        frame : int, optional
            Which frame, counted from 0; the current one if not given. The universe is
            left at the frame where it was.

        Returns
        -------
        Structure

        Raises
        ------
        StructureError
            If there are no atoms, no such frame, or no positions.
        """
        from ._universes import raw_from_universe

        raw, name, sha256 = raw_from_universe(universe, frame)
        return cls._from_assembly(assemble(raw), name=name, sha256=sha256, kind=raw.kind)

    @classmethod
    def frames(
        cls,
        topology: Structure | Path | str,
        trajectory: Path | str | None = None,
        frames: str = "",
    ) -> Frames:
        """Read frames of a trajectory, or models of a file, each as a structure.

        Parameters
        ----------
        topology : Structure, path
            Which atoms there are: PDB, GRO, PSF, PRMTOP or what else MDAnalysis reads; of mmCIF
            and of a `Structure` the heavy atoms.
        trajectory : path, optional
            Where they are: DCD, XTC, TRR, PDB and others; the topology's own models if not given.
        frames : str, default ""
            Which, counted from 0: ``0:100:10``, ``5``, ``-1``, or several joined by commas. If
            empty, all up to twenty, else twenty that are evenly spaced.

        Returns
        -------
        Frames
            Only the chosen frames are in memory, without water and mobile ions. MDAnalysis keeps
            an index of an XTC or TRR beside it, so that it is read through only once.

        Raises
        ------
        StructureFileError
            If a file is missing or cannot be read.
        StructureError
            If topology and trajectory do not have the same atoms, a frame is not there, or the
            periodic box cuts the molecules.

        Examples
        --------
        >>> import trkstruct as ts
        >>> frames = ts.Structure.frames("md.pdb", "md.xtc", "0:100:10")  # doctest: +SKIP
        >>> ts.resistance(frames.complex("larotrectinib"), "G595R")  # doctest: +SKIP
        """
        from ._trajectories import read_frames

        return read_frames(cls, topology, trajectory, frames)

    def to_universe(self) -> Any:
        """Give the heavy atoms to MDAnalysis.

        Returns
        -------
        MDAnalysis.Universe
            With names, elements, residues, chains, insertion codes, occupancies and B factors.
        """
        from ._universes import to_universe

        return to_universe(self)

    def to_pdb_block(
        self, residues: Iterable[Residue | ResidueId] | None = None, *, end: bool = True
    ) -> str:
        """Write heavy atoms in PDB format, with the author's chains and numbers.

        Parameters
        ----------
        residues : iterable of Residue or ResidueId, optional
            Which residues; all if not given.
        end : bool
            Whether to close with ``END``.

        Returns
        -------
        str

        Raises
        ------
        StructureError
            If there are more atoms, chains or larger numbers than the format can hold.
        """
        from ._writing import pdb_block

        chosen = self.residues if residues is None else [self.residue(r) for r in residues]
        return pdb_block(self, chosen, end=end)

    def save(self, path: str | Path) -> None:
        """Write a PDB file, whole or not at all.

        Parameters
        ----------
        path : str or pathlib.Path
            The file, ``.pdb`` or ``.ent``.

        Raises
        ------
        StructureError
            If the suffix asks for another format, or the structure is too large for PDB.
        """
        from .._files import write_text

        if Path(path).suffix.lower() not in (".pdb", ".ent"):
            raise StructureError(f"{path}: structures are saved as PDB; name the file .pdb.")
        write_text(path, self.to_pdb_block())

    def __repr__(self) -> str:
        chains = " ".join(self.chains) or "none"
        made = f"{self.kind} from {self.pdb_id}, " if self.kind in _MADE and self.pdb_id else ""
        return (
            f"<Structure {self.name}: {made}chains {chains}, {len(self.protein())} residues, "
            f"{len(self.ligands)} ligands, {len(self.findings)} findings>"
        )

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th>{html.escape(str(key))}</th><td>{html.escape(_text(value))}</td></tr>"
            for key, value in self.summary().items()
        )
        return f"<table>{rows}</table>"

    # --- kinase

    def numbering(self, chain: str | None = None, kinase: Kinase | None = None) -> Numbering:
        """Number a chain: author, UniProt, literature and KLIFS side by side.

        Parameters
        ----------
        chain : str, optional
            Author chain; `kinase_chain` chooses if it is not given.
        kinase : Kinase, optional
            Which kinase it is; told from the sequence if not given.

        Returns
        -------
        Numbering

        Raises
        ------
        ResidueNotFoundError
            If there is no such chain.
        StructureError
            If no chain is given and there are two kinases to choose from.
        """
        from ..numbering import number_chain

        if chain is None:
            chain = self.kinase_chain(kinase=kinase)
        key = ("numbering", chain, None if kinase is None else kinase.name)
        if key not in self._cache:
            members = [(r.id, r.letter) for r in self.protein(chain)]
            self._cache[key] = number_chain(members, kinase, label=f"{self.name} chain {chain}")
        found: Numbering = self._cache[key]
        return found

    def kinase_chain(self, chain: str | None = None, kinase: Kinase | None = None) -> str:
        """Return the chain that is meant; see `choose_chain`.

        Parameters
        ----------
        chain : str, optional
            Author chain, to be checked.
        kinase : Kinase, optional
            Which kinase the chain must be.

        Returns
        -------
        str

        Raises
        ------
        ResidueNotFoundError, StructureError
            As `choose_chain`.
        """
        return self.choose_chain(chain, kinase)[0]

    def choose_chain(
        self, chain: str | None = None, kinase: Kinase | None = None
    ) -> tuple[str, tuple[Finding, ...]]:
        """Choose the chain with the kinase, and say so.

        Parameters
        ----------
        chain : str, optional
            Author chain; if given it is only checked.
        kinase : Kinase, optional
            Which kinase the chain must be.

        Returns
        -------
        chain : str
            Of several chains of one kinase the one whose ligand is the best resolved in
            the pocket, else the first.
        findings : tuple of Finding
            One if there was a choice.

        Raises
        ------
        ResidueNotFoundError
            If there is no such chain, or no protein.
        StructureError
            If there are two kinases and nothing says which, or no chain is `kinase`.
        """
        key = ("chain", chain, None if kinase is None else kinase.name)
        if key not in self._cache:
            from ._choosing import choose_chain

            self._cache[key] = choose_chain(self, chain, kinase)
        chosen: tuple[str, tuple[Finding, ...]] = self._cache[key]
        return chosen

    @property
    def pocket(self) -> Pocket:
        """The 85 KLIFS positions of the kinase's chain."""
        return self.pocket_of()

    def pocket_of(self, chain: str | None = None) -> Pocket:
        """Return the 85 KLIFS positions of a chain.

        Parameters
        ----------
        chain : str, optional
            Author chain; `kinase_chain` chooses if it is not given.

        Returns
        -------
        Pocket

        Raises
        ------
        StructureError
            If the chain is no kinase.
        """
        from ._choosing import pocket

        return pocket(self, self.kinase_chain(chain))

    # --- ligands

    def bound_ligand(
        self, code: str | None = None, chain: str | None = None, number: int | None = None
    ) -> Residue:
        """Return the ligand that is meant; see `choose_ligand`.

        Parameters
        ----------
        code : str, optional
            Component id.
        chain : str, optional
            The ligand's author chain.
        number : int, optional
            The ligand's author number.

        Returns
        -------
        Residue

        Raises
        ------
        LigandNotFoundError
            If there is none.
        """
        return self.choose_ligand(code, chain, number)[0]

    def choose_ligand(
        self,
        code: str | None = None,
        chain: str | None = None,
        number: int | None = None,
        *,
        kinase_chain: str | None = None,
    ) -> tuple[Residue, tuple[Finding, ...]]:
        """Choose the bound ligand, and say so.

        Parameters
        ----------
        code : str, optional
            Component id. Cofactors and buffers are taken only if they are named.
        chain : str, optional
            The ligand's author chain.
        number : int, optional
            The ligand's author number.
        kinase_chain : str, optional
            Author chain of the kinase whose pocket counts; the one of `kinase_chain` if
            not given.

        Returns
        -------
        residue : Residue
            Of several, the one with the most contacts with the kinase's pocket (with
            any protein, if there is no kinase), then the largest.
        findings : tuple of Finding
            One if there was a choice, one if it lies outside the pocket.

        Raises
        ------
        LigandNotFoundError
            If there is none; the message lists what is there.
        """
        from ._choosing import choose_ligand

        return choose_ligand(self, code, chain, number, kinase_chain)

    def complex(self, ligand: Any = None, pose: Any = None, chain: str | None = None) -> Complex:
        """Join the structure with an inhibitor; see `trkstruct.complexes.make_complex`.

        Parameters
        ----------
        ligand : Ligand, optional
            The inhibitor; the bound ligand if not given.
        pose : str, optional
            Where its coordinates come from.
        chain : str, optional
            Author chain of the kinase.

        Returns
        -------
        Complex
        """
        from ..complexes import make_complex

        return make_complex(self, ligand, pose=pose, chain=chain)

    def summary(self) -> dict[str, Any]:
        """Tell what a reader wants to know before using the structure.

        Returns
        -------
        dict
            In the order in which ``trkstruct info`` shows it: name, kind, entry, title,
            chains with their kinases, ligands, other molecules, alternate locations, gaps,
            differences from UniProt, missing atoms, state, findings. Plain values only.
        """
        from ._choosing import summary

        return summary(self)


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {_text(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return "; ".join(_text(item) for item in value) or "-"
    return str(value)

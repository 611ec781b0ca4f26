"""Which structure of a kinase an inhibitor is put in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from .bundled import BundledModel, best_model, bundled_models, state_of
from .errors import NoModelError, PlacementError, TrkstructError
from .kinases import kinase as find_kinase
from .ligands.components import component, has_component
from .ligands.library import find_inchikey
from .reference import read_json
from .residues import Finding
from .sources import Found, locate

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from .complexes import Complex
    from .ligands import Ligand
    from .numbering import Numbering
    from .structures import Structure

__all__ = [
    "Host",
    "Receptor",
    "choose",
    "complex_of",
    "hosts_of",
    "numbering_of",
    "receptor_for",
    "wanted_states",
]

#: DFG states that inhibitors of a type bind to (Roskoski 2016, doi:10.1016/j.phrs.2015.10.021);
#: for all others both are tried.
_STATES: Final = {"I": ("in",), "I1/2": ("in",), "II": ("out",)}
_EITHER: Final = ("in", "out")
#: From this rank on a model is a sample of its state, which holds no other inhibitor.
_SAMPLE_RANK: Final = 9
#: How poses are asked for where a receptor may be chosen.
_FREE: Final = ("", "place")


@dataclass(frozen=True, slots=True, eq=False)
class Host:
    """A structure that an inhibitor may be put in.

    Parameters
    ----------
    label : str
        Its name in tables.
    state : str
        DFG state: ``in``, ``out``, ...
    read : callable
        Gives the structure.
    chain : str, default ""
        Author chain of the kinase; chosen if empty.
    """

    label: str
    state: str
    read: Callable[[], Structure] = field(repr=False)
    chain: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Receptor:
    """The structure that was chosen for an inhibitor.

    Parameters
    ----------
    host : Host
        The structure.
    bound : bool
        Whether this very inhibitor is bound in it; else it has to be placed.
    finding : Finding
        Why this one, and how the others did.
    others : tuple of Host
        Those in which it fits nearly as well, best first.
    """

    host: Host
    bound: bool
    finding: Finding
    others: tuple[Host, ...] = ()

    def complex(self, ligand: Ligand, pose: str = "", chain: str = "") -> Complex:
        """Prepare the complex.

        Parameters
        ----------
        ligand : Ligand
            The inhibitor.
        pose : {"", "place"}
            With ``place`` an inhibitor that is bound is placed all the same.
        chain : str, default ""
            Author chain of the kinase.

        Returns
        -------
        Complex
        """
        from .complexes import make_complex

        def within(host: Host) -> Complex:
            how = "place" if not self.bound else pose or None
            return make_complex(host.read(), ligand, pose=how, chain=chain or host.chain or None)

        made = within(self.host)
        siblings = tuple(within(other) for other in self.others)
        return replace(made, findings=(self.finding, *made.findings), siblings=siblings)


@lru_cache(maxsize=32)
def _read(path: Path, entry: str) -> Structure:
    """Read a model once a process: many inhibitors meet in it."""
    return Found(path, entry).read()


def wanted_states(ligand: Ligand) -> tuple[str, ...]:
    """DFG states in which an inhibitor is looked for.

    Parameters
    ----------
    ligand : Ligand
        The inhibitor.

    Returns
    -------
    tuple of str
        By its binding type in the library; both, DFG-in first, if that is not known.
    """
    return _STATES.get(_type_of(ligand), _EITHER)


def numbering_of(kinase: str) -> Numbering:
    """Numbering of the best bundled model of a kinase.

    Parameters
    ----------
    kinase : str
        Any name of the kinase.

    Returns
    -------
    Numbering

    Raises
    ------
    StructureFileError
        If no model of it is bundled.
    """
    model, _ = best_model(kinase)
    structure = _read(model.path, model.entry)
    return structure.numbering(structure.kinase_chain())


def _type_of(ligand: Ligand) -> str:
    entry = find_inchikey(ligand.inchikey)
    return ligand.binding_type or (entry.binding_type if entry is not None else "")


def hosts_of(models: Iterable[BundledModel]) -> tuple[Host, ...]:
    """Bundled models as hosts.

    Parameters
    ----------
    models : iterable of BundledModel
        The models.

    Returns
    -------
    tuple of Host
    """

    def reader(model: BundledModel) -> Callable[[], Structure]:
        return lambda: _read(model.path, model.entry)

    return tuple(Host(model.id, model.dfg_state, reader(model)) for model in models)


def receptor_for(kinase: str, ligand: Ligand, state: str = "", chain: str = "") -> Receptor:
    """Choose the bundled model of a kinase that an inhibitor is put in.

    A model in which this very inhibitor is bound; else, of the models in the DFG state to which
    inhibitors of its type bind, the one in which its best pose has the best score.

    Parameters
    ----------
    kinase : str
        Any name of the kinase.
    ligand : Ligand
        The inhibitor.
    state : str, default ""
        ``DFG-in``, ``DFG-out``, ...: only models in this state, whatever the type.
    chain : str, default ""
        Author chain of the kinase; chosen if empty.

    Returns
    -------
    Receptor

    Raises
    ------
    NoModelError
        If the kinase has models, but none in a state that the inhibitor needs.
    StructureFileError
        If no model of the kinase is bundled.
    NumberingError
        If there is no such kinase.
    PlacementError
        If the inhibitor could be placed in none of them.
    """
    of = find_kinase(kinase).name
    known = bundled_models(of)
    if not known:
        best_model(of)  # raises: says which kinases have models
    asked = (state_of(state),) if state else ()
    holding = [m for m in known if _holds(m, ligand) and (not asked or m.dfg_state in asked)]
    if holding:
        message = (
            f"{of}: the bundled model {holding[0].id} was taken because it holds the inhibitor "
            f"{ligand.name}."
        )
        host = hosts_of(holding[:1])[0]
        return Receptor(host, True, Finding("receptor", message, "choice"))
    fitting = [m for m in known if m.ligand and m.rank < _SAMPLE_RANK]
    hosts = hosts_of(m for s in asked or _EITHER for m in fitting if m.dfg_state == s)
    return choose(hosts, ligand, f"models of {of}", states=asked, chain=chain)


def _holds(model: BundledModel, ligand: Ligand) -> bool:
    code = model.ligand
    return has_component(code) and bool(component(code)["inchikey"] == ligand.inchikey)


def choose(
    hosts: Sequence[Host],
    ligand: Ligand,
    what: str,
    *,
    states: Sequence[str] = (),
    chain: str = "",
) -> Receptor:
    """Place an inhibitor in all hosts of the right state, and take the one of the best score.

    Parameters
    ----------
    hosts : sequence of Host
        Structures of one kinase.
    ligand : Ligand
        The inhibitor, bound in none of them.
    what : str
        What the hosts are, in the plural.
    states : sequence of str, default ()
        DFG states to look in; by the inhibitor's type if empty.
    chain : str, default ""
        Author chain of the kinase, if it is not the hosts' own.

    Returns
    -------
    Receptor
        Of two equal scores the first one's.

    Raises
    ------
    NoModelError
        If no host is in the right state.
    PlacementError
        If it could be placed in none of them.
    """
    from .placement import place_isomers

    wanted = tuple(states) or wanted_states(ligand)
    # A structure whose state no criterion tells is not ruled out by one.
    fitting = [h for state in wanted for h in hosts if h.state == state] or [
        h for h in hosts if h.state not in ("in", "out") and not states
    ]
    if not fitting:
        raise NoModelError(_none_fits(hosts, ligand, what, wanted, asked=bool(states)))
    scores: list[tuple[float, Host]] = []
    errors: dict[str, TrkstructError] = {}
    for host in fitting:
        try:
            _, found = place_isomers(host.read(), ligand, chain=chain or host.chain or None)
        except TrkstructError as error:
            errors[host.label] = error
        else:
            scores.append((found.poses[0].score_kcal, host))
    if not scores:
        raise _nowhere(ligand, what, errors)
    scores.sort(key=lambda item: item[0])
    settings = read_json("placement.json")
    near = [
        host
        for score, host in scores[1 : int(settings["structures"])]
        if score < scores[0][0] + settings["structures_window_kcal"]
    ]
    ranking = _ranking(ligand, what, wanted, scores, errors)
    return Receptor(scores[0][1], False, ranking, tuple(near))


def _in_words(states: Sequence[str]) -> str:
    return " or ".join(f"DFG-{state}" for state in states)


def _none_fits(
    hosts: Sequence[Host], ligand: Ligand, what: str, wanted: Sequence[str], *, asked: bool
) -> str:
    there = ", ".join(f"{host.label} (DFG-{host.state})" for host in hosts) or "none"
    if asked:
        why = f"{_in_words(wanted)} was asked for"
    elif len(wanted) == 1:
        why = f"{ligand.name} is an inhibitor of type {_type_of(ligand)}, which binds to " + (
            _in_words(wanted)
        )
    else:
        why = f"{ligand.name} was looked for in {_in_words(wanted)}"
    return f"{why}, and of the {what} none can take it in that state; at hand: {there}."


def _nowhere(ligand: Ligand, what: str, errors: dict[str, TrkstructError]) -> TrkstructError:
    first = next(iter(errors.values()))
    if len({str(error) for error in errors.values()}) == 1:
        return first
    listed = " ".join(f"{label}: {error}" for label, error in errors.items())
    return PlacementError(f"{ligand.name} could be placed in none of the {what}. {listed}")


def _ranking(
    ligand: Ligand,
    what: str,
    wanted: Sequence[str],
    scores: Sequence[tuple[float, Host]],
    errors: dict[str, TrkstructError],
) -> Finding:
    """Say which host was taken, and how the others did."""
    listed = ", ".join(f"{host.label} {score:.1f}" for score, host in scores)
    states = _in_words([s for s in wanted if any(h.state == s for _, h in scores)])
    among = f"the {f'{states} ' if states else ''}{what}"
    if len(scores) > 1:
        message = (
            f"{ligand.name} was placed in {scores[0][1].label}, of {among} the one with the best "
            f"score (kcal/mol: {listed})."
        )
    else:
        message = (
            f"{ligand.name} was placed in {scores[0][1].label}, the only choice among {among} "
            f"(score: {listed} kcal/mol)."
        )
    if errors:
        message += f" It could not be placed in {', '.join(errors)}."
    if ligand.coords is not None:
        message += " Its own coordinates are in no frame that is known here, and were not used."
    return Finding("receptor", message, "choice")


def complex_of(
    structure: str | Structure,
    ligand: Ligand | None,
    *,
    pose: str = "",
    chain: str = "",
    kinase: str = "",
    where: Iterable[Path | str] | None = None,
    read: Callable[[Found], Structure] = Found.read,
) -> Complex:
    """Prepare the complex that a question means: one way for options, plans and panels.

    Parameters
    ----------
    structure : str or Structure
        A path, an id, a kinase (``TRKA``, ``TRKA:DFG-out``), or a structure that is read already.
    ligand : Ligand or None
        The inhibitor; what is bound in the structure if None.
    pose : str, default ""
        As in `trkstruct.complexes.make_complex`.
    chain : str, default ""
        Author chain; chosen if empty.
    kinase : str, default ""
        Kinase that the chain must be.
    where : iterable of path, optional
        Folders to search for an id.
    read : callable
        Reads a structure that was found.

    Returns
    -------
    Complex
        If a kinase was named, in the model that `receptor_for` chooses, and a finding says why.

    Raises
    ------
    TrkstructError
        If structure or ligand cannot be used.
    """
    from .complexes import make_complex

    required = find_kinase(kinase) if kinase else None
    if isinstance(structure, str):
        found = locate(structure, where, ligand=ligand)
        free = ligand is not None and pose.strip().casefold() in _FREE
        if free and found.kinase and (required is None or required.name == found.kinase):
            assert ligand is not None
            receptor = receptor_for(found.kinase, ligand, found.state, chain)
            return receptor.complex(ligand, pose, chain)
        structure = read(found)
    which: str | None = chain or None
    if required is not None:
        which = structure.kinase_chain(which, required)
    return make_complex(structure, ligand, pose=pose or None, chain=which)

"""The rules of the house, held by reading the sources."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import trkstruct

ROOT = Path(trkstruct.__file__).parent

#: The rooms, in order: a module imports only from rooms above its own. A folder is one room; what
#: stands in one line is one room too: a module and a helper that was split off from it.
HOUSE = """
errors
_files
_processes
reference
_version
residues
atoms
kinases
numbering
mutations
structures
bundled
fetching
ligands
sources
states
complexes
checking
rotamers _side_chains
energies _compiled
sites _jitter
placement
weighing _networks
ensembles _shell
preparation
evidence
thresholds
calls
results
plans
screening _receptors _parts _planfile _batches _dask
panels _candidates _asked _questions _since _summary
scans _codons
benchmarking
asking
views
cli
__main__
__init__
"""
ROOM = {name: number for number, line in enumerate(HOUSE.split("\n")) for name in line.split()}
#: The module that a helper was split off from.
OWNER = {name: line.split()[0] for line in HOUSE.split("\n") for name in line.split()}

#: Conveniences that point downward: (file, function, module). One-line imports in a method.
DOWNWARD: set[tuple[str, str, str]] = {
    ("structure.py", "complex", "complexes"),
    ("_choosing.py", "_state_summary", "states"),
    ("_trajectories.py", "complex", "complexes"),
    ("complex.py", "mutate", "ensembles"),
    ("complex.py", "_placed", "placement"),
    ("panels.py", "plot", "views"),
    ("panels.py", "to_excel", "views"),
    ("panels.py", "to_html", "views"),
    ("panels.py", "pages", "views"),
    ("calls.py", "plot", "views"),
    ("ensembles.py", "save", "views"),
    ("ensembles.py", "view", "views"),
    ("complex.py", "view", "views"),
    ("calls.py", "view", "views"),
}

#: Outside libraries and the rooms that may use them.
LIBRARIES = {
    "Bio": {"structures", "numbering"},
    "rdkit": {"ligands", "complexes", "placement", "views"},
    "MDAnalysis": {"structures", "ensembles"},
    "biotite": {"ligands"},
    "py3Dmol": {"views"},
    "matplotlib": {"views"},
    "openpyxl": {"results"},
    "pandas": {"results", "ligands"},
    "rich": {"cli"},
    "click": {"cli"},
    "openmm": {"preparation"},
    "posebusters": {"preparation"},
    "platformdirs": {"fetching"},
    "vina": {"placement"},
    "meeko": {"placement"},
    "dask": {"screening"},
    "distributed": {"screening"},
    "pyarrow": {"screening", "results"},
    "numba": {"energies"},
}  # fmt: skip

#: Longest a file may be, in lines.
LONGEST = 550


def sources() -> list[Path]:
    return sorted(ROOT.rglob("*.py"))


def room_of(path: Path) -> str:
    """The room that a file belongs to: its folder below the package, or its own name."""
    parts = path.relative_to(ROOT).parts
    return parts[0] if len(parts) > 1 else path.stem


def imports(path: Path) -> Iterator[tuple[str, str, bool]]:
    """What a file imports: (absolute module, enclosing function, only for type checking)."""
    package = ("trkstruct", *path.relative_to(ROOT).parts[:-1])

    def visit(node: ast.AST, function: str, typing_only: bool) -> Iterator[tuple[str, str, bool]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                for alias in child.names:
                    yield alias.name, function, typing_only
            elif isinstance(child, ast.ImportFrom):
                base = package[: len(package) - child.level + 1] if child.level else ()
                module = ".".join((*base, *([child.module] if child.module else [])))
                if (child.level and not child.module) or module == "trkstruct":
                    for alias in child.names:
                        yield f"{module}.{alias.name}", function, typing_only
                else:
                    yield module, function, typing_only
            elif isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield from visit(child, child.name, typing_only)
            elif isinstance(child, ast.If):
                only = typing_only or "TYPE_CHECKING" in ast.unparse(child.test)
                yield from visit(child, function, only)
            else:
                yield from visit(child, function, typing_only)

    yield from visit(ast.parse(path.read_text(encoding="utf-8")), "", False)


def test_every_file_has_a_room():
    unknown = {room_of(path) for path in sources()} - set(ROOM)
    assert not unknown, f"not in the house: {sorted(unknown)}"


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(ROOT)))
def test_modules_import_only_from_above(path):
    room = room_of(path)
    wrong = []
    for module, function, typing_only in imports(path):
        if not module.startswith("trkstruct.") or typing_only:
            continue
        target = module.split(".")[1]
        if target not in ROOM or target == room:  # a name of the package itself, or its own room
            continue
        if (path.name, function, target) in DOWNWARD:
            continue
        if ROOM[target] > ROOM[room]:
            wrong.append(f"{module} in {function or 'the module'}")
    assert not wrong, f"{path.name} imports from below: {wrong}"


def test_listed_conveniences_exist_and_are_one_import_each():
    for file, function, target in sorted(DOWNWARD):
        (path,) = ROOT.rglob(file)
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef) and node.name == function
        ]
        lines = [
            node
            for method in found
            for node in ast.walk(method)
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == target
        ]
        assert len(lines) == 1, f"{file}: {function} should import {target} once"


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(ROOT)))
def test_outside_libraries_stay_in_their_rooms(path):
    room = room_of(path)
    wrong = [
        module
        for module, _, typing_only in imports(path)
        if not typing_only
        and (library := module.split(".")[0]) in LIBRARIES
        and OWNER[room] not in LIBRARIES[library]
    ]
    assert not wrong, f"{path.name} uses {wrong}"


def test_rdkit_never_reads_a_protein():
    for path in sources():
        text = path.read_text(encoding="utf-8")
        for call in ("MolFromPDBFile", "MolFromPDBBlock", "DetermineBonds"):
            assert call not in text, f"{path.name} calls {call}"


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(ROOT)))
def test_no_file_is_too_long(path):
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST, f"{lines} lines; split it"


def test_the_library_never_prints():
    for path in sources():
        if room_of(path) == "cli":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id != "print" or path.stem == "_component_lookup", path.name


def test_public_names():
    assert trkstruct.__all__ == [
        "Answer", "Complex", "CrossResistance", "Finding", "Kinase", "Ligand", "LigandSeries",
        "Mutant", "Mutation", "MutationSet", "Numbering", "Pose", "PreparedModel", "ResidueId",
        "ResistanceCall", "Structure", "TrkstructError", "TrkstructWarning", "__version__", "ask",
        "bundled_models", "cross_resistance", "fetch", "kinase", "ligand", "ligands", "load",
        "prepare", "resistance",
    ]  # fmt: skip
    for name in trkstruct.__all__:
        assert getattr(trkstruct, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = trkstruct.nothing


def test_all_lists_what_modules_define():
    for path in sources():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        listed = [
            ast.literal_eval(node.value)
            for node in tree.body
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
        ]
        if path.name in {"__main__.py"} or not listed:
            continue
        names = {
            *(n.name for n in tree.body if isinstance(n, (ast.FunctionDef, ast.ClassDef))),
            *(ast.unparse(t) for n in tree.body if isinstance(n, ast.Assign) for t in n.targets),
            *(ast.unparse(n.target) for n in tree.body if isinstance(n, ast.AnnAssign)),
            *(a.asname or a.name for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)
              for a in n.names),
        }  # fmt: skip
        assert set(listed[0]) <= names, f"{path.name}: {set(listed[0]) - names}"
        assert len(set(listed[0])) == len(listed[0]), f"{path.name} lists a name twice"


#: What `import trkstruct` and `--help` must not load; the time itself is in benchmarks/speed.
HEAVY = ("numpy", "scipy", "pandas", "rdkit", "Bio", "MDAnalysis", "biotite", "matplotlib", "rich")


@pytest.mark.parametrize(
    "code",
    [
        "import trkstruct",
        "from trkstruct.cli import main; main(['--help'], standalone_mode=False)",
        "from trkstruct.cli import main; main(['matrix', '--help'], standalone_mode=False)",
    ],
)
def test_importing_and_help_load_nothing_heavy(code):
    check = f"import sys\n{code}\nprint('loaded', *(m for m in {HEAVY!r} if m in sys.modules))"
    ran = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "loaded"


def test_no_name_of_a_drug_or_mutation_where_it_is_scored():
    """Scoring knows atoms, not names: no drug, mutation or kinase in the code that scores."""
    from trkstruct.kinases import kinases
    from trkstruct.ligands import library_names
    from trkstruct.mutations import catalogue

    words = {name.casefold() for name in library_names()}
    words |= {str(row.mutation).casefold() for row in catalogue()}
    words |= {k.name.casefold() for k in kinases() if k.complete}
    words |= {k.gene.casefold() for k in kinases() if k.complete}
    scoring = (
        "atoms",
        "energies",
        "rotamers",
        "sites",
        "weighing",
        "ensembles",
        "calls",
        "complexes",
    )
    read = [path for path in sources() if room_of(path) in scoring]
    assert {room_of(path) for path in read} == set(scoring)
    for path in read:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docstrings = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        constants = {
            str(node.value).casefold()
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in docstrings
        }
        assert not constants & words, f"{path.name} names {constants & words}"

"""Repack the Dunbrack 2010 backbone-dependent rotamer library for trkstruct.

Source: ``ALL.bbdep.rotamers.lib`` in the source distribution of chilife 1.2.5 on
PyPI; Shapovalov & Dunbrack 2011, doi:10.1016/j.str.2011.03.019, CC BY 4.0.

    pip download --no-deps --no-binary :all: --no-build-isolation chilife==1.2.5
    python scripts/repack_rotamers.py chilife-1.2.5.tar.gz

What is changed, as CC BY asks to say: the duplicate bins at +180 degrees are
dropped; rotamers of a bin with p < 0.005 are dropped and the rest scaled to sum
to one; angles are rounded to 0.1 degree as in the source; free cysteine (CYH)
stands for CYS; a backbone-independent entry per residue is added, the mean over
bins weighted by their counts (circular for angles, spreads pooled).
"""

from __future__ import annotations

import argparse
import io
import tarfile
import zipfile
from pathlib import Path

import numpy as np

MEMBER = "src/chilife/data/rotamer_libraries/ALL.bbdep.rotamers.lib"
LICENCE = "src/chilife/data/rotamer_libraries/BBDEP2010_LICENSE"
DATA = Path(__file__).resolve().parents[1] / "trkstruct" / "reference" / "data"
MINIMUM_PROBABILITY = 0.005
BINS = 36
# Free cysteine: CYS in the library mixes in disulfides. PRO mixes cis and trans as proteins do.
NAMES = {"CYH": "CYS"}
SKIPPED = {"CYS", "CYD", "CPR", "TPR"}


def read(lines: io.TextIOBase) -> dict[str, np.ndarray]:
    """Return (n, 15) rows by residue.

    Bin, count, four rotamer numbers, probability, four chi angles, four spreads.
    """
    rows: dict[str, list[list[float]]] = {}
    for line in lines:
        if line.startswith("#") or not line.strip():
            continue
        fields = line.split()
        name = NAMES.get(fields[0], fields[0])
        if fields[0] in SKIPPED:
            continue
        phi, psi = int(fields[1]), int(fields[2])
        if phi == 180 or psi == 180:
            continue
        values = [float(value) for value in fields[3:]]
        rows.setdefault(name, []).append([(phi + 180) // 10 * BINS + (psi + 180) // 10, *values])
    return {name: np.array(values) for name, values in rows.items()}


def circular_mean(angles: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the weighted mean over the first axis of angles in degrees."""
    radians = np.radians(angles)
    total = (weights[:, None] * np.exp(1j * radians)).sum(axis=0)
    return np.degrees(np.angle(total))


def independent(table: np.ndarray) -> np.ndarray:
    """Return the backbone-independent rotamers, rows as in `read` with bin -1."""
    codes, inverse = np.unique(table[:, 2:6], axis=0, return_inverse=True)
    weight = table[:, 1] * table[:, 6]
    out = []
    for number, code in enumerate(codes):
        own = inverse.ravel() == number
        share = weight[own]
        if share.sum() == 0:
            continue
        chi = table[own, 7:11]
        mean = circular_mean(chi, share)
        between = ((chi - mean + 180) % 360 - 180) ** 2
        spread = np.sqrt(np.average(table[own, 11:15] ** 2 + between, axis=0, weights=share))
        out.append([-1, table[:, 1].sum(), *code, share.sum(), *mean, *spread])
    rows = np.array(out)
    rows[:, 6] /= rows[:, 6].sum()
    return rows


def pack(table: np.ndarray) -> dict[str, np.ndarray]:
    """Return the arrays of one residue in the types in which they are stored."""
    bins = BINS * BINS
    table = np.vstack([table, independent(table)])
    table[table[:, 0] < 0, 0] = bins
    table = table[table[:, 6] >= MINIMUM_PROBABILITY]
    # Most probable first within a bin; ties by rotamer number, so that the file is reproducible.
    order = np.lexsort((*(table[:, k] for k in (5, 4, 3, 2)), -table[:, 6], table[:, 0]))
    table = table[order]
    bin_of = table[:, 0].astype(int)
    sums = np.bincount(bin_of, weights=table[:, 6], minlength=bins + 1)
    probability = table[:, 6] / sums[bin_of]
    counts = np.zeros(bins + 1, dtype=np.int32)
    counts[bin_of] = table[:, 1]
    n_chi = int((np.abs(table[:, 11:15]).max(axis=0) > 0).sum())
    code = np.zeros(len(table), dtype=np.int16)
    for column in range(2, 6):
        code = code * 13 + table[:, column].astype(np.int16)
    return {
        "start": np.searchsorted(bin_of, np.arange(bins + 2)).astype(np.int32),
        "count": counts,
        "code": code,
        "probability": np.round(probability * 65535).astype(np.uint16),
        "chi": np.round(table[:, 7 : 7 + n_chi] * 10).astype(np.int16),
        "spread": np.clip(np.round(table[:, 11 : 11 + n_chi] * 5), 1, 255).astype(np.uint8),
    }


def write(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write an .npz whose bytes depend on nothing but the arrays."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(arrays):
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, np.ascontiguousarray(arrays[name]))
            info = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, buffer.getvalue())


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sdist", type=Path, help="chilife-1.2.5.tar.gz")
    parser.add_argument("--output", type=Path, default=DATA / "rotamers.npz")
    options = parser.parse_args()
    with tarfile.open(options.sdist) as archive:
        top = archive.getnames()[0].split("/")[0]
        library = archive.extractfile(f"{top}/{MEMBER}")
        licence = archive.extractfile(f"{top}/{LICENCE}")
        assert library is not None and licence is not None
        tables = read(io.TextIOWrapper(library, encoding="ascii"))
        (options.output.parent / "rotamers.LICENSE.txt").write_bytes(licence.read())
    arrays = {
        f"{name}.{part}": values
        for name, table in tables.items()
        for part, values in pack(table).items()
    }
    write(options.output, arrays)
    print(f"{options.output.name}: {len(tables)} residues, {options.output.stat().st_size} bytes")


if __name__ == "__main__":
    main()

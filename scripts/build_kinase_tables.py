"""Write the kinase tables of ``trkstruct/reference/data`` from the evidence folder.

    python scripts/build_kinase_tables.py ../shared/evidence

Writes ``kinases.csv.gz`` (names, groups, the 85 pocket letters of 348 human
kinases; sequence, pocket numbers and domain of eleven) and ``klifs_positions.csv``
(region and role of each pocket position). Checks every pocket letter against the
sequence that is written, and stops if one differs.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import re
import sys
from itertools import pairwise
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "trkstruct" / "reference" / "data"

# Pocket table name -> (HGNC symbol, further synonyms). Names that are HGNC symbols
# already need no entry. HGNC: https://www.genenames.org
SYMBOLS: dict[str, tuple[str, tuple[str, ...]]] = {
    "ABL1-nonphosphorylated": ("ABL1", ("ABL", "c-ABL")),
    "ADCK3": ("COQ8A", ()),
    "ADCK4": ("COQ8B", ()),
    "AMPK-alpha1": ("PRKAA1", ()),
    "AMPK-alpha2": ("PRKAA2", ()),
    "ARK5": ("NUAK1", ()),
    "ASK1": ("MAP3K5", ()),
    "ASK2": ("MAP3K6", ()),
    "BIKE": ("BMP2K", ()),
    "BRK": ("PTK6", ()),
    "CDC2L5": ("CDK13", ()),
    "CDK11": ("CDK19", ("CDC2L6",)),
    "CTK": ("MATK", ()),
    "DCAMKL1": ("DCLK1", ()),
    "DCAMKL3": ("DCLK3", ()),
    "DMPK2": ("CDC42BPG", ("MRCKG",)),
    "DRAK2": ("STK17B", ()),
    "ERBB2": ("ERBB2", ("HER2",)),
    "ERBB3": ("ERBB3", ("HER3",)),
    "ERBB4": ("ERBB4", ("HER4",)),
    "ERK1": ("MAPK3", ()),
    "ERK2": ("MAPK1", ()),
    "ERK3": ("MAPK6", ()),
    "ERK4": ("MAPK4", ()),
    "ERK5": ("MAPK7", ()),
    "ERK8": ("MAPK15", ()),
    "FAK": ("PTK2", ()),
    "FLT1": ("FLT1", ("VEGFR1",)),
    "HASPIN": ("HASPIN", ("GSG2",)),
    "HPK1": ("MAP4K1", ()),
    "ICK": ("CILK1", ()),
    "IKK-alpha": ("CHUK", ("IKKA",)),
    "IKK-beta": ("IKBKB", ("IKKB",)),
    "IKK-epsilon": ("IKBKE", ("IKKE",)),
    "JNK2": ("MAPK9", ()),
    "JNK3": ("MAPK10", ()),
    "LKB1": ("STK11", ()),
    "LOK": ("STK10", ()),
    "LZK": ("MAP3K13", ()),
    "MEK1": ("MAP2K1", ()),
    "MEK2": ("MAP2K2", ()),
    "MEK3": ("MAP2K3", ()),
    "MEK4": ("MAP2K4", ()),
    "MEK5": ("MAP2K5", ()),
    "MEK6": ("MAP2K6", ()),
    "MET": ("MET", ("c-MET", "HGFR")),
    "MINK": ("MINK1", ()),
    "MKK7": ("MAP2K7", ("MEK7",)),
    "MLCK": ("MYLK3", ()),
    "MLK1": ("MAP3K9", ()),
    "MLK2": ("MAP3K10", ()),
    "MLK3": ("MAP3K11", ()),
    "MRCKA": ("CDC42BPA", ()),
    "MRCKB": ("CDC42BPB", ()),
    "MST1": ("STK4", ()),
    "MST1R": ("MST1R", ("RON",)),
    "MST3": ("STK24", ()),
    "MST4": ("STK26", ()),
    "NDR1": ("STK38", ()),
    "NDR2": ("STK38L", ()),
    "NIK": ("MAP3K14", ()),
    "NIM1": ("NIM1K", ()),
    "OSR1": ("OXSR1", ()),
    "p38-alpha": ("MAPK14", ("p38a",)),
    "p38-beta": ("MAPK11", ("p38b",)),
    "p38-delta": ("MAPK13", ("p38d",)),
    "p38-gamma": ("MAPK12", ("p38g",)),
    "PAK7": ("PAK5", ()),
    "PCTK1": ("CDK16", ()),
    "PCTK2": ("CDK17", ()),
    "PCTK3": ("CDK18", ()),
    "PFTAIRE2": ("CDK15", ()),
    "PFTK1": ("CDK14", ()),
    "PIK4CB": ("PI4KB", ()),
    "PKAC-alpha": ("PRKACA", ("PKA",)),
    "PKAC-beta": ("PRKACB", ()),
    "PRKR": ("EIF2AK2", ("PKR",)),
    "PRP4": ("PRPF4B", ()),
    "PYK2": ("PTK2B", ()),
    "QSK": ("SIK3", ()),
    "RIPK5": ("DSTYK", ()),
    "ROS1": ("ROS1", ("ROS", "c-ROS")),
    "S6K1": ("RPS6KB1", ("p70S6K",)),
    "SGK": ("SGK1", ()),
    "SIK": ("SIK1", ()),
    "SgK110": ("SBK3", ()),
    "TAK1": ("MAP3K7", ()),
    "TIE2": ("TEK", ()),
    "TRKA": ("NTRK1", ("TRK", "TRK-A")),
    "TRKB": ("NTRK2", ("TRK-B",)),
    "TRKC": ("NTRK3", ("TRK-C",)),
    "VEGFR2": ("KDR", ("VEGFR-2", "FLK1")),
    "YANK1": ("STK32A", ()),
    "YANK2": ("STK32B", ()),
    "YANK3": ("STK32C", ()),
    "YES": ("YES1", ()),
    "YSK1": ("STK25", ()),
    "YSK4": ("MAP3K19", ()),
    "ZAK": ("MAP3K20", ()),
    "EGFR": ("EGFR", ("HER1", "ERBB1")),
    "KIT": ("KIT", ("c-KIT", "CD117")),
}
# Two kinase domains in one protein: "RSK1(Kin.Dom.1-N-terminal)".
DOMAINS = {"RSK1": "RPS6KA1", "RSK2": "RPS6KA3", "RSK4": "RPS6KA6"}
# The name under which a kinase is shown, where it is not the table's own.
SHOWN = {"ABL1-nonphosphorylated": "ABL1", "VEGFR2": "KDR"}

# Kinase domains that the evidence folder does not give: UniProt, feature "Protein kinase".
UNIPROT_DOMAINS = {"EGFR": (712, 979), "KDR": (834, 1162), "KIT": (589, 937), "RET": (724, 1016)}

# VEGFR2_HUMAN, UniProt P35968-1 (CC BY 4.0); the evidence folder has no KDR sequence.
KDR_SEQUENCE = (
    "MQSKVLLAVALWLCVETRAASVGLPSVSLDLPRLSIQKDILTIKANTTLQITCRGQRDLDWLWPNNQSGSEQRVEVTECSDGLFCKTLTI"
    "PKVIGNDTGAYKCFYRETDLASVIYVYVQDYRSPFIASVSDQHGVVYITENKNKTVVIPCLGSISNLNVSLCARYPEKRFVPDGNRISWD"
    "SKKGFTIPSYMISYAGMVFCEAKINDESYQSIMYIVVVVGYRIYDVVLSPSHGIELSVGEKLVLNCTARTELNVGIDFNWEYPSSKHQHK"
    "KLVNRDLKTQSGSEMKKFLSTLTIDGVTRSDQGLYTCAASSGLMTKKNSTFVRVHEKPFVAFGSGMESLVEATVGERVRIPAKYLGYPPP"
    "EIKWYKNGIPLESNHTIKAGHVLTIMEVSERDTGNYTVILTNPISKEKQSHVVSLVVYVPPQIGEKSLISPVDSYQYGTTQTLTCTVYAI"
    "PPPHHIHWYWQLEEECANEPSQAVSVTNPYPCEEWRSVEDFQGGNKIEVNKNQFALIEGKNKTVSTLVIQAANVSALYKCEAVNKVGRGE"
    "RVISFHVTRGPEITLQPDMQPTEQESVSLWCTADRSTFENLTWYKLGPQPLPIHVGELPTPVCKNLDTLWKLNATMFSNSTNDILIMELK"
    "NASLQDQGDYVCLAQDRKTKKRHCVVRQLTVLERVAPTITGNLENQTTSIGESIEVSCTASGNPPPQIMWFKDNETLVEDSGIVLKDGNR"
    "NLTIRRVRKEDEGLYTCQACSVLGCAKVEAFFIIEGAQEKTNLEIIILVGTAVIAMFFWLLLVIILRTVKRANGGELKTGYLSIVMDPDE"
    "LPLDEHCERLPYDASKWEFPRDRLKLGKPLGRGAFGQVIEADAFGIDKTATCRTVAVKMLKEGATHSEHRALMSELKILIHIGHHLNVVN"
    "LLGACTKPGGPLMVIVEFCKFGNLSTYLRSKRNEFVPYKTKGARFRQGKDYVGAIPVDLKRRLDSITSSQSSASSGFVEEKSLSDVEEEE"
    "APEDLYKDFLTLEHLICYSFQVAKGMEFLASRKCIHRDLAARNILLSEKNVVKICDFGLARDIYKDPDYVRKGDARLPLKWMAPETIFDR"
    "VYTIQSDVWSFGVLLWEIFSLGASPYPGVKIDEEFCRRLKEGTRMRAPDYTTPEMYQTMLDCWHGEPSQRPTFSELVEHLGNLLQANAQQ"
    "DGKDYIVLPISETLSMEEDSGLSLPTSPVSCMEEEEVCDPKFHYDNTAGISQYLQNSKRKSRPVSVKTFEDIPLEEPEVKVIPDDNQTDS"
    "GMVLASEELKTLEDRTKLSPSFGGMVPSKSRESVASEGSNQTSGYQSGYHSDDTDTTVYSSEEAELLKLIEIGVQTGSTAQILQPDSGTT"
    "LSSPPV"
)
# The pocket positions at which the KDR chain jumps over residues outside the pocket.
KDR_JUMPS = (1, 14, 20, 33, 42, 60, 79, 86)

REGIONS = (
    ("I", 1, 3), ("g.l", 4, 9), ("II", 10, 13), ("III", 14, 19), ("alphaC", 20, 30),
    ("b.l", 31, 37), ("IV", 38, 41), ("V", 42, 44), ("GK", 45, 45), ("hinge", 46, 48),
    ("linker", 49, 52), ("alphaD", 53, 59), ("alphaE", 60, 64), ("VI", 65, 67),
    ("c.l", 68, 75), ("VII", 76, 78), ("VIII", 79, 79), ("xDFG", 80, 83), ("a.l", 84, 85),
)  # fmt: skip
ROLES = (
    ("P-loop", 4, 9), ("gatekeeper", 45, 45), ("hinge", 46, 48), ("solvent-front", 50, 52),
    ("xDFG", 80, 80), ("DFG", 81, 83),
)  # fmt: skip
# Where the chain leaves the pocket between two positions ("break": any number of
# residues; read off all numbered kinases) or where KLIFS sets gaps in some ("loose").
BREAKS = (14, 20, 33, 42, 60, 79)
LOOSE = (21, 31, 32, 34, 35, 36, 37, 38, 50, 51, 53)


def sequences(path: Path) -> tuple[dict[str, str], dict[str, tuple[int, int]]]:
    """Canonical sequences by gene, and kinase domains without the flanks of the file."""
    found: dict[str, str] = {}
    domains: dict[str, tuple[int, int]] = {}
    header = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith(">"):
            header = line
            domain = re.search(r"domain (\d+)-(\d+), flanked", line)
            if domain:
                domains[line.split("|")[1]] = (int(domain[1]), int(domain[2]))
        elif "canonical" in header.split("|")[2]:
            gene = header[1:].split("|")[1]
            found[gene] = found.get(gene, "") + line.strip()
    return found, domains


def kdr_numbers(pocket: str) -> list[int | None]:
    """Pocket numbers of KDR: each run of the pocket, found in order in the sequence."""
    numbers: list[int | None] = []
    start = 0
    for first, after in pairwise(KDR_JUMPS):
        run = pocket[first - 1 : after - 1]
        start = KDR_SEQUENCE.index(run, start)
        numbers.extend(range(start + 1, start + len(run) + 1))
        start += len(run)
    return numbers


def checked(gene: str, pocket: str, numbers: list[int | None], sequence: str) -> None:
    """Stop if a pocket letter is not the residue of that number."""
    for position, (letter, number) in enumerate(zip(pocket, numbers, strict=True), start=1):
        if number is not None and sequence[number - 1] != letter:
            sys.exit(
                f"{gene}: pocket {position} is {letter}, residue {number} is {sequence[number - 1]}"
            )


def write(name: str, comment: str, header: list[str], rows: list[list[object]]) -> None:
    """Write one table; gzip without a time stamp, so that the file is reproducible."""
    text = io.StringIO()
    for line in comment.strip().splitlines():
        text.write(f"# {line}\n")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    content = text.getvalue().encode("utf-8")
    if name.endswith(".gz"):
        content = gzip.compress(content, mtime=0)
    (DATA / name).write_bytes(content)


def main() -> None:
    """Read the evidence folder and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("evidence", type=Path)
    folder = parser.parse_args().evidence

    canonical, domains = sequences(folder / "sequences.fasta")
    canonical["KDR"] = KDR_SEQUENCE
    domains |= UNIPROT_DOMAINS

    numbers: dict[str, list[int | None]] = {}
    pockets: dict[str, str] = {}
    with (folder / "klifs_pockets.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            column = next(key for key in row if key.startswith("residue_numbers"))
            pockets[row["gene"]] = row["pocket_85"]
            words = row[column].split()
            if len(words) != 85:
                sys.exit(f"{row['gene']}: {len(words)} pocket numbers")
            numbers[row["gene"]] = [int(word[1:]) for word in words]

    rows: list[list[object]] = []
    with (folder / "klifs_pockets_human.csv").open(encoding="utf-8", newline="") as handle:
        table = list(csv.DictReader(handle))
    for row in table:
        own = row["gene"]
        base, _, domain = own.partition("(")
        gene, synonyms = SYMBOLS.get(own, (DOMAINS.get(base, base), ()))
        name = SHOWN.get(own, f"{base} {domain.partition('-')[2].rstrip(')')}" if domain else own)
        others = dict.fromkeys((own, base, *synonyms))
        pocket = row["klifs_pocket_85"]
        if gene == "KDR":
            pockets["KDR"], numbers["KDR"] = pocket, kdr_numbers(pocket)
        known = numbers.get(gene)
        if known:
            if pockets[gene] != pocket:
                sys.exit(f"{gene}: the two pocket tables differ")
            checked(gene, pocket, known, canonical[gene])
        span = domains.get(gene)
        rows.append([
            name, gene, row["uniprot"].partition("_")[0], row["group"],
            "|".join(item for item in others if item not in (name, gene)), pocket,
            " ".join("-" if n is None else str(n) for n in known) if known else "",
            f"{span[0]}-{span[1]}" if span and known else "",
            canonical[gene] if known else "",
        ])  # fmt: skip
    first = ["TRKA", "TRKB", "TRKC", "ALK", "ROS1", "MET"]
    rows.sort(key=lambda r: (
        first.index(str(r[0])) if r[0] in first else len(first), not r[8], str(r[0]).casefold()
    ))  # fmt: skip
    write(
        "kinases.csv.gz",
        """
Human protein kinases. Written by scripts/build_kinase_tables.py.
Pocket letters (85 KLIFS positions, '-' = gap) and groups: KLIFS, https://klifs.net (Kooistra
2016, doi:10.1093/nar/gkv1082), through volkamerlab and choderalab/missense-kinase-toolkit.
Sequences and accessions: UniProt, canonical isoforms, CC BY 4.0, https://www.uniprot.org.
Pocket numbers: UniProt canonical, aligned to the KLIFS pocket; each letter is checked on writing.
Domains: Kincore (missense-kinase-toolkit data/AF2-active.fasta); EGFR, KDR, KIT, RET: UniProt.
Gene symbols: HGNC, https://www.genenames.org.
""",
        ["name", "gene", "uniprot", "group", "synonyms", "pocket", "pocket_numbers", "domain",
         "sequence"],
        rows,
    )  # fmt: skip

    roles = {p: role for role, start, stop in ROLES for p in range(start, stop + 1)}
    write(
        "klifs_positions.csv",
        """
The 85 pocket positions of KLIFS. Written by scripts/build_kinase_tables.py.
Regions: van Linden 2014, doi:10.1021/jm400378w; Kooistra 2016, doi:10.1093/nar/gkv1082.
Roles: gatekeeper 45, hinge 46-48, solvent-front 50-52, xDFG 80, DFG 81-83, P-loop 4-9,
otherwise the region.
joins: how a position follows the one before it in the sequence; 'next' = consecutive,
'loose' = KLIFS sets gaps here in some kinases, 'break' = residues outside the pocket between.
""",
        ["position", "region", "role", "joins"],
        [
            [p, region, roles.get(p, region),
             "break" if p in BREAKS else "loose" if p in LOOSE else "next"]
            for region, start, stop in REGIONS
            for p in range(start, stop + 1)
        ],
    )  # fmt: skip


if __name__ == "__main__":
    main()

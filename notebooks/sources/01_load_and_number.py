# %% [markdown]
# # 1. Load a structure, and know its numbers
#
# Every question begins with a structure of the kinase and with the number of a residue. Both are
# easy to get wrong: a file may lack half a loop, carry another mutation already, or count its
# residues in its own way, and the same glycine has five names in five kinases. This notebook loads
# models, looks at them, and shows how numbers are understood.
#
# Nothing here needs a network. What is computed is for research only, not for treatment decisions.

# %%
# %matplotlib inline
import pandas as pd

import trkstruct as ts

pd.set_option("display.max_colwidth", None)

# %% [markdown]
# ## The models that travel with the package
#
# They were prepared from entries of the PDB. A kinase's name stands for its best model; the column
# `pose` says where the inhibitor's coordinates are from, and `protein` whether the protein itself
# is a comparative model.

# %%
pd.DataFrame(
    {
        "id": model.id, "kinase": model.kinase, "DFG": model.dfg_state, "ligand": model.ligand,
        "pose": model.ligand_kind, "protein": model.protein_kind, "about": model.title,
    }
    for model in ts.bundled_models()
).set_index("id")

# %%
wt = ts.load("TRKA", state="DFG-in")
wt

# %% [markdown]
# Whatever was chosen on your behalf is a finding, and nothing is chosen silently.

# %%
for finding in wt.findings:
    print(f"{finding.level}: {finding.message}")

# %% [markdown]
# ## The pocket
#
# The 85 positions of the KLIFS pocket, with the residue's number in this file, in UniProt and in
# the literature. The positions at which resistance is seen have a role.

# %%
pocket = pd.DataFrame(
    {
        "KLIFS": row.label, "role": row.role, "residue": row.letter, "in the file": row.author,
        "UniProt": row.uniprot, "literature": row.literature,
    }
    for row in wt.pocket
)
pocket[pocket["role"].isin(["gatekeeper", "hinge", "solvent-front", "xDFG", "DFG"])]

# %% [markdown]
# ## One place, five names
#
# The glycine at the solvent front, in the relatives:

# %%
from trkstruct.mutations import MutationSet, paralogues

(g595r,) = MutationSet.parse("TRKA G595R")
pd.DataFrame(
    {"kinase": relative.name, "the same mutation": str(same)}
    for relative, same in ((ts.kinase("TRKA"), g595r), *paralogues(g595r, ts.kinase("TRKA")))
).set_index("kinase")

# %% [markdown]
# ## Mutations as people write them
#
# The literature counts TRKB by another isoform than UniProt does. The wild-type letter decides
# which is meant, and a finding says so.

# %%
trkb = ts.load("TRKB", state="DFG-in").numbering()
rows = []
for text in ("G623R", "G639R", "p.Gly623Arg", "ETV6-NTRK2 G623R", "NTRK2 p.(Gly693Cys)"):
    (site,) = MutationSet.parse(text).locate(trkb)
    said = "; ".join(finding.message for finding in site.findings)
    rows.append({"written": text, "UniProt": site.uniprot_text, "role": site.role, "said": said})
pd.DataFrame(rows).set_index("written")

# %% [markdown]
# A letter that does not fit is refused, with what is there instead.

# %%
complex_ = wt.complex()
try:
    ts.resistance(complex_, "A595R")
except ts.TrkstructError as error:
    print(error)

# %% [markdown]
# ## Look at it
#
# The inhibitor that is bound in this model, in its pocket. Where scripts run this turns in 3D, and
# where they do not, as in an untrusted notebook, a drawing stands in its place.

# %%
complex_.view()

# %% [markdown]
# A file of your own is loaded by its path: `ts.load("mine.pdb")`, `.cif`, plain or `.gz`. An entry
# of the PDB comes into the cache with `ts.fetch("2ITY")`. Next: what one mutation does.

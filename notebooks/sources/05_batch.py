# %% [markdown]
# # 5. My series against the panel
#
# A series as a table, the mutations of a kinase, one answer a pair: for the analogues on your desk
# as for a million rows on a cluster.

# %%
# %matplotlib inline
import os
import tempfile
from pathlib import Path

import pandas as pd

import trkstruct as ts

pd.set_option("display.max_colwidth", None)
folder = tempfile.TemporaryDirectory()  # goes away again, with what is written here
os.chdir(folder.name)

# %% [markdown]
# ## The series
#
# A CSV with `id` and `smiles`; an SDF or a DataFrame will do as well. One of the structures has a
# mistake: it stays as a row that says so, and the others go on.

# %%
series = """id,smiles
parent,O=C(Nc1cnn2ccc(nc12)N1CCC[C@@H]1c1cc(F)ccc1F)N1CC[C@H](O)C1
morpholide,O=C(Nc1cnn2ccc(nc12)N1CCC[C@@H]1c1cc(F)ccc1F)N1CCOCC1
misdrawn,O=C(Nc1cnn2ccc(nc12)N1CCC[C@@H]1c1cc(F)ccc1F
"""
Path("series.csv").write_text(series, encoding="utf-8")
compounds = ts.ligands("series.csv")
compounds

# %% [markdown]
# ## The panel
#
# All compounds in one structure, here a model that travels with the package; a file of your own, or
# several, will do as well, and without `structures` each compound is put in every model that suits
# it, and the mean is taken. `jobs=4` takes four processes; the numbers do not depend on it. Placing
# a new compound takes half a minute, once.

# %%
panel = ts.cross_resistance(
    ligands=[*compounds, "selitrectinib"],
    structures="7VKO",
    mutations=["G595R", "F589L", "G667C"],
)
panel.plot().figure

# %% [markdown]
# Every pair has its row, also what failed, which says why:

# %%
table = panel.to_dataframe()
table[["ligand", "mutation", "ddg_kcal", "call", "confidence", "status"]]

# %%
table.loc[table["status"] == "failed", ["ligand", "mutation", "error"]]

# %% [markdown]
# For the team: a spreadsheet, and the poses as one SDF with the calls in its fields.

# %%
panel.to_excel("panel.xlsx")
panel.to_sdf("poses.sdf")
sorted(path.name for path in Path().iterdir())

# %% [markdown]
# ## A plan for the cluster
#
# Any table of questions is a plan: a structure or a kinase, a ligand, a mutation, one row a
# question. `trkstruct screen` answers it row by row.

# %%
pd.DataFrame(
    [
        ("TRKA", "larotrectinib", "G595R"),
        ("TRKA", "repotrectinib", "G595R"),
        ("TRKC", "larotrectinib", "G623R"),
        ("ALK", "lorlatinib", "G1202R"),
        ("ROS1", "crizotinib", "G2032R"),
        ("TRKA", "larotrectinib", "A595R"),
    ],
    columns=["structure", "ligand", "mutation"],
).to_csv("plan.csv", index=False)

# %% [markdown]
# Results go to the file, notes to stderr. The last row asks for a residue that is not there: it
# fails, says why, and the command ends with 1.

# %%
# !trkstruct screen plan.csv -o results.csv 2> notes.txt; echo "ended with $?"; cat notes.txt

# %%
results = pd.read_csv("results.csv", keep_default_na=False)
results[["kinase", "ligand", "mutation", "ddg_kcal", "call", "status", "error"]]

# %% [markdown]
# For many rows: `-j 8` takes eight processes, `--resume` goes on after whatever ended it, `--shard
# 3/100` does one share of a hundred and `trkstruct merge` puts them together, and `-o
# results.parquet` writes Parquet.
#
# ## Is it worth using on my series?
#
# If some of your compounds were measured on mutants, `trkstruct benchmark measured.csv` compares
# predicted with measured, sets the numbers beside those of rules without physics, and says in a
# sentence whether to rely on it there.

# %% [markdown]
# # 3. Larotrectinib fails: what next?
#
# The whole library of inhibitors against the mutations that are seen at relapse. The question of a
# project meeting: which of them does the mutation leave alone, and which share larotrectinib's
# weakness?

# %%
# %matplotlib inline
import pandas as pd

import trkstruct as ts

pd.set_option("display.max_colwidth", None)

# %% [markdown]
# ## The matrix
#
# `solvent-front`, `gatekeeper` and `xDFG` stand for the catalogued mutations there. Without
# `ligands` the whole library is asked. Each inhibitor is put in the model that suits it.

# %%
panel = ts.cross_resistance(
    kinases=["TRKA"],
    mutations=["solvent-front", "gatekeeper", "xDFG"],
    reference="larotrectinib",
)
panel.plot().figure

# %% [markdown]
# The title is counted from the table. A hatched cell is no "retained": it says that the method has
# nothing to say there. Marks in the corners show what was measured or reported.
#
# `panel.plot(size="slide")` makes a picture for a slide, and `panel.pages("slide")` as many as a
# larger matrix takes.
#
# Where an inhibitor was placed in several models of the kinase, its ddG here is their mean: the one
# of the notebook before was that of a single model, and may differ a little.

# %% [markdown]
# ## Who keeps the solvent front?
#
# By ddG among those with a call, with how sure that is and where the pose is from.

# %%
table = panel.to_dataframe()
front = table[(table["role"] == "solvent-front") & (table["status"] == "ok")]
columns = ["ligand", "binding_type", "ddg_kcal", "call", "confidence", "pose_source"]
front.sort_values("ddg_kcal")[columns].head(10)

# %% [markdown]
# ## And the rest of the pocket?
#
# An inhibitor that survives one mutation may lose to the next. The worst call of each over all
# mutations that were asked:

# %%
called = table[table["status"] == "ok"]
worst = called.loc[called.groupby("ligand")["ddg_kcal"].idxmax()]
worst.sort_values("ddg_kcal")[["ligand", "mutation", "ddg_kcal", "call", "confidence"]].head(10)

# %% [markdown]
# ## What was measured
#
# Beside the call, what was measured or reported of the pair, with its source.

# %%
known = table[table["evidence"].notna()]
known[["ligand", "mutation", "call", "evidence"]]

# %% [markdown]
# A ddG is relative to the inhibitor's own wild-type potency. Where that is known, the potency on
# the mutant follows from it; within one class of assay potencies can be compared.

# %%
potent = table[table["predicted_potency_nm"].notna() & (table["role"] == "solvent-front")]
columns = ["ligand", "mutation", "wt_potency_nm", "predicted_potency_nm", "potency_assay"]
potent.sort_values(["potency_assay", "predicted_potency_nm"])[columns]

# %% [markdown]
# ## Why: two inhibitors, one mutation
#
# Larotrectinib and a compact macrocycle with the arginine of G595R. They turn together.

# %%
from trkstruct.views.view3d import compare

wt = ts.load("TRKA", state="DFG-in")
compare(
    ts.resistance(wt.complex(ts.ligand(name)), "G595R")
    for name in ("larotrectinib", "selitrectinib")
)

# %% [markdown]
# `panel.to_excel("panel.xlsx")` writes the table, `panel.to_sdf("poses.sdf")` the poses. On the
# command line `trkstruct matrix -o out` does all of this. Next: a compound of your own.

# %% [markdown]
# # 2. One mutation: why larotrectinib fails
#
# A patient with a TRK fusion responds to larotrectinib, and then no longer does. The biopsy shows
# TRKA G595R. What has happened in the pocket, and how sure is that?

# %%
# %matplotlib inline
import pandas as pd

import trkstruct as ts

# %% [markdown]
# ## The complex
#
# The inhibitor is bound in none of the models, so that it is placed: its scaffold is laid on that
# of a known complex. Library inhibitors have been placed already, and this takes no time.

# %%
wt = ts.load("TRKA", state="DFG-in")
complex_ = wt.complex(ts.ligand("larotrectinib"))
complex_

# %% [markdown]
# ## The answer
#
# Every rotamer of the glycine and of the arginine is built in the pocket and weighed, without the
# inhibitor and with it. The difference of the two free energies is the ddG: what the mutation costs
# this inhibitor. Positive is weaker binding.

# %%
call = ts.resistance(complex_, "G595R")
call

# %% [markdown]
# ## Where it comes from
#
# The contributions add up to the ddG. The whisker is the 80 % prediction interval; the dashed lines
# are the fold changes at which the call changes.

# %%
call.plot().figure

# %% [markdown]
# ## Look at it
#
# The wild-type residue in grey, the likeliest conformers of the mutant in orange, overlaps with the
# inhibitor as discs with their depth. In the drawing the atoms that clash are shaded.

# %%
call.view()

# %% [markdown]
# Which atoms of the inhibitor pay for it? A chemist would change these.

# %%
names = complex_.ligand_atoms.names
costs = pd.DataFrame(call.atoms, index=names, columns=["clash", "contact", "hbond", "charge"])
costs["sum, kcal/mol"] = costs.sum(axis=1)
costs.sort_values("sum, kcal/mol", ascending=False).head(6).round(2)

# %% [markdown]
# ## What is known
#
# Measured values and reported responses stand beside a prediction. They never enter it.

# %%
row = call.row()
for name in ("evidence", "wt_active", "wt_potency_nm", "predicted_potency_nm", "potency_assay"):
    print(f"{name}: {row[name]}")

# %% [markdown]
# ## And elsewhere?
#
# The same inhibitor against every other amino acid at every position of the pocket. A dot marks
# those that one nucleotide's change may give: what a tumour finds first. This takes some seconds.

# %%
from trkstruct.scans import scan

profile = scan(complex_)
profile.plot(size="a4").figure

# %%
table = profile.to_dataframe()
near = table[(table["nucleotide_changes_min"] == 1) & (table["call"] == "resistant")]
columns = ["mutation", "role", "ddg_kcal", "fold_change", "confidence"]
near.sort_values("ddg_kcal", ascending=False)[columns].head(10)

# %% [markdown]
# A scan says what the pocket would allow. It does not say that such a kinase folds, is active, or
# is ever seen; of a position that no conformer reaches it says nothing.
#
# `call.mutant.save("G595R")` writes the model for PyMOL. Next: which inhibitor to try instead.

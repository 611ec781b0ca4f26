# %% [markdown]
# # 4. My new macrocycle
#
# A compound that nobody has made yet, as a SMILES. Does it bind as its relatives do, and does it
# keep the solvent front and the gatekeeper? The one here is made up: repotrectinib with chlorine
# in place of fluorine and one carbon more in the ring.

# %%
# %matplotlib inline
import pandas as pd

import trkstruct as ts

# %%
mine = ts.ligand(smiles="C[C@H]1CCNC(=O)c2cnn3ccc(nc23)N[C@H](C)c2cc(Cl)ccc2O1", name="MC-1")
mine

# %% [markdown]
# Its state at pH 7.4 is worked out and recorded; a charge changes what an arginine does to it.

# %%
print(mine.state.smiles, "| charge", mine.state.charge)

# %% [markdown]
# ## Into the pocket
#
# It is laid on the inhibitors of known complexes with which it shares most, the rest is grown in
# many conformers that keep the macrocycle and its stereocentres, and the best are minimised in the
# pocket. This takes half a minute the first time; then the pose is in the cache.

# %%
wt = ts.load("TRKA", state="DFG-in")
complex_ = wt.complex(mine)
for finding in complex_.findings:
    if finding.level != "note" or "inge" in finding.message:
        print(f"{finding.level}: {finding.message}")

# %% [markdown]
# The checks that matter: which template, how much of it is shared, and whether the hydrogen bond to
# the hinge is there. A pose without one is doubted, and so is every call made from it.

# %%
complex_.view()

# %% [markdown]
# ## Against its parent
#
# Four mutations, my compound and repotrectinib.

# %%
mutations = ["G595R", "F589L", "G667C", "G667A"]
parent = wt.complex(ts.ligand("repotrectinib"))
rows = []
for used in (parent, complex_):
    for text in mutations:
        call = ts.resistance(used, text)
        rows.append(
            {
                "ligand": used.ligand.name, "mutation": text, "ddG": round(call.ddg_kcal, 2),
                "low": round(call.ddg_low_kcal, 1), "high": round(call.ddg_high_kcal, 1),
                "call": call.call, "confidence": call.confidence,
            }
        )
pd.DataFrame(rows).pivot(index="mutation", columns="ligand", values=["ddG", "call", "confidence"])

# %% [markdown]
# ## What costs most
#
# The worst of the four for my compound, taken apart.

# %%
calls = [ts.resistance(complex_, text) for text in mutations]
worst = max(calls, key=lambda call: call.ddg_kcal)
worst.plot().figure

# %%
print(*worst.reasons, sep="\n")

# %% [markdown]
# Read the interval before the call: a placed pose is less sure than an observed one, and the
# interval says by how much. A difference between two compounds that is smaller than that is none.
#
# `trkstruct place -s 7VKO -l "SMILES" -o poses.sdf` writes the poses for your own viewer. Next: a
# whole series.

# %% [markdown]
# ## What you know now
#
# **Shown**, and true of any model: sums over rows, row by row and dimension by dimension are three explained variances;
# loss recovered depends on what stands for nothing; a single latent that fires at one spelling of three has an F1 of
# one half for the meaning, however exact it is; a control that differs in length or covariance is no control.
#
# **Measured**, on this model and its three trainings. Sorted rows are forgotten, and a buffer mends it. A dictionary that
# recovers 0.96 of the loss loses about a nat where a pair gets its meaning, and half of all that it costs is lost there.
# Its latents are spellings, three of which make a meaning, and nothing that we tried made it learn meanings. Loss
# recovered tells a broken dictionary from a sound one; which of the sound ones has the meanings it hardly tells. A search
# in the same dictionary finds no more than its encoder, with better directions it does. Most well scored explanations
# are wrong where nobody looked, and those of the untrained twin are better. A latent steers less well than a probe or a
# difference of means, at the same side effect. By the mean the dictionary's error harms more than a random direction,
# by the median less. One other row says half of a row of the embedding, and what the model needs is in the rest.
#
# **Not shown**: anything about models of other sizes, whose features nobody knows; that features of natural language
# are spelled and crossed like ours; that dictionaries trained a thousand times as long would behave as ours do.

# %%
quiz("10")

# %%
progress()

# %% [markdown]
# ## Where this leads
#
# - **Chapter 11, circuits**: from "which latent" to "which latent passes it to which", with transcoders.
# - **Chapter 12, open problems.** Some start here. Is there a training that learns meanings and not their spellings?
#   Can a report without labels be found that ranks dictionaries as the truth does? Which rows should a dictionary be
#   trained on, if those where something is computed are few?
# - Here left out: a model trained anew with a frozen random embedding.

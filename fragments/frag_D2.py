# %% [markdown]
# ## 10.10 A public dictionary of a public model
#
# All this was a small world. The same functions take dictionaries that others have published. `load_sae` gets one by
# its name in SAELens: here that of Bloom 2024, *Open Source Sparse Autoencoders for All Residual Stream Layers of GPT2
# Small*, 24,576 latents of the stream before layer 8. Three things to look at. **How it was fed:** it was trained on a
# stream whose mean over dimensions is taken off. GPT-2 as it is loaded here keeps this mean, so what does the
# dictionary explain with it, and without? **How sparse it is.** And **what a labeller says** of some latents, from a
# few of our texts; there is no truth here to unblind. Without a network the cell can only say so; the solution that
# comes with the course was made without one.

# %%
from course_utils.lm import NoNetwork
from course_utils.lm.reading import read_texts
from course_utils.sae import choosing, explain
from course_utils.sae.firings import firings
from course_utils.sae.metrics import explained_variance, l0
from course_utils.sae.public import load_sae

try:
    public = load_sae("gpt2-small-res-jb", "blocks.8.hook_resid_pre")
    gpt2 = load_model(public.model)
except NoNetwork:
    print("No network: the dictionary of GPT-2 isn't here. Not measured: what it explains of the stream with and")
    print("without its mean, how many latents are active, and what the labeller says of those that fire often.")
else:
    english = [i for i, genre in enumerate(texts.genres()) if genre in ("tale", "notes")][:60]
    reading = read_texts(gpt2, map(texts.text, english), public.hook)
    inside = torch.cat([torch.tensor([False]), reading.text_of[1:] == reading.text_of[:-1]])  # not where a text begins
    kept, stream = inside.nonzero().flatten().tolist(), reading.acts[public.hook][inside]
    centred = stream - stream.mean(-1, keepdim=True)
    for name, value in {"as it is": stream, "mean taken off": centred}.items():
        f_public = public.sae.encode(value)
        share = explained_variance(value, public.sae.decode(f_public))
        print(f"{name:15} explained variance {share:6.3f}, active latents {l0(f_public):.1f}")
    there, dice = firings(public.sae, centred), torch.Generator().manual_seed(SEED)
    for latent in there.count.where(there.count < len(kept) / 20, 0).topk(5).indices.tolist():
        chosen = [choosing.over_the_range(there, latent, 12), choosing.silent(there, latent, 24, dice)]
        chosen = torch.cat(chosen)
        before = [
            [q for q in range(k - 12, k + 1) if q >= 0 and reading.text_of[q] == reading.text_of[k]] for k in kept
        ]
        values = choosing.values_in(there, latent, chosen).tolist()
        shown = [explain.Example([reading.pieces[q] for q in before[r]], v) for r, v in zip(chosen.tolist(), values)]
        if any(values):
            print(f"latent {latent:6} fires at {there.count[latent]:4} pieces: {explain.by_rules(shown)}")

# %% [markdown]
# If you have a network: which of the two lines is right is plain to see, and no error would have told you. A
# dictionary belongs to a model, a hook *and* a way of loading the model. And of an explanation you now know what to
# ask: which counterexamples was it shown, and how often is it wrong where nobody looked?

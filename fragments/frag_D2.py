# %% [markdown]
# ## 10.10 A public dictionary of a public model
#
# All this was a small world. The same functions take dictionaries that others have published. `load_sae` gets one by
# its name in SAELens: here that of Bloom 2024, *Open Source Sparse Autoencoders for All Residual Stream Layers of GPT2
# Small*, 24,576 latents of the stream before layer 8. Two things to look at. **How it was fed:** it was trained on a
# stream whose mean over dimensions is taken off. GPT-2 as it is loaded here keeps this mean, so what does the
# dictionary explain with it, and without? And **how sparse it is**. Without a network the cell can only say so; the
# solution that comes with the course was made without one.

# %%
from course_utils.lm import NoNetwork
from course_utils.lm.reading import read_texts
from course_utils.sae.public import load_sae

try:
    public = load_sae("gpt2-small-res-jb", "blocks.8.hook_resid_pre")
    gpt2 = load_model(public.model)
except NoNetwork:
    print("No network: the dictionary of GPT-2 isn't here. Not measured: what it explains of the stream with and")
    print("without its mean, and how many latents are active.")
else:
    english = [i for i, genre in enumerate(texts.genres()) if genre in ("tale", "notes")][:60]
    reading = read_texts(gpt2, map(texts.text, english), public.hook)
    inside = torch.cat([torch.tensor([False]), reading.text_of[1:] == reading.text_of[:-1]])  # not where a text begins
    stream = reading.acts[public.hook][inside]
    for name, value in {"as it is": stream, "mean taken off": stream - stream.mean(-1, keepdim=True)}.items():
        f_public = public.sae.encode(value)
        share = metrics.explained_variance(value, public.sae.decode(f_public))
        print(f"{name:15} explained variance {share:6.3f}, active latents {metrics.l0(f_public):.1f}")

# %% [markdown]
# If you have a network: which of the two lines is right is plain to see, and no error would have told you. A
# dictionary belongs to a model, a hook *and* a way of loading the model. And of its explanations, which are
# on the web, you know what to ask: which counterexamples was the labeller shown?

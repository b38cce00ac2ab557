# %% [markdown]
# ## 10.3 Against the truth

# %% [markdown]
# **Exercise 10.3** (B · 9 min · 2 points) TODO


# %% exercise="10.3"
def best_latents(
    fires: Bool[Tensor, "row latent"], labels: Bool[Tensor, "row feature"]
) -> tuple[Int[Tensor, " feature"], Float[Tensor, " feature"], Float[Tensor, " feature"], Float[Tensor, " feature"]]:
    """For each feature the latent with the highest F1, and its precision, recall and F1."""
    ### BEGIN SOLUTION
    hits = fires.float().T @ labels.float()  # [latent, feature]
    fired, holds = fires.sum(0)[:, None], labels.sum(0)
    f1 = (2 * hits / (fired + holds)).nan_to_num()  # 0 / 0 becomes 0
    best = f1.argmax(0)
    precision, recall = (hits / fired).nan_to_num(), (hits / holds).nan_to_num()
    every = torch.arange(len(best))
    return best, precision[best, every], recall[best, every], f1[best, every]
    ### END SOLUTION


# %%
check("10.3", best_latents)

# %% exercise="10.4"
def exception_gaps(
    fires: Bool[Tensor, "row latent"], feature_of: Int[Tensor, " latent"], labels: Bool[Tensor, "row feature"]
) -> Float[Tensor, "latent feature"]:
    """How much less often each latent fires at its feature X where Y holds too, for each feature Y."""
    ### BEGIN SOLUTION
    x, y = labels[:, feature_of].float(), labels.float()
    hit = x * fires
    without, with_y = hit.T @ (1 - y) / (x.T @ (1 - y)), hit.T @ y / (x.T @ y)
    return (without - with_y).nan_to_num()  # 0 / 0 becomes 0
    ### END SOLUTION


# %%
check("10.4", exception_gaps)

# %% exercise="10.5"
def greedy_union(fires: Bool[Tensor, "row latent"], holds: Bool[Tensor, " row"], k: int) -> list[int]:
    """At most k latents that tell a feature together, in the order in which they were chosen."""
    ### BEGIN SOLUTION
    said, chosen, reached = torch.zeros_like(holds), [], 0.0
    for _ in range(k):
        together = said[:, None] | fires
        f1 = 2 * (together & holds[:, None]).sum(0) / (together.sum(0) + holds.sum())
        best = int(f1.argmax())
        if f1[best] <= reached:
            return chosen
        chosen.append(best)
        said, reached = together[:, best], f1[best]
    return chosen
    ### END SOLUTION


# %%
check("10.5", greedy_union)

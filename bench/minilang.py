"""What the models of the mini-language are claimed to do, as bands over their seeds, with controls.

    python bench/minilang.py             # a quarter of an hour on one core
    python bench/minilang.py induction   # one part: loss, features, solu, wide, copied, induction

Prints every figure with its claim and exits with an error if one does not hold. Models of which not all seeds are
there yet are measured with those that are; the table says how many.
"""

import argparse
import sys
from collections.abc import Callable

import torch
from jaxtyping import Bool, Int
from torch import Tensor
from torch.nn import functional as F

from course_utils import neurons
from course_utils.lm import load_model
from course_utils.lm.mini import SPECS
from course_utils.lm.shipped import WEIGHTS
from course_utils.lm_training.mini_induction import ablate, attention, copies, costs
from course_utils.lm_training.mini_measure import (
    PAIRS,
    Halves,
    by_genre,
    corpora,
    dense_f1,
    figures,
    losses,
    mean_f1,
    mean_z,
    neuron_f1,
    pair_labels,
    rows,
    shuffled,
    sparse_f1,
)
from course_utils.minilang import Corpus, floors
from course_utils.probing.controls import random_gelus

failed: list[str] = []


def report(what: str, values: list[float], claim: str = "", holds: Callable[[float], bool] | None = None) -> None:
    """One line: the smallest and the largest value over the seeds; a claim must hold for every one of them."""
    good = holds is None or all(holds(value) for value in values)
    mark = "" if holds is None else "ok  " if good else "FAIL"
    print(f"{mark:5}{what:62} {min(values):7.3f} … {max(values):7.3f}  ({len(values)} seeds)  {claim}", flush=True)
    if not good:
        failed.append(what)


def trained(name: str) -> list[int]:
    """The seeds whose weights are there."""
    return [seed for seed in SPECS[name].seeds if (WEIGHTS / f"{name}.seed{seed}.safetensors").exists()]


def loss() -> None:
    """Within 0.15 nats of the floor; of one layer, in genres that copy, not above the bound of one that can't. With a
    frozen embedding at most 0.45 above it."""
    test = corpora()[1]
    floor = floors(test)
    for name, spec in SPECS.items():
        most = 0.45 if spec.frozen else 0.15
        found = [by_genre(losses(load_model(name, seed=s), test.tokens).numpy(), test) for s in trained(name)]
        layers = spec.config["n_layers"]
        for genre in found[0] if found else ():
            bound = floor[genre].entropy if layers > 1 else floor[genre].uncopied
            gaps = [f[genre] - bound for f in found]
            report(
                f"{name} {genre}: nats above the floor ({bound:.3f})",
                gaps,
                f"≤ {most}",
                lambda gap, most=most: gap <= most,
            )


def features() -> None:
    """A pair meaning is told not by one neuron nor by what the MLP reads, but by all neurons; the model reads it."""
    labels = pair_labels()
    seeds = trained("mini-gelu-1l")
    found = [figures(load_model("mini-gelu-1l", seed=s)) for s in seeds]
    report("best neuron F1", [f.neuron for f in found], "≤ 0.2", lambda x: x <= 0.2)
    report("dense probe F1 after the MLP", [f.after for f in found], "≥ 0.9", lambda x: x >= 0.9)
    report("dense probe F1 before the MLP", [f.before for f in found])
    report("dense probe F1, after − before", [f.after - f.before for f in found], "> 0.2", lambda x: x > 0.2)
    for k in sorted(found[0].sparse):
        report(f"probe of {k} neurons F1", [f.sparse[k] for f in found])
    steps = [f.sparse[16] - f.sparse[2] for f in found]
    report("16 neurons tell more than 2", steps, "> 0.2", lambda x: x > 0.2)
    test = corpora()[1]
    own, other = zip(*(after_a_meaning("mini-gelu-1l", s, test) for s in seeds))
    report("a piece after a pair meaning costs", own)
    report("… with an untrained MLP in the trained one's place", other)
    report("… more", [b - a for a, b in zip(own, other)], "> 1", lambda x: x > 1)
    controls = [features_by_chance(s, labels) for s in seeds]
    for what in controls[0]:
        nothing_there = what.endswith(("untrained twin", "shuffled labels"))
        claim = ("< 0.2", lambda x: x < 0.2) if nothing_there else ()
        report(f"control: {what}", [control[what] for control in controls], *claim)


def features_by_chance(seed: int, labels: Halves) -> dict[str, float]:
    """What the measures above give where nothing was learned.

    Random features make products readable for a probe that is fitted (Rahimi and Recht 2007): those of random
    directions come close to the model's. That it *reads* its neurons, and not just any, is what the exchange shows.
    """
    model, twin = load_model("mini-gelu-1l", seed=seed), load_model("mini-gelu-1l", seed=seed, tokens=0)
    neurons, stream = rows(model, "blocks.0.mlp.hook_post"), rows(model, "blocks.0.mlp.hook_in")
    generator = torch.Generator().manual_seed(seed)
    projected = Halves(*(random_gelus(part, 128, seed) for part in stream))
    turned = torch.linalg.qr(torch.randn(128, 128, generator=generator)).Q
    found = {
        "dense probe, untrained twin": dense_f1(rows(twin, "blocks.0.mlp.hook_post"), labels),
        "dense probe, shuffled labels": dense_f1(neurons, shuffled(labels)),
        "best of 128 random directions of the neurons": neuron_f1(Halves(*(p @ turned for p in neurons)), labels),
        "best of 128 GELUs of random directions": neuron_f1(projected, labels),
        "dense probe, 128 GELUs of random directions": dense_f1(projected, labels),
    }
    found |= {f"probe of {k} GELUs of random directions": f for k, f in sorted(sparse_f1(projected, labels).items())}
    return {what: mean_f1(values) for what, values in found.items()}


def after_a_meaning(name: str, seed: int, corpus: Corpus) -> tuple[float, float]:
    """Nats for the next piece where a pair meaning holds: with the model's MLP, and with its untrained twin's, whose
    output is stretched to the same length."""
    model, twin = load_model(name, seed=seed), load_model(name, seed=seed, tokens=0)
    holds = corpus.label_matrix([f for f in corpus.features if f.family in PAIRS]).any(-1)[:, :-1]
    read = {}

    def note(value, hook) -> None:
        read["now"] = value

    def stranger(value, hook):
        another = twin.blocks[0].mlp(read["now"])
        return another * value.norm() / another.norm()

    own = losses(model, corpus.tokens)[holds].mean().item()
    with model.hooks(fwd_hooks=[("blocks.0.mlp.hook_in", note), ("blocks.0.hook_mlp_out", stranger)]):
        return own, losses(model, corpus.tokens)[holds].mean().item()


def solu() -> None:
    """SoLU against GELU by several metrics: the best neuron, and how many meanings lie far from a neuron's mean."""
    labels = pair_labels()
    table: dict[str, dict[str, list[float]]] = {}
    for name in ("mini-gelu-1l", "mini-solu-1l"):
        for seed in trained(name):
            model = load_model(name, seed=seed)
            hooks = {"after": "blocks.0.mlp.hook_post"}
            hooks |= {"before LayerNorm": "blocks.0.mlp.ln.hook_in"} if name == "mini-solu-1l" else {}
            for where, hook in hooks.items():
                acts = rows(model, hook)
                z = mean_z(acts.chosen_on, labels.chosen_on)
                spread = (acts.chosen_on - acts.chosen_on.mean(0)) / acts.chosen_on.std(0)
                of = table.setdefault(f"{name}, {where}", {})
                of.setdefault("best neuron F1", []).append(mean_f1(neuron_f1(acts, labels)))
                of.setdefault("meanings per neuron with mean z > 2", []).append(float((z > 2).sum(1).float().mean()))
                of.setdefault("meanings per neuron with mean z > 5", []).append(float((z > 5).sum(1).float().mean()))
                of.setdefault("kurtosis of a neuron, median", []).append(float(spread.pow(4).mean(0).median()))
    for model, metrics in table.items():
        for metric, values in metrics.items():
            report(f"{model}: {metric}", values)
    gelu, solu_ = table["mini-gelu-1l, after"], table["mini-solu-1l, after"]
    better = [min(solu_["best neuron F1"]) - max(gelu["best neuron F1"])]
    report("SoLU − GELU, best neuron F1, worst pair of seeds", better, "> 0", lambda x: x > 0)
    # The other way round: by a mean of z, SoLU's neurons stand for more meanings, not fewer. A mean is moved by a few
    # very high values, and these are what SoLU makes (kurtosis), while F1 asks for one threshold that sorts them all.
    far = "meanings per neuron with mean z > 2"
    report(f"SoLU − GELU, {far}", [min(solu_[far]) - max(gelu[far])], "> 0", lambda x: x > 0)


READ = "blocks.0.mlp.hook_in"


def wide() -> None:
    """A hundred times the neurons: better best neurons, no better ones on average, none silent; what probes read.

    Half of the places where a pair meaning holds and as many others, or 6,400 neurons would not fit into memory. The
    narrow model and the wide one's untrained twin are measured at the same places.
    """
    labels = pair_labels()
    kept = Halves(*(places_kept(part, seed) for seed, part in enumerate(labels)))
    labels = Halves(*(part[at] for part, at in zip(labels, kept)))
    meaning = torch.where(labels.chosen_on.any(1), labels.chosen_on.float().argmax(1), labels.chosen_on.shape[1])
    models = {"narrow": ("mini-gelu-1l", None), "wide": ("mini-wide-1l", None), "untrained wide": ("mini-wide-1l", 0)}
    found: dict[str, dict[str, list[float]]] = {}
    for name, (model_name, tokens) in models.items():
        for seed in trained(model_name):
            for what, value in of_layer(
                load_model(model_name, seed=seed, tokens=tokens), kept, labels, meaning
            ).items():
                found.setdefault(what, {}).setdefault(name, []).append(value)
    for what, of in found.items():
        for name, values in of.items():
            report(f"{name}: {what}", values)
    best, drawn = found["best neuron F1"], found["best of 128 neurons, drawn at random, F1"]
    report("wide − narrow, best neuron F1", [min(best["wide"]) - max(best["narrow"])], "> 0.05", lambda x: x > 0.05)
    report("wide − untrained", [min(best["wide"]) - max(best["untrained wide"])], "> 0.05", lambda x: x > 0.05)
    report("wide − narrow, of 128 drawn", [max(drawn["wide"]) - min(drawn["narrow"])], "≤ 0", lambda x: x <= 0)
    report("wide: silent neurons", found["share of silent neurons"]["wide"], "< 0.01", lambda x: x < 0.01)


def copied() -> None:
    """Ten copies of each neuron, trained on: with noise they come nearer to each other, without it they stay equal.

    The best of 1,280 is a better best than that of 128 before any training; the same measures on the narrow model, on
    the copies before they were trained, on those without noise, and on 1,280 GELUs of random directions.
    """
    labels = pair_labels()
    kept = Halves(*(places_kept(part, seed) for seed, part in enumerate(labels)))
    labels = Halves(*(part[at] for part, at in zip(labels, kept)))
    meaning = torch.where(labels.chosen_on.any(1), labels.chosen_on.float().argmax(1), labels.chosen_on.shape[1])
    noisy, quiet = "mini-copied-1l", "mini-copied-1l-quiet"
    models = {"narrow": ("mini-gelu-1l", None), "noisy, at first": (noisy, 0), "noisy": (noisy, None)}
    models["quiet"] = (quiet, None)
    seeds = sorted({*trained(noisy)} & {*trained(quiet)})
    alike: dict[str, list[float]] = {}
    found: dict[str, dict[str, list[float]]] = {}
    for name, (model_name, tokens) in models.items():
        for seed in seeds:
            model = load_model(model_name, seed=seed, tokens=tokens)
            if name != "narrow":
                alike.setdefault(name, []).append(neurons.among_copies(model.W_in[0].T, 10).mean().item())
            for what, value in of_layer(model, kept, labels, meaning, dense=False).items():
                found.setdefault(what, {}).setdefault(name, []).append(value)
    for seed in seeds:
        read = Halves(*(part[at] for part, at in zip(rows(load_model("mini-gelu-1l", seed=seed), READ), kept)))
        by_chance = random_gelus(read.chosen_on, 1280, seed)
        best = mean_f1(neurons.best_of_features(by_chance, labels.chosen_on))
        found["best neuron F1"].setdefault("1,280 random directions", []).append(best)
    for name, values in alike.items():
        report(f"{name}: cosine of two copies", values)
    for what, of in found.items():
        for name, values in of.items():
            report(f"{name}: {what}", values)
    nearer = [after - before for before, after in zip(alike["noisy, at first"], alike["noisy"])]
    report("noisy: cosine of two copies, after − before", nearer, "> 0", lambda x: x > 0)
    report("quiet: cosine of two copies", alike["quiet"], "> 0.999", lambda x: x > 0.999)
    best = found["best neuron F1"]
    for less, more in (("noisy", "noisy, at first"), ("noisy", "1,280 random directions"), ("quiet", "narrow")):
        gaps = [b - a for a, b in zip(best[less], best[more])]
        report(f"best neuron F1, {more} − {less}", gaps, "> 0", lambda x: x > 0)


def places_kept(labels: Bool[Tensor, "row meaning"], seed: int) -> Int[Tensor, " kept"]:
    """Half of the rows with a meaning, and as many of the others."""
    generator = torch.Generator().manual_seed(seed)
    holds = labels.any(1)
    some, others = holds.nonzero().flatten()[::2], (~holds).nonzero().flatten()
    return torch.cat([some, others[torch.randperm(len(others), generator=generator)[: len(some)]]])


def of_layer(
    model, kept: Halves, labels: Halves, meaning: Int[Tensor, " kept"], *, dense: bool = True
) -> dict[str, float]:
    """What is measured of one layer at the kept rows, with GELU neurons; with dense probes or without."""
    read = Halves(*(part[at] for part, at in zip(rows(model, READ), kept)))
    acts = Halves(*(F.gelu(part @ model.W_in[0].detach() + model.b_in[0].detach()) for part in read))
    drawn = torch.randperm(acts.chosen_on.shape[1], generator=torch.Generator().manual_seed(0))[:128]
    some = Halves(*(part[:, drawn] for part in acts))
    needed = neurons.meanings_needed(acts.chosen_on, meaning, 0.9).float()
    found = {
        "best neuron F1": mean_f1(neurons.best_of_features(acts.chosen_on, labels.chosen_on)),
        "best of 128 neurons, drawn at random, F1": mean_f1(neurons.best_of_features(some.chosen_on, labels.chosen_on)),
        "meanings for 90 % of a neuron, mean": needed.mean().item(),
        "share of silent neurons": (acts.chosen_on.amax(0) < 0.05).float().mean().item(),
    }
    if dense:
        found["dense probe F1 before the MLP"] = mean_f1(dense_f1(read, labels))
        found["dense probe F1 of 128 neurons, drawn at random"] = mean_f1(dense_f1(some, labels))
    return found


def induction() -> None:
    """A head that attends to what came after the earlier copy, and how it knows."""
    test = corpora()[1]
    seeds = trained("mini-gelu-2l")
    models = [load_model("mini-gelu-2l", seed=s) for s in seeds]
    twins = [load_model("mini-gelu-2l", seed=s, tokens=0) for s in seeds]
    paid = [costs(model, test) for model in models]
    report("a new item costs", [first for first, _ in paid])
    report("a copied item costs", [second for _, second in paid], "< 0.5", lambda x: x < 0.5)
    for genre in ("list", "keys"):
        found = copies(test, genre)
        attended = [attention(model, found) for model in models]
        best = [float(a.induction.max()) for a in attended]
        report(f"{genre}: attention of the induction head", best, "≥ 0.5", lambda x: x >= 0.5)
        control = [float(attention(twin, found).induction.max()) for twin in twins]
        report(f"{genre}: control: best head of the untrained twin", control, "< 0.2", lambda x: x < 0.2)
        looked = [float(a.previous.max()) for a in attended]
        report(f"{genre}: most attention one back of a first-layer head", looked)
        ablated = [ablate(m, found, int(a.induction.argmax())) for m, a in zip(models, attended)]
        for what, without in {
            "the three before, kept from its queries": [a.queries for a in ablated],
            "the three by the most important head, from its keys": [float(a.keys_by_head.min()) for a in ablated],
            "the fourth to the sixth before, from both": [a.control for a in ablated],
        }.items():
            report(f"{genre}: share left, {what}", [x / a.whole for x, a in zip(without, ablated)])
        three = [a.keys / a.whole for a in ablated]
        report(f"{genre}: share left, the three before kept from its keys", three, "< 0.5", lambda x: x < 0.5)
        both = [a.both / a.whole for a in ablated]
        report(f"{genre}: share left, the three before kept from both", both, "< 0.5", lambda x: x < 0.5)
        more = [(a.control - a.both) / a.whole for a in ablated]
        report(f"{genre}: control: more left without the fourth to the sixth", more, "> 0.2", lambda x: x > 0.2)
        one, far = [a.keys_one / a.whole for a in ablated], [a.keys_far / a.whole for a in ablated]
        # In a key the same piece stands in several places, so the token before is not enough to find one.
        claims = (
            [("< 0.5", lambda x: x < 0.5), ("> 0.9", lambda x: x > 0.9), ("yes", bool)] if genre == "list" else 3 * [()]
        )
        report(f"{genre}: share left, the token before kept from its keys", one, *claims[0])
        report(f"{genre}: share left, the fourth before and all earlier", far, *claims[1])
        fed = [int(a.previous.argmax()) == int(b.keys_by_head.argmin()) for a, b in zip(attended, ablated)]
        what = f"{genre}: who looks most at the token before matters most to the keys"
        report(what, [float(f) for f in fed], *claims[2])


PARTS = {"loss": loss, "features": features, "solu": solu, "wide": wide, "copied": copied, "induction": induction}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all if none is given")
    torch.set_num_threads(1)
    for part in parser.parse_args().parts or PARTS:
        print(f"-- {part}: {PARTS[part].__doc__}", flush=True)
        PARTS[part]()
    if failed:
        sys.exit("Claims that do not hold:\n" + "\n".join(f"  {what}" for what in failed))


if __name__ == "__main__":
    main()

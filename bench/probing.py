"""How fast the probes are, against scikit-learn on the same rows: a chapter's shape, all features at once.

    python bench/probing.py                 # some minutes on one core; scikit-learn's part is most of it

Ours and theirs alternate, one thread each, in processor time; the ratio is the median over the rounds. Scikit-learn
fits one feature at a time (`OneVsRestClassifier` does the same), so it gets a sample of the features, and its time is
scaled. The scores must agree as well: both are asked for average precision on other documents.
"""

import argparse
import statistics
import time
import warnings
from collections.abc import Callable

import torch
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from torch import Tensor

from course_utils.lm import load_model
from course_utils.lm_training.mini_measure import pair_labels, rows
from course_utils.probing import average_precision, fit_dense, fit_lda

WANTED = 3.0
SAMPLED = 12  # features that scikit-learn is given


def seconds(work: Callable[[], object]) -> tuple[object, float]:
    started = time.process_time()
    result = work()
    return result, time.process_time() - started


def logistic(x: Tensor, y: Tensor) -> LogisticRegression:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return LogisticRegression(max_iter=200).fit(x.numpy(), y.numpy())


def compare(what: str, ours: Callable, theirs: Callable, labels: Tensor, rounds: int, score: Callable) -> bool:
    """One row: the ratio of times for all features, and a mean score of both over the sampled features."""
    features = torch.arange(0, labels.shape[1], -(-labels.shape[1] // SAMPLED))
    ratios, quality = [], (float("nan"), float("nan"))
    for _ in range(rounds):
        mine, fast = seconds(ours)
        other, slow = seconds(lambda: [theirs(feature) for feature in features.tolist()])
        ratios.append(slow * labels.shape[1] / len(features) / fast)
        quality = score(mine, other, features)
    ratio = statistics.median(ratios)
    print(
        f"{what:28} {ratio:8.1f}× (wanted {WANTED:g}×)   ours {quality[0]:.3f}, scikit-learn {quality[1]:.3f}",
        flush=True,
    )
    return ratio >= WANTED and quality[0] >= quality[1] - 0.01


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    acts, labels = rows(load_model("mini-gelu-1l"), "blocks.0.mlp.hook_post"), pair_labels()
    kept = labels.chosen_on.any(0) & labels.scored_on.any(0)
    x, y, x_test, y_test = acts.chosen_on, labels.chosen_on[:, kept], acts.scored_on, labels.scored_on[:, kept]
    print(f"{len(x)} rows, {x.shape[1]} neurons, {y.shape[1]} features; scikit-learn on {SAMPLED} of them")

    def scores(mine, others, features) -> tuple[float, float]:
        found = average_precision(mine.scores(x_test), y_test)[features].mean().item()
        theirs = [
            average_precision_score(y_test[:, f], m.decision_function(x_test.numpy())) for f, m in zip(features, others)
        ]
        return found, sum(theirs) / len(theirs)

    probe = fit_dense(x, y)
    held_out = probe.scores(x_test)
    results = [
        compare("logistic regression", lambda: fit_dense(x, y), lambda f: logistic(x, y[:, f]), y, rounds, scores),
        compare(
            "LDA", lambda: fit_lda(x, y),
            lambda f: LinearDiscriminantAnalysis(solver="lsqr").fit(x.numpy(), y[:, f].numpy()), y, rounds, scores,
        ),
        compare(
            "average precision", lambda: average_precision(held_out, y_test),
            lambda f: average_precision_score(y_test[:, f].numpy(), held_out[:, f].numpy()), y_test, rounds,
            lambda mine, others, features: (mine[features].mean().item(), sum(others) / len(others)),
        ),
    ]  # fmt: skip
    raise SystemExit(0 if all(results) else 1)


if __name__ == "__main__":
    main()

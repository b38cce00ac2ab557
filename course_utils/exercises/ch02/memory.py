"""2.11: errors on seen and unseen examples, and how much room a model gives the examples themselves."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils import toy
from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite


@law("the order of a training set's rows doesn't matter")
def any_order(answer, W, b, train, test):
    shuffled = [rows.flip(0) for rows in train]
    same = all(torch.allclose(a, c, atol=1e-4) for a, c in zip(answer(W, b, train, test), answer(W, b, shuffled, test)))
    return None if same else "Your values changed when the training sets were turned upside down."


def squared(W, b, rows, relu=True, bias=True, over=torch.sum):
    """Error of one model: the square summed over features, averaged over rows."""
    out = rows @ W.T @ W + (b if bias else 0)
    return over(((out.relu() if relu else out) - rows) ** 2, dim=-1).mean()


def room(W, rows):
    return toy.feature_dimensionality(W @ rows.T).mean()


def curves(W, b, train, test, error=squared, room=room):
    seen = [error(W[k], b[k], rows) for k, rows in enumerate(train)]
    unseen = [error(W[k], b[k], test) for k in range(len(W))]
    return torch.stack(seen), torch.stack(unseen), torch.stack([room(W[k], rows) for k, rows in enumerate(train)])


class SeenAndUnseen(FunctionExercise):
    id, title = "2.11", "Memorise or generalise?"
    difficulty, minutes, points, needs = "B", 8, 3, ["2.2"]
    checked = "stacks of models with training sets of unequal sizes, row by row"
    hints = [
        "Model k belongs to train[k], and every model is tried on the same test set. An error is summed over features "
        "and averaged over rows.",
        "The examples' room: h = W[k] @ train[k].T has a column for each example, as W has one for each feature. So "
        "your 2.2 (or `toy.feature_dimensionality`) of h, averaged over the examples.",
    ]

    def cases(self, rng):
        def rows(n, features):
            return torch.rand(n, features, generator=rng) * (torch.rand(n, features, generator=rng) < 0.6)

        W, b = torch.randn(3, 2, 5, generator=rng), 0.3 * torch.randn(3, 5, generator=rng)
        yield Case((W, b, [rows(2, 5), rows(7, 5), rows(4, 5)], rows(6, 5)), "with sets of 2, 7 and 4 examples")
        W, b = torch.randn(1, 3, 4, generator=rng), 0.3 * torch.randn(1, 4, generator=rng)
        yield Case((W, b, [rows(1, 4) + 0.1], rows(3, 4)), "with a single example in 3 dimensions")
        empty = rows(3, 6)
        empty[1] = 0
        W, b = torch.randn(2, 2, 6, generator=rng), torch.zeros(2, 6)
        yield Case((W, b, [empty, rows(5, 6)], rows(4, 6)), "with an empty example")

    def oracle(
        self,
        W: Float[Tensor, "run hidden feature"],
        b: Float[Tensor, "run feature"],
        train: list,
        test: Float[Tensor, "row feature"],
    ) -> tuple[Float[Tensor, "run"], Float[Tensor, "run"], Float[Tensor, "run"]]:
        def of(model, bias, x):
            total = 0.0
            for row in x:
                h = sum(value * model[:, i] for i, value in enumerate(row))
                for i, value in enumerate(row):
                    total += (max(float(h @ model[:, i] + bias[i]), 0.0) - float(value)) ** 2
            return total / len(x)

        def share(model, x):
            hs, shares = [model @ row for row in x], []
            for h in hs:
                square = float(h @ h)
                heard = sum(float(h @ other) ** 2 for other in hs)
                shares.append(square**2 / heard if heard > 0 else 0.0)
            return sum(shares) / len(shares)

        models = list(zip(W.double(), b.double(), [rows.double() for rows in train]))
        seen = torch.tensor([of(*model) for model in models])
        unseen = torch.tensor([of(model, bias, test.double()) for model, bias, _ in models])
        return seen, unseen, torch.tensor([share(model, x) for model, _, x in models])

    laws = [any_order]

    @mistake(
        "You averaged over the features. Rows have length 1, so the *sum* over "
        "features is 1 for a model without a clue."
    )
    def mean_over_features(W, b, train, test):
        return curves(W, b, train, test, error=lambda *a: squared(*a, over=torch.mean))

    @mistake("Every model was tried on the first training set. Model k has been trained on train[k].")
    def first_set_for_all(W, b, train, test):
        return curves(W, b, [train[0]] * len(W), test)

    @mistake("Your test error is that on the training sets. Unseen examples are in `test`.")
    def tested_on_the_training_set(W, b, train, test):
        seen, _, share = curves(W, b, train, test)
        return seen, seen, share

    @mistake("The two errors are exchanged: first the seen examples, then the unseen ones.")
    def exchanged(W, b, train, test):
        seen, unseen, share = curves(W, b, train, test)
        return unseen, seen, share

    @mistake("The ReLU of the output is missing in your errors.")
    def no_relu(W, b, train, test):
        return curves(W, b, train, test, error=lambda *a: squared(*a, relu=False))

    @mistake("The bias is missing in your errors.")
    def no_bias(W, b, train, test):
        return curves(W, b, train, test, error=lambda *a: squared(*a, bias=False))

    @mistake("That is the room of the features, from W. The examples' room is that of the columns of h = W xᵀ.")
    def room_of_the_features(W, b, train, test):
        return curves(W, b, train, test, room=lambda model, rows: toy.feature_dimensionality(model).mean())

    @mistake("You took the room of the examples as they are, in the space of features. In the hidden space they crowd.")
    def room_of_the_inputs(W, b, train, test):
        return curves(W, b, train, test, room=lambda model, rows: toy.feature_dimensionality(rows.T).mean())

    @mistake("You added the examples' shares up. That is the number of dimensions in use; wanted is their mean.")
    def sum_of_shares(W, b, train, test):
        return curves(W, b, train, test, room=lambda model, rows: toy.feature_dimensionality(model @ rows.T).sum())

    @mistake(
        "The room is that of the test examples. It is the examples a model was trained on that it may have memorised."
    )
    def room_of_the_test_set(W, b, train, test):
        return curves(W, b, train, test, room=lambda model, rows: toy.feature_dimensionality(model @ test.T).mean())

    @mistake("Summed over the rows too: larger sets would have larger errors. Average over the rows.")
    def sum_over_rows(W, b, train, test):
        return curves(W, b, train, test, error=lambda *a: squared(*a) * len(a[2]))

    @rewrite
    def model_by_model(W, b, train, test):
        return curves(W, b, train, test)

    @rewrite
    def by_hand(W, b, train, test):
        seen, unseen, shares = [], [], []
        for model, bias, x in zip(W, b, train):
            for rows, kept in ((x, seen), (test, unseen)):
                h = torch.einsum("hf,rf->rh", model, rows)
                kept.append(((h @ model + bias).clamp_min(0) - rows).square().sum() / len(rows))
            gram = (x @ model.T) @ (x @ model.T).T
            own = gram.diagonal()
            shares.append(torch.where(own > 0, own**2 / (gram**2).sum(1).clamp_min(1e-30), 0.0).mean())
        return torch.stack(seen), torch.stack(unseen), torch.stack(shares)

    @rewrite
    def test_at_once(W, b, train, test):
        out = (test @ W.mT @ W + b[:, None]).relu()
        seen, _, share = curves(W, b, train, test)
        return [seen, ((out - test) ** 2).sum(-1).mean(-1), share]

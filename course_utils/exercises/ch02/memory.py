"""2.11: errors on seen and unseen examples, and how unevenly the examples themselves share a model's room."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils import toy
from course_utils.checking import Case, FunctionExercise, describe, law, mistake, rewrite
from course_utils.checking.guesses import which
from course_utils.exercises.ch02.dimensions import first_wrong_value
from course_utils.exercises.ch02.on_examples import (
    curves,
    from_D,
    of_examples,
    off_by,
    relative_spread,
    row_by_row,
    squared,
    unevenness,
)


@law("the order of a training set's rows doesn't matter")
def any_order(answer, W, b, train, test):
    shuffled = [rows.flip(0) for rows in train]
    same = all(torch.allclose(a, c, atol=1e-4) for a, c in zip(answer(W, b, train, test), answer(W, b, shuffled, test)))
    return None if same else "Your values changed when the training sets were turned upside down."


class SeenAndUnseen(FunctionExercise):
    id, title = "2.11", "Memorise or generalise?"
    difficulty, minutes, points, needs = "B", 10, 3, ["2.2"]
    checked = "stacks of models with training sets of unequal sizes, row by row"
    hints = [
        "Model k belongs to train[k], and every model is tried on the same test set. An error is summed over features "
        "and averaged over rows.",
        "h = W[k] @ train[k].T has a column for each example, as W has one for each feature. So your 2.2 (or "
        "`toy.feature_dimensionality`) of h is D of the examples; then `D.std(correction=0) / D.mean()`.",
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
        W: Float[Tensor, "k hidden feature"],
        b: Float[Tensor, "k feature"],
        train: list,
        test: Float[Tensor, "row feature"],
    ) -> tuple[Float[Tensor, "k"], Float[Tensor, "k"], Float[Tensor, "k"]]:
        return row_by_row(W, b, train, test)

    laws = [any_order]

    def remark(self, trials):
        bad = first_wrong_value(trials)
        if bad is None or len(bad.parts) != 3:
            return None
        W, b, train, _ = bad.case.args
        rows, D = train[0], of_examples(W[0], train[0])
        first, all_of_them = squared(W[0], b[0], rows[:1]), squared(W[0], b[0], rows)
        return (
            f"{which(bad.parts)} Model 0 on its own {describe.count(len(rows), 'example')}: the squares of the first "
            f"add up to {first:.4g}, the mean over examples is {all_of_them:.4g}; D of the first is {D[0]:.4g}, of all "
            f"the mean is {D.mean():.4g} and the standard deviation {D.std(correction=0):.4g}."
        )

    @mistake("You averaged over the features. The squares are *summed* over features, and averaged over rows.")
    def mean_over_features(W, b, train, test):
        return curves(W, b, train, test, error=lambda *a: squared(*a, over=torch.mean))

    @mistake("Every model was tried on the first training set. Model k has been trained on train[k].")
    def first_set_for_all(W, b, train, test):
        return curves(W, b, [train[0]] * len(W), test)

    @mistake("Your test error is that on the training sets. Unseen examples are in `test`.")
    def tested_on_the_training_set(W, b, train, test):
        seen, _, uneven = curves(W, b, train, test)
        return seen, seen, uneven

    @mistake("The two errors are exchanged: first the seen examples, then the unseen ones.")
    def exchanged(W, b, train, test):
        seen, unseen, uneven = curves(W, b, train, test)
        return unseen, seen, uneven

    @mistake("The ReLU of the output is missing in your errors.")
    def no_relu(W, b, train, test):
        return curves(W, b, train, test, error=lambda *a: squared(*a, relu=False))

    @mistake("The bias is missing in your errors.")
    def no_bias(W, b, train, test):
        return curves(W, b, train, test, error=lambda *a: squared(*a, bias=False))

    @mistake("Summed over the rows too: larger sets would have larger errors. Average over the rows.")
    def sum_over_rows(W, b, train, test):
        return curves(W, b, train, test, error=lambda *a: squared(*a) * len(a[2]))

    @mistake("You averaged over the features and added up the rows. It is the other way round.")
    def sum_over_rows_of_means(W, b, train, test):
        return curves(W, b, train, test, error=lambda *a: squared(*a, over=torch.mean) * len(a[2]))

    @mistake("Your errors are absolute ones. Square them.")
    def absolute_errors(W, b, train, test):
        return curves(W, b, train, test, error=lambda *a: off_by(*a).abs().sum(dim=1).mean())

    @mistake("You averaged the lengths of the error vectors. An error is the *squared* length, without the root.")
    def lengths_of_errors(W, b, train, test):
        return curves(W, b, train, test, error=lambda *a: off_by(*a).norm(dim=1).mean())

    @mistake("You took the root of the errors. They stay squared.")
    def roots(W, b, train, test):
        return curves(W, b, train, test, error=lambda *a: squared(*a).sqrt())

    @mistake("You added up the features' errors and squared the sum, so they cancel. Square first, then add.")
    def square_of_the_sum(W, b, train, test):
        return curves(W, b, train, test, error=lambda *a: off_by(*a).sum(dim=1).square().mean())

    @mistake("You added the bias after the ReLU. It belongs inside: ReLU(WᵀW x + b).")
    def bias_after_the_relu(W, b, train, test):
        def error(model, bias, rows):
            return ((rows @ model.T @ model).relu() + bias - rows).square().sum(dim=1).mean()

        return curves(W, b, train, test, error=error)

    @mistake("Your ReLU is on the hidden layer. It is the output that has one: ReLU(WᵀW x + b).")
    def relu_on_the_hidden_layer(W, b, train, test):
        def error(model, bias, rows):
            return ((rows @ model.T).relu() @ model + bias - rows).square().sum(dim=1).mean()

        return curves(W, b, train, test, error=error)

    @mistake("You joined all the training sets. Model k has seen train[k] alone.")
    def all_sets_joined(W, b, train, test):
        return curves(W, b, [torch.cat(train)] * len(W), test)

    @mistake("Both errors are those on `test`. The first is that of model k on train[k].")
    def both_on_the_test_set(W, b, train, test):
        _, unseen, uneven = curves(W, b, train, test)
        return unseen, unseen, uneven

    @mistake("You subtracted the training error from the test error. Return the test error itself.")
    def gap_for_the_test_error(W, b, train, test):
        seen, unseen, uneven = curves(W, b, train, test)
        return seen, unseen - seen, uneven

    @mistake("The three are in another order: error on the training set, error on `test`, then the unevenness.")
    def unevenness_first(W, b, train, test):
        seen, unseen, uneven = curves(W, b, train, test)
        return uneven, seen, unseen

    @mistake("That is the unevenness of the features, from W. Wanted is that of the examples, the columns of h = W xᵀ.")
    def of_the_features(W, b, train, test):
        return curves(W, b, train, test, uneven=lambda m, rows: relative_spread(toy.feature_dimensionality(m)))

    @mistake("You took D of the examples as they are, in the space of features. In the hidden space they crowd.")
    def of_the_inputs(W, b, train, test):
        return curves(W, b, train, test, uneven=lambda m, rows: relative_spread(toy.feature_dimensionality(rows.T)))

    @mistake("It is the test examples' unevenness. What a model may have memorised is what it was trained on.")
    def of_the_test_set(W, b, train, test):
        return curves(W, b, train, test, uneven=lambda m, rows: unevenness(m, test))

    @mistake("Examples are the columns of h: `W[k] @ train[k].T`. You have them as rows, so units took their place.")
    def rows_for_columns(W, b, train, test):
        return curves(W, b, train, test, uneven=lambda m, rows: relative_spread(toy.feature_dimensionality(rows @ m.T)))

    @mistake("You took D of the outputs WᵀW x. The examples share the hidden dimensions: D of h = W xᵀ.")
    def of_the_outputs(W, b, train, test):
        def uneven(model, rows):
            return relative_spread(toy.feature_dimensionality((rows @ model.T @ model).T))

        return curves(W, b, train, test, uneven=uneven)

    @mistake("That is the mean of D, nearly m/T for whatever model. Wanted is how much D differs between examples.")
    def mean_share(W, b, train, test):
        return curves(W, b, train, test, uneven=from_D(lambda D: D.mean()))

    @mistake("You added the examples' D up. That is the number of dimensions in use; wanted is how much D differs.")
    def sum_of_shares(W, b, train, test):
        return curves(W, b, train, test, uneven=from_D(lambda D: D.sum()))

    @mistake("That is the standard deviation itself. D falls as m/T, and so does its deviation: divide by the mean.")
    def not_over_the_mean(W, b, train, test):
        return curves(W, b, train, test, uneven=from_D(lambda D: D.std(correction=0)))

    @mistake("Your deviation has T − 1 in the denominator, PyTorch's default. Here it is T: `D.std(correction=0)`.")
    def over_one_less(W, b, train, test):
        def number(D):
            return (D - D.mean()).norm() / (len(D) - 1) ** 0.5 / D.mean() if len(D) > 1 else torch.tensor(torch.nan)

        return curves(W, b, train, test, uneven=from_D(number))

    @mistake("You divided the variance by the mean. Take the root first: the standard deviation over the mean.")
    def variance_for_deviation(W, b, train, test):
        return curves(W, b, train, test, uneven=from_D(lambda D: D.var(correction=0) / D.mean()))

    @mistake("The variance over the squared mean is the square of what is wanted. Take the root.")
    def unevenness_squared(W, b, train, test):
        return curves(W, b, train, test, uneven=lambda m, rows: unevenness(m, rows) ** 2)

    @mistake("Turn the fraction over: the deviation stands on top, so that 0 means “all alike”.")
    def turned_over(W, b, train, test):
        return curves(W, b, train, test, uneven=lambda m, rows: 1 / unevenness(m, rows))

    @mistake("That is the distance from the least D to the largest. Wanted is the standard deviation, over the mean.")
    def largest_minus_least(W, b, train, test):
        return curves(W, b, train, test, uneven=from_D(lambda D: (D.max() - D.min()) / D.mean()))

    @mistake("You averaged absolute deviations. The standard deviation squares them, and takes the root at the end.")
    def absolute_deviations(W, b, train, test):
        return curves(W, b, train, test, uneven=from_D(lambda D: (D - D.mean()).abs().mean() / D.mean()))

    @mistake("That is how unevenly the hidden vectors are *long*. Wanted is the same for their D.")
    def of_the_lengths(W, b, train, test):
        return curves(W, b, train, test, uneven=lambda m, rows: relative_spread((m @ rows.T).norm(dim=0)))

    @mistake("You left short hidden vectors out. All examples count, one that has no room with D = 0.")
    def long_examples_only(W, b, train, test):
        def uneven(model, rows):
            return relative_spread(of_examples(model, rows)[(model @ rows.T).norm(dim=0) > 0.5])

        return curves(W, b, train, test, uneven=uneven)

    @mistake("You left empty examples out. They count, with D = 0.")
    def empty_examples_left_out(W, b, train, test):
        def uneven(model, rows):
            return relative_spread(of_examples(model, rows)[(model @ rows.T).norm(dim=0) > 1e-9])

        return curves(W, b, train, test, uneven=uneven)

    @mistake("0/0: an empty example has h = 0, and takes no room. Its D is 0, as in 2.2.")
    def nan_for_an_empty_example(W, b, train, test):
        def uneven(model, rows):
            h = model @ rows.T
            unit = h / h.norm(dim=0)
            return relative_spread(h.square().sum(dim=0) / (unit.T @ h).square().sum(dim=1))

        return curves(W, b, train, test, uneven=uneven)

    @mistake("Every model has the bias of the first in your errors. Model k has b[k].")
    def first_bias_for_all(W, b, train, test):
        return curves(W, b[:1].expand_as(b), train, test)

    @mistake("In your D lengths are lost: unit vectors alone. Only the one that reads, ŵ_i, has length 1, as in 2.2.")
    def directions_alone(W, b, train, test):
        def uneven(model, rows):
            return relative_spread(toy.feature_dimensionality(torch.nn.functional.normalize(model @ rows.T, dim=0)))

        return curves(W, b, train, test, uneven=uneven)

    @mistake("In your D the sum over j leaves out j = i. An example meets itself, too, as in 2.2.")
    def without_itself(W, b, train, test):
        def uneven(model, rows):
            h = model @ rows.T
            heard = (torch.nn.functional.normalize(h, dim=0).T @ h).square().fill_diagonal_(0).sum(dim=1)
            return relative_spread(torch.where(heard > 0, h.square().sum(dim=0) / heard, 0.0))

        return curves(W, b, train, test, uneven=uneven)

    @rewrite
    def model_by_model(W, b, train, test):
        return curves(W, b, train, test)

    @rewrite
    def by_hand(W, b, train, test):
        seen, unseen, spread = [], [], []
        for model, bias, x in zip(W, b, train):
            for rows, kept in ((x, seen), (test, unseen)):
                h = torch.einsum("hf,rf->rh", model, rows)
                kept.append(((h @ model + bias).clamp_min(0) - rows).square().sum() / len(rows))
            gram = (x @ model.T) @ (x @ model.T).T
            own = gram.diagonal()
            D = torch.where(own > 0, own**2 / (gram**2).sum(1).clamp_min(1e-30), 0.0)
            spread.append(((D**2).mean() / D.mean() ** 2 - 1).clamp_min(0).sqrt())
        return torch.stack(seen), torch.stack(unseen), torch.stack(spread)

    @rewrite
    def test_at_once(W, b, train, test):
        out = (test @ W.mT @ W + b[:, None]).relu()
        seen, _, uneven = curves(W, b, train, test)
        return [seen, ((out - test) ** 2).sum(-1).mean(-1), uneven]

"""6.12: how much of a room two sets of directions share."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_utils.checking import Case, FunctionExercise, law, mistake, rewrite


@law("turning everything together changes nothing")
def rotation(answer, A, B, k):
    Q = torch.linalg.qr(torch.randn(A.shape[1], A.shape[1], generator=torch.Generator().manual_seed(1))).Q
    same = torch.allclose(answer(A @ Q, B @ Q, k), answer(A, B, k), rtol=1e-3, atol=1e-3)
    return (
        None
        if same
        else "The overlap changed when both sets were rotated. Spans turn with them, and keep their angles."
    )


@law("a set shares all of its subspace with itself: 1")
def itself(answer, A, B, k):
    value = float(answer(A, A, k))
    return None if abs(value - 1) < 1e-3 else f"Yours gives {value:.3f}."


@law("it is the same both ways round")
def symmetric(answer, A, B, k):
    same = abs(float(answer(A, B, k)) - float(answer(B, A, k))) < 1e-3
    return None if same else "Swapping the two sets changed it."


def basis(A, k):
    """[k model]: orthonormal, the k leading directions of the rows of A."""
    return torch.linalg.svd(A, full_matrices=False).Vh[:k]


def with_svd(A, B, k):
    return (basis(A, k) @ basis(B, k).T).square().sum() / k


class SubspaceOverlap(FunctionExercise):
    id, title = "6.12", "How much of a room do two crowds share?"
    difficulty, minutes, points, needs = "C", 12, 2, []
    rtol, atol = 1e-3, 1e-4
    checked = "pairs of sets against projections computed with loops, with k = 1 and with sets of unequal size"
    hints = [
        "Each set gets an orthonormal basis of the k dimensions where most of it lies: `torch.linalg.svd(A, "
        "full_matrices=False).Vh[:k]`. Then: how much of a unit vector of one basis lies in the span of the other?",
        "All dot products between the two bases are one k × k matrix. Its squares add up to k if the spans are the "
        "same and to 0 if they are orthogonal: divide by k.",
    ]

    def cases(self, rng):
        for n, m, width, k, note in [
            (6, 9, 12, 3, "with six and nine directions"),
            (5, 7, 8, 1, "with k = 1"),
            (4, 10, 9, 4, "with as many directions as k"),
        ]:
            shared = torch.randn(2, width, generator=rng)
            A = torch.randn(n, width, generator=rng) + 2 * torch.randn(n, 2, generator=rng) @ shared
            B = torch.randn(m, width, generator=rng) + 2 * torch.randn(m, 2, generator=rng) @ shared
            yield Case((A + 1.0, B, k), note)

    def oracle(
        self, A: Float[Tensor, "direction model"], B: Float[Tensor, "direction model"], k: int
    ) -> Float[Tensor, ""]:
        def span(rows: Tensor) -> list[Tensor]:
            """The k leading directions, one after the other by power iteration on what is left."""
            left, found = rows.double().T @ rows.double(), []
            for _ in range(k):
                v = torch.linspace(1, 2, len(left), dtype=torch.float64)
                power = left
                for _ in range(24):  # the matrix to the power 2^24, kept at size 1
                    power = power @ power
                    power = power / power.norm()
                v = power @ v
                v = v / v.norm()
                found.append(v)
                left = left - (v @ left @ v) * torch.outer(v, v)
            return found

        total = 0.0
        for a in span(A):
            for b in span(B):
                total += float(a @ b) ** 2
        return torch.tensor(total / k)

    laws = [rotation, itself, symmetric]

    @mistake("You multiplied the cosines of the principal angles. What is shared is the mean of their squares.")
    def product_of_cosines(A, B, k):
        return torch.linalg.svdvals(basis(A, k) @ basis(B, k).T).prod()

    @mistake("You squared the determinant. What is shared is the sum of all squared dot products, divided by k.")
    def squared_determinant(A, B, k):
        return torch.linalg.det(basis(A, k) @ basis(B, k).T) ** 2

    @mistake("`eigh` sorts upwards: its first columns are the weakest directions. The leading ones are the last k.")
    def weakest_eigenvectors(A, B, k):
        bases = [torch.linalg.eigh(rows.T @ rows).eigenvectors[:, :k] for rows in (A, B)]
        return (bases[0].T @ bases[1]).square().sum() / k

    @mistake(
        "You compared the singular values: how wide the sets are. The question is whether they point the same way."
    )
    def singular_values(A, B, k):
        first, second = (torch.linalg.svdvals(rows)[:k] for rows in (A, B))
        return (first @ second) / (first.norm() * second.norm())

    @mistake("You weighed the directions with their singular values. All k of a basis have length 1 and count alike.")
    def weighed_bases(A, B, k):
        parts = [torch.linalg.svd(rows, full_matrices=False) for rows in (A, B)]
        first, second = (part.S[:k, None] * part.Vh[:k] for part in parts)
        return (first @ second.T).square().sum() / k

    @mistake("That is how much of B's directions lies in A's span. Give B a basis of its k leading directions as well.")
    def one_basis_only(A, B, k):
        return (B @ basis(A, k).T).square().sum() / B.square().sum()

    @mistake(
        "You took the k longest directions of each set. Take the k dimensions in which most of all of them "
        "lies (`svd`)."
    )
    def longest_directions(A, B, k):
        longest = [rows[rows.norm(dim=1).topk(k).indices] for rows in (A, B)]
        first, second = (torch.linalg.qr(rows.T).Q for rows in longest)
        return (first.T @ second).square().sum() / k

    @mistake("Those are angles. Take the squares of their cosines.")
    def angles(A, B, k):
        return torch.linalg.svdvals(basis(A, k) @ basis(B, k).T).clamp(0, 1).arccos().mean()

    @mistake(
        "You took the best partner for each direction. A direction may lie in the span of several: all k × k count."
    )
    def best_partner(A, B, k):
        return (basis(A, k) @ basis(B, k).T).abs().amax(dim=1).mean()

    @mistake("You compared the means of the sets. One vector each says nothing about their spans.")
    def cosine_of_the_means(A, B, k):
        return torch.cosine_similarity(A.mean(dim=0), B.mean(dim=0), dim=0) ** 2

    @mistake(
        "That is the mean squared cosine between single directions. Two sets can fill the same plane with no "
        "arrow in common: compare the spans, through an orthonormal basis of each."
    )
    def cosines_of_the_directions(A, B, k):
        unit = [rows / rows.norm(dim=1, keepdim=True) for rows in (A, B)]
        return (unit[0] @ unit[1].T).square().mean()

    @mistake(
        "You averaged the cosines of the principal angles. Square them: the share of a unit vector's squared "
        "length that lies in the other span."
    )
    def not_squared(A, B, k):
        return torch.linalg.svdvals(basis(A, k) @ basis(B, k).T).mean()

    @mistake("You averaged over all k² dot products. If the spans are the same, the squares add up to k: divide by k.")
    def divided_twice(A, B, k):
        return with_svd(A, B, k) / k

    @mistake(
        "You averaged the dot products as they are. A basis vector may as well point the other way, so their signs "
        "mean nothing: square them, and for each vector add up over the other basis."
    )
    def mean_of_the_products(A, B, k):
        return (basis(A, k) @ basis(B, k).T).mean()

    @mistake(
        "You took the first k directions of each set for a basis. They aren't orthogonal, and not where most of the "
        "squared length lies: the first rows of Vh are."
    )
    def directions_for_a_basis(A, B, k):
        first, second = (torch.nn.functional.normalize(rows, dim=1)[:k] for rows in (A, B))
        return (first @ second.T).square().sum() / k

    @mistake("You used all rows of Vh and divided by k. Only its first k rows are the basis.")
    def all_rows_over_k(A, B, k):
        first, second = (torch.linalg.svd(rows, full_matrices=False).Vh for rows in (A, B))
        return (first @ second.T).square().sum() / k

    @mistake("You added up and did not divide by k: the result should lie between 0 and 1.")
    def not_divided(A, B, k):
        return with_svd(A, B, k) * k

    @mistake("That is the best match, one direction that both have. We ask how much of the whole span is shared.")
    def the_best_angle(A, B, k):
        return torch.linalg.svdvals(basis(A, k) @ basis(B, k).T).square().max()

    @mistake("You took the k weakest directions: singular values come in descending order, the leading ones are first.")
    def the_last_directions(A, B, k):
        bases = [torch.linalg.svd(rows, full_matrices=False).Vh[-k:] for rows in (A, B)]
        return (bases[0] @ bases[1].T).square().sum() / k

    @mistake(
        "You used the whole span of each set. Keep the k leading directions: the weakest ones are noise, and they "
        "fill the room."
    )
    def all_directions(A, B, k):
        bases = [torch.linalg.svd(rows, full_matrices=False).Vh for rows in (A, B)]
        return (bases[0] @ bases[1].T).square().sum() / min(len(rows) for rows in bases)

    @mistake(
        "You compared the first with the first, the second "
        "with the second. The same span has many bases: all k × k "
        "pairs count."
    )
    def pair_by_pair(A, B, k):
        return (basis(A, k) * basis(B, k)).sum(dim=1).square().mean()

    @mistake(
        "You gave every direction length 1 first. We ask where most of the squared length lies, so a long "
        "direction counts for more: leave the lengths as they are."
    )
    def normalised(A, B, k):
        return with_svd(A / A.norm(dim=1, keepdim=True), B / B.norm(dim=1, keepdim=True), k)

    @mistake(
        "The directions in the stream are the *rows of Vh*, the widest first: `Vh[:k]`. Rows of U belong to single "
        "directions of a set, and columns of Vh to single dimensions of the stream."
    )
    def left_vectors(A, B, k):
        bases = [torch.linalg.svd(rows, full_matrices=False).U[:k] for rows in (A, B)]
        return (bases[0] @ bases[1].T).square().sum() / k

    @mistake(
        "You took the mean direction of each set off first. What all directions of a set have in common belongs to "
        "its subspace."
    )
    def centred(A, B, k):
        return with_svd(A - A.mean(dim=0), B - B.mean(dim=0), k)

    @mistake(
        "You added up the sizes of the dot products. Square them: the share of a unit vector's squared length "
        "that lies "
        "in the other span."
    )
    def sizes_not_squares(A, B, k):
        return (basis(A, k) @ basis(B, k).T).abs().sum() / k

    @mistake(
        "Your bases span the first k directions of each set, whatever their length. Take the k dimensions in "
        "which most "
        "of the squared length of the whole set lies: the first rows of Vh."
    )
    def the_first_directions(A, B, k):
        first, second = (torch.linalg.qr(rows[:k].T).Q for rows in (A, B))
        return (first.T @ second).square().sum() / k

    @mistake(
        "You took the first k columns of Vh. A direction of the stream is a row of it: `Vh[:k]`, and it has one number "
        "for every dimension."
    )
    def columns_of_Vh(A, B, k):
        first, second = (torch.linalg.svd(rows, full_matrices=False).Vh[:, :k] for rows in (A, B))
        return (first @ second.T).square().sum() / k

    rewrites = [with_svd]

    @rewrite
    def with_angles(A, B, k):
        cosines = torch.linalg.svdvals(basis(A, k) @ basis(B, k).T)
        return cosines.square().mean()

    @rewrite
    def with_projectors(A, B, k):
        projectors = []
        for rows in (A, B):
            vectors = torch.linalg.eigh(rows.T @ rows).eigenvectors[:, -k:]
            projectors.append(vectors @ vectors.T)
        return torch.trace(projectors[0] @ projectors[1]) / k

    _rows_after_those = (
        "`full_matrices` only appends rows to Vh, after those that have a singular value; there are k or more of these."
    )
    _transposed = (
        "With the sets exchanged the matrix of dot products is transposed: the sum of its squares is the same."
    )
    equivalent = {
        "line 1: `torch.linalg.svd(rows, full_matrices=False)` → "
        "`torch.linalg.svd(rows, full_matrices=True)`": _rows_after_those,
        "line 1: `[torch.linalg.svd(rows, full_matrices=False).Vh[:k] for rows in (A, B)]` → "
        "`[torch.linalg.svd(rows, full_matrices=False).Vh[:k] for rows in (B, A)]`": _transposed,
    }

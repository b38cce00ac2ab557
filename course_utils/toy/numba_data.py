"""Examples for the fused engine: a batch as tiles ``[tile, feature, lane]``, a row of examples in every lane.

Each maker of `data` that the engine serves has a class here with ``rows``, the rows that count for each instance, and
``block(i, first, last, steps, room)``: the tiles of instance i's chunks ``first:last`` of the next ``steps`` batches,
``[step, tile, feature, lane]``, in ``room`` or wherever they stand already. (A data set that never changes has one
step, which serves all.)
"""

import numpy as np

from course_utils.compiled import compiled
from course_utils.toy.data import AtLeastOne, Fixed, Groups, Independent, values_of
from course_utils.toy.numba_random import LANES, draw, random_state, thresholds
from course_utils.toy.values import UNIFORM, Between, Levels


@compiled
def fill_independent(state, threshold, scale, chunk_tiles, X):
    """``state [chunk, word, lane]`` is the chunks' own, and so the same numbers come whatever else is drawn."""
    for step in range(X.shape[0]):
        for tile in range(X.shape[1]):
            draw(state[tile // chunk_tiles], threshold, scale, X[step, tile])


@compiled
def keep_from_first(state, always, ends, chunk_tiles, X):
    """Of independent features, those before the first that is on go off; see `data.AtLeastOne`."""
    threshold, scale = always
    two = np.empty((2, LANES), np.float32)
    zero = np.float32(0)
    for step in range(X.shape[0]):
        for tile in range(X.shape[1]):
            x = X[step, tile]
            draw(state[tile // chunk_tiles], threshold, scale, two)
            begin = zero
            for f in range(x.shape[0]):
                end = ends[f]
                for t in range(LANES):
                    later = x[f, t] if two[0, t] < begin else zero
                    x[f, t] = two[1, t] if (two[0, t] >= begin) & (two[0, t] < end) else later
                begin = end


@compiled
def fill_groups(state, density, place, low, coupled_share, always, chunk_tiles, X):
    """Members of group ``place[feature]`` are on together where the group's own number is in their part of [0, 1].

    ``density, place, low [feature]``; ``always (threshold, scale)`` for each group, then each feature.
    """
    threshold, scale = always
    n_features = density.shape[0]
    n_groups = threshold.shape[0] - n_features
    u = np.empty((n_groups, LANES), np.float32)
    coupled = np.empty((n_groups, LANES), np.float32)
    zero = np.float32(0)
    for step in range(X.shape[0]):
        for tile in range(X.shape[1]):
            x, own_state = X[step, tile], state[tile // chunk_tiles]
            draw(own_state, threshold[:n_groups], scale[:n_groups], u)
            draw(own_state, threshold[:n_groups], scale[:n_groups], coupled)
            draw(own_state, threshold[n_groups:], scale[n_groups:], x)
            for f in range(n_features):
                p, start, group = density[f], low[f], max(place[f], 0)
                end, share, factor = start + p, coupled_share if place[f] >= 0 else zero, np.float32(1) / p
                for t in range(LANES):
                    own = x[f, t]
                    alone = own * factor if own < p else zero
                    among = own if (u[group, t] >= start) & (u[group, t] < end) else zero
                    x[f, t] = among if coupled[group, t] < share else alone


@compiled
def fill_rows(state, data, threshold, scale, chunk_tiles, X):
    """Rows of ``data [row, feature]``, drawn with replacement."""
    u = np.empty((1, LANES), np.float32)
    for step in range(X.shape[0]):
        for tile in range(X.shape[1]):
            draw(state[tile // chunk_tiles], threshold, scale, u)
            for t in range(LANES):
                row = min(int(u[0, t] * data.shape[0]), data.shape[0] - 1)
                for f in range(data.shape[1]):
                    X[step, tile, f, t] = data[row, f]


@compiled
def spread_between(X, low, span):
    """What is on, u in (0, 1], becomes ``low + span·u``."""
    x = X.ravel()
    for i in range(x.size):
        x[i] = low + span * x[i] if x[i] > 0 else np.float32(0)


@compiled
def spread_levels(X, levels):
    """What is on, u in (0, 1], becomes one of the levels: the last one whose share of [0, 1] begins below u."""
    rows, n = X.reshape(-1, LANES), np.float32(levels.size)
    value, zero = np.empty(LANES, np.float32), np.float32(0)
    for r in range(rows.shape[0]):
        value[:] = levels[0]
        for j in range(1, levels.size):
            level, begin = levels[j], np.float32(j)
            for t in range(LANES):
                value[t] = level if rows[r, t] * n >= begin else value[t]
        for t in range(LANES):
            rows[r, t] = value[t] if rows[r, t] > zero else zero


def spreader(values):
    """A function that does to tiles, in place, what ``values`` says; None if there is no such compiled one."""
    if values == UNIFORM:
        return lambda X: None
    if isinstance(values, Between):
        low, span = np.float32(values.low), np.float32(values.high - values.low)
        return lambda X: spread_between(X, low, span)
    if isinstance(values, Levels):
        levels = np.array(values.levels, np.float32)
        return lambda X: spread_levels(X, levels)
    return None


class IndependentTiles:
    def __init__(self, data: Independent, density: np.ndarray, batch_size: int, chunk: int, seed: int):
        self.rows, self.chunk_tiles = np.full(len(density), batch_size), chunk // LANES
        self.state = random_state(seed, len(density), -(-batch_size // chunk))
        self.threshold, self.scale = thresholds(density)
        self.spread = spreader(values_of(data.values))

    def block(self, i, first, last, steps, room):
        X = room[:steps]
        fill_independent(self.state[i, first:last], self.threshold[i], self.scale[i], self.chunk_tiles, X)
        self.spread(X)
        return X


class AtLeastOneTiles(IndependentTiles):
    def __init__(self, data: AtLeastOne, density: np.ndarray, batch_size: int, chunk: int, seed: int):
        import torch

        super().__init__(data, density, batch_size, chunk, seed)
        self.ends, self.always = data.ends(torch.as_tensor(density)).numpy(), thresholds(np.ones(2))

    def block(self, i, first, last, steps, room):
        X, state = room[:steps], self.state[i, first:last]
        fill_independent(state, self.threshold[i], self.scale[i], self.chunk_tiles, X)
        keep_from_first(state, self.always, self.ends[i], self.chunk_tiles, X)
        self.spread(X)
        return X


class GroupTiles:
    def __init__(self, data: Groups, density: np.ndarray, batch_size: int, chunk: int, seed: int):
        import torch

        layout = data.layout(torch.as_tensor(density))
        self.rows, self.chunk_tiles = np.full(len(density), batch_size), chunk // LANES
        self.state = random_state(seed, len(density), -(-batch_size // chunk))
        self.place, self.low, self.density = layout.place.numpy(), layout.low.numpy(), density.astype(np.float32)
        self.coupled_share = layout.together.abs().numpy()
        self.always = thresholds(np.ones(layout.n_groups + density.shape[1]))
        self.spread = spreader(values_of(data.values))

    def block(self, i, first, last, steps, room):
        X = room[:steps]
        groups = self.place, self.low[i], self.coupled_share[i], self.always
        fill_groups(self.state[i, first:last], self.density[i], *groups, self.chunk_tiles, X)
        self.spread(X)
        return X


class FixedTiles:
    def __init__(self, data: Fixed, density: np.ndarray, batch_size: int, chunk: int, seed: int):
        sets = [each.numpy() for each in data.sets()]
        self.sets = sets * len(density) if len(sets) == 1 else sets
        self.chunk_tiles, self.whole = chunk // LANES, data.batch is None
        self.rows = np.array([len(each) for each in self.sets]) if self.whole else np.full(len(density), data.batch)
        if self.whole:
            tiles = [_as_tiles(each) for each in sets]
            self.tiles = tiles * len(density) if len(sets) == 1 else tiles
        else:
            self.state = random_state(seed, len(density), -(-data.batch // chunk))
            self.always = thresholds(np.ones(1))

    def block(self, i, first, last, steps, room):
        if self.whole:
            return self.tiles[i][None, first * self.chunk_tiles : last * self.chunk_tiles]
        X = room[:steps]
        fill_rows(self.state[i, first:last], self.sets[i], *self.always, self.chunk_tiles, X)
        return X


def _as_tiles(data: np.ndarray) -> np.ndarray:
    """``[row, feature]`` → ``[tile, feature, lane]``, with zeros after the last row."""
    tiles = -(-len(data) // LANES)
    padded = np.zeros((tiles * LANES, data.shape[1]), np.float32)
    padded[: len(data)] = data
    return np.ascontiguousarray(padded.reshape(tiles, LANES, -1).transpose(0, 2, 1))


TILES = {Independent: IndependentTiles, AtLeastOne: AtLeastOneTiles, Groups: GroupTiles, Fixed: FixedTiles}
"""Who fills the tiles for which maker."""


def declined(data) -> str:
    """Why the fused engine can't have these data; empty if it can."""
    if type(data) not in TILES:
        return f"the fused engine has no examples from {type(data).__name__}"
    if hasattr(data, "values") and spreader(values_of(data.values)) is None:
        return "the fused engine has no values from a function"
    return ""

"""Compiled passes of a toy model over a batch: forward, loss, backward and the step, one tile at a time.

A tile is ``LANES`` rows of a batch, held feature by feature, so that every loop below runs along the rows and becomes
vector instructions. A tile's inputs are pushed forward, compared and pushed back while they are in the nearest cache;
nothing is allocated during training. Who filled the tiles is not these kernels' business: see `numba_data`.
"""

import numpy as np

from course_utils.compiled import compiled
from course_utils.toy.numba_random import LANES


@compiled
def combine(A, source, out):
    """``out = A @ source`` for ``A [row, column]``, ``source [column, lane]``: four columns for each visit to a row."""
    n_rows, n_columns = A.shape
    blocks = n_columns // 4 * 4
    for r in range(n_rows):
        for t in range(LANES):
            out[r, t] = 0
        for c in range(0, blocks, 4):
            a0, a1, a2, a3 = A[r, c], A[r, c + 1], A[r, c + 2], A[r, c + 3]
            for t in range(LANES):
                out[r, t] += (a0 * source[c, t] + a1 * source[c + 1, t]) + (
                    a2 * source[c + 2, t] + a3 * source[c + 3, t]
                )
        for c in range(blocks, n_columns):
            a0 = A[r, c]
            for t in range(LANES):
                out[r, t] += a0 * source[c, t]


@compiled
def add_outer(h, g, back, x, dW):
    """Add ``h gᵀ + back xᵀ`` to ``dW [hidden, feature]``: four features for each visit to a hidden row."""
    n_hidden, n_features = dW.shape
    blocks = n_features // 4 * 4
    zero = np.float32(0)
    for k in range(n_hidden):
        for f in range(0, blocks, 4):
            s0, s1, s2, s3 = zero, zero, zero, zero
            for t in range(LANES):
                u, v = h[k, t], back[k, t]
                s0 += u * g[f, t] + v * x[f, t]
                s1 += u * g[f + 1, t] + v * x[f + 1, t]
                s2 += u * g[f + 2, t] + v * x[f + 2, t]
                s3 += u * g[f + 3, t] + v * x[f + 3, t]
            dW[k, f] += s0
            dW[k, f + 1] += s1
            dW[k, f + 2] += s2
            dW[k, f + 3] += s3
        for f in range(blocks, n_features):
            s0 = zero
            for t in range(LANES):
                s0 += h[k, t] * g[f, t] + back[k, t] * x[f, t]
            dW[k, f] += s0


@compiled
def _wide_gradient(X, tile, W, b, weight, rows, relu, h, g, back, dW, db):
    """``chunk_gradient`` for any hidden size."""
    n_features = W.shape[1]
    loss = 0.0
    for start in range(0, rows, LANES):
        x = X[tile + start // LANES]
        combine(W, x, h)
        combine(W.T, h, g)
        valid = np.int32(min(LANES, rows - start))
        for f in range(n_features):
            bias, factor = b[f], np.float32(2) * weight[f]
            squares, slope = np.float32(0), np.float32(0)
            for t in range(LANES):
                z = g[f, t] + bias
                on = (z > 0) | (not relu)
                error = (z if on else np.float32(0)) - x[f, t]
                error = error if np.int32(t) < valid else np.float32(0)
                squares += error * error
                gradient = factor * error if on else np.float32(0)
                slope += gradient
                g[f, t] = gradient
            loss += weight[f] * squares
            db[f] += slope
        combine(W, g, back)
        add_outer(h, g, back, x, dW)
    return loss


@compiled
def _line_gradient(X, tile, W, b, weight, rows, relu, h, back, dW, db):
    """``chunk_gradient`` for one hidden dimension: half as many passes over the tile as ``_wide_gradient``."""
    n_features = W.shape[1]
    zero = np.float32(0)
    loss = 0.0
    for start in range(0, rows, LANES):
        x = X[tile + start // LANES]
        valid = np.int32(min(LANES, rows - start))
        for t in range(LANES):
            h[0, t] = back[0, t] = 0
        for f in range(n_features):
            w = W[0, f]
            for t in range(LANES):
                h[0, t] += w * x[f, t]
        for f in range(n_features):
            w, bias, factor = W[0, f], b[f], np.float32(2) * weight[f]
            squares, slope, slope0 = zero, zero, zero
            for t in range(LANES):
                z = w * h[0, t] + bias
                on = (z > 0) | (not relu)
                error = (z if on else zero) - x[f, t]
                error = error if np.int32(t) < valid else zero
                squares += error * error
                gradient = factor * error if on else zero
                slope += gradient
                back[0, t] += w * gradient
                slope0 += h[0, t] * gradient
            loss += weight[f] * squares
            db[f] += slope
            dW[0, f] += slope0
        for f in range(n_features):
            slope0 = zero
            for t in range(LANES):
                slope0 += back[0, t] * x[f, t]
            dW[0, f] += slope0
    return loss


@compiled
def _plane_gradient(X, tile, W, b, weight, rows, relu, h, back, dW, db):
    """``chunk_gradient`` for two hidden dimensions, as ``_line_gradient``."""
    n_features = W.shape[1]
    zero = np.float32(0)
    loss = 0.0
    for start in range(0, rows, LANES):
        x = X[tile + start // LANES]
        valid = np.int32(min(LANES, rows - start))
        for t in range(LANES):
            h[0, t] = h[1, t] = back[0, t] = back[1, t] = 0
        for f in range(n_features):
            w0, w1 = W[0, f], W[1, f]
            for t in range(LANES):
                h[0, t] += w0 * x[f, t]
                h[1, t] += w1 * x[f, t]
        for f in range(n_features):
            w0, w1, bias, factor = W[0, f], W[1, f], b[f], np.float32(2) * weight[f]
            squares, slope, slope0, slope1 = zero, zero, zero, zero
            for t in range(LANES):
                z = w0 * h[0, t] + w1 * h[1, t] + bias
                on = (z > 0) | (not relu)
                error = (z if on else zero) - x[f, t]
                error = error if np.int32(t) < valid else zero
                squares += error * error
                gradient = factor * error if on else zero
                slope += gradient
                back[0, t] += w0 * gradient
                back[1, t] += w1 * gradient
                slope0 += h[0, t] * gradient
                slope1 += h[1, t] * gradient
            loss += weight[f] * squares
            db[f] += slope
            dW[0, f] += slope0
            dW[1, f] += slope1
        for f in range(n_features):
            slope0, slope1 = zero, zero
            for t in range(LANES):
                slope0 += back[0, t] * x[f, t]
                slope1 += back[1, t] * x[f, t]
            dW[0, f] += slope0
            dW[1, f] += slope1
    return loss


@compiled
def chunk_gradient(X, tile, W, b, weight, rows, relu, g, h, back, dW, db):
    """Gradient and summed loss of ``rows`` examples, the ones from ``X[tile]`` on; overwrites ``dW`` and ``db``.

    ``X`` is ``[tile, feature, lane]``, ``dW [hidden, feature]``, ``db [feature]``; ``g [feature, lane]`` and ``h, back
    [hidden, lane]`` are room to work in.
    """
    dW[:] = 0
    db[:] = 0
    if W.shape[0] == 1:
        return _line_gradient(X, tile, W, b, weight, rows, relu, h, back, dW, db)
    if W.shape[0] == 2:
        return _plane_gradient(X, tile, W, b, weight, rows, relu, h, back, dW, db)
    return _wide_gradient(X, tile, W, b, weight, rows, relu, h, g, back, dW, db)


@compiled
def workspace(n_hidden, n_features):
    """Room for one thread: ``g [feature, lane]``, ``h, back [hidden, lane]``."""
    g = np.empty((n_features, LANES), np.float32)
    return g, np.empty((n_hidden, LANES), np.float32), np.empty((n_hidden, LANES), np.float32)


@compiled
def descend(parameter, mean, square, gradient, n_weights, rule, rate, step, pull, decay):
    """The step that `optimisers` describes, on flat arrays; the first ``n_weights`` parameters are W, the rest is b.

    ``rule`` is (β₁, β₂, adaptive, ε): with ``adaptive`` 0 and ε 1 the divisor is 1. ``pull · ‖W‖²`` is in the loss.
    """
    first, second = np.float32(1 - rule[0]), np.float32(1 - rule[1])
    correction, floor = np.float32(rule[2] / np.sqrt(1 - rule[1] ** step)), np.float32(rule[3])
    if pull != 0:
        twice = np.float32(2 * pull)
        for i in range(n_weights):
            gradient[i] += twice * parameter[i]
    if decay != 0:
        kept = np.float32(1 - rate * decay)
        for i in range(n_weights):
            parameter[i] *= kept
    rate = np.float32(rate / (1 - rule[0] ** step))
    for i in range(parameter.size):
        mean[i] += first * (gradient[i] - mean[i])
        square[i] += second * (gradient[i] * gradient[i] - square[i])
        parameter[i] -= rate * mean[i] / (np.sqrt(square[i]) * correction + floor)

"""Compiled pass of a network with one hidden layer over a batch, a tile of rows at a time: for dense inputs.

As in `toy.numba_kernels`, every inner loop runs along the lanes of a tile, which are rows of the batch.
"""

import numpy as np

from course_utils.compiled import compiled
from course_utils.computing.numba_target import fill_wanted
from course_utils.toy.numba_kernels import combine
from course_utils.toy.numba_random import LANES


@compiled
def add_product(left, right, out):
    """``out += left @ right.T``, ``left [row, lane]``, ``right [column, lane]``: two rows by four columns at once."""
    n_rows, n_columns = out.shape
    pairs, blocks = n_rows // 2 * 2, n_columns // 4 * 4
    zero = np.float32(0)
    for r in range(0, pairs, 2):
        for c in range(0, blocks, 4):
            a0, a1, a2, a3, b0, b1, b2, b3 = zero, zero, zero, zero, zero, zero, zero, zero
            for t in range(LANES):
                u, v = left[r, t], left[r + 1, t]
                s0, s1, s2, s3 = right[c, t], right[c + 1, t], right[c + 2, t], right[c + 3, t]
                a0 += u * s0
                a1 += u * s1
                a2 += u * s2
                a3 += u * s3
                b0 += v * s0
                b1 += v * s1
                b2 += v * s2
                b3 += v * s3
            out[r, c] += a0
            out[r, c + 1] += a1
            out[r, c + 2] += a2
            out[r, c + 3] += a3
            out[r + 1, c] += b0
            out[r + 1, c + 1] += b1
            out[r + 1, c + 2] += b2
            out[r + 1, c + 3] += b3
    for r in range(n_rows):
        for c in range(blocks if r < pairs else 0, n_columns):
            a0 = zero
            for t in range(LANES):
                a0 += left[r, t] * right[c, t]
            out[r, c] += a0


@compiled
def tiles_gradient(X, W, b, U, c, number, first, second, weight, rows, relu, h, y, g, back, dW, db, dU, dc):
    """Add the gradient of ``rows`` examples, the tiles ``X [tile, input, lane]``; returns their weighted loss.

    ``W, dW [hidden, input]``, ``U, dU [output, hidden]``; ``h, back [hidden, lane]`` and ``y, g [output, lane]`` are
    room to work in. ``relu`` is of the output.
    """
    n_hidden, n_outputs = W.shape[0], U.shape[0]
    zero = np.float32(0)
    loss = 0.0
    for start in range(0, rows, LANES):
        x = X[start // LANES]
        combine(W, x, h)
        for k in range(n_hidden):
            bias = b[k]
            for t in range(LANES):
                h[k, t] = max(h[k, t] + bias, zero)
        combine(U, h, g)
        fill_wanted(number, first, second, x, y)
        valid = np.int32(min(LANES, rows - start))
        for o in range(n_outputs):
            bias, factor = c[o], np.float32(2) * weight[o]
            squares, slope = zero, zero
            for t in range(LANES):
                z = g[o, t] + bias
                on = (z > 0) | (not relu)
                error = (z if on else zero) - y[o, t]
                error = error if np.int32(t) < valid else zero
                squares += error * error
                gradient = factor * error if on else zero
                slope += gradient
                g[o, t] = gradient
            loss += weight[o] * squares
            dc[o] += slope
        combine(U.T, g, back)
        for k in range(n_hidden):
            slope = zero
            for t in range(LANES):
                e = back[k, t] if h[k, t] > zero else zero
                back[k, t] = e
                slope += e
            db[k] += slope
        add_product(g, h, dU)
        add_product(back, x, dW)
    return loss

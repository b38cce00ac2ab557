"""Compiled pass of a network with one hidden layer over a batch, row by row: for sparse inputs.

Where few inputs are on, half of the neurons are off, and a ReLU cuts most outputs off. The rows of a tile have hardly a
zero in common, a single row has many. So here every row lists what isn't zero, forward and backward, and the inner
loops run along the neurons or the outputs.
"""

import numpy as np

from course_utils.compiled import compiled
from course_utils.computing.numba_target import ABS, SQUARE
from course_utils.toy.numba_random import LANES


@compiled
def list_inputs(x, places, values, counts):
    """For every lane of ``x [input, lane]`` the inputs that are on: ``places, values [lane, n]``, ``counts [lane]``."""
    counts[:] = 0
    for f in range(x.shape[0]):
        for block in range(0, LANES, 16):
            some = np.float32(0)
            for t in range(block, block + 16):
                some += abs(x[f, t])
            if some > 0:
                for t in range(block, block + 16):
                    n = counts[t]
                    places[t, n] = f
                    values[t, n] = x[f, t]
                    counts[t] = n + (x[f, t] != 0)


@compiled
def list_others(vector, places):
    """Fill ``places`` with those of the entries that aren't 0; returns how many."""
    n = 0
    for i in range(vector.shape[0]):
        places[n] = i
        n += vector[i] != 0
    return n


@compiled
def add_rows(places, n, values, A, out):
    """``out += Σ values[p] · A[p]`` over the first ``n`` places, four at a time."""
    blocks = n // 4 * 4
    for i in range(0, blocks, 4):
        p0, p1, p2, p3 = places[i], places[i + 1], places[i + 2], places[i + 3]
        v0, v1, v2, v3 = values[p0], values[p1], values[p2], values[p3]
        a0, a1, a2, a3 = A[p0], A[p1], A[p2], A[p3]
        for j in range(out.shape[0]):
            out[j] += (v0 * a0[j] + v1 * a1[j]) + (v2 * a2[j] + v3 * a3[j])
    for i in range(blocks, n):
        v0, a0 = values[places[i]], A[places[i]]
        for j in range(out.shape[0]):
            out[j] += v0 * a0[j]


@compiled
def rows_gradient(X, W, b, U, c, number, weight, rows, relu, room, lists, dW, db, dU, dc):
    """As `numba_tiles.tiles_gradient`, for targets of every element for itself."""
    Wt, Ut, dWt, a, back, z, y, squares = room
    places, values, counts, on, wrong = lists
    n_inputs, n_hidden = Wt.shape
    n_outputs = z.shape[0]
    zero = np.float32(0)
    for k in range(n_hidden):
        for f in range(n_inputs):
            Wt[f, k] = W[k, f]
        for o in range(n_outputs):
            Ut[k, o] = U[o, k]
    dWt[:] = 0
    squares[:] = 0
    y[:] = 0
    for row in range(rows):
        lane = row % LANES
        if lane == 0:
            list_inputs(X[row // LANES], places, values, counts)
        n = counts[lane]
        a[:] = b
        for i in range(n):
            v, w = values[lane, i], Wt[places[lane, i]]
            for k in range(n_hidden):
                a[k] += v * w[k]
            y[places[lane, i]] = abs(v) if number == ABS else (v * v if number == SQUARE else max(v, zero))
        for k in range(n_hidden):
            a[k] = max(a[k], zero)
        z[:] = c
        add_rows(on, list_others(a, on), a, Ut, z)
        for o in range(n_outputs):
            passed = (z[o] > 0) | (not relu)
            error = (z[o] if passed else zero) - y[o]
            squares[o] += error * error
            gradient = np.float32(2) * weight[o] * error if passed else zero
            z[o] = gradient
            dc[o] += gradient
        back[:] = 0
        m = list_others(z, wrong)
        add_rows(wrong, m, z, U, back)
        for i in range(m):
            e, d = z[wrong[i]], dU[wrong[i]]
            for k in range(n_hidden):
                d[k] += e * a[k]
        for k in range(n_hidden):
            back[k] = back[k] if a[k] > zero else zero
            db[k] += back[k]
        for i in range(n):
            v, d = values[lane, i], dWt[places[lane, i]]
            for k in range(n_hidden):
                d[k] += v * back[k]
            y[places[lane, i]] = zero
    loss = 0.0
    for o in range(n_outputs):
        loss += weight[o] * squares[o]
    for k in range(n_hidden):
        for f in range(n_inputs):
            dW[k, f] += dWt[f, k]
    return loss

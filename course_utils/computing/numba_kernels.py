"""Compiled pass of a network with one hidden layer over a batch: forward, loss and backward, one tile at a time.

As in `toy.numba_kernels`, every inner loop runs along the lanes of a tile, which are rows of the batch.
"""

import numpy as np

from course_utils.compiled import compiled
from course_utils.computing.numba_target import fill_wanted
from course_utils.toy.numba_random import LANES

FEW, LARGE = 0.04, 500  # the share of entries up to which they are taken one by one; for matrices from this size on


@compiled
def multiply(A, source, out):
    """``out = A @ source`` for ``A [row, column]``, ``source [column, lane]``: four rows by four columns at once."""
    n_rows, n_columns = A.shape
    rows, blocks = n_rows // 4 * 4, n_columns // 4 * 4
    out[:] = 0
    for r in range(0, rows, 4):
        for c in range(0, blocks, 4):
            a0, a1, a2, a3 = A[r, c], A[r, c + 1], A[r, c + 2], A[r, c + 3]
            b0, b1, b2, b3 = A[r + 1, c], A[r + 1, c + 1], A[r + 1, c + 2], A[r + 1, c + 3]
            c0, c1, c2, c3 = A[r + 2, c], A[r + 2, c + 1], A[r + 2, c + 2], A[r + 2, c + 3]
            d0, d1, d2, d3 = A[r + 3, c], A[r + 3, c + 1], A[r + 3, c + 2], A[r + 3, c + 3]
            for t in range(LANES):
                s0, s1, s2, s3 = source[c, t], source[c + 1, t], source[c + 2, t], source[c + 3, t]
                out[r, t] += (a0 * s0 + a1 * s1) + (a2 * s2 + a3 * s3)
                out[r + 1, t] += (b0 * s0 + b1 * s1) + (b2 * s2 + b3 * s3)
                out[r + 2, t] += (c0 * s0 + c1 * s1) + (c2 * s2 + c3 * s3)
                out[r + 3, t] += (d0 * s0 + d1 * s1) + (d2 * s2 + d3 * s3)
    for r in range(n_rows):
        for c in range(blocks if r < rows else 0, n_columns):
            a0 = A[r, c]
            for t in range(LANES):
                out[r, t] += a0 * source[c, t]


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
def list_entries(x, entries):
    """The entries of ``x [row, lane]`` that aren't 0, in ``entries (row, lane, value)``; how many, or −1: too many."""
    rows, lanes, values = entries
    bits = x.view(np.int32)  # whether any of sixteen whole numbers isn't 0 is one instruction
    n, most = 0, rows.shape[0] - 16
    for r in range(x.shape[0]):
        for block in range(0, LANES, 16):
            some = np.int32(0)
            for t in range(block, block + 16):
                some |= bits[r, t]
            if some != 0:
                if n > most:
                    return -1
                for t in range(block, block + 16):
                    rows[n], lanes[n], values[n] = r, t, x[r, t]
                    n += x[r, t] != 0
    return n


@compiled
def multiply_few(A, entries, n, out):
    """``multiply`` for a source with few entries."""
    columns, lanes, values = entries
    out[:] = 0
    for i in range(n):
        c, t, v = columns[i], lanes[i], values[i]
        for r in range(A.shape[0]):
            out[r, t] += A[r, c] * v


@compiled
def add_product_few(left, entries, n, out):
    """``add_product`` for a right side with few entries."""
    columns, lanes, values = entries
    for i in range(n):
        c, t, v = columns[i], lanes[i], values[i]
        for r in range(out.shape[0]):
            out[r, c] += left[r, t] * v


@compiled
def windows(flat, n_inputs, n_hidden, n_outputs):
    """``W [hidden, input], U [output, hidden], b [hidden], c [output]`` in one array, in this order."""
    W, U = n_hidden * n_inputs, n_outputs * n_hidden
    b = flat[W + U : W + U + n_hidden]
    return (
        flat[:W].reshape(n_hidden, n_inputs),
        flat[W : W + U].reshape(n_outputs, n_hidden),
        b,
        flat[W + U + n_hidden :],
    )


@compiled
def batch_gradient(X, layers, wanted, weight, rows, relu, room, slopes):
    """Add the gradient of ``rows`` examples, the tiles ``X [tile, input, lane]``, to ``slopes``; returns the loss.

    ``layers`` and ``slopes`` are ``windows``, ``room`` is a ``workspace``, ``wanted`` a ``Wanted`` of `numba_target`;
    ``relu`` says whether the output has one.
    """
    W, U, b, c = layers
    dW, dU, db, dc = slopes
    h, y, g, back, inputs, wrong = room
    zero = np.float32(0)
    loss = 0.0
    for start in range(0, rows, LANES):
        x = X[start // LANES]
        few = list_entries(x, inputs) if inputs[0].shape[0] else -1
        if few < 0:
            multiply(W, x, h)
        else:
            multiply_few(W, inputs, few, h)
        for k in range(b.shape[0]):
            bias = b[k]
            for t in range(LANES):
                h[k, t] = max(h[k, t] + bias, zero)
        multiply(U, h, g)
        fill_wanted(wanted[0], wanted[1], wanted[2], x, y)
        valid = np.int32(min(LANES, rows - start))
        for o in range(c.shape[0]):
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
        few_wrong = list_entries(g, wrong) if wrong[0].shape[0] else -1
        if few_wrong < 0:
            multiply(U.T, g, back)
            add_product(g, h, dU)
        else:
            multiply_few(U.T, wrong, few_wrong, back)
            add_product_few(h, wrong, few_wrong, dU.T)
        for k in range(b.shape[0]):
            slope = zero
            for t in range(LANES):
                e = back[k, t] if h[k, t] > zero else zero
                back[k, t] = e
                slope += e
            db[k] += slope
        if few < 0:
            add_product(back, x, dW)
        else:
            add_product_few(back, inputs, few, dW)
    return loss


def workspace(n_inputs: int, n_hidden: int, n_outputs: int) -> tuple:
    """Room for one thread: what is hidden, what is wanted, the gradients before the output and the hidden layer, and
    lists of inputs that are on and of outputs that are wrong; no lists where all matrices are small."""

    def entries(n):
        most = int(FEW * n * LANES) + 16 if n_hidden * n >= LARGE else 0
        return np.empty(most, np.int32), np.empty(most, np.int32), np.empty(most, np.float32)

    shapes = (n_hidden, LANES), (n_outputs, LANES), (n_outputs, LANES), (n_hidden, LANES)
    return *(np.empty(shape, np.float32) for shape in shapes), entries(n_inputs), entries(n_outputs)

"""Compiled passes of a training step, all of them over active latents only.

A batch's code is a list of pairs (row, latent), a row's pairs side by side and in the order of its latents. A pair has
a value (π; of gated π_gate) and, after the backward pass its activation f, ∂L/∂u for u = (x − b_dec) W_enc, and a
third gradient, ``extra``: ∂L/∂θ of jumprelu, ∂L/∂π_mag of gated. So everything but the encoder's product costs
O(pairs · d_in). ``slot`` says which error a pair answers to: of its matryoshka group, or of the auxiliary loss.

Matrices are by latent: E = W_encᵀ and D = W_dec, both ``[latent, d_in]``. Gradients follow ``architectures``; the tests
compare them with automatic differentiation.
"""

import numpy as np

from course_utils.compiled import compiled

RELU, TOPK, BATCHTOPK, GATED, JUMPRELU = range(5)  # matryoshka is batchtopk with more groups


@compiled
def add_rows(weight, latent, start, stop, D, out):
    """``out += Σ weight[p] D[latent[p]]``, four pairs for each visit to ``out``."""
    p = start
    while p + 4 <= stop:
        w0, w1, w2, w3 = weight[p], weight[p + 1], weight[p + 2], weight[p + 3]
        r0, r1, r2, r3 = D[latent[p]], D[latent[p + 1]], D[latent[p + 2]], D[latent[p + 3]]
        for d in range(out.size):
            out[d] += (w0 * r0[d] + w1 * r1[d]) + (w2 * r2[d] + w3 * r3[d])
        p += 4
    while p < stop:
        w0, r0 = weight[p], D[latent[p]]
        for d in range(out.size):
            out[d] += w0 * r0[d]
        p += 1


@compiled
def dot_rows(g, latent, start, stop, D, out):
    """``out[p] = g · D[latent[p]]``."""
    zero = np.float32(0)
    p = start
    while p + 4 <= stop:
        r0, r1, r2, r3 = D[latent[p]], D[latent[p + 1]], D[latent[p + 2]], D[latent[p + 3]]
        s0, s1, s2, s3 = zero, zero, zero, zero
        for d in range(g.size):
            s0 += g[d] * r0[d]
            s1 += g[d] * r1[d]
            s2 += g[d] * r2[d]
            s3 += g[d] * r3[d]
        out[p], out[p + 1], out[p + 2], out[p + 3] = s0, s1, s2, s3
        p += 4
    while p < stop:
        s0, r0 = zero, D[latent[p]]
        for d in range(g.size):
            s0 += g[d] * r0[d]
        out[p] = s0
        p += 1


@compiled
def backward(
    kind, x, b_dec, D, ends, cost, extra_weights, theta, bandwidth, per_row, first, latent, value, f, du, extra, slot,
    g, g_sum,
):  # fmt: skip
    """From a chunk's pairs to their gradients, and the errors' ``g [row, slot, d_in]`` = ∂L/∂x̂ summed over the x̂ that a
    slot's latents have a part in. ``g_sum [d_in]`` gets ∂L/∂b_dec through all x̂: the sum over rows of slot 0's.

    ``cost [latent]`` is λ times the weight of an activation, ``ends [group]`` one past a group's last latent,
    ``extra_weights [latent, 2]`` = exp(r_mag) and b_mag − b_gate · exp(r_mag) of gated, ``per_row`` = 1/n.
    Returns the summed loss, squared error and L0.
    """
    n_rows, d_in = x.shape
    zero, two = np.float32(0), np.float32(2) * per_row
    loss, squares, l0 = 0.0, 0.0, 0
    x_hat, gate_error = np.empty(d_in, np.float32), np.empty(d_in, np.float32)
    g_sum[:] = 0
    for n in range(n_rows):
        start, stop = first[n], first[n + 1]
        for p in range(start, stop):
            pi, l = value[p], latent[p]
            if kind == JUMPRELU:
                f[p] = pi if pi > theta[l] else zero
            elif kind == GATED:
                f[p] = max(pi * extra_weights[l, 0] + extra_weights[l, 1], zero)
            else:
                f[p] = pi
            l0 += f[p] > 0
        x_hat[:] = b_dec
        p = start
        for m in range(ends.size):
            begin = p
            while p < stop and latent[p] < ends[m]:
                slot[p] = m
                p += 1
            add_rows(f, latent, begin, p, D, x_hat)
            square = zero
            for d in range(d_in):
                error = x_hat[d] - x[n, d]
                square += error * error
                g[n, m, d] = two * error
            loss += square
        squares += square
        for m in range(ends.size - 2, -1, -1):
            for d in range(d_in):
                g[n, m, d] += g[n, m + 1, d]
        for d in range(d_in):
            g_sum[d] += g[n, 0, d]
        p = start
        for m in range(ends.size):
            begin = p
            while p < stop and slot[p] == m:
                p += 1
            dot_rows(g[n, m], latent, begin, p, D, du)
        if kind == RELU:
            for p in range(start, stop):
                loss += cost[latent[p]] * f[p]
                du[p] += cost[latent[p]] * per_row
        elif kind == JUMPRELU:
            for p in range(start, stop):
                l = latent[p]
                inside = abs(value[p] - theta[l]) < bandwidth / 2
                extra[p] = -(theta[l] * du[p] + cost[l] * per_row) / bandwidth if inside else zero
                on = f[p] > 0
                loss += cost[l] if on else zero
                du[p] = du[p] if on else zero
        elif kind == GATED:
            gate_error[:] = b_dec
            add_rows(value, latent, start, stop, D, gate_error)
            square = zero
            for d in range(d_in):
                gate_error[d] -= x[n, d]
                square += gate_error[d] * gate_error[d]
                gate_error[d] *= two
            loss += square
            for p in range(start, stop):
                extra[p] = du[p] if f[p] > 0 else zero
            dot_rows(gate_error, latent, start, stop, D, du)
            for p in range(start, stop):
                l = latent[p]
                loss += cost[l] * value[p]
                du[p] += cost[l] * per_row + extra[p] * extra_weights[l, 0]
    return loss, squares, l0


@compiled
def backward_dead(x, b_dec, D, weight, per_row, n_groups, first, latent, value, main_first, main_latent, f, z, dz, g):
    """The auxiliary loss of a chunk: ``g[:, n_groups]`` and the dead pairs' activations z and gradients dz. Returns its
    sum, ``weight`` included."""
    loss = 0.0
    error = np.empty(x.shape[1], np.float32)
    for n in range(x.shape[0]):
        error[:] = b_dec
        for d in range(x.shape[1]):
            error[d] -= x[n, d]
        add_rows(f, main_latent, main_first[n], main_first[n + 1], D, error)
        add_rows(value, latent, first[n], first[n + 1], D, error)  # ê − (x − x̂)
        square = np.float32(0)
        for d in range(x.shape[1]):
            square += error[d] * error[d]
            g[n, n_groups, d] = np.float32(2) * weight * per_row * error[d]
        loss += weight * square
        dot_rows(g[n, n_groups], latent, first[n], first[n + 1], D, dz)
        for p in range(first[n], first[n + 1]):
            z[p] = value[p]
    return loss


@compiled
def count_latents(latent, n_pairs, counts):
    for p in range(n_pairs):
        counts[latent[p]] += 1


@compiled
def arrange(counts, starts, places):
    """From chunks' ``counts [chunk, latent]`` of pairs: where each latent's list begins, ``starts [latent + 1]``, and
    where each chunk's part of it does, ``places [chunk, latent]``."""
    total = 0
    for l in range(counts.shape[1]):
        starts[l] = total
        for c in range(counts.shape[0]):
            places[c, l] = total
            total += counts[c, l]
    starts[counts.shape[1]] = total


@compiled
def sort_by_latent(
    row0, n_slots, slot0, first, latent, f, du, extra, slot, place, by_row, by_error, by_f, by_du, by_extra
):
    """Append a chunk's pairs to their latents' lists; ``place [latent]`` is where a latent's next pair goes.

    ``by_error`` is row · n_slots + slot. A ``slot0`` of 0 or more stands for all slots.
    """
    for n in range(first.size - 1):
        for p in range(first[n], first[n + 1]):
            q = place[latent[p]]
            place[latent[p]] = q + 1
            by_row[q] = row0 + n
            by_error[q] = (row0 + n) * n_slots + (slot[p] if slot0 < 0 else slot0)
            by_f[q], by_du[q], by_extra[q] = f[p], du[p], extra[p]


@compiled
def adam(parameter, mean, square, gradient, rate, correction):
    """One step of Adam (Kingma and Ba 2015); ``rate`` and ``correction`` hold the bias corrections."""
    for d in range(parameter.size):
        m = mean[d] + np.float32(0.1) * (gradient[d] - mean[d])
        v = square[d] + np.float32(0.001) * (gradient[d] * gradient[d] - square[d])
        mean[d], square[d] = m, v
        parameter[d] -= rate * m / (np.sqrt(v) * correction + np.float32(1e-8))


@compiled
def update_latents(
    first, last, kind, n_groups, unit, tied, norm_cost, rate, correction, starts,
    by_row, by_error, by_f, by_du, by_extra, x, b_dec, errors, extra_weights, E, mE, vE, D, mD, vD, biases, m_biases,
    v_biases, silent, n_rows, lost,
):  # fmt: skip
    """Gradients and Adam's step for latents ``first:last``, from the lists of their pairs.

    ``b_dec`` is what is taken off the rows x before they are encoded: zeros without the pre-bias.
    ``biases [which, latent]``: b_enc; θ after it; or b_gate, b_mag and r_mag of gated. ``norm_cost`` is λ/n where rows
    of D are weighted by their norms, else 0. ``lost [d_in]`` gets what b_dec loses through the encoder, Σ ∂L/∂u E.
    """
    d_in = D.shape[1]
    gE, gD = np.empty(d_in, np.float32), np.empty(d_in, np.float32)
    gb = np.empty((biases.shape[0], 1), np.float32)
    lost[:] = 0
    for l in range(first, last):
        gE[:] = 0
        gD[:] = 0
        sum_u, sum_extra, sum_scaled, sum_f = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
        fired = False
        add_rows(by_du, by_row, starts[l], starts[l + 1], x, gE)
        add_rows(by_f, by_error, starts[l], starts[l + 1], errors, gD)
        for p in range(starts[l], starts[l + 1]):
            sum_u += by_du[p]
            if by_error[p] % (n_groups + 1) < n_groups:  # not of the auxiliary loss
                fired = fired or by_f[p] > 0
                sum_f += by_f[p]
                if kind >= GATED:
                    sum_extra += by_extra[p]
                    sum_scaled += by_extra[p] * by_f[p]
        silent[l] = 0 if fired else silent[l] + n_rows
        for d in range(d_in):
            gE[d] -= sum_u * b_dec[d]
            lost[d] += sum_u * E[l, d]
        gb[0, 0] = sum_u
        if kind == JUMPRELU:
            gb[1, 0] = sum_extra
        elif kind == GATED:
            gb[0, 0] = sum_u - sum_extra * extra_weights[l, 0]
            gb[1, 0] = sum_extra
            gb[2, 0] = sum_scaled - sum_extra * biases[1, l]
        for b in range(biases.shape[0]):
            adam(biases[b, l : l + 1], m_biases[b, l : l + 1], v_biases[b, l : l + 1], gb[b], rate, correction)
        if kind == JUMPRELU:
            biases[1, l] = max(biases[1, l], np.float32(0))
        if norm_cost > 0:
            scale = norm_cost * sum_f / np.sqrt((D[l] * D[l]).sum())
            for d in range(d_in):
                gD[d] += scale * D[l, d]
        if tied:
            for d in range(d_in):
                gD[d] += gE[d]
        else:
            adam(E[l], mE[l], vE[l], gE, rate, correction)
        if unit:
            along = np.float32(0)
            for d in range(d_in):
                along += gD[d] * D[l, d]
            for d in range(d_in):
                gD[d] -= along * D[l, d]
        adam(D[l], mD[l], vD[l], gD, rate, correction)
        if unit:
            square = np.float32(0)
            for d in range(d_in):
                square += D[l, d] * D[l, d]
            shrink = np.float32(1) / np.sqrt(square)
            for d in range(d_in):
                D[l, d] *= shrink

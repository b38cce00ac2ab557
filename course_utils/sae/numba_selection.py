"""Compiled search for the active latents of each row, from u = x W_enc to the pairs of ``numba_kernels``.

``bias`` is all that is added to u: the bias proper, less what the pre-bias takes off.
"""

import numpy as np

from course_utils.compiled import compiled

BLOCK = 16  # latents looked at together: most blocks have nothing to collect
TOGETHER = 64  # rows whose bars are found at once
FEW = 16  # a k up to which `kth_of_few` is quicker than quickselect
HALVINGS, SPARE = 12, 16  # see `bar_below`
BELOW = np.float32(1 - 1e-6)  # a bar is lowered by this, so that what equals it is above it


@compiled
def kth_largest(values, k):
    """Quickselect (Hoare 1961); reorders ``values``."""
    low, high, place = 0, values.size - 1, k - 1
    while low < high:
        pivot = values[(low + high) // 2]
        i, j = low, high
        while i <= j:
            while values[i] > pivot:
                i += 1
            while values[j] < pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if place <= j:
            high = j
        elif place >= i:
            low = i
        else:
            break
    return values[place]


@compiled
def kth_of_few(values, top):
    """The k-th largest of a few values, k = ``top.size``; ``top`` gets the k largest, best first."""
    last = top.size - 1
    top[:] = -np.inf
    for value in values:
        if value > top[last]:
            place = last
            while place > 0 and top[place - 1] < value:
                top[place] = top[place - 1]
                place -= 1
            top[place] = value
    return top[last]


@compiled
def row_above(u, bias, bound, latent, value, count):
    """Append one row's pairs with u + bias > bound to the lists; returns their new count. Needs room for BLOCK more."""
    n_latents = u.size
    whole = n_latents // BLOCK * BLOCK
    for start in range(0, whole, BLOCK):
        above = np.int32(0)
        for j in range(BLOCK):
            above += np.int32(u[start + j] + bias[start + j] > bound[start + j])
        if above:
            for l in range(start, start + BLOCK):  # without a branch: what isn't above is overwritten by the next
                pi = u[l] + bias[l]
                latent[count], value[count] = l, pi
                count += pi > bound[l]
    for l in range(whole, n_latents):
        pi = u[l] + bias[l]
        latent[count], value[count] = l, pi
        count += pi > bound[l]
    return count


@compiled
def collect_above(u, bias, bound, first, latent, value):
    """Pairs with u + bias > bound, ``bound [latent]``: row n's begin at ``first[n]``. Returns how many, or −1 if
    there is no room for as many as there might be."""
    count = 0
    for n in range(u.shape[0]):
        first[n] = count
        if count + u.shape[1] + BLOCK > latent.size:
            return -1
        count = row_above(u[n], bias, bound, latent, value, count)
    first[u.shape[0]] = count
    return count


@compiled
def append_above(u, bias, begin, bar, latent, value, count):
    """Append the pairs above ``bar``, of a part of a row that begins at latent ``begin``."""
    for j in range(u.size):  # without a branch: what isn't above is overwritten by the next
        pi = u[j] + bias[begin + j]
        latent[count], value[count] = begin + j, pi
        count += pi > bar
    return count


@compiled
def block_maxima(u, bias, most):
    """``most [block, row]`` gets the largest u + bias of each block."""
    for n in range(u.shape[0]):
        for b in range(most.shape[0]):
            best = np.float32(-np.inf)
            for j in range(b * BLOCK, b * BLOCK + BLOCK):
                pi = u[n, j] + bias[j]
                best = pi if pi > best else best  # `max` would mind NaN
            most[b, n] = best


@compiled
def largest_of_blocks(most, top):
    """The k largest of each row's block maxima, best first: ``top [k + 1, row]``, after a line of infinities.

    Every block's maximum sinks into its place, in all rows at once.
    """
    top[0] = np.inf
    top[1:] = -np.inf
    for b in range(most.shape[0]):
        new = most[b]
        for i in range(top.shape[0] - 1, 0, -1):
            above, level = top[i - 1], top[i]
            for n in range(new.size):
                pi = level[n] if level[n] > new[n] else new[n]
                level[n] = pi if pi < above[n] else above[n]


@compiled
def collect_top(u, bias, k, first, latent, value):
    """The k largest positive u + bias of each row, fewer if fewer are positive; of equals the lower latents.

    Only those above a bar are looked at, which the row's own k largest all reach. Needs room for a whole row more.
    """
    count = 0
    n_rows, n_latents = u.shape
    whole = n_latents // BLOCK
    most, top = np.zeros((whole, TOGETHER), np.float32), np.empty((min(k, whole) + 1, TOGETHER), np.float32)
    blocks, best, copy = np.empty(whole, np.int32), np.empty(min(k, FEW), np.float32), np.empty(n_latents, np.float32)
    for n in range(n_rows):
        first[n] = count
        row, start, at = u[n], count, n % TOGETHER
        if at == 0:
            block_maxima(u[n : n + TOGETHER], bias, most)
            largest_of_blocks(most, top)
        bar = max(np.float32(0), top[k, at] * BELOW) if k <= whole else np.float32(0)
        n_blocks = 0
        for b in range(whole):  # here too without a branch
            blocks[n_blocks] = b
            n_blocks += most[b, at] > bar
        for i in range(n_blocks):
            begin = blocks[i] * BLOCK
            count = append_above(row[begin : begin + BLOCK], bias, begin, bar, latent, value, count)
        count = append_above(row[whole * BLOCK :], bias, whole * BLOCK, bar, latent, value, count)
        found = count - start
        if found <= k:
            continue
        if k <= FEW:
            kth = kth_of_few(value[start:count], best)
        else:
            copy[:found] = value[start:count]
            kth = kth_largest(copy[:found], k)
        equal = k
        for j in range(start, count):
            equal -= value[j] > kth
        stop, count = count, start
        for j in range(start, stop):
            is_kth = value[j] == kth
            keep = (value[j] > kth) | (is_kth & (equal > 0))
            latent[count], value[count] = latent[j], value[j]
            count += keep
            equal -= is_kth
    first[n_rows] = count


@compiled
def bar_below(values, k):
    """What at least k of the values reach, and hardly more than k + SPARE, by halving the range that they span."""
    low, high = values[0], values[0]
    for value in values:
        low = value if value < low else low
        high = value if value > high else high
    for _ in range(HALVINGS):
        middle = (low + high) * np.float32(0.5)
        count = np.int32(0)
        for value in values:
            count += np.int32(value >= middle)
        if count < k:
            high = middle
        else:
            low = middle
            if count <= k + SPARE:
                break
    return low


@compiled
def collect_dead(u, bias, dead, k_aux, first, latent, value):
    """The k_aux largest u + bias, of either sign, among the latents listed in ``dead``, for each row; of equals the
    lower latents.

    As in `collect_top`, only those above a bar are looked at closely. Needs room for one pair more.
    """
    k = min(k_aux, dead.size)
    pi, copy = np.empty(dead.size, np.float32), np.empty(dead.size, np.float32)
    near, own = np.empty(dead.size + 1, np.int32), np.empty(dead.size, np.float32)
    for j in range(dead.size):
        own[j] = bias[dead[j]]
    count = 0
    for n in range(u.shape[0]):
        first[n] = count
        row = u[n]
        for j in range(dead.size):
            pi[j] = row[dead[j]] + own[j]
        bar, found = bar_below(pi, k), 0
        for j in range(dead.size):  # without a branch: what isn't above is overwritten by the next
            near[found] = j
            found += pi[j] >= bar
        if found < k:  # some are no numbers
            found = dead.size
            near[:found] = np.arange(found)
        for i in range(found):
            copy[i] = pi[near[i]]
        kth = kth_largest(copy[:found], k)
        equal = k
        for i in range(found):
            equal -= pi[near[i]] > kth
        for i in range(found):
            own_pi = pi[near[i]]
            is_kth = own_pi == kth
            latent[count], value[count] = dead[near[i]], own_pi
            count += (own_pi > kth) | (is_kth & (equal > 0))
            equal -= is_kth
    first[u.shape[0]] = count


@compiled
def keep_from(cut, first, latent, value):
    """Drop the pairs below ``cut``, in place."""
    count, start = 0, 0
    for n in range(first.size - 1):
        stop = first[n + 1]
        first[n] = count
        for p in range(start, stop):
            if value[p] >= cut:
                latent[count], value[count] = latent[p], value[p]
                count += 1
        start = stop
    first[first.size - 1] = count
    return count

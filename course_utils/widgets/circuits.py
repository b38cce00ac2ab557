"""Tokens, attention and activations as CircuitsVis shows them, offline, in outputs of a few kB.

    colored_tokens(tokens, values)                             one value per token, as the ground it stands on
    colored_tokens_multi(tokens, values, names)                several, one picked at a time
    attention_pattern(tokens, attention)                       one head
    attention_heads(tokens, attention, names)                  a layer's heads, one enlarged
    text_neuron_activations(documents, activations, names)     neurons or latents over several documents
    topk_samples(documents, activations, names, k)             for each neuron the documents that excite it most
    token_log_probs(ids, log_probs, vocabulary, k)             a model's guesses at every position
    topk_tokens(vocabulary, values, names, k)                  a table of the highest and lowest tokens

Each returns a `View`, to be the last expression of a cell. Blue is positive, orange or red negative, white zero; hover
over a token or a cell for its number. Values may be tensors on any device, arrays or nested lists; they are rounded to
three digits, attention to hundredths. All raise ValueError for values that are not finite or don't fit the tokens.

CircuitsVis: Cooney and Nanda, 2022, "CircuitsVis", MIT licence. How its script comes to the page: circuits_view.py.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from course_utils.widgets.circuits_html import NEGATIVE, POSITIVE, heatmap, shown, strip, table
from course_utils.widgets.circuits_view import View

if TYPE_CHECKING:
    from jaxtyping import Float, Int
    from torch import Tensor

IN_PLAIN = 2  # documents in a plain picture: with CircuitsVis one turns pages
MARKED = 5  # values of a document that its text names


def colored_tokens(tokens: Sequence[str], values: Float[Tensor, " token"]) -> View:
    """Tokens on the ground of their value; the strongest colour is the largest absolute value.

    >>> colored_tokens(["The", " cat", " sat"], [0.0, 2.5, -1.0])
    The cat⟨2.5⟩ sat⟨-1⟩
    """
    values = _array(values, "colored_tokens", token=len(tokens))
    bound = _bound(values)
    props = {"tokens": list(tokens), "values": _short(values), "minValue": -bound, "maxValue": bound}
    props |= {"negativeColor": NEGATIVE, "positiveColor": POSITIVE}
    return View(strip(tokens, values, bound), _marked(tokens, values), "ColoredTokens", props)


def colored_tokens_multi(tokens: Sequence[str], values: Float[Tensor, "token kind"], names: Sequence[str]) -> View:
    """Tokens with one value of each kind: hover over a kind's name or click on it to colour by it.

    Each kind has a scale of its own.

    >>> colored_tokens_multi(["a", "b"], torch.tensor([[0.1, -2.0], [0.9, -0.1]]), ["probability", "log probability"])
    """
    values = _array(values, "colored_tokens_multi", token=len(tokens), kind=len(names))
    kinds = list(zip(names, values.T, strict=True))
    plain = "\n".join(f"<b>{_cell(name)}</b>\n{strip(tokens, kind, _bound(kind))}" for name, kind in kinds)
    text = "\n".join(f"{name}: {_marked(tokens, kind)}" for name, kind in kinds)
    props = {"tokens": list(tokens), "values": _short(values), "labels": list(names)}
    return View(plain, text, "ColoredTokensMulti", props)


def attention_pattern(tokens: Sequence[str], attention: Float[Tensor, "destination source"]) -> View:
    """One head's attention from every token (row) to every token (column), in [0, 1].

    If nothing attends to a later token, the half above the diagonal is grey.
    """
    pattern = _attention(np.asarray(_numpy(attention))[None], tokens, "attention_pattern")
    return _heads(tokens, pattern, [""], "AttentionPattern", {})


def attention_heads(
    tokens: Sequence[str], attention: Float[Tensor, "head destination source"], names: Sequence[str] | None = None
) -> View:
    """The attention of several heads over the same tokens: small pictures, and the one pointed at enlarged.

    attention: `cache["blocks.0.attn.hook_pattern"][0]`; names: by default "H0", "H1", …
    """
    patterns = _attention(attention, tokens, "attention_heads")
    names = [f"H{k}" for k in range(len(patterns))] if names is None else list(names)
    _same_number(len(names), len(patterns), "attention_heads", "names", "heads")
    return _heads(tokens, patterns, names, "AttentionHeads", {"attentionHeadNames": names})


def text_neuron_activations(
    documents: Sequence[Sequence[str]],
    activations: Sequence[Float[Tensor, "token neuron"]] | Float[Tensor, "document token neuron"],
    names: Sequence[str],
    unit: str = "Neuron",
) -> View:
    """Documents coloured by the activation of a neuron that is picked from a list by its name.

    One scale for all. unit: what the names are of, such as "Latent". The plain picture and the text show the first
    neuron on the first documents.
    """
    arrays = _documents(documents, activations, names, "text_neuron_activations")
    props = {
        "tokens": [list(tokens) for tokens in documents],
        "activations": [_short(array[:, None]) for array in arrays],
        "secondDimensionName": unit,
        "secondDimensionLabels": list(names),
    }
    return View(
        *_pages(names[0], documents, [array[:, 0] for array in arrays], len(names)), "TextNeuronActivations", props
    )


def topk_samples(
    documents: Sequence[Sequence[str]],
    activations: Sequence[Float[Tensor, "token neuron"]] | Float[Tensor, "document token neuron"],
    names: Sequence[str],
    k: int = 5,
    unit: str = "Neuron",
) -> View:
    """For each neuron the k documents in which its highest activation is highest, in descending order.

    unit: what the names are of, such as "Latent". The plain picture and the text show the first neuron.
    """
    arrays = _documents(documents, activations, names, "topk_samples")
    peaks = np.array([array.max(axis=0) for array in arrays])
    best = np.argsort(-peaks, axis=0, kind="stable")[:k].T  # [neuron, rank]
    chosen = [[documents[d] for d in row] for row in best]
    values = [[arrays[d][:, neuron] for d in row] for neuron, row in enumerate(best)]
    props = {
        "tokens": [[[list(tokens) for tokens in row] for row in chosen]],
        "activations": [[[_short(each) for each in row] for row in values]],
        "firstDimensionName": unit,
        "firstDimensionLabels": list(names),
    }
    return View(*_pages(names[0], chosen[0], values[0], len(names)), "TopkSamples", props)


def token_log_probs(
    ids: Int[Tensor, " token"], log_probs: Float[Tensor, "token vocabulary"], vocabulary: Sequence[str], k: int = 5
) -> View:
    """How well each token was predicted; hover over one for the k likeliest and the rank of the true one (0 the best).

    ids: the document; log_probs: natural logarithms, row i predicts token i + 1, so the last row is not used;
    vocabulary: the text of every token. The first token has no prediction and is not shown. The likelier a token was,
    the stronger its ground: blue in the plain picture, red where CircuitsVis draws.
    """
    ids = np.asarray(_numpy(ids)).astype(int)
    log_probs = _array(log_probs, "token_log_probs", token=len(ids), vocabulary=len(vocabulary))[:-1]
    true = log_probs[np.arange(len(ids) - 1), ids[1:]]
    rank = (log_probs > true[:, None]).sum(axis=1)
    best = np.argsort(-log_probs, axis=1, kind="stable")[:, :k]
    top = np.take_along_axis(log_probs, best, axis=1)
    tokens = [vocabulary[i] for i in ids]
    guesses = [
        f"{np.exp(own):.1%}, rank {place}; "
        + ", ".join(f"{vocabulary[i]!r} {np.exp(value):.1%}" for i, value in zip(row[:2], values, strict=False))
        for own, place, row, values in zip(true, rank, best, top, strict=True)
    ]
    props = {
        "prompt": tokens,
        "topKLogProbs": _short(top),
        "topKTokens": [[vocabulary[i] for i in row] for row in best],
        "correctTokenRank": rank.tolist(),
        "correctTokenLogProb": _short(true),
    }
    plain = strip(tokens[1:], np.exp(true), 1.0, titles=guesses)
    lines = (f"{shown(token)!r}: {guess}" for token, guess in zip(tokens[1:], guesses, strict=True))
    return View(plain, "\n".join(lines), "TokenLogProbs", props)


def topk_tokens(
    vocabulary: Sequence[str], values: Float[Tensor, "row vocabulary"], names: Sequence[str], k: int = 5
) -> View:
    """A table: for each row of values the k highest tokens and the k lowest, best and worst first.

    For logits, direct logit attribution, W_dec W_U. Plain HTML: the table of CircuitsVis shows one column only when
    there is one sample.
    """
    values = _array(values, "topk_tokens", row=len(names), vocabulary=len(vocabulary))
    bound, rows, lines = _bound(values), [], []
    for name, row in zip(names, values, strict=True):
        order = np.argsort(-row, kind="stable")
        ends = [order[:k], order[::-1][:k]]
        cells = [" ".join(strip([vocabulary[i]], row[[i]], bound) + f" {row[i]:.3g}" for i in end) for end in ends]
        rows.append([_cell(name), *cells])
        high, low = (", ".join(f"{vocabulary[i]!r} {row[i]:.3g}" for i in end) for end in ends)
        lines.append(f"{name}: highest {high}; lowest {low}")
    return View(table(["", "highest", "lowest"], rows), "\n".join(lines))


def _heads(tokens: Sequence[str], patterns: np.ndarray, names: Sequence[str], component: str, props: dict) -> View:
    """patterns [head, destination, source]; rows of small pictures, or one large."""
    causal = not np.triu(patterns, k=1).any()
    pixels = 160 if component == "AttentionHeads" else 320
    lines = [_strongest(tokens, pattern) for pattern in patterns]
    pictures = "".join(
        f'<span style="display:inline-block;margin:4px"><b>{_cell(name)}</b><br>'
        f"{heatmap(pattern, causal, f'{name} {line}'.strip(), pixels)}</span>"
        for name, pattern, line in zip(names, patterns, lines, strict=True)
    )
    axes = "Each row is a token that attends, each column one that is attended to; blue is 1, white 0."
    text = "\n".join(f"{name}: {line}" if name else line for name, line in zip(names, lines, strict=True))
    props = {"tokens": list(tokens), "maskUpperTri": causal, "minValue": -1, "maxValue": 1, **props}
    props |= {"negativeColor": NEGATIVE, "positiveColor": POSITIVE}
    return View(f"{pictures}<br>{axes}\n{_cell(''.join(tokens))}", text, component, props)


def _strongest(tokens: Sequence[str], pattern: np.ndarray) -> str:
    """The three strongest places off the diagonal and off the first column, where attention rests, in words."""
    elsewhere = np.where(np.eye(len(tokens), dtype=bool), -1.0, pattern)
    elsewhere[:, 0] = -1.0
    order = np.argsort(-elsewhere, axis=None, kind="stable")[:3]
    places = [np.unravel_index(i, pattern.shape) for i in order if elsewhere.flat[i] > 0]
    told = [f"{shown(tokens[d])!r} ({d}) to {shown(tokens[s])!r} ({s}) {pattern[d, s]:.2f}" for d, s in places]
    return "; ".join(told) or "each token attends to itself or to the first"


def _pages(name: str, documents: Sequence[Sequence[str]], values: Sequence[np.ndarray], n: int) -> tuple[str, str]:
    """HTML and text of the first of n neurons: its name and its activations [token] on the first documents."""
    first = f" (first of {n})" if n > 1 else ""
    left = f", first {IN_PLAIN} of {len(documents)} documents" if len(documents) > IN_PLAIN else ""
    title, bound = f"{name}{first}{left}", _bound(np.concatenate(values))
    pages = list(zip(documents, values, strict=True))[:IN_PLAIN]
    plain = [f"<b>{_cell(title)}</b>", *(strip(tokens, each, bound) for tokens, each in pages)]
    text = [f"{title}:", *(_marked(tokens, each) for tokens, each in pages)]
    return "\n".join(plain), "\n".join(text)


def _marked(tokens: Sequence[str], values: np.ndarray) -> str:
    """The document with its strongest values behind their tokens."""
    strongest = {int(i) for i in np.argsort(-np.abs(values), kind="stable")[:MARKED] if values[i] != 0}
    return "".join(f"{token}⟨{values[i]:.3g}⟩" if i in strongest else token for i, token in enumerate(tokens))


def _cell(text: str) -> str:
    return escape(shown(text) if text else "")


def _numpy(values) -> np.ndarray:
    return np.asarray(values.detach().float().cpu() if hasattr(values, "detach") else values, dtype=float)


def _array(values, caller: str, **axes: int) -> np.ndarray:
    """values as an array whose shape must be that of `axes`, finite, as floats."""
    array = _numpy(values)
    if array.shape != tuple(axes.values()):
        wanted = ", ".join(f"{name} {size}" for name, size in axes.items())
        raise ValueError(f"{caller} takes values of shape [{wanted}], got {list(array.shape)}.")
    if not np.isfinite(array).all():
        raise ValueError(f"{caller} shows finite values only, {int((~np.isfinite(array)).sum())} are not.")
    return array


def _attention(attention, tokens: Sequence[str], caller: str) -> np.ndarray:
    array = _numpy(attention)
    heads = len(array) if array.ndim == 3 else 1
    array = _array(array, caller, head=heads, destination=len(tokens), source=len(tokens))
    if array.min() < -1e-4 or array.max() > 1 + 1e-4:
        raise ValueError(
            f"{caller} takes attention after the softmax, in [0, 1], got {array.min():.3g} to {array.max():.3g}."
        )
    return array.clip(0, 1)


def _documents(documents, activations, names: Sequence[str], caller: str) -> list[np.ndarray]:
    """One array [token, neuron] per document."""
    _same_number(len(activations), len(documents), caller, "activations", "documents")
    pairs = zip(documents, activations, strict=True)
    return _even([_array(each, caller, token=len(tokens), neuron=len(names)) for tokens, each in pairs])


def _same_number(got: int, wanted: int, caller: str, what: str, of: str) -> None:
    if got != wanted or wanted == 0:
        raise ValueError(f"{caller} takes as many {what} as {of}, at least one, got {got} for {wanted}.")


def _bound(values: np.ndarray) -> float:
    """The largest absolute value, rounded as the values are; 1 if all are zero, where any scale does."""
    return float(f"{np.abs(values).max(initial=0):.3g}") or 1.0


def _short(values: np.ndarray) -> list:
    """Nested lists of numbers with three significant digits; whole numbers without a point."""
    if values.ndim:
        return [_short(each) for each in values]
    rounded = float(f"{values:.3g}")
    return int(rounded) if rounded.is_integer() else rounded


def _even(arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Arrays rounded alike, to three digits of the largest value of all: small activations take few bytes."""
    largest = max(_bound(array) for array in arrays)
    return [array.round(2 - math.floor(math.log10(largest))) for array in arrays]

"""0.5: a forward pass of the small language model, with everything kept."""

from collections.abc import Iterable
from functools import cache

import torch
from torch import Tensor

from course_utils.checking import Band, ExperimentExercise, mistake, rewrite
from course_utils.lm import load_model

PROMPTS = [
    "the dog near the poet",
    "the dogs near the poet",
    "the dog near the poets",
    "the dogs near the poets",
]


@cache
def forward(prepend_bos: bool = True) -> dict[str, Tensor]:
    """The right tensors, and those that are easily taken for them."""
    tiny = load_model("tiny", device="cpu")
    logits, cached = tiny.run_with_cache(tiny.to_tokens(PROMPTS, prepend_bos=prepend_bos))
    return {
        "resid": cached["blocks.1.hook_resid_post"],
        "final": cached["ln_final.hook_normalized"],
        "logits": logits,
        "first block": cached["blocks.0.hook_resid_post"],
        "embedding": cached["hook_embed"],
        "before the MLP": cached["blocks.1.hook_resid_mid"],
    }


def close(a: Tensor, b: Tensor) -> bool:
    return a.shape == b.shape and torch.allclose(a.float(), b, atol=1e-3, rtol=1e-3)


def handed_in(prepend_bos: bool = True, **swapped: str) -> dict[str, Tensor]:
    """The right answer with some tensors taken from the wrong place."""
    right = forward(prepend_bos)
    return {name: right[swapped.get(name, name)] for name in ("resid", "final", "logits")}


class ForwardPass(ExperimentExercise):
    id, title = "0.5", "One forward pass, everything kept"
    difficulty, minutes, points, needs = "B", 6, 1, []
    hints = [
        "`tiny.run_with_cache(PROMPTS)` returns two things: the logits, and a cache that you index with a hook's name.",
        'The second block is number 1: `cache["blocks.1.hook_resid_post"]`. After the last LayerNorm: '
        '`cache["ln_final.hook_normalized"]`.',
    ]
    fields = {
        "resid": "prompt=4 position model=16",
        "final": "prompt position model",
        "logits": "prompt position vocab=69",
    }

    @mistake(
        "You left out `<s>`, which begins every text the model was trained on. Give it the prompts as text, or "
        "keep `prepend_bos=True`."
    )
    def no_beginning():
        return handed_in(prepend_bos=False)

    @mistake("That is the stream after the first block. Blocks count from 0, so the second one is `blocks.1`.")
    def first_block():
        return handed_in(resid="first block")

    @mistake("That is the embedding: what each word brings along, before any block has read its neighbours.")
    def embedding():
        return handed_in(resid="embedding")

    @mistake(
        "That is the stream between attention and MLP of the last block (`resid_mid`). The MLP has still to add "
        "its part."
    )
    def before_the_MLP():
        return handed_in(resid="before the MLP")

    @mistake("You swapped `resid` and `final`: the LayerNorm comes after the last block.")
    def swapped():
        return handed_in(resid="final", final="resid")

    @mistake(
        "Your `final` is the stream before the last LayerNorm. The unembedding reads it only after each vector "
        "has been centred and scaled."
    )
    def before_the_LayerNorm():
        return handed_in(final="resid")

    @mistake("Those are probabilities. Logits are what the softmax is applied to: any real numbers.")
    def probabilities():
        return handed_in() | {"logits": forward()["logits"].softmax(-1)}

    @mistake(
        "Those are log-probabilities: the model's logits, less one number per position. Hand in what the model returns."
    )
    def log_probabilities():
        return handed_in() | {"logits": forward()["logits"].log_softmax(-1)}

    @mistake("That is the last position only. Here all six are wanted; 0.6 picks the last one.")
    def the_last_position_only():
        return {name: tensor[:, -1:] for name, tensor in handed_in().items()}

    @mistake("These are the four prompts in another order. Hand them in as in `PROMPTS`.")
    def another_order():
        return {name: tensor.flip(0) for name, tensor in handed_in().items()}

    rewrites = [handed_in]

    @rewrite
    def by_hand() -> dict[str, Tensor]:
        """From the residual stream on: subtract the mean, divide by the deviation, one dot product per word."""
        tiny, resid = load_model("tiny", device="cpu"), forward()["resid"]
        centred = resid - resid.mean(-1, keepdim=True)
        final = centred / (centred.square().mean(-1, keepdim=True) + tiny.cfg.eps).sqrt()
        return {"resid": resid, "final": final, "logits": final @ tiny.W_U + tiny.b_U}

    @rewrite
    def one_prompt_at_a_time() -> tuple[Tensor, ...]:
        tiny = load_model("tiny", device="cpu")
        runs = [tiny.run_with_cache(prompt) for prompt in PROMPTS]
        resid = torch.cat([cached["blocks.1.hook_out"] for _, cached in runs])
        final = torch.cat([cached["unembed.hook_in"] for _, cached in runs])
        return resid, final, torch.cat([logits for logits, _ in runs])

    def bands(self, resid: Tensor, final: Tensor, logits: Tensor) -> Iterable[Band]:
        right = forward()
        positions = right["resid"].shape[1]
        yield Band(
            f"there are {positions} positions, `<s>` and five words",
            resid.shape[1] == positions,
            f"{resid.shape[1]} position" + "s" * (resid.shape[1] != 1),
            {positions - 1: "no beginning", 1: "the last position only"}.get(resid.shape[1]),
        )
        taken_for_them = {
            "another order": right["logits"].flip(0),
            "probabilities": right["logits"].softmax(-1),
            "log probabilities": right["logits"].log_softmax(-1),
        }
        yield Band(
            "`logits` are the model's for the four prompts",
            close(logits, right["logits"]),
            "other numbers",
            next((mistake for mistake, others in taken_for_them.items() if close(logits, others)), None),
        )
        places = {name: name for name in ("first block", "embedding", "before the MLP")} | {"swapped": "final"}
        yield Band(
            "`resid` is the residual stream after the second block",
            close(resid, right["resid"]),
            "another tensor of that shape",
            next((mistake for mistake, place in places.items() if close(resid, right[place])), None),
        )
        yield Band(
            "`final` is that stream after the last LayerNorm",
            close(final, right["final"]),
            f"vectors of length {final.norm(dim=-1).min():.2f} to {final.norm(dim=-1).max():.2f} (a LayerNorm brings "
            "them all to about 4, the root of 16 dimensions; what the last one hands on is kept under `ln_final`)",
            "before the LayerNorm" if close(final, right["resid"]) else None,
        )

    equivalent = {
        (
            "handed_in, line 3: `return {name: right[swapped.get(name, name)] for name in ('resid', 'final', "
            "'logits')}` → `return right`"
        ): ("With nothing exchanged the dict holds `right`'s own entries, and a dict may hold more than is asked for."),
    }

"""Loading public models from the Hugging Face hub, or from its cache when the hub can't be reached.

Most come as ``transformers`` knows them, and ``TransformerBridge.boot_transformers`` loads them. The small models
trained by Neel Nanda (``gelu-1l``, ``solu-1l``, ``attn-only-2l`` …) are in an older layout: ``config.json`` and a state
dict ``…final.pth`` with the names of TransformerLens 1 (``blocks.0.attn.W_Q [head, d_model, d_head]``). TransformerLens
translates them, but looks up the repository's files on the hub at every load; here the snapshot in the cache will do.
(Only the oldest, ``solu-1l-old`` and its like, and ``othello-gpt`` still need the hub each time.)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import torch
from huggingface_hub import constants, get_hf_file_metadata, hf_hub_url, snapshot_download
from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError

from course_utils.lm.errors import NoNetwork, UnknownModel, suggestion
from course_utils.lm.shipped import names

if TYPE_CHECKING:
    from transformer_lens import TransformerBridge


def load(name: str, device: str | torch.device | None = None) -> TransformerBridge:
    """A public model by its short name or its address (``owner/name``) on the hub.

    Args:
        name: as TransformerLens knows it, in capitals or not; an address may be any that it can make a bridge of.
        device: ``None``: the GPU if there is one.

    Raises:
        UnknownModel: neither a short name that TransformerLens knows nor a repository on the hub.
        NoNetwork: not wholly in the cache, and the hub gave no answer within ``HF_HUB_ETAG_TIMEOUT`` seconds (10).
    """
    from transformer_lens import TransformerBridge
    from transformer_lens.model_bridge.sources.tl_legacy import TL_LEGACY_PREFIXES

    repository = address(name)
    boot = _boot_legacy if repository.startswith(TL_LEGACY_PREFIXES) else TransformerBridge.boot_transformers
    if not constants.HF_HUB_OFFLINE and hub_has(repository):
        return boot(repository, device=device)
    with without_hub() as was_set:
        try:
            return boot(repository, device=device)
        except OSError as error:
            raise NoNetwork(
                f"{name!r} has to come from {constants.ENDPOINT}, which this computer can't reach"
                f"{' (HF_HUB_OFFLINE is set)' if was_set else ''}, and it is not wholly in its cache of earlier "
                f"downloads. These need no network: {', '.join(names())}."
            ) from error


def address(name: str) -> str:
    """Where a model is on the hub: ``address("gelu-1l")`` is ``"NeelNanda/GELU_1L512W_C4_Code"``.

    Raises UnknownModel for a short name that TransformerLens does not know.
    """
    from transformer_lens.supported_models import MODEL_ALIASES, OFFICIAL_MODEL_NAMES

    known = {alias.lower(): official for official, aliases in MODEL_ALIASES.items() for alias in aliases}
    known |= {official.lower(): official for official in OFFICIAL_MODEL_NAMES}
    if name.lower() in known:
        return known[name.lower()]
    if name.count("/") == 1:
        return name
    raise UnknownModel(
        f"no model is called {name!r}.{suggestion(name, [*names(), *known])} Shipped: {', '.join(names())}. "
        "Public ones go by their name in TransformerLens or their address on the hub, owner/name."
    )


def hub_has(repository: str) -> bool:
    """Whether the hub can be asked for this repository; UnknownModel if it answers that there is none.

    The question is put in a thread of its own, since nothing else bounds the time that looking up a host takes.
    """
    answer: list[Exception | None] = []

    def ask() -> None:
        try:
            get_hf_file_metadata(hf_hub_url(repository, "config.json"), timeout=constants.HF_HUB_ETAG_TIMEOUT)
            answer.append(None)
        except Exception as error:  # of httpx or httpx2, as the version of huggingface_hub has it
            answer.append(error)

    thread = Thread(target=ask, daemon=True)
    thread.start()
    thread.join(constants.HF_HUB_ETAG_TIMEOUT)
    outcome = answer[0] if answer else TimeoutError()
    if isinstance(outcome, RepositoryNotFoundError) and not isinstance(outcome, GatedRepoError):
        raise UnknownModel(
            f"{constants.ENDPOINT} has no model {repository!r}. Shipped: {', '.join(names())}."
        ) from outcome
    # A refusal (a gated model, a missing file) is an answer too, and loading will say more; a hub in trouble is none.
    return outcome is None or (isinstance(outcome, HfHubHTTPError) and outcome.response.status_code < 500)


@contextmanager
def without_hub() -> Iterator[bool]:
    """What HF_HUB_OFFLINE=1 does, for a while: without it every missing file is asked for again and again.

    Yields whether it was set before.
    """
    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = True
    try:
        yield before
    finally:
        constants.HF_HUB_OFFLINE = before


def _boot_legacy(repository: str, device: str | torch.device | None) -> TransformerBridge:
    """A model in the layout of TransformerLens 1, from the snapshot of its repository in the cache."""
    from transformer_lens import TransformerBridge
    from transformer_lens.model_bridge.sources.tl_legacy import derive_tl_legacy_config
    from transformer_lens.utilities import get_device
    from transformer_lens.utilities.tl_checkpoint_conversion import convert_tl_checkpoint
    from transformers import AutoTokenizer

    device = device or get_device()
    config = derive_tl_legacy_config(repository)
    if config.original_architecture != "neel":
        return TransformerBridge.boot_tl_legacy(repository, device=device)
    snapshot = snapshot_download(repository, allow_patterns=["config.json", "*final.pth"])
    (file,) = Path(snapshot).glob("*final.pth")
    weights = convert_tl_checkpoint(torch.load(file, map_location="cpu", weights_only=True), config)
    # As HookedTransformer did: a bias that a repository does not have is zero.
    weights.setdefault("unembed.bias", torch.zeros(config.d_vocab))
    config.seed = 0  # with a seed, whichever, TransformerLens leaves the global random state alone
    tokenizer = AutoTokenizer.from_pretrained(config.tokenizer_name)
    model = TransformerBridge.boot_native(config, tokenizer=tokenizer, device=device, model_name=repository)
    model.load_state_dict(weights)
    return model

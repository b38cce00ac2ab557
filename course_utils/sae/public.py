"""Dictionaries that others have published for public models, by the name of their release in SAELens.

They come from the Hugging Face hub once, and from its cache ever after. A release is a repository with a folder for
each dictionary, in the layout that ``files`` reads; some keep them in another one, and are refused with a reason.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from course_utils.lm.errors import NoNetwork, UnknownModel, suggestion
from course_utils.sae.files import CONFIG, WEIGHTS, read_saelens
from course_utils.sae.model import SAE


class Release(NamedTuple):
    """Where a release is, and what its files don't say."""

    repository: str
    centred: bool
    """Trained on a residual stream whose mean over dimensions was taken off, as TransformerLens 1 does when it loads a
    model (``center_writing_weights``)."""


RELEASES = {
    # Bloom 2024, Open source sparse autoencoders for all residual stream layers of GPT-2 small
    "gpt2-small-res-jb": Release("jbloom/GPT2-Small-SAEs-Reformatted", centred=True),
}


class PublicSAE(NamedTuple):
    """A public dictionary and what it is a dictionary of."""

    sae: SAE
    model: str
    """By a name that ``load_model`` takes."""
    hook: str
    centred: bool
    """Whether it wants each activation's mean over dimensions taken off."""


def load_sae(release: str, sae_id: str) -> PublicSAE:
    """A public dictionary by its release in SAELens, or by its address (``owner/name``) on the hub.

    >>> load_sae("gpt2-small-res-jb", "blocks.8.hook_resid_pre").sae.config.d_sae
    24576

    Args:
        sae_id: which of the release's; of an address, the folder.

    Raises:
        UnknownModel: no such release, no such repository on the hub, or no such dictionary in it.
        NoNetwork: not in the cache, and the hub can't be reached.
        ValueError: a file of another layout, or one that wants its activations scaled.
    """
    place = RELEASES.get(release)
    if place is None and release.count("/") != 1:
        raise UnknownModel(
            f"no release is called {release!r}.{suggestion(release, [*RELEASES])} Known: {', '.join(RELEASES)}. Others "
            "go by their address on the hub, owner/name."
        )
    repository = place.repository if place else release
    folder = _download(repository, sae_id, release)
    model, hook = _made_for(folder / CONFIG, sae_id)
    return PublicSAE(read_saelens(folder), model, hook, place.centred if place else False)


def _download(repository: str, sae_id: str, release: str) -> Path:
    """The folder in the cache that holds both files."""
    from contextlib import nullcontext

    from huggingface_hub import constants, hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

    from course_utils.lm.public import hub_has, without_hub

    reached = not constants.HF_HUB_OFFLINE and hub_has(repository)
    with nullcontext() if reached else without_hub():
        try:
            paths = [Path(hf_hub_download(repository, f"{sae_id}/{name}")) for name in (WEIGHTS, CONFIG)]
        except LocalEntryNotFoundError as error:
            raise NoNetwork(
                f"{sae_id!r} of {release!r} has to come from {constants.ENDPOINT}, which this computer can't reach, "
                "and it is not in its cache of earlier downloads."
            ) from error
        except EntryNotFoundError as error:
            raise UnknownModel(f"{release!r} ({repository} on the hub) has no dictionary {sae_id!r}.") from error
    return paths[-1].parent


def _made_for(config: Path, sae_id: str) -> tuple[str, str]:
    """The model's name and the hook's, where the versions of SAELens have kept them."""
    cfg = json.loads(config.read_text(encoding="utf-8"))
    said = {**(cfg.get("metadata") or {}), **cfg}
    hook = said.get("hook_name") or said.get("hook_point") or sae_id
    return said.get("model_name") or "", hook

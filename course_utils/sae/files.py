"""The ecosystem's files: a folder with ``cfg.json`` and ``sae_weights.safetensors``, as SAELens 6 keeps them.

>>> write_saelens(sae, "my_sae")
>>> sae = read_saelens("my_sae")

SAELens has four architectures for use: standard (our relu), topk, gated and jumprelu. It writes batchtopk and
matryoshka as the jumprelu that they are once trained, with the old name in the metadata; so does ``write_saelens``, and
``read_saelens`` gives them their name back. What encodes and decodes is kept exactly, in float32; of the settings of
the training only the sparsity penalty is.
"""

import json
from itertools import accumulate, pairwise
from numbers import Integral
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from course_utils.sae.checks import real, whole
from course_utils.sae.config import SAEConfig
from course_utils.sae.model import SAE
from course_utils.sae.rows import called
from course_utils.writing import replacing

CONFIG, WEIGHTS = "cfg.json", "sae_weights.safetensors"
LAYOUT_VERSION = "6.0.0"  # of SAELens: files that name no version are taken for older ones

EVERY = {"W_enc": ("d_in", "d_sae"), "W_dec": ("d_sae", "d_in"), "b_dec": ("d_in",)}
TENSORS = {  # by SAELens's name of the architecture
    "standard": {**EVERY, "b_enc": ("d_sae",)},
    "topk": {**EVERY, "b_enc": ("d_sae",)},
    "gated": {**EVERY, "b_gate": ("d_sae",), "b_mag": ("d_sae",), "r_mag": ("d_sae",)},
    "jumprelu": {**EVERY, "b_enc": ("d_sae",), "threshold": ("d_sae",)},
}
TO_SAELENS = {"relu": "standard", "matryoshka": "matryoshka_batchtopk"}
TRAINED_AS = {"batchtopk", "matryoshka_batchtopk"}  # kept as jumprelu
LAMBDA = {"standard": ("l1", "l1_coefficient"), "gated": ("l1", "l1_coefficient"), "jumprelu": ("l0", "l0_coefficient")}


def write_saelens(sae: SAE, folder: str | Path) -> None:
    """Write a trained autoencoder so that SAELens 6 opens it with ``SAE.load_from_disk(folder)``.

    The two files take their places together, or, if anything fails, neither does and what was there stays.

    Raises:
        ValueError: many instances in one, or weights that aren't finite.
        OSError: the folder can't be written.
    """
    if sae.n_instances is not None:
        raise ValueError(f"this is {sae.n_instances} autoencoders: write one of them, such as sae.instance(0)")
    config = sae.config
    trained_as = TO_SAELENS.get(config.architecture, config.architecture)
    architecture = "jumprelu" if trained_as in TRAINED_AS else trained_as
    weights = {name: value.detach().to("cpu", torch.float32).contiguous() for name, value in sae.tensors().items()}
    if not all(torch.isfinite(value).all() for value in weights.values()):
        raise ValueError("the weights are not finite: this autoencoder is not worth keeping")
    details = {LAMBDA[trained_as][1]: _penalty(sae)} if trained_as in LAMBDA else {}
    if trained_as in TRAINED_AS:
        details["k"] = config.k
    if config.tied:
        details["tied"] = True  # SAELens has none: it keeps two matrices that are alike
    if config.groups:
        details["matryoshka_widths"] = list(accumulate(config.groups))
    cfg = {
        "architecture": architecture,
        "d_in": config.d_in,
        "d_sae": config.d_sae,
        "dtype": "float32",
        "device": "cpu",
        "apply_b_dec_to_input": config.pre_bias,
        "normalize_activations": "none",
        "reshape_activations": "none",
        "metadata": {
            "sae_lens_version": LAYOUT_VERSION,
            "training_architecture": trained_as,
            "training_architecture_details": details,
        },
    }
    if architecture == "topk":
        cfg |= {"k": int(config.k), "rescale_acts_by_decoder_norm": False}
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(cfg, indent=1)
    with replacing(folder / WEIGHTS, folder / CONFIG) as (new_weights, new_config):
        # Two tied matrices may share their memory, which safetensors refuses.
        save_file({name: value.clone() for name, value in weights.items()}, new_weights)
        new_config.write_text(text, encoding="utf-8")


def _penalty(sae: SAE) -> float:
    """λ, as the training found it where it was looked for."""
    found = sae.config.l0_target is not None and sae.log is not None and len(sae.log.penalty)
    return sae.log.penalty[-1].item() if found else sae.config.penalty


def read_saelens(folder: str | Path) -> SAE:
    """Read an autoencoder that SAELens, or ``write_saelens``, wrote for use.

    Activations go in as they are: a file that expects them scaled or normalised first is refused. One trained on
    attention heads (``hook_z``) takes them flattened. A λ that the file doesn't name comes back as 0.

    Raises:
        FileNotFoundError: one of the two files isn't there.
        ValueError: a damaged file, tensors missing, unknown or of the wrong shape, an architecture or a convention that
            this module doesn't have.
    """
    folder = Path(folder)
    file = folder / CONFIG
    cfg = _read_config(file)
    try:
        cfg = _modern(cfg)
        _check_config(cfg)
        file = folder / WEIGHTS
        weights = _read_weights(file, TENSORS[cfg["architecture"]], cfg)
        file = folder / CONFIG
        return SAE(_our_config(cfg, weights), **weights)
    except ValueError as problem:
        raise ValueError(f"{file}: {problem}") from problem


def _read_config(path: Path) -> dict:
    try:
        cfg = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as problem:  # no text, no JSON, a number of thousands of digits
        raise ValueError(f"{path} is damaged: {problem}") from problem
    if not isinstance(cfg, dict):
        raise ValueError(f"{path} must hold an object with names and values, got a {type(cfg).__name__}")
    return cfg


def _modern(cfg: dict) -> dict:
    """SAELens before 6 left some things out and named some others differently."""
    cfg = {"architecture": "standard", "apply_b_dec_to_input": True, "normalize_activations": "none"} | cfg
    activation = cfg.get("activation_fn_str") or cfg.get("activation_fn")
    if activation == "topk":
        cfg["architecture"] = "topk"
        cfg.setdefault("k", _names(cfg, "activation_fn_kwargs").get("k"))
    elif activation not in (None, "relu"):
        cfg["architecture"] = f"{cfg['architecture']} with {activation}"
    if isinstance(cfg["normalize_activations"], bool):
        cfg["normalize_activations"] = "expected_average_only_in" if cfg["normalize_activations"] else "none"
    cfg["normalize_activations"] = cfg["normalize_activations"] or "none"
    return cfg


def _names(where: dict, key: str) -> dict:
    """What stands under the key, names with values; nothing if it isn't there."""
    found = where.get(key)
    if found is not None and not isinstance(found, dict):
        raise ValueError(f"{key} must hold names with values, got {called(found)}")
    return found or {}


def _check_config(cfg: dict) -> None:
    architecture = cfg["architecture"]
    if not isinstance(architecture, str) or architecture not in {*TENSORS, *TRAINED_AS}:
        raise ValueError(f"architecture {architecture!r} is not one of {', '.join(TENSORS)}")
    if architecture in TRAINED_AS:
        raise ValueError(
            f"this is a {architecture} in the middle of its training: write it with SAELens's save_inference_model"
        )
    for name in ("d_in", "d_sae"):
        if name not in cfg:
            raise ValueError(f"{CONFIG} lacks {name}")
        whole(name, cfg[name])
    if architecture == "topk" and (isinstance(cfg.get("k"), bool) or not isinstance(cfg.get("k"), Integral)):
        raise ValueError(f"a topk needs a whole k in {CONFIG}, got {cfg.get('k')!r}")
    for name in ("apply_b_dec_to_input", "rescale_acts_by_decoder_norm"):
        if not isinstance(cfg.get(name, False), bool):
            raise ValueError(f"{name} must be true or false, got {cfg[name]!r}")
    normalised = cfg["normalize_activations"]
    if normalised == "expected_average_only_in":
        raise ValueError(
            "normalize_activations: it takes activations scaled by a factor that the file doesn't hold "
            "(expected_average_only_in): fold the factor into the weights with SAELens's "
            "fold_activation_norm_scaling_factor first"
        )
    if normalised != "none":
        raise ValueError(
            f"normalize_activations: it takes activations normalised by {normalised!r}, which this module doesn't do"
        )


def _read_weights(path: Path, shapes: dict[str, tuple[str, ...]], cfg: dict) -> dict[str, Tensor]:
    if not path.exists():
        raise FileNotFoundError(f"{path} isn't there")
    try:
        weights = load_file(path)
    except SafetensorError as problem:
        raise ValueError(f"{WEIGHTS} is damaged: {problem}") from problem
    if "log_threshold" in weights and "threshold" in shapes and "threshold" not in weights:  # SAELens before 6
        weights["threshold"] = weights.pop("log_threshold").exp()
    factor = weights.get("scaling_factor")
    if factor is not None and torch.allclose(factor.float(), torch.ones_like(factor, dtype=torch.float32)):
        del weights["scaling_factor"]  # of ones: SAELens wrote it for a while, and leaves it out when it reads
    elif factor is not None or cfg.get("finetuning_scaling_factor"):
        raise ValueError(
            "scaling_factor, finetuning_scaling_factor: it scales its activations, which this module doesn't do"
        )
    missing, unknown = sorted(shapes.keys() - weights.keys()), sorted(weights.keys() - shapes.keys())
    if missing or unknown:
        parts = [f"{what} {', '.join(names)}" for what, names in (("lacks", missing), ("has", unknown)) if names]
        raise ValueError(f"{WEIGHTS} {' and '.join(parts)}; a {cfg['architecture']} has {', '.join(shapes)}")
    for name, dimensions in shapes.items():
        value, shape = weights[name], [cfg[d] for d in dimensions]
        if list(value.shape) != shape:
            turned = ": it is transposed" if list(value.shape) == shape[::-1] and len(shape) == 2 else ""
            raise ValueError(f"{name} must be {shape} [{', '.join(dimensions)}], got {list(value.shape)}{turned}")
        weights[name] = value.to(torch.float32)
        if not value.is_floating_point() or not torch.isfinite(weights[name]).all():
            raise ValueError(f"{name} must hold finite floating-point numbers")
    if cfg.get("rescale_acts_by_decoder_norm"):
        _fold_decoder_norm(weights)
    if "threshold" in weights:
        weights["threshold"].clamp_(min=0)  # SAELens puts a ReLU before the jump, so a negative one acts as 0
    return weights


def _fold_decoder_norm(weights: dict[str, Tensor]) -> None:
    """SAELens multiplies such a topk's pre-activations by the decoder's norms, and divides by them when it decodes.

    Where others carry the flag from an earlier life, as what once was a topk or a batchtopk, whatever is compared with
    a pre-activation is scaled as it is: each latent is on in the same rows, and x̂ the same, with it as without.
    """
    norms = weights["W_dec"].norm(dim=1).clamp_min(1e-8)
    for name in ("W_enc", "b_enc", "b_gate", "b_mag", "threshold"):
        if name in weights:
            weights[name] *= norms
    weights["W_dec"] /= norms[:, None]


def _our_config(cfg: dict, weights: dict[str, Tensor]) -> SAEConfig:
    metadata = _names(cfg, "metadata")
    details = _names(metadata, "training_architecture_details")
    architecture, sparsity = cfg["architecture"], {}
    trained_as = metadata.get("training_architecture")
    if not isinstance(trained_as, str | None):
        raise ValueError(f"training_architecture must be a text, got {called(trained_as)}")
    if architecture == "topk":
        sparsity["k"] = cfg["k"]
    elif architecture == "jumprelu" and trained_as in TRAINED_AS and details.get("k") is not None:
        architecture, sparsity["k"] = trained_as, details["k"]
        if trained_as == "matryoshka_batchtopk":
            widths = details.get("matryoshka_widths") or [cfg["d_sae"]]
            if not isinstance(widths, list):
                raise ValueError(f"matryoshka_widths must be a list of whole numbers, got {called(widths)}")
            sparsity["groups"] = tuple(
                b - a for a, b in pairwise([0, *(whole("matryoshka_widths", w) for w in widths)])
            )
    else:
        ours, theirs = LAMBDA[architecture]
        sparsity[ours] = float(real(theirs, details.get(theirs) or 0, 0))
    tied = details.get("tied") is True and torch.equal(weights["W_enc"], weights["W_dec"].T)
    unit = torch.allclose(weights["W_dec"].norm(dim=1), torch.ones(cfg["d_sae"]), atol=1e-3)
    return SAEConfig(
        architecture={theirs: ours for ours, theirs in TO_SAELENS.items()}.get(architecture, architecture),
        d_in=cfg["d_in"],
        d_sae=cfg["d_sae"],
        decoder_norm="unit" if unit else "free",
        pre_bias=cfg["apply_b_dec_to_input"],
        tied=tied,
        **sparsity,
    )

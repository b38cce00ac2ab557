"""Write the files beside this one with the real SAELens. Run it in an environment of its own: see README.md.

python make.py FOLDER
"""

import sys
import warnings
from pathlib import Path

import torch
from sae_lens import SAE, saes
from safetensors.torch import save_file

D_IN, D_SAE, ROWS = 5, 7, 6
SIZES = {"d_in": D_IN, "d_sae": D_SAE}


def fill(sae, seed):
    """Weights in general position: no bias is 0, no decoder row has norm 1, thresholds cut some activations off."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in sorted(sae.named_parameters()):
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.6)
            if name == "threshold":
                parameter.abs_()
    if hasattr(sae, "topk_threshold"):
        sae.topk_threshold = torch.tensor(0.37, dtype=torch.double)
    return sae


def trained():
    """What ``save_inference_model`` writes after a training, by folder."""
    return {
        "standard": saes.StandardTrainingSAE(saes.StandardTrainingSAEConfig(**SIZES, l1_coefficient=0.25)),
        "standard_without_pre_bias": saes.StandardTrainingSAE(
            saes.StandardTrainingSAEConfig(**SIZES, apply_b_dec_to_input=False)
        ),
        "gated": saes.GatedTrainingSAE(saes.GatedTrainingSAEConfig(**SIZES)),
        "topk": saes.TopKTrainingSAE(saes.TopKTrainingSAEConfig(**SIZES, k=3)),
        "jumprelu": saes.JumpReLUTrainingSAE(saes.JumpReLUTrainingSAEConfig(**SIZES, l0_coefficient=0.125)),
        "batchtopk": saes.BatchTopKTrainingSAE(saes.BatchTopKTrainingSAEConfig(**SIZES, k=2.5)),
        "matryoshka": saes.MatryoshkaBatchTopKTrainingSAE(
            saes.MatryoshkaBatchTopKTrainingSAEConfig(**SIZES, k=2.0, matryoshka_widths=[2, 4, 7])
        ),
    }


def plain():
    """What ``save_model`` of an inference SAE writes, by folder."""
    return {
        "topk_rescaled": saes.TopKSAE(saes.TopKSAEConfig(**SIZES, k=3, rescale_acts_by_decoder_norm=True)),
        "bfloat16": saes.StandardSAE(saes.StandardSAEConfig(**SIZES, dtype="bfloat16")),
        "layer_norm": saes.StandardSAE(saes.StandardSAEConfig(**SIZES, normalize_activations="layer_norm")),
        "expected_average": saes.StandardSAE(
            saes.StandardSAEConfig(**SIZES, normalize_activations="expected_average_only_in")
        ),
    }


def main():
    warnings.simplefilter("ignore")
    root = Path(sys.argv[1])
    x = torch.randn(ROWS, D_IN, generator=torch.Generator().manual_seed(100)) * 1.5
    for seed, (name, sae) in enumerate((trained() | plain()).items()):
        fill(sae, seed)
        save = sae.save_inference_model if hasattr(sae, "save_inference_model") else sae.save_model
        save(root / name)
        opened = SAE.load_from_disk(root / name)
        with torch.no_grad():
            f = opened.encode(x)
            outputs = {"x": x, "f": f.float(), "x_hat": opened.decode(f).float()}
        save_file({key: value.contiguous() for key, value in outputs.items()}, root / name / "expected.safetensors")
    checkpoint = fill(trained()["batchtopk"], 50)
    checkpoint.save_model(root / "batchtopk_checkpoint")


if __name__ == "__main__":
    main()

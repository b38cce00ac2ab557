"""What a sparse autoencoder is: its architecture, its sizes and its penalties."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from course_utils.sae import defaults
from course_utils.sae.checks import real, truth, whole

Architecture = Literal["relu", "topk", "batchtopk", "gated", "jumprelu", "matryoshka"]

TOPK_FAMILY = ("topk", "batchtopk", "matryoshka")
L1_FAMILY = ("relu", "gated")


@dataclass(frozen=True, kw_only=True)
class SAEConfig:
    """A sparse autoencoder, x̂ = f(x) W_dec + b_dec with f(x) ≥ 0 and mostly 0, and how its sparsity is bought.

    What isn't said is as it was found best in the course's comparison with other libraries (``defaults``).

    >>> SAEConfig(architecture="topk", d_in=64, d_sae=256, k=4).initial_norm
    0.1

    Raises:
        ValueError: a size or a penalty out of range, one that the architecture needs and lacks, or has and can't use.
    """

    architecture: Architecture
    """How pre-activations become activations, and what is paid for them: see the modules in ``architectures``."""

    d_in: int
    """Width of the activations x."""

    d_sae: int
    """Number of latents."""

    k: float | None = None
    """Active latents per row (topk: exactly, a whole number; batchtopk and matryoshka: on average over a batch)."""

    l1: float | None = None
    """λ of the L1 penalty (relu, gated)."""

    l0: float | None = None
    """λ of the L0 penalty (jumprelu)."""

    l0_target: float | None = None
    """Latents that are to be active in a row, on average (relu, gated, jumprelu): λ is then found while the autoencoder
    trains, in the place of one that is given."""

    bandwidth: float = 0.12
    """ε, width of the window in which a jumprelu's threshold feels a gradient."""

    initial_threshold: float = 0.01
    """θ with which a jumprelu starts."""

    initial_l0: float | None = None
    """Latents active in a row at the start (relu, gated, jumprelu), by biases or thresholds that are set on the first
    batch. Biases of 0 would make half of them active, each in rows that have nothing to do with it. None: d_sae / 4,
    at most 64 for relu and 32 for the others."""

    groups: tuple[int, ...] | None = None
    """Sizes of matryoshka's groups of latents, adding up to d_sae; the m-th dictionary is the first m groups."""

    tied: bool = False
    """One matrix for both: W_enc = W_decᵀ (Cunningham et al. 2023)."""

    decoder_norm: Literal["unit", "free"] = "free"
    """Rows of W_dec kept at norm 1 (Bricken et al. 2023), or left free with each latent's L1 weighted by its row's norm
    (Conerly et al. 2024). Free ones learn faster."""

    initial_norm: float | None = None
    """Norm of W_dec's rows and of W_enc's columns at the start, where the former are free. From small ones a direction
    is turned in fewer steps, since Adam's don't shrink with them. None: 0.1 for the topk family, 0.3 for relu, 0.5 for
    jumprelu, 1 for gated; 1 where rows are kept at that."""

    encoder_init: Literal["decoder", "random"] = "decoder"
    """W_enc starts as W_decᵀ (Gao et al. 2024), or as random directions of its own."""

    pre_bias: bool = True
    """Whether b_dec is subtracted from x before it is encoded."""

    k_aux: int | None = None
    """Dead latents that model the residual of a row (topk, batchtopk, matryoshka; Gao et al. 2024). None: d_in / 2."""

    aux: float = 1 / 4
    """α, weight of that auxiliary loss; 0 turns it off."""

    dead_after: int | None = None
    """Rows without firing after which a latent counts as dead. None: 60 · d_sae / (k or l0_target), in which the
    average latent fires 60 times; 10 · d_sae where neither is given."""

    resample_every: int | Literal["auto"] | None = "auto"
    """Steps between two resamplings of dead latents, and at least from the last to the end (Bricken et al. 2023); None:
    never. "auto": 0.3 of the training for relu, 0.1 for jumprelu, never for the others."""

    sparsity_warmup: float | None = None
    """Part of the training over which λ grows from 0 to its value (relu, gated, jumprelu). None: 0.1 for gated, 0.02
    for the others."""

    def __post_init__(self):
        if not isinstance(self.architecture, str) or self.architecture not in get_args(Architecture):
            raise ValueError(
                f"architecture must be one of {', '.join(get_args(Architecture))}, got {self.architecture!r}"
            )
        for name in ("d_in", "d_sae"):
            self._set(name, whole(name, getattr(self, name)))
        for name in ("k_aux", "resample_every", "dead_after"):
            if getattr(self, name) is not None and not self._left_to_us(name):
                self._set(name, whole(name, getattr(self, name)))
        for name in ("tied", "pre_bias"):
            self._set(name, truth(name, getattr(self, name)))
        self._check_sparsity()
        self._check_groups()
        if self.initial_l0 is not None:
            if self.architecture in TOPK_FAMILY:
                raise ValueError(f"{self.architecture} has no initial_l0: k says how many latents are active")
            self._set("initial_l0", real("initial_l0", self.initial_l0, 0, self.d_sae, open_low=True))
        elif self.architecture not in TOPK_FAMILY:
            self._set("initial_l0", defaults.initial_l0(self.architecture, self.d_sae))
        if self.decoder_norm not in ("unit", "free"):
            raise ValueError(f'decoder_norm must be "unit" or "free", got {self.decoder_norm!r}')
        self._fill()
        for name in ("bandwidth", "initial_threshold", "initial_norm"):
            self._set(name, real(name, getattr(self, name), 0, open_low=True))
        self._set("aux", real("aux", self.aux, 0))
        self._set("sparsity_warmup", real("sparsity_warmup", self.sparsity_warmup, 0, 1))
        if self.decoder_norm == "unit" and self.initial_norm != 1:
            raise ValueError(f'decoder_norm="unit" starts with norms of 1, got initial_norm={self.initial_norm!r}')
        if self.encoder_init not in ("decoder", "random"):
            raise ValueError(f'encoder_init must be "decoder" or "random", got {self.encoder_init!r}')
        if self.tied and self.encoder_init == "random":
            raise ValueError('a tied encoder is the decoder: encoder_init="random" makes no sense with tied=True')

    def _left_to_us(self, name: str) -> bool:
        return name == "resample_every" and isinstance(self.resample_every, str) and self.resample_every == "auto"

    def _fill(self):
        """What wasn't said."""
        if self.initial_norm is None:
            self._set("initial_norm", defaults.initial_norm(self.architecture, self.decoder_norm))
        if self.dead_after is None:
            self._set("dead_after", defaults.dead_after(self.d_sae, self.k or self.l0_target))
        if self.sparsity_warmup is None:
            self._set("sparsity_warmup", defaults.sparsity_warmup(self.architecture))

    def _set(self, name, value):
        """A field that was handed in, as Python's own: what is frozen is frozen for others."""
        object.__setattr__(self, name, value)

    @property
    def penalty(self) -> float:
        """λ; 0 where there is none, and where it is still to be found."""
        return self.l1 or self.l0 or 0.0

    @property
    def price(self) -> float:
        """What a loss multiplies the warm-up with: λ, or 1 where λ is looked for and comes with it."""
        return 1.0 if self.l0_target is not None else self.penalty

    def _check_sparsity(self):
        needs = {**dict.fromkeys(TOPK_FAMILY, "k"), **dict.fromkeys(L1_FAMILY, "l1"), "jumprelu": "l0"}
        if self.l0_target is not None:
            if self.architecture in TOPK_FAMILY:
                raise ValueError(f"{self.architecture} has no l0_target: k says how many latents are active")
            if getattr(self, needs[self.architecture]) is not None:
                raise ValueError(f"l0_target finds {needs[self.architecture]}: give one of the two")
            self._set("l0_target", real("l0_target", self.l0_target, 0, self.d_sae, open_low=True))
        for name in ("k", "l1", "l0"):
            value, needed = getattr(self, name), needs[self.architecture] == name
            if needed and value is None and self.l0_target is None:
                raise ValueError(f"{self.architecture} needs {name}{'' if name == 'k' else ', or l0_target'}")
            if not needed and value is not None:
                raise ValueError(f"{self.architecture} has no {name}: it takes {needs[self.architecture]}")
        if self.l0_target is not None:
            return
        if self.k is None:
            name = needs[self.architecture]
            self._set(name, real(name, getattr(self, name), 0))
            return
        self._set("k", real("k", self.k, 0, self.d_sae, open_low=True))
        if self.architecture == "topk":
            if self.k != int(self.k):
                raise ValueError(f"topk needs a whole k, got {self.k!r}")
            self._set("k", int(self.k))

    def _check_groups(self):
        if self.architecture != "matryoshka":
            if self.groups is not None:
                raise ValueError(f"{self.architecture} has no groups: only matryoshka does")
            return
        no_list = not isinstance(self.groups, Iterable) or getattr(self.groups, "ndim", 1) == 0
        if no_list or not (groups := list(self.groups)):
            raise ValueError("matryoshka needs groups, such as groups=(64, 64, 128) for d_sae=256")
        groups = tuple(whole("a group's size", size) for size in groups)
        if sum(groups) != self.d_sae:
            raise ValueError(f"groups must add up to d_sae={self.d_sae}, got {groups} = {sum(groups)}")
        self._set("groups", groups)

"""A sparse autoencoder: its weights, and what it does with an activation."""

from dataclasses import dataclass, field, fields, replace

from jaxtyping import Float
from torch import Tensor

from course_utils.sae.architectures import ARCHITECTURES
from course_utils.sae.architectures.shared import beside_rows
from course_utils.sae.config import SAEConfig
from course_utils.sae.log import TrainingLog
from course_utils.sae.rows import called, check_numbers


@dataclass
class SAE:
    """f = encode(x), x̂ = decode(f). With a leading ``instance`` dimension it is many autoencoders side by side.

    >>> sae = train_sae(activations, SAEConfig(architecture="topk", d_in=64, d_sae=256, k=4), steps=500)
    >>> f = sae.encode(activations)          # [n, 256], four non-zeros in a row
    >>> x_hat = sae(activations)             # decode(encode(x))

    The weights may lie on any device and be of any floating type; x must be alike.
    """

    config: SAEConfig
    W_enc: Float[Tensor, "*instance d_in d_sae"]
    W_dec: Float[Tensor, "*instance d_sae d_in"]
    b_dec: Float[Tensor, "*instance d_in"]
    b_enc: Float[Tensor, "*instance d_sae"] | None = None
    """All but gated."""
    b_gate: Float[Tensor, "*instance d_sae"] | None = None
    """gated: bias of the gate."""
    b_mag: Float[Tensor, "*instance d_sae"] | None = None
    """gated: bias of the magnitude."""
    r_mag: Float[Tensor, "*instance d_sae"] | None = None
    """gated: log of the factor from the gate's encoder to the magnitude's, W_mag = W_enc · exp(r_mag)."""
    threshold: Float[Tensor, "*instance d_sae"] | None = None
    """jumprelu: θ. batchtopk and matryoshka: what stands in for the batch's top k when rows are encoded one by one."""
    log: TrainingLog | None = field(default=None, repr=False)
    """How the training went; None for an autoencoder that wasn't trained here."""

    def encode(self, x: Float[Tensor, "*batch d_in"]) -> Float[Tensor, "*batch d_sae"]:
        """Activations of the latents, ≥ 0. With instances, x is ``[instance, ..., d_in]``.

        Raises:
            ValueError: the last dimension of x isn't d_in, or x lacks the instances, or isn't of the weights' type.
        """
        self._check("x", x, self.config.d_in)
        f = ARCHITECTURES[self.config.architecture].encode(self, self._one_axis(x))
        return f.unflatten(1, x.shape[1:-1]) if self.n_instances is not None and x.ndim > 3 else f

    def decode(self, f: Float[Tensor, "*batch d_sae"]) -> Float[Tensor, "*batch d_in"]:
        """x̂ = f W_dec + b_dec."""
        self._check("f", f, self.config.d_sae)
        x_hat = self._one_axis(f) @ self.W_dec + beside_rows(self.b_dec)
        return x_hat.unflatten(1, f.shape[1:-1]) if self.n_instances is not None and f.ndim > 3 else x_hat

    def _one_axis(self, value: Tensor) -> Tensor:
        """With instances, one axis of rows for each, whatever there were."""
        return value.flatten(1, -2) if self.n_instances is not None and value.ndim > 3 else value

    def __call__(self, x: Float[Tensor, "*batch d_in"]) -> Float[Tensor, "*batch d_in"]:
        return self.decode(self.encode(x))

    @property
    def n_instances(self) -> int | None:
        """How many autoencoders this is, or None for a plain one without the leading dimension."""
        return len(self.W_dec) if self.W_dec.ndim == 3 else None

    def tensors(self) -> dict[str, Tensor]:
        """The weights that this architecture has, by name."""
        found = {f.name: getattr(self, f.name) for f in fields(self)}
        return {name: value for name, value in found.items() if isinstance(value, Tensor)}

    def instance(self, i: int) -> "SAE":
        """Autoencoder i of many, as a plain one."""
        if self.n_instances is None:
            raise ValueError("this is a single autoencoder: it has no instances")
        log = self.log and self.log.instance(i)
        return replace(self, log=log, **{name: value[i] for name, value in self.tensors().items()})

    def to(self, *args, **kwargs) -> "SAE":
        """A copy elsewhere or of another type; arguments as ``Tensor.to``."""
        return replace(self, **{name: value.to(*args, **kwargs) for name, value in self.tensors().items()})

    def _check(self, name, value, width):
        check_numbers(value, name)
        if not isinstance(value, Tensor):
            raise ValueError(f"{name} must be a tensor, got {called(value)}: torch.from_numpy makes one of it")
        if value.shape[-1:] != (width,):
            raise ValueError(f"{name} must be [..., {width}], got {list(value.shape)}")
        if self.n_instances is not None and (value.ndim < 3 or len(value) != self.n_instances):
            raise ValueError(f"{name} must be [{self.n_instances} instances, n, {width}], got {list(value.shape)}")
        own, its = (str(t.dtype).removeprefix("torch.") for t in (self.W_dec, value))
        if its != own:
            raise ValueError(f"{name} is {its} and the autoencoder {own}: hand in {name}.to(torch.{own})")
        if value.device != self.W_dec.device:
            raise ValueError(
                f"{name} is on {value.device} and the autoencoder on {self.W_dec.device}: move one of them"
            )

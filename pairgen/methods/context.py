"""Encoders of sequences: their features at each step, and a causal summary of the steps up to each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from torch import Tensor, nn

from pairgen._validation import check_int
from pairgen.batch import SequenceFeatures
from pairgen.methods.method import get_width

__all__ = ["ContextEncoder", "SequenceEncoder", "check_sequence_encoder", "encode_steps"]


@runtime_checkable
class SequenceEncoder(Protocol):
    """A module that gives features of each step of a sequence."""

    def steps(self, views: Any) -> SequenceFeatures:
        """Return features (B, L, D) of the steps of a batch of views, and how many steps each sequence has."""
        ...


class ContextEncoder(nn.Module):
    """A sequence encoder followed by a GRU over its steps, with the mean context as feature.

    The context of a step depends on that step and those before it, never on later ones or on padding (van den Oord et
    al. 2018, "Representation Learning with Contrastive Predictive Coding", figure 1: c_t of z_1 ... z_t). `steps` gives
    the contexts; `encoder.steps` still gives the encoder's latents.

    Args:
        encoder: Module with `steps(views) -> SequenceFeatures`, the latents (B, L, D), and `out_features` = D.
        context_dim: Width of the contexts, at least 1; the `out_features` of this encoder.
        layers: Number of layers of the GRU, at least 1.

    Raises:
        TypeError: The encoder is not a `torch.nn.Module`, or a number is not an integer.
        ValueError: The encoder has no `steps`, or a number is less than 1.
    """

    spec: dict[str, Any] | None
    """What rebuilds the encoder, as the spec of `pairgen.create_encoder` does; None where `encoder` has no spec."""

    def __init__(self, encoder: nn.Module, context_dim: int = 256, layers: int = 1) -> None:
        super().__init__()
        width = get_width(encoder)
        check_sequence_encoder(encoder, "contexts need an encoder of sequences", 'create_encoder("audio", "cpc-wave")')
        check_int("context_dim", context_dim, 1)
        check_int("layers", layers, 1)
        self.encoder = encoder
        self.gru = nn.GRU(width, context_dim, layers, batch_first=True)
        self.out_features = context_dim
        inner = getattr(encoder, "spec", None)
        options = {"context_dim": context_dim, "layers": layers}
        self.spec = {**inner, "context": options} if isinstance(inner, Mapping) else None

    def contexts(self, latents: SequenceFeatures) -> SequenceFeatures:
        """Summarize the latents up to each step.

        Args:
            latents: Steps of `encoder`, (B, L, D).

        Returns:
            A context for each step, (B, L, context_dim).
        """
        return SequenceFeatures(self.gru(latents.features)[0], latents.lengths)

    def steps(self, views: object) -> SequenceFeatures:
        """Return the contexts (B, L, context_dim) of a batch of views."""
        return self.contexts(encode_steps(self.encoder, views))

    def forward(self, views: object) -> Tensor:
        """Return the mean context of each sequence, without its padding: (B, context_dim)."""
        steps = self.steps(views)
        mask = steps.mask()[..., None]
        total: Tensor = steps.features.masked_fill(~mask, 0).sum(dim=1)
        return total / mask.sum(dim=1).clamp(min=1)


def check_sequence_encoder(encoder: nn.Module, purpose: str, example: str) -> None:
    """Raise ValueError, with the purpose and an example, unless the encoder has `steps`."""
    if not isinstance(encoder, SequenceEncoder):
        raise ValueError(
            f"{type(encoder).__name__} has no steps(views): {purpose} that gives pairgen.batch.SequenceFeatures, such "
            f"as pairgen.{example}"
        )


def encode_steps(encoder: nn.Module, views: object) -> SequenceFeatures:
    """Return the steps of an encoder; TypeError or ValueError where it gives something else."""
    if not isinstance(encoder, SequenceEncoder):
        raise TypeError(f"{type(encoder).__name__} has no steps(views)")
    steps = encoder.steps(views)
    if not isinstance(steps, SequenceFeatures):
        raise TypeError(
            f"{type(encoder).__name__}.steps gave a {type(steps).__name__}, not pairgen.batch.SequenceFeatures"
        )
    features, lengths = steps
    if features.ndim != 3 or lengths.shape != features.shape[:1]:
        raise ValueError(
            f"{type(encoder).__name__}.steps gave features of shape {tuple(features.shape)} and lengths of shape "
            f"{tuple(lengths.shape)}; expected (B, L, D) and (B,)"
        )
    return steps

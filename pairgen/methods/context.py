"""What a sequence has told so far: a causal summary of an encoder's steps."""

from __future__ import annotations

from typing import Any, cast

from torch import Tensor, nn

from pairgen.batch import SequenceFeatures
from pairgen.methods.method import width_of

__all__ = ["ContextEncoder", "steps_of"]


class ContextEncoder(nn.Module):
    """A sequence encoder and a GRU over its steps: views -> features (B, context_dim), the mean of the contexts.

    encoder: offers `steps(views) -> SequenceFeatures` and `out_features`. context_dim: width of the contexts. layers: of the GRU.

    The context of a step depends on that step and those before it, never on later ones or on padding (van den Oord et
    al. 2018, figure 1: c_t of z_1 ... z_t). `steps` gives the contexts, `encoder` and its own steps remain at hand.
    """

    def __init__(self, encoder: nn.Module, context_dim: int = 256, layers: int = 1) -> None:
        super().__init__()
        width = width_of(encoder)
        if not callable(getattr(encoder, "steps", None)):
            raise ValueError(
                f"{type(encoder).__name__} has no steps(views): contexts need an encoder of sequences that gives "
                'pairgen.batch.SequenceFeatures, such as pairgen.create_encoder("audio", "cpc-wave")'
            )
        for name, value in (("context_dim", context_dim), ("layers", layers)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} is a whole number of at least 1, got {value!r}")
        self.encoder = encoder
        self.gru = nn.GRU(width, context_dim, layers, batch_first=True)
        self.out_features = context_dim
        inner = getattr(encoder, "spec", None)
        # What rebuilds it, as the spec of pairgen.create_encoder does; None for an encoder of the user's own.
        options = {"context_dim": context_dim, "layers": layers}
        self.spec: Any = None if inner is None else {**cast("dict[str, Any]", inner), "context": options}

    def contexts(self, latents: SequenceFeatures) -> SequenceFeatures:
        """SequenceFeatures of the encoder (B, L, D) -> a context for each, (B, L, context_dim)."""
        return SequenceFeatures(self.gru(latents.features)[0], latents.lengths)

    def steps(self, views: Any) -> SequenceFeatures:
        """The contexts of the views."""
        return self.contexts(steps_of(self.encoder, views))

    def forward(self, views: Any) -> Tensor:
        """The mean over a sequence's own steps: (B, context_dim)."""
        steps = self.steps(views)
        inside = steps.mask()[..., None]
        total: Tensor = steps.features.masked_fill(~inside, 0).sum(dim=1)
        return total / inside.sum(dim=1).clamp(min=1)


def steps_of(encoder: nn.Module, views: Any) -> SequenceFeatures:
    """The steps of an encoder. TypeError or ValueError where it gives something else."""
    steps = cast("Any", encoder).steps(views)
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

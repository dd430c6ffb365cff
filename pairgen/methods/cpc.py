"""CPC: what a sequence has been tells what it will be."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from pairgen.batch import SequenceFeatures
from pairgen.losses import info_nce
from pairgen.losses.shards import spread
from pairgen.losses.temperature import check_temperature
from pairgen.methods.context import ContextEncoder, steps_of
from pairgen.methods.method import Method, width_of
from pairgen.pairs import PairBatch

__all__ = ["CPC"]


class CPC(Method):
    """Van den Oord et al. 2018, "Representation Learning with Contrastive Predictive Coding", for any sequences.

    encoder: offers `steps(views) -> SequenceFeatures`, the latents z (B, L, D), and `out_features` = D; or a `ContextEncoder`.
    steps_ahead: how far it predicts, K, at least 1: a linear predictor each for 1 ... K steps.
    context_dim, layers: of the GRU whose state after z_1 ... z_t is the context c_t.
    temperature: of InfoNCE between predictions and latents at unit length, above 0. (The paper takes the bare inner
        product; bounded ones learn faster and need no care with the scale.)
    target: "first" predicts latents of the view that the contexts are of, and does not look at the second view;
        "second" predicts those of the second view from contexts of the first, for recipes that leave the timing.
    gather: in a process group, the steps of all processes are negatives; else those of one's own share.

    For each k the predictions of all steps of all sequences are compared with the latents k steps later: the negatives
    are those of the other steps, of the same sequence and of the others in the batch. Padding takes no part. A sequence
    of n steps takes part in the predictions of fewer than n steps ahead.

    `encoder` becomes the `ContextEncoder`, so that features are mean contexts, in training, checkpoint and
    `load_encoder` alike.
    """

    encoder: ContextEncoder
    may_skip_parameters = True  # the predictors of more steps than the longest sequence has

    def __init__(
        self,
        encoder: nn.Module,
        steps_ahead: int = 12,
        context_dim: int = 256,
        temperature: float = 0.1,
        *,
        layers: int = 1,
        target: Literal["first", "second"] = "first",
        gather: bool = True,
    ) -> None:
        if not isinstance(encoder, ContextEncoder):
            encoder = ContextEncoder(encoder, context_dim, layers)
        super().__init__(encoder)
        if isinstance(steps_ahead, bool) or not isinstance(steps_ahead, int) or steps_ahead < 1:
            raise ValueError(f"steps_ahead is a whole number of at least 1, got {steps_ahead!r}")
        if target not in ("first", "second"):
            raise ValueError(f'target is "first" or "second", the view whose steps are predicted, got {target!r}')
        width = width_of(encoder.encoder)
        self.predictors = nn.ModuleList(nn.Linear(encoder.out_features, width, bias=False) for _ in range(steps_ahead))
        self.temperature = check_temperature(temperature)
        self.target = target
        self.gather = gather

    def loss(self, batch: PairBatch) -> Tensor:
        """The mean of the losses of all k that occur in the batch: a scalar.

        ValueError where there is nothing to predict, and where the steps of both views are not those of one timing.
        """
        latents = steps_of(self.encoder.encoder, batch.first)
        contexts = self.encoder.contexts(latents)
        targets = latents if self.target == "first" else self._of_second(latents, batch)
        (lengths,), shards = spread(lambda: (latents.lengths,), self.gather)
        longest = int(shards.gather(lengths).max())
        if longest < 2:
            raise ValueError(
                f"no sequence has more than {longest} step, so there is nothing to predict: give longer sequences, or "
                "an encoder with shorter strides"
            )
        losses = []
        for ahead, predictor in zip(range(1, longest), self.predictors, strict=False):
            inside = latents.mask()[:, ahead:]
            predicted = predictor(contexts.features[:, : inside.shape[1]][inside])
            actual = targets.features[:, ahead:][inside]
            losses.append(info_nce(predicted, actual, self.temperature, gather=self.gather))
        return torch.stack(losses).mean()

    def _of_second(self, latents: SequenceFeatures, batch: PairBatch) -> SequenceFeatures:
        targets = steps_of(self.encoder.encoder, batch.second)
        if not torch.equal(targets.lengths, latents.lengths):
            raise ValueError(
                f"the first views have {latents.lengths.tolist()} steps, the second {targets.lengths.tolist()}: with "
                'target="second" both need the same timing; take a recipe that crops both alike, or target="first"'
            )
        return targets

"""CPC: predict the next steps of a sequence from the steps before."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from pairgen._validation import check_choice, check_int
from pairgen.batch import SequenceFeatures
from pairgen.losses import info_nce
from pairgen.losses._shards import gather_shards
from pairgen.losses._temperature import check_temperature
from pairgen.methods.context import ContextEncoder, encode_steps
from pairgen.methods.method import Method, check_views, get_width
from pairgen.pairs import PairBatch

__all__ = ["CPC"]


class CPC(Method):
    """Contrastive predictive coding of sequences (van den Oord et al. 2018).

    "Representation Learning with Contrastive Predictive Coding": for each k from 1 to `steps_ahead`, a linear predictor
    maps the context of each step to a prediction of the latent k steps later; the loss is InfoNCE between predictions
    and latents, with the latents of the other steps, of the same sequence and of the others in the batch, as negatives.
    Padding takes no part. A sequence of n steps takes part in the predictions of fewer than n steps ahead.

    `encoder` becomes the `ContextEncoder`, so that features are mean contexts in training, checkpoint and
    `load_encoder`.

    Args:
        encoder: Module with `steps(views) -> SequenceFeatures`, the latents z (B, L, D), and `out_features` = D; or a
            `ContextEncoder`.
        steps_ahead: Number of steps to predict, at least 1.
        context_dim: Width of the contexts, the state of a GRU after z_1 ... z_t.
        temperature: Divisor of the cosines of predictions and latents in InfoNCE, above 0. (The paper takes the inner
            product; cosines learn faster and need no care with the scale.)
        layers: Number of layers of the GRU.
        target: "first" predicts latents of the view that the contexts come from, and does not look at the second view;
            "second" predicts those of the second view from contexts of the first, for recipes that keep the timing.
        gather: In a process group, take the steps of all processes as negatives; else those of this process.

    Raises:
        TypeError: The encoder is not a `torch.nn.Module`, or a number is not an integer.
        ValueError: The encoder has no `steps`, a number is out of range, or the target is unknown.
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
        check_int("steps_ahead", steps_ahead, 1)
        check_choice("target", target, ("first", "second"))
        width = get_width(encoder.encoder)
        self.predictors = nn.ModuleList(nn.Linear(encoder.out_features, width, bias=False) for _ in range(steps_ahead))
        self.temperature = check_temperature(temperature)
        self.target = target
        self.gather = gather

    def loss(self, batch: PairBatch) -> Tensor:
        """Compute the mean of the losses of all k that occur in the batch.

        Args:
            batch: Pairs whose views are sequences, ready for the encoder.

        Returns:
            A differentiable scalar.

        Raises:
            ValueError: No sequence has more than one step, or, with `target="second"`, the views differ in length.
        """
        check_views(self, batch)
        latents = encode_steps(self.encoder.encoder, batch.first)
        contexts = self.encoder.contexts(latents)
        targets = latents if self.target == "first" else self._encode_second(latents, batch)
        (lengths,), shards = gather_shards(lambda: (latents.lengths,), self.gather)
        longest = int(shards.gather(lengths).max())
        if longest < 2:
            raise ValueError(
                f"no sequence has more than {longest} step, so there is nothing to predict: give longer sequences, or "
                "an encoder with shorter strides"
            )
        losses = []
        for ahead, predictor in zip(range(1, longest), self.predictors, strict=False):
            mask = latents.mask()[:, ahead:]
            predicted = predictor(contexts.features[:, : mask.shape[1]][mask])
            actual = targets.features[:, ahead:][mask]
            losses.append(info_nce(predicted, actual, self.temperature, gather=self.gather))
        return torch.stack(losses).mean()

    def _encode_second(self, latents: SequenceFeatures, batch: PairBatch) -> SequenceFeatures:
        targets = encode_steps(self.encoder.encoder, batch.second)
        if not torch.equal(targets.lengths, latents.lengths):
            raise ValueError(
                f"the first views have {latents.lengths.tolist()} steps, the second {targets.lengths.tolist()}: with "
                'target="second" both need the same timing; take a recipe that crops both alike, or target="first"'
            )
        return targets

"""Text encoders, by name: a small Transformer, a bag of embeddings, and pretrained models from a directory.

Each takes a list of `str`, or token ids as `Padded` (B, L), gives features (B, D), has `out_features` = D, and offers
`steps(views)`, the features of each token.
"""

from __future__ import annotations

from pairgen.modalities.text.encoders.registry import ENCODERS

__all__ = ["ENCODERS"]

"""Batches of any type: operations on their items, sequences of unequal length, and the encoders that take them."""

from pairgen.batch.ops import concat, put, stack, take, unbatch
from pairgen.batch.padded import PaddedBatch, SequenceFeatures, pad, sequence_mask
from pairgen.batch.protocols import Batch, NodeEncoder, SequenceEncoder

__all__ = [
    "Batch",
    "NodeEncoder",
    "PaddedBatch",
    "SequenceEncoder",
    "SequenceFeatures",
    "concat",
    "pad",
    "put",
    "sequence_mask",
    "stack",
    "take",
    "unbatch",
]

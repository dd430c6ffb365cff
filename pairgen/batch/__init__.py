"""Batches of any type: operations on their items, and sequences of unequal length padded to one tensor."""

from pairgen.batch.ops import concat, put, stack, take, unbatch
from pairgen.batch.padded import PaddedBatch, SequenceFeatures, pad, sequence_mask

__all__ = ["PaddedBatch", "SequenceFeatures", "concat", "pad", "put", "sequence_mask", "stack", "take", "unbatch"]

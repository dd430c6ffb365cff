"""Training: one loop for every method, checkpoints, logs."""

from pairgen.training.checkpoint import load_encoder
from pairgen.training.history import EpochRecord, History
from pairgen.training.trainer import Trainer

__all__ = ["EpochRecord", "History", "Trainer", "load_encoder"]

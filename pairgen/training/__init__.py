"""Training: one loop for every method, on one process or many; checkpoints, logs."""

from pairgen.training.checkpoint import load_encoder
from pairgen.training.history import EpochRecord, History
from pairgen.training.objective import loss_in_chunks
from pairgen.training.trainer import Trainer

__all__ = ["EpochRecord", "History", "Trainer", "load_encoder", "loss_in_chunks"]

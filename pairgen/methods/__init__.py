"""Methods: what turns a batch of pairs into a loss."""

from pairgen.methods.method import JointEmbedding, Method
from pairgen.methods.projector import Projector
from pairgen.methods.simclr import SimCLR

__all__ = ["JointEmbedding", "Method", "Projector", "SimCLR"]

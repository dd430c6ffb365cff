"""Methods: what turns a batch of pairs into a loss."""

from pairgen.methods.context import ContextEncoder
from pairgen.methods.cpc import CPC
from pairgen.methods.ema import CosineMomentum
from pairgen.methods.grace import GRACE
from pairgen.methods.method import JointEmbedding, Method
from pairgen.methods.moco import MoCo
from pairgen.methods.projector import Projector
from pairgen.methods.registry import METHODS
from pairgen.methods.siamese import Siamese
from pairgen.methods.simclr import SimCLR
from pairgen.methods.supcon import SupCon
from pairgen.methods.ts2vec import TS2Vec

__all__ = [
    "CPC",
    "GRACE",
    "METHODS",
    "ContextEncoder",
    "CosineMomentum",
    "JointEmbedding",
    "Method",
    "MoCo",
    "Projector",
    "Siamese",
    "SimCLR",
    "SupCon",
    "TS2Vec",
]

"""The named recipes for graphs: pipelines that make the two views of a pair."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from pairgen._validation import check_choice
from pairgen.augmentation import Augmentation, Compose, OneOf
from pairgen.modalities.graph.augmentations import (
    AttributeMask,
    EdgeDrop,
    EdgePerturb,
    Identity,
    NodeDrop,
    Subgraph,
)
from pairgen.modalities.graph.batch.collate import ToModelInput
from pairgen.modalities.graph.batch.graphs import Level
from pairgen.modalities.graph.io.codec import GraphCodec
from pairgen.modality import Recipe

__all__ = ["drop_perturb", "evaluation", "grace", "graphcl"]

Features = Sequence[str] | str | None
Levels = Mapping[str, Level] | None


_CHOICES: dict[str, Callable[[float], Augmentation]] = {
    "node-drop": NodeDrop,
    "edge-perturb": EdgePerturb,
    "attribute-mask": lambda ratio: AttributeMask(ratio, by="row"),
    "subgraph": lambda ratio: Subgraph(keep=1 - ratio),
    "identity": lambda ratio: Identity(),
}


def _recipe(first: Augmentation, second: Augmentation, features: Features, levels: Levels) -> Recipe:
    names = (features,) if isinstance(features, str) else features
    to_model_input = ToModelInput(None if names is None else tuple(names))
    return Recipe(first, second, to_model_input, None if levels is None else GraphCodec(dict(levels)))


def drop_perturb(nodes: float = 0.1, edges: float = 0.1, features: Features = None, levels: Levels = None) -> Recipe:
    """Nodes left out, then edges, and as many edges added.

    Args:
        nodes: Ratio of nodes that go, in [0, 1].
        edges: Ratio of edges that are exchanged, in [0, 1].
        features: Node attributes that make up the encoder's `x`; None takes `x` where there is one.
        levels: What attributes belong to, name -> "node", "edge" or "graph", where their rows do not say it; None for
            none.
    """
    view = Compose([NodeDrop(nodes), EdgePerturb(edges)])
    return _recipe(view, view, features, levels)


def graphcl(
    ratio: float = 0.2,
    choices: Sequence[str] = ("node-drop", "subgraph", "edge-perturb", "identity"),
    features: Features = None,
    levels: Levels = None,
) -> Recipe:
    """GraphCL (You et al. 2020): each view by one augmentation, drawn from several.

    Args:
        ratio: Ratio of nodes, edges or features that each changes, in [0, 1).
        choices: Of node-drop, subgraph, edge-perturb, attribute-mask (graphs need features then) and identity.
        features: Node attributes that make up the encoder's `x`; None takes `x` where there is one.
        levels: What attributes belong to, name -> "node", "edge" or "graph", where their rows do not say it; None for
            none.

    Raises:
        ValueError: One of `choices` is none of these.
    """
    view = OneOf([_CHOICES[check_choice("each of choices", name, _CHOICES)](ratio) for name in choices])
    return _recipe(view, view, features, levels)


def grace(
    edges: tuple[float, float] = (0.2, 0.4),
    masks: tuple[float, float] = (0.3, 0.4),
    features: Features = None,
    levels: Levels = None,
) -> Recipe:
    """GRACE (Zhu et al. 2020), for nodes: edges left out and columns of `x` masked, in one view more than in the other.

    Args:
        edges: Probabilities that an edge goes from the first and from the second view, in [0, 1].
        masks: Probabilities that a column is masked in the first and in the second view, in [0, 1]. By default both are
            the paper's for Cora.
        features: Node attributes that make up the encoder's `x`; None takes `x` where there is one.
        levels: What attributes belong to, name -> "node", "edge" or "graph", where their rows do not say it; None for
            none.
    """
    first, second = (
        Compose([EdgeDrop(edge, exact=False), AttributeMask(mask)]) for edge, mask in zip(edges, masks, strict=True)
    )
    return _recipe(first, second, features, levels)


def evaluation(features: Features = None, levels: Levels = None) -> Recipe:
    """The graph as it is, for evaluation.

    Args:
        features: Node attributes that make up the encoder's `x`; None takes `x` where there is one.
        levels: What attributes belong to, name -> "node", "edge" or "graph", where their rows do not say it; None for
            none.
    """
    return _recipe(Compose([]), Compose([]), features, levels)

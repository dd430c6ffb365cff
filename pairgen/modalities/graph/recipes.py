"""The named pipelines for graphs: what makes the two views of a pair.

All recipes take `features`: the node attributes that make up what the encoder sees, None for `x` where there is one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

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
from pairgen.modality import Recipe

__all__ = ["drop_perturb", "evaluation", "grace", "graphcl"]

Features = Sequence[str] | None


_CHOICES: dict[str, Callable[[float], Augmentation]] = {
    "node-drop": NodeDrop,
    "edge-perturb": EdgePerturb,
    "attribute-mask": lambda ratio: AttributeMask(ratio, by="row"),
    "subgraph": lambda ratio: Subgraph(keep=1 - ratio),
    "identity": lambda ratio: Identity(),
}


def _finish(features: Features) -> ToModelInput:
    return ToModelInput(None if features is None else tuple(features))


def drop_perturb(nodes: float = 0.1, edges: float = 0.1, features: Features = None) -> Recipe:
    """Nodes left out, then edges, and as many edges put in. nodes, edges: their shares, in [0, 1]."""
    view = Compose([NodeDrop(nodes), EdgePerturb(edges)])
    return Recipe(view, view, _finish(features))


def graphcl(
    ratio: float = 0.2,
    choices: Sequence[str] = ("node-drop", "subgraph", "edge-perturb", "identity"),
    features: Features = None,
) -> Recipe:
    """GraphCL (You et al. 2020): each view by one augmentation, drawn from several.

    ratio: the share of nodes, edges or features that each changes, in [0, 1). choices: of node-drop, subgraph,
    edge-perturb, attribute-mask (graphs need features then) and identity. ValueError for others.
    """
    if unknown := [name for name in choices if name not in _CHOICES]:
        raise ValueError(f"graphcl has no augmentation {unknown[0]!r}; there are: {', '.join(_CHOICES)}")
    view = OneOf([_CHOICES[name](ratio) for name in choices])
    return Recipe(view, view, _finish(features))


def grace(
    edges: tuple[float, float] = (0.2, 0.4), masks: tuple[float, float] = (0.3, 0.4), features: Features = None
) -> Recipe:
    """GRACE (Zhu et al. 2020), for nodes: edges left out and columns of `x` masked, more in one view than in the other.

    edges, masks: the probabilities for the first and the second view, in [0, 1]; by default the paper's for Cora.
    """
    first, second = (
        Compose([EdgeDrop(edge, exact=False), AttributeMask(mask)]) for edge, mask in zip(edges, masks, strict=True)
    )
    return Recipe(first, second, _finish(features))


def evaluation(features: Features = None) -> Recipe:
    """The graph as it is, for evaluation."""
    return Recipe(Compose([]), Compose([]), _finish(features))

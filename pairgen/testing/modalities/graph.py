"""What the property-testing kit is shown of graphs: items, bad ones, and what each augmentation promises."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import networkx as nx
import torch
from hypothesis import strategies as st

from pairgen.modalities.graph.batch.graphs import NODE_ID, UNDIRECTED
from pairgen.modalities.graph.io.codec import is_networkx
from pairgen.modalities.graph.io.pyg import Data
from pairgen.testing.modalities.graph_strategies import batches, data, networkx_graphs
from pairgen.testing.spec import CheckSpec, Tags

__all__ = ["check_spec"]


def check_spec() -> CheckSpec:
    """PyG and networkx graphs from one node on, without edges and with; batches of PyG graphs; six that are none."""
    return CheckSpec(
        items=data() | networkx_graphs(),
        informative_items=data(min_nodes=6, max_nodes=10, features=True),
        batches=batches(),
        invalid_items=_BAD,
        comparable=_essence,
        augmentations=_augmentations(),
        model_items=_encodable(),
    )


_EDGE = torch.tensor([[0], [1]])

_BAD: Mapping[str, Any] = {
    "no graph": lambda: [[0, 1], [1, 0]],
    "no nodes": lambda: nx.Graph(),
    "edges to nodes that are not there": lambda: Data(x=torch.zeros(1, 2), edge_index=_EDGE),
    "edges of floats": lambda: Data(x=torch.zeros(2, 2), edge_index=_EDGE.float()),
    "NaN": lambda: Data(x=torch.full((2, 2), torch.nan), edge_index=_EDGE),
    "a sparse adjacency": lambda: Data(x=torch.zeros(2, 2), adj=torch.eye(2).to_sparse()),
}


def _encodable() -> st.SearchStrategy[Data]:
    """Rings with features, of several sizes."""

    def ring(nodes: int) -> Data:
        around = torch.arange(nodes)
        ends = torch.stack([around, (around + 1) % nodes])
        edges = torch.cat([ends, ends.flip(0)], dim=1)
        return Data(x=torch.arange(3.0 * nodes).reshape(nodes, 3), edge_index=edges)

    return st.integers(6, 12).map(ring)


def _essence(graph: Any) -> Any:
    """The graph without the marks that views bear, and without the stated number of nodes; edges in order."""
    if is_networkx(graph):
        return graph
    bare = copy.copy(graph)
    for name in (NODE_ID, UNDIRECTED, "num_nodes"):
        if name in bare:
            del bare[name]
    return bare


def _nodes(graph: Any) -> int:
    return len(graph) if is_networkx(graph) else int(graph.num_nodes)


def _half_up(value: float) -> int:
    return int(value + 0.5)


def _dropped(augmentation: Any, item: Any, params: Any, view: Any) -> str | None:
    before, after = _nodes(item), _nodes(view)
    most = min(_half_up(augmentation.rate * before), before - 1)
    found = before - after
    wrong = found != most if augmentation.exact else not 0 <= found < before
    return f"{found} of {before} nodes are gone, not {most}" if wrong else None


def _kept(augmentation: Any, item: Any, params: Any, view: Any) -> str | None:
    before, after = _nodes(item), _nodes(view)
    wanted = max(1, _half_up(augmentation.keep * before))
    return None if abs(after - wanted) <= 1 else f"{after} of {before} nodes stay, not {wanted}"


def _same_nodes(augmentation: Any, item: Any, params: Any, view: Any) -> str | None:
    return None if _nodes(view) == _nodes(item) else f"{_nodes(item)} nodes became {_nodes(view)}"


def _has_x(augmentation: Any, item: Any) -> bool:
    if is_networkx(item):
        return all("x" in attributes for _, attributes in item.nodes(data=True))
    return "x" in item


def _augmentations() -> dict[str, Tags]:
    rate = st.floats(0, 1) | st.sampled_from([0.1, 0.5, 1.0])
    rates = st.fixed_dictionaries({"rate": rate, "exact": st.booleans()})
    share = ({"rate": -0.1}, {"rate": 1.5})
    return {
        "NodeDrop": Tags(rates, identity_params={"rate": 0.0}, check_bounds=_dropped, invalid_params=share),
        "Subgraph": Tags(
            st.fixed_dictionaries({"keep": st.floats(0.1, 1), "length": st.integers(1, 5)}),
            check_bounds=_kept,
            invalid_params=({"keep": 0}, {"keep": 1.2}, {"length": 0}),
        ),
        "EdgeDrop": Tags(rates, identity_params={"rate": 0.0}, check_bounds=_same_nodes, invalid_params=share),
        "EdgeAdd": Tags(
            st.fixed_dictionaries({"rate": rate}),
            identity_params={"rate": 0.0},
            check_bounds=_same_nodes,
            invalid_params=share,
        ),
        "EdgePerturb": Tags(
            st.fixed_dictionaries({"drop": rate, "add": st.none() | rate}),
            identity_params={"drop": 0.0, "add": 0.0},
            check_bounds=_same_nodes,
            invalid_params=({"drop": -0.1}, {"add": 1.5}),
        ),
        "AttributeMask": Tags(
            st.fixed_dictionaries({"rate": rate, "by": st.sampled_from(["column", "row", "element"])}),
            identity_params={"rate": 0.0},
            accepts=_has_x,
            accepts_batch=lambda mask, batch: "x" in batch,
            invalid_params=({"rate": 2.0}, {"by": "graph"}),
        ),
        "Identity": Tags(random=False, identity_params={}),
        "PPRDiffusion": Tags(
            random=False, check_bounds=_same_nodes, invalid_params=({"alpha": 1.0}, {"epsilon": 0.0}, {"top": 0})
        ),
    }

"""The code of the peers for the subject `graph`: nodes dropped, then edges dropped and added, twice a pair."""

from __future__ import annotations

import random
from typing import Any

import networkx as nx
import numpy as np
import torch
from torch import Tensor

RATIO = 0.1


def networkx_view(graph: Any) -> Any:
    """Drop nodes, drop edges and add edges with networkx calls, as tutorials do: O(N^2) for the edges added."""
    view = graph.copy()
    nodes = list(view.nodes())
    view.remove_nodes_from(random.sample(nodes, int(RATIO * len(nodes))))
    non_edges: Any = nx.non_edges  # not typed
    edges, missing = list(view.edges()), list(non_edges(view))
    count = int(RATIO * len(edges))
    view.remove_edges_from(random.sample(edges, count))
    view.add_edges_from(random.sample(missing, min(count, len(missing))))
    return view


def pyg_view(edge_index: Tensor, nodes: int) -> Tensor:
    """PyG's utils, undirected; nodes keep their numbers, and added edges may be loops, repeat, and cross graphs."""
    from torch_geometric import utils

    pyg: Any = utils
    edge_index = pyg.dropout_node(edge_index, p=RATIO, num_nodes=nodes)[0]
    edge_index = pyg.dropout_edge(edge_index, p=RATIO, force_undirected=True)[0]
    added: Tensor = pyg.add_random_edge(edge_index, p=RATIO, force_undirected=True, num_nodes=nodes)[0]
    return added


def random_edges(nodes: int, degree: int, seed: int) -> Tensor:
    """int64 (2, nodes * degree): both directions of distinct edges without loops, sorted by source."""
    rng, wanted = np.random.default_rng(seed), nodes * degree // 2
    ends = np.sort(rng.integers(0, nodes, (4 * wanted, 2)), axis=1)
    keys = np.unique(ends[ends[:, 0] != ends[:, 1]] @ np.array([nodes, 1]))
    keys = rng.permutation(keys)[:wanted]
    both = np.sort(np.concatenate([keys, keys % nodes * nodes + keys // nodes]))
    return torch.from_numpy(np.stack([both // nodes, both % nodes]))

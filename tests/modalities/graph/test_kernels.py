"""The kernels, compiled and in torch, against the oracle; and the oracle against a kernel that is wrong."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pairgen.modalities.graph._kernels import nodes_numba
from pairgen.modalities.graph._kernels.diffusion_numba import push_page_rank
from pairgen.modalities.graph._kernels.edges import (
    is_undirected,
    is_undirected_torch,
    perturb_edges,
    perturb_edges_torch,
)
from pairgen.modalities.graph._kernels.nodes import induced_edges, select_nodes
from pairgen.modalities.graph._kernels.nodes_numba import group_neighbors
from pairgen.modalities.graph._kernels.selection import (
    count_limits,
    is_among,
    is_repeated,
    probability_limit,
    round_counts,
)
from pairgen.modalities.graph.batch.graphs import Graphs
from pairgen.modalities.graph.io.codec import decode_graph
from pairgen.random import RandomArray, Stream
from pairgen.testing.modalities.graph import batches, data
from tests.helpers import graph_oracle as oracle

RATIO = st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0])


def parts(batch: Any) -> list[tuple[int, list[tuple[int, int]], bool]]:
    """(nodes, entries, undirected) of each graph."""
    return [
        (len(one.n_id), [tuple(edge) for edge in one.edge_index.T.tolist()], bool(one.undirected))
        for one in (batch.get_example(i) for i in range(batch.num_graphs))
    ]


def draw_bits(batch: Any, seed: int) -> tuple[Graphs, RandomArray, list[oracle.Bits]]:
    graphs = Graphs.from_data(batch)
    random = Stream(seed, index=np.arange(len(graphs))).array()
    bits = [oracle.Bits(int(s) % 2**64, u) for s, (_, _, u) in zip(random.seeds(), parts(batch), strict=True)]
    return graphs, random, bits


@settings(max_examples=30)
@given(batches(), st.integers(0, 99), RATIO, st.booleans())
def test_nodes_are_kept_as_the_oracle_keeps_them(batch, seed, ratio, exact) -> None:
    graphs, random, bits = draw_bits(batch, seed)
    expected = []
    for start, bit, (nodes, _, _) in zip(graphs.ptr.tolist(), bits, parts(batch), strict=False):
        expected += [start + i for i in oracle.kept_nodes(bit, nodes, ratio, exact)]
    limit = probability_limit(ratio, exact)
    assert nodes_numba.select_nodes(random.seeds(), graphs.ptr.numpy(), ratio, limit).tolist() == expected
    assert select_nodes(graphs, random, ratio, exact).tolist() == expected


@settings(max_examples=60)
@given(batches(), st.integers(0, 99), RATIO, RATIO, st.booleans())
def test_edges_go_and_come_as_the_oracle_says(batch, seed, drop, add, exact) -> None:
    graphs, random, bits = draw_bits(batch, seed)
    fast = perturb_edges(graphs, random, drop, add, exact)
    edge_index, origin, edge_ptr = perturb_edges_torch(graphs, random, drop, add, exact)
    assert torch.equal(fast.edge_ptr, edge_ptr)
    for entries_after in (fast.edge_index, edge_index):
        for i, (bit, (nodes, entries, _)) in enumerate(zip(bits, parts(batch), strict=True)):
            expected, where = oracle.perturbed(bit, nodes, entries, drop, add, exact)
            mine = slice(int(edge_ptr[i]), int(edge_ptr[i + 1]))
            local = entries_after[:, mine] - graphs.ptr[i]
            assert [tuple(edge) for edge in local.T.tolist()] == expected
            shifted = [w + int(graphs.edge_ptr[i]) if w >= 0 else -1 for w in where]
            assert origin[mine].tolist() == shifted


def test_the_oracle_catches_a_kernel_that_drops_one_direction_only() -> None:
    graph = decode_graph(_ring(12))
    graphs, random = Graphs.from_data(graph), Stream(0, index=[3]).array()
    wrong = Graphs.from_data(graph)
    object.__setattr__(wrong, "undirected", torch.tensor([False]))  # as if the two directions were two edges
    bits = oracle.Bits(int(random.seeds()[0]) % 2**64, True)
    entries = [tuple(edge) for edge in graph.edge_index.T.tolist()]
    expected, _ = oracle.perturbed(bits, 12, entries, 0.25, 0.25, True)

    def entries_of(view: Graphs) -> list[tuple[int, ...]]:
        return [tuple(edge) for edge in view.edge_index.T.tolist()]

    assert entries_of(perturb_edges(graphs, random, 0.25, 0.25)) == expected
    assert entries_of(perturb_edges(wrong, random, 0.25, 0.25)) != expected


def _ring(nodes: int) -> nx.Graph:
    return nx.cycle_graph(nodes)


@settings(max_examples=30)
@given(batches(), st.integers(0, 99))
def test_nodes_are_renumbered_alike_by_the_compiled_kernel_and_in_torch(batch, seed) -> None:
    graphs, random, _ = draw_bits(batch, seed)
    kept = select_nodes(graphs, random, 0.4, True)
    by_torch = induced_edges(graphs, kept)
    layout = (graphs.ptr, graphs.edge_ptr, graphs.source, graphs.target)
    compiled = nodes_numba.induce_subgraph(kept.numpy(), *(part.numpy() for part in layout), True)
    for mine, other in zip(compiled, by_torch, strict=True):
        assert torch.equal(torch.from_numpy(mine), other)
    left = by_torch[0]
    there = set(kept.tolist())
    entries = list(zip(graphs.source.tolist(), graphs.target.tolist(), strict=True))
    assert left.tolist() == [i for i, (s, t) in enumerate(entries) if s in there and t in there]


WORDS = st.lists(st.integers(0, 2**63 - 1), min_size=0, max_size=30, unique=True)


@given(st.lists(WORDS, min_size=1, max_size=5), st.data())
def test_exactly_so_many_words_of_each_group_lie_at_or_below_its_limit(groups, drawing) -> None:
    counts = [drawing.draw(st.integers(0, len(group))) for group in groups]
    sizes = torch.tensor([len(group) for group in groups])
    ptr = torch.cat([torch.zeros(1, dtype=torch.int64), sizes.cumsum(0)])
    words = torch.tensor([word for group in groups for word in group], dtype=torch.int64)
    limits = count_limits(words, ptr, torch.tensor(counts))
    bits = (len(groups) - 1).bit_length()
    if len({w >> bits for w in words.tolist()}) < len(words):
        return  # the sort of all groups gives up the lowest bits, in which these words alone differ
    for limit, group, count in zip(limits.tolist(), groups, counts, strict=True):
        assert sum(word <= limit for word in group) == count


def test_limits_hold_where_few_words_are_looked_at() -> None:
    rng = np.random.default_rng(0)
    words = torch.from_numpy(rng.integers(0, 2**63, 30_000))
    ptr = torch.tensor([0, 10_000, 10_000, 30_000])
    limits = count_limits(words, ptr, torch.tensor([100, 0, 5000]))
    assert [int((words[a:b] <= limit).sum()) for a, b, limit in zip(ptr[:-1], ptr[1:], limits, strict=True)] == [
        100,
        0,
        5000,
    ]
    clustered = words // 2**20 + 2**62  # none is small: all of them have to be looked at
    limits = count_limits(clustered, ptr, torch.tensor([100, 0, 5000]))
    assert int((clustered[:10_000] <= limits[0]).sum()) == 100


@given(st.lists(st.integers(0, 40)), st.lists(st.integers(0, 40)))
def test_is_among_and_is_repeated_say_what_sets_say(few, many) -> None:
    words, among = torch.tensor(few, dtype=torch.int64), torch.tensor(many, dtype=torch.int64)
    assert is_among(words, among).tolist() == [word in set(many) for word in few]
    assert is_repeated(words).tolist() == [word in few[:i] for i, word in enumerate(few)]


def test_counts_round_halves_up() -> None:
    assert round_counts(0.1, torch.tensor([0, 4, 5, 14, 15, 25])).tolist() == [0, 0, 1, 1, 2, 3]


def test_a_limit_is_passed_with_its_probability() -> None:
    assert probability_limit(0.0) == -1
    assert probability_limit(1.0) == 2**63 - 1
    assert probability_limit(0.5) == 2**62 - 1


@given(batches())
def test_undirectedness_is_what_counting_both_directions_says(batch) -> None:
    graphs = Graphs.from_data(batch)
    expected = []
    for _, entries, _ in parts(batch):
        expected.append(all(entries.count(edge) == entries.count(edge[::-1]) for edge in entries))
    assert is_undirected(graphs.edge_index, len(batch.batch), graphs.edge_ptr).tolist() == expected
    assert is_undirected_torch(graphs.edge_index, len(batch.batch), graphs.edge_ptr).tolist() == expected


def test_a_graph_with_one_direction_missing_among_many_is_directed() -> None:
    ends = decode_graph(_ring(500)).edge_index
    turned = ends.clone()
    turned[:, 0] = turned[:, 0].flip(0)
    for entries, expected in ((ends, True), (ends[:, 1:], False), (turned, False)):
        result = is_undirected(entries, 500, torch.tensor([0, entries.shape[1]]))
        assert result.tolist() == [expected]


@settings(max_examples=25)
@given(data(max_nodes=7), st.sampled_from([0.15, 0.5]))
def test_pushing_finds_page_rank_to_the_accuracy_that_epsilon_asks_for(graph, alpha) -> None:
    nodes, ends = graph.num_nodes, graph.edge_index.numpy()
    entries = [tuple(edge) for edge in graph.edge_index.T.tolist()]
    source, target, rank = push_page_rank(*group_neighbors(ends[0], ends[1], nodes, False), alpha, 1e-6, nodes)
    pushed = np.zeros((nodes, nodes))
    pushed[source, target] = rank
    expected = oracle.page_rank(entries, nodes, alpha)
    np.fill_diagonal(expected, 0)
    assert np.abs(pushed - expected).max() < 1e-3
    wrong = oracle.page_rank(entries, nodes, 1 - alpha if alpha != 0.5 else 0.6)
    np.fill_diagonal(wrong, 0)
    if expected.any():
        assert np.abs(pushed - wrong).max() > 1e-3


@pytest.mark.gpu
@settings(max_examples=20)
@given(batches(), st.integers(0, 99), RATIO, RATIO, st.booleans())
def test_kernels_choose_alike_on_cuda(batch, seed, drop, add, exact) -> None:
    graphs, random, _ = draw_bits(batch, seed)
    there = Graphs.from_data(batch.clone().to("cuda"))
    assert torch.equal(select_nodes(there, random, drop, exact).cpu(), select_nodes(graphs, random, drop, exact))
    for mine, other in zip(
        perturb_edges_torch(graphs, random, drop, add, exact),
        perturb_edges_torch(there, random, drop, add, exact),
        strict=True,
    ):
        assert torch.equal(mine, other.cpu())

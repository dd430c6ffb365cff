"""Files of graphs, whole and damaged."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import networkx as nx
import pytest
import torch
from torch_geometric.data import Data

import pairgen
from pairgen.modalities.graph.io.codec import decode_graph
from pairgen.modalities.graph.reader import read

TEXT = """2
3 1
0 2 1 2
5 2 0 2
5 2 0 1
2 -1
0 1 1
7 1 0
"""


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def edges(graph: Data) -> list[tuple[int, ...]]:
    return sorted(map(tuple, graph.edge_index.T.tolist()))


# -- the text form of GIN ----------------------------------------------------------------------------------------


def test_the_text_form_of_gin(tmp_path: Path) -> None:
    dataset = read(write(tmp_path, "toy.txt", TEXT))
    assert repr(dataset) == "LabelledDataset(2 graphs, 2 classes)"
    assert dataset.classes == ["-1", "1"]
    first, label = dataset[0]
    assert (label, edges(first)) == (1, [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)])
    assert first.x.tolist() == [[1, 0, 0], [0, 1, 0], [0, 1, 0]]
    assert dataset[1][0].x.tolist() == [[1, 0, 0], [0, 0, 1]]


def test_equal_tags_give_no_features(tmp_path: Path) -> None:
    dataset = read(write(tmp_path, "toy.txt", "1\n2 0\n0 1 1\n0 1 0\n"))
    assert "x" not in dataset[0][0]


def test_a_neighbor_that_lists_nobody_is_an_edge_and_a_warning(tmp_path: Path) -> None:
    path = write(tmp_path, "toy.txt", "1\n2 0\n0 1 1\n1 0\n")
    with pytest.warns(UserWarning, match="in 1 of the graphs, first 0, a node lists a neighbor that does not list it"):
        dataset = read(path)
    assert edges(dataset[0][0]) == [(0, 1), (1, 0)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TEXT.replace("7 1 0", "7 1 2"), "line 8: expected 1 neighbors from 0 to 1, got"),
        (TEXT.replace("7 1 0", "7 2 0"), "line 8: expected 2 neighbors"),
        (TEXT.replace("7 1 0\n", ""), "line 8: expected 2 numbers or more, found the end of the file"),
        (TEXT.replace("0 1 1", "0 one 1"), "line 7: '0 one 1' holds more than whole numbers"),
        ("", "line 1: expected 1 numbers"),
    ],
)
def test_damaged_text_is_refused_with_the_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read(write(tmp_path, "toy.txt", text))


@pytest.mark.parametrize(("name", "count", "columns"), [("MUTAG", 188, 9), ("PROTEINS", 1113, 3)])
@pytest.mark.filterwarnings("ignore:.*a node lists a neighbor")  # the first graph of MUTAG.txt is damaged
def test_the_real_data_sets(name: str, count: int, columns: int) -> None:
    if "PAIRGEN_DATA" not in os.environ:
        pytest.skip("PAIRGEN_DATA names no folder of real data")
    dataset = pairgen.get_modality("graph").read(Path(os.environ["PAIRGEN_DATA"]) / "graph" / f"{name}.txt")
    assert len(dataset) == count
    assert len(dataset.classes) == 2
    for graph, _ in (dataset[i] for i in range(0, count, 20)):
        assert bool(decode_graph(graph).undirected)
        assert graph.x.shape == (graph.num_nodes, columns)
        assert not (graph.edge_index[0] == graph.edge_index[1]).any()


# -- TUDataset ---------------------------------------------------------------------------------------------------


def tudataset(folder: Path, **files: str) -> Path:
    """Two graphs, of three and of two nodes."""
    content = {
        "A": "1, 2\n2, 1\n4, 5\n5, 4\n2, 3\n3, 2\n",
        "graph_indicator": "1\n1\n1\n2\n2\n",
        "graph_labels": "1\n-1\n",
        "node_labels": "3\n4\n3\n3\n3\n",
        "edge_attributes": "0.1\n0.1\n0.4\n0.4\n0.2\n0.2\n",
    }
    for name, text in {**content, **files}.items():
        write(folder, f"TOY_{name}.txt", text)
    return folder


def test_a_tudataset_folder(tmp_path: Path) -> None:
    dataset = read(tudataset(tmp_path))
    assert dataset.classes == ["-1", "1"]
    (first, one), (second, other) = dataset[0], dataset[1]
    assert (one, other) == (1, 0)
    assert edges(first) == [(0, 1), (1, 0), (1, 2), (2, 1)]
    assert edges(second) == [(0, 1), (1, 0)]
    assert first.x.tolist() == [[1, 0], [0, 1], [1, 0]]
    torch.testing.assert_close(first.edge_attr.squeeze(1), torch.tensor([0.1, 0.1, 0.2, 0.2]))
    torch.testing.assert_close(second.edge_attr.squeeze(1), torch.tensor([0.4, 0.4]))


def test_attributes_stand_before_labels_and_raw_folders_are_found(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    tudataset(tmp_path / "raw", node_attributes="0.5, 1\n0.5, 2\n0.5, 3\n0.5, 4\n0.5, 5\n")
    dataset = read(tmp_path)
    assert dataset[1][0].x.tolist() == [[0.5, 4, 1, 0], [0.5, 5, 1, 0]]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"A": "1, 9\n9, 1\n"}, "has nodes 1 to 9, but there are 5"),
        ({"A": "1, 2\n3, 4\n"}, r"edge 2 joins the nodes \[3, 4\]"),
        ({"A": "1, two\n"}, "no table of numbers"),
        ({"graph_indicator": "1\n2\n1\n2\n2\n"}, "graph after graph"),
        ({"node_labels": "1\n2\n"}, "2 rows of attributes or labels for 5 nodes"),
        ({"graph_labels": "1\n"}, "2 graphs but "),
    ],
)
def test_contradicting_files_are_refused(tmp_path: Path, files: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read(tudataset(tmp_path, **files))


# -- single graphs -----------------------------------------------------------------------------------------------


def test_graphml_keeps_names_direction_and_attributes(tmp_path: Path) -> None:
    graph = nx.DiGraph([("a", "b", {"weight": 0.5}), ("b", "c", {"weight": 1.5})])
    nx.write_graphml(graph, tmp_path / "one.graphml")
    graph_read = read(tmp_path / "one.graphml")[0]
    assert graph_read.is_directed()
    assert graph_read.adj == graph.adj


def test_edge_lists_in_their_forms(tmp_path: Path) -> None:
    plain = read(write(tmp_path, "a.edgelist", "# a comment\n1 2\n\n2 three 0.5\n"))[0]
    assert sorted(map(str, plain.edges(data=True))) == ["(1, 2, {})", "(2, 'three', {'weight': 0.5})"]
    assert set(read(write(tmp_path, "b.csv", "new york,paris\nparis,rome\n"))[0]) == {"new york", "paris", "rome"}
    assert read(write(tmp_path, "c.edges", "1 2\n2 1\n"), directed=True)[0].number_of_edges() == 2
    (tmp_path / "d.edgelist.gz").write_bytes(gzip.compress(b"1 2\n"))
    assert read(tmp_path / "d.edgelist.gz")[0].number_of_edges() == 1
    assert len(read(tmp_path, labels=[0, 1, 0, 1])) == 4


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.edgelist", "1 2 3 4\n", "line 1 is '1 2 3 4'; expected two names"),
        ("a.edgelist", "1 2 heavy\n", "could not convert"),
        ("a.edgelist", "# nothing\n", "there are no edges"),
        ("a.graphml", "<graphml", "cannot be read as GraphML"),
    ],
)
def test_damaged_files_are_refused_with_their_name(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as refused:
        read(write(tmp_path, name, text))
    assert name in str(refused.value)


@pytest.mark.parametrize(
    ("name", "text", "edges"),
    [
        ("a.csv", "Source,Target,Weight\n1,2,3\n", [(1, 2, {"weight": 3.0})]),
        ("b.csv", "a,b\n4,5\n5,6\n", [(4, 5, {}), (5, 6, {})]),
        ("c.csv", "id;from;to;year\n0;x;y;1999\n", [("x", "y", {"id": 0.0, "year": 1999.0})]),
        ("d.csv", '"Lee, Ann",Bo\n', [("Lee, Ann", "Bo", {})]),
        ("e.edges", "\ufeff% asym\n3 4 1 1234\n", [(3, 4, {"weight": 1.0, "timestamp": 1234.0})]),
        ("f.edgelist", "01 1 {'weight': 2, 'color': 'red'}\n", [("01", 1, {"weight": 2, "color": "red"})]),
        ("g.edgelist", '"New York" b#c # far\n', [("New York", "b#c", {})]),
        ("h.tsv", "New York\tLa Paz\t2.5\n", [("New York", "La Paz", {"weight": 2.5})]),
    ],
)
def test_edge_lists_of_other_programs(tmp_path: Path, name: str, text: str, edges: list[object]) -> None:
    assert list(read(write(tmp_path, name, text))[0].edges(data=True)) == edges


def test_the_formats_that_networkx_writes(tmp_path: Path) -> None:
    graph = nx.path_graph(4)
    for suffix, writer in {
        "gml": nx.write_gml,
        "gexf": nx.write_gexf,
        "net": nx.write_pajek,
        "g6": nx.write_graph6,
        "s6": nx.write_sparse6,
        "adjlist": nx.write_adjlist,
        "edgelist": nx.write_edgelist,
    }.items():
        path = tmp_path / f"one.{suffix}"
        writer(graph, path)
        (got,) = list(read(path))
        assert sorted(dict(got.degree).values()) == [1, 1, 2, 2], suffix
    write(tmp_path, "two.g6", "Bw\nCF\n")
    assert [len(graph) for graph in read(tmp_path / "two.g6")] == [3, 4]
    with pytest.raises(ValueError, match=r"bad\.gml cannot be read as GML"):
        read(write(tmp_path, "bad.gml", "graph ["))


def test_tudatasets_of_one_row_and_with_loops_are_read_as_by_pyg(tmp_path: Path) -> None:
    for name, text in {
        "A": "1, 1\n1, 2\n1, 2\n",
        "graph_indicator": "1\n1\n",
        "graph_labels": "0.5\n",
        "graph_attributes": "1.5, 2\n",
        "edge_attributes": "1, 10\n2, 20\n3, 30\n",
    }.items():
        write(tmp_path, f"ONE_{name}.txt", text)
    dataset = read(tmp_path)
    graph, label = dataset[0]
    assert (label, dataset.classes, graph.y.tolist()) == (0, ["0.5"], [[1.5, 2]])
    assert (graph.edge_index.tolist(), graph.edge_attr.tolist()) == ([[0], [1]], [[5, 50]])


# -- sources -----------------------------------------------------------------------------------------------------


def test_graphs_in_memory_take_their_labels_from_y_or_from_the_user() -> None:
    graphs = [Data(edge_index=torch.tensor([[0], [1]]), num_nodes=2, y=torch.tensor([k])) for k in (5, 3, 5)]
    dataset = read(graphs)
    assert (dataset.labels.tolist(), len(dataset.classes)) == ([5, 3, 5], 6)
    assert read(graphs, labels=False)[0] is graphs[0]
    assert read(graphs, labels=["a", "b", "a"]).classes == ["a", "b"]
    assert read([nx.path_graph(3)]).labels is None
    assert read(nx.path_graph(3))[0].number_of_nodes() == 3
    assert read(graphs[0], labels=False)[0] is graphs[0]
    pairs = [(graphs[0], 1)]
    assert read(pairs)[0] is pairs[0]
    assert read(dataset) is dataset


def test_explicit_labels_keep_their_values() -> None:
    graphs = [nx.path_graph(3)] * 3
    dataset = read(graphs, labels=[0, 2, 2])
    assert (dataset.labels.tolist(), dataset.classes) == ([0, 2, 2], ["0", "1", "2"])
    assert dataset[1] == (graphs[1], 2)
    again = read(dataset, labels=["x", "x", "y"])
    assert (again.labels.tolist(), again.classes) == ([0, 0, 1], ["x", "y"])
    assert read(dataset, labels=False)[0] is graphs[0]


def test_folders_of_graph_files_are_classes(tmp_path: Path) -> None:
    for name, count in (("trees", 2), ("rings", 1)):
        (tmp_path / name).mkdir()
        for i in range(count):
            write(tmp_path / name, f"{i}.edgelist", "1 2\n")
    write(tmp_path, "notes.md", "about these graphs")
    dataset = read(tmp_path)
    assert (dataset.classes, dataset.labels.tolist()) == (["rings", "trees"], [0, 1, 1])
    assert [path.name for path in dataset.ignored] == ["notes.md"]
    assert read(tmp_path, labels=False).labels is None
    assert read(tmp_path, labels=[4, 0, 4]).labels.tolist() == [4, 0, 4]


def test_one_folder_of_graph_files_is_one_class(tmp_path: Path) -> None:
    (tmp_path / "trees").mkdir()
    write(tmp_path / "trees", "a.edgelist", "1 2\n")
    dataset = read(tmp_path)
    assert (dataset.classes, dataset[0][1]) == (["trees"], 0)


def test_datasets_of_torch_are_returned_as_they_are_unless_they_are_labelled() -> None:
    class Squares(torch.utils.data.Dataset):
        def __len__(self) -> int:
            return 2

        def __getitem__(self, i: int) -> nx.Graph:
            return nx.cycle_graph(4)

    squares = Squares()
    assert read(squares) is squares
    assert read(squares, labels=[1, 0])[0][1] == 1


def test_sources_without_graphs_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no graphs"):
        read([])
    with pytest.raises(ValueError, match="holds no graphs"):
        read(write(tmp_path, "none.txt", "0\n"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=r"is empty; put graphs into it .* or pass a TUDataset folder"):
        read(tmp_path / "empty")


def test_unknown_sources_are_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nothing at"):
        read(tmp_path / "none")
    with pytest.raises(ValueError, match=r"ends in none of \.txt"):
        read(write(tmp_path, "a.doc", ""))
    with pytest.raises(ValueError, match="none has a suffix of"):
        read(tmp_path)
    with pytest.raises(TypeError, match="cannot read graphs from int"):
        read(3)
    with pytest.raises(ValueError, match="labels=True reads the labels of files, and a list has none"):
        read([nx.path_graph(3)], labels=True)
    with pytest.raises(ValueError, match="2 graphs but labels of shape"):
        read([nx.path_graph(3)] * 2, labels=[1])

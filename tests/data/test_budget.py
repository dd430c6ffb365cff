"""What is stated beyond the budget of memory is refused; class names and unused attributes are not lost in silence."""

from __future__ import annotations

import json
import pickle
import warnings
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest
import torch
from torch_geometric.data import Data

import pairgen
from pairgen.modalities.text import Tokenize, train_tokenizer
from pairgen.modalities.text.augmentations.tokens import TokenTable


@pytest.fixture
def megabyte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAIRGEN_MAX_FILE_BYTES", str(2**20))


@pytest.mark.usefixtures("megabyte")
@pytest.mark.parametrize("modality", ["image", "timeseries"])
def test_an_archive_that_unpacks_beyond_the_budget_is_refused(modality: str, tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "bomb.npz", x=np.zeros((5, 600, 400)))
    with pytest.raises(ValueError, match=r"bomb\.npz states .* PAIRGEN_MAX_FILE_BYTES"):
        pairgen.get_modality(modality).read(tmp_path / "bomb.npz")


@pytest.mark.usefixtures("megabyte")
@pytest.mark.parametrize("modality", ["text", "timeseries"])
def test_a_parquet_file_of_more_rows_than_the_budget_is_refused(modality: str, tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    pandas.DataFrame({"text": np.zeros(200_000)}).to_parquet(tmp_path / "runs.parquet")
    with pytest.raises(ValueError, match=r"runs\.parquet states 200,000 rows .* PAIRGEN_MAX_FILE_BYTES"):
        pairgen.get_modality(modality).read(tmp_path / "runs.parquet")


@pytest.mark.usefixtures("megabyte")
@pytest.mark.parametrize("values", [["x" * 3000] * 500, [["x" * 3000, "b"]] * 500, [{"bytes": b"x" * 3000}] * 500])
def test_a_long_value_that_a_parquet_file_repeats_is_refused(values: list[Any], tmp_path: Path) -> None:
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "repeated.parquet"
    parquet.write_table(arrow.table({"text": values}), path)
    assert path.stat().st_size < 20_000
    with pytest.raises(ValueError, match=r"repeated\.parquet states 500 rows .* repeated.* PAIRGEN_MAX_FILE_BYTES"):
        pairgen.get_modality("text").read(path)
    parquet.write_table(arrow.table({"text": ["y" * 1500, "z"] * 400}), path)  # 800 * 3 kB, if all were the longest
    assert len(pairgen.get_modality("text").read(path)) == 800


@pytest.mark.usefixtures("megabyte")
def test_tags_that_are_ids_are_refused_before_they_become_columns(tmp_path: Path) -> None:
    lines = [f"{1000 + node} 0" for node in range(400)]
    (tmp_path / "ids.txt").write_text("\n".join(["1", "400 0", *lines]))
    with pytest.raises(ValueError, match=r"ids\.txt states 400 different labels"):
        pairgen.get_modality("graph").read(tmp_path / "ids.txt")


@pytest.mark.parametrize("graph", [Data(num_nodes=10**9), Data(edge_index=torch.tensor([[0], [10**9]]))])
def test_a_graph_that_only_states_its_nodes_is_refused(graph: Data) -> None:
    with pytest.raises(ValueError, match=r"states 1,000,000,00\d nodes"):
        pairgen.PairSampler("graph", "drop-perturb")(graph, index=0)


def test_a_rate_beyond_any_sound_file_is_refused() -> None:
    clip: Any = (np.zeros(100, dtype=np.float32), 10**18)
    with pytest.raises(ValueError, match="rates are at most"):
        pairgen.PairSampler("audio", "time-pitch")(clip, index=0)


def test_the_class_names_of_a_parquet_file_of_hugging_face_are_kept(tmp_path: Path) -> None:
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    names = ["sorrow", "joy"]
    stated = {"info": {"features": {"label": {"names": names, "_type": "ClassLabel"}}}}
    table = arrow.table({"text": ["a", "b", "c"], "label": [1, -1, 0]})
    parquet.write_table(table.replace_schema_metadata({"huggingface": json.dumps(stated)}), tmp_path / "a.parquet")
    dataset = pairgen.get_modality("text").read(tmp_path / "a.parquet")
    assert dataset.classes == names
    assert dataset.labels.tolist() == [1, -1, 0]


@pytest.mark.parametrize("weight", [-1.0, float("nan"), float("inf")])
def test_gcn_refuses_weights_that_have_no_root(weight: float) -> None:
    batch = pairgen.PairSampler("graph", "eval").collate_items([(0, nx.cycle_graph(5))]).first
    batch.edge_weight = torch.tensor([weight] + [1.0] * 9)
    with pytest.raises(ValueError, match="finite edge_weight of at least 0"):
        pairgen.create_encoder("graph", "gcn")(batch)


def test_gcn_refuses_weights_on_a_device_by_what_was_noted_on_the_host() -> None:
    graph = nx.cycle_graph(5)
    nx.set_edge_attributes(graph, -2.0, "weight")
    nx.set_node_attributes(graph, 1.0, "x")
    batch = pairgen.PairSampler("graph", "eval").collate_items([(0, graph)]).first
    moved = pickle.loads(pickle.dumps(batch)).to("meta")  # whose values cannot be read, as those of a GPU should not be
    with pytest.raises(ValueError, match="finite edge_weight of at least 0, got -2"):
        pairgen.create_encoder("graph", "gcn", in_features=1).to("meta")(moved)


def test_unused_node_attributes_are_named_once() -> None:
    graph = nx.path_graph(4)
    nx.set_node_attributes(graph, 1.5, "mass_of_test")
    with pytest.warns(UserWarning, match=r"mass_of_test unused.*features=\['mass_of_test'\]"):
        pairgen.PairSampler("graph", "eval").collate_items([(0, graph)])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pairgen.PairSampler("graph", "eval").collate_items([(0, graph)])


@pytest.mark.parametrize("form", ["collate", "wrapped"])
def test_the_warning_of_unused_attributes_names_the_line_of_the_user(form: str) -> None:
    graphs = [nx.path_graph(4) for _ in range(2)]
    for graph in graphs:
        nx.set_node_attributes(graph, 1.5, f"mass_of_{form}")
    sampler = pairgen.PairSampler("graph", "eval")
    loader: Any = torch.utils.data.DataLoader([*enumerate(graphs)], 2, collate_fn=sampler.collate_items)
    if form == "wrapped":
        loader = sampler.wrap_loader(torch.utils.data.DataLoader(graphs, 2, collate_fn=list))
    with pytest.warns(UserWarning, match="unused") as caught:
        list(loader)
    assert caught[0].filename == __file__


def test_a_text_is_not_cut_behind_the_first_part_of_a_word() -> None:
    tokenizer = train_tokenizer(["do it do it"] * 50, vocab_size=262)
    whole = Tokenize(tokenizer)(["do do"]).values[0].tolist()  # [CLS] and two words of one token
    assert len(whole) == 3
    assert Tokenize(tokenizer, max_length=3)(["do dollars"]).values[0].tolist() == whole[:2]
    assert Tokenize(tokenizer, max_length=3)(["do do it"]).values[0].tolist() == whole


def test_a_table_of_tokens_without_synonyms_says_so() -> None:
    with pytest.warns(UserWarning, match="none of the 4 tokens has a synonym"):
        TokenTable.from_synonyms({2: [2]}, 4)


@pytest.mark.parametrize(("given", "added"), [({}, {"normalize": True}), ({"normalize": False}, {}), ({"mean": 1}, {})])
def test_training_on_series_normalizes_unless_told(given: dict[str, Any], added: dict[str, Any]) -> None:
    assert pairgen.get_modality("timeseries").recipe_options(given) == added

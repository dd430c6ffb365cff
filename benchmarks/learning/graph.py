"""The cases of the subject `graph_learning`: features of graphs, and how they are judged.

The protocol is that of GraphCL's unsupervised experiments (You et al. 2020, section 5.2 and the published code): learn
from all graphs without labels, embed all, then a support vector machine by 10-fold cross-validation; mean and standard
deviation over seeds. `published` is GraphCL's table 3.
"""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

import pairgen
from pairgen.methods import SimCLR
from pairgen.pairs import PairSampler

__all__ = ["CASES", "DATASETS", "Case", "features_of", "load_graphs", "stand_in", "svm_accuracy"]

Features = npt.NDArray[np.float64]
PENALTIES = (1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0, 1000.0)

DATASETS = {"MUTAG": (86.80, 1.34), "PROTEINS": (74.39, 0.45)}
"""Accuracy that GraphCL published, in percent, and its standard deviation over five seeds."""


@dataclass(frozen=True)
class Case:
    """One way to features of graphs. kind: "histogram", "untrained" or "trained"."""

    kind: str
    encoder: dict[str, Any] = field(default_factory=dict)
    recipe: dict[str, Any] = field(default_factory=dict)
    epochs: int = 20
    batch_size: int = 128
    learning_rate: float = 0.01
    temperature: float = 0.2


_PAPER: dict[str, Any] = {"hidden": 32, "layers": 3, "pooling": "sum", "jump": "cat"}

CASES: dict[str, Case] = {
    "label and degree histograms": Case("histogram"),
    "untrained GIN": Case("untrained", _PAPER),
    "pairgen, GraphCL": Case("trained", _PAPER, {"recipe": "graphcl", "ratio": 0.2}),
}


def load_graphs(name: str) -> Any:
    """MUTAG or PROTEINS from `$PAIRGEN_DATA/graph`. FileNotFoundError, with the remedy, where it is not."""
    folder = os.environ.get("PAIRGEN_DATA")
    path = Path(folder or ".") / "graph" / f"{name}.txt"
    if folder is None or not path.exists():
        raise FileNotFoundError(f"PAIRGEN_DATA must name the folder with graph/{name}.txt; it is {folder!r}")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*a node lists a neighbor")  # the first graph of MUTAG.txt
        return pairgen.get_modality("graph").read(path)


def stand_in(count: int) -> Any:
    """Rings and stars with tags, for quick runs."""
    import networkx as nx

    graphs = [nx.cycle_graph(6 + i % 7) if i % 2 else nx.star_graph(6 + i % 7) for i in range(count)]
    decoded = [pairgen.get_modality("graph").decode(graph) for graph in graphs]
    for i, graph in enumerate(decoded):
        graph.x = torch.nn.functional.one_hot((graph.n_id + i) % 3, 3).float()
    return pairgen.get_modality("graph").read(decoded, labels=[i % 2 for i in range(count)])


def features_of(case: Case, data: Any, seed: int) -> tuple[Features, float | None]:
    """(features (n, D), the loss of the last epoch or None) of all graphs of a data set."""
    if case.kind == "histogram":
        return _histograms(data), None
    torch.manual_seed(seed)
    columns = data[0][0].x.shape[1]
    encoder = pairgen.create_encoder("graph", "gin", in_features=columns, **case.encoder)
    loss = _train(encoder, case, data, seed) if case.kind == "trained" else None
    from pairgen.evaluation import embed

    sampler = PairSampler("graph", "eval")
    return embed(encoder, data, sampler=sampler, device="cpu").features.astype(np.float64), loss


def _train(encoder: nn.Module, case: Case, data: Any, seed: int) -> float:
    options = dict(case.recipe)
    sampler = PairSampler("graph", options.pop("recipe"), seed=seed, **options)
    loader = sampler.loader(data, min(case.batch_size, len(data)), shuffle=True, batched=True)
    width: int = encoder.out_features  # type: ignore[assignment]
    method = SimCLR(encoder, projection_dim=width, temperature=case.temperature)
    trainer = pairgen.Trainer(
        method,
        epochs=case.epochs,
        optimizer=torch.optim.Adam,
        learning_rate=case.learning_rate,
        schedule="constant",
        warmup_epochs=0,
        device="cpu",
        progress=False,
    )
    return trainer.fit(loader)[-1].loss


def _histograms(data: Any) -> Features:
    """How many nodes of each label, and of each degree up to 32, a graph has."""
    rows = []
    for graph, _ in (data[i] for i in range(len(data))):
        degrees = torch.bincount(graph.edge_index[0], minlength=graph.x.shape[0]).clamp(max=32)
        rows.append(torch.cat([graph.x.sum(dim=0), torch.bincount(degrees, minlength=33).float()]).numpy())
    return np.stack(rows).astype(np.float64)


def svm_accuracy(features: Features, labels: npt.NDArray[np.int64], seed: int, folds: int = 10) -> float:
    """Mean accuracy, in percent, over stratified folds of a support vector machine with an RBF kernel.

    Features are standardized and the penalty is chosen, among seven, by 5-fold cross-validation: within the training
    folds, both.
    """
    import sklearn.model_selection
    import sklearn.pipeline
    import sklearn.preprocessing
    import sklearn.svm

    sk: Any = sklearn  # scikit-learn has no types
    machine = sk.pipeline.make_pipeline(sk.preprocessing.StandardScaler(), sk.svm.SVC())
    search = sk.model_selection.GridSearchCV(machine, {"svc__C": list(PENALTIES)}, cv=min(5, folds))
    split = sk.model_selection.StratifiedKFold(folds, shuffle=True, random_state=seed)
    return 100 * float(sk.model_selection.cross_val_score(search, features, labels, cv=split).mean())

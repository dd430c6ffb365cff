"""Single graphs: GraphML and edge lists, by networkx."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import networkx as nx

__all__ = ["EDGE_LISTS", "GRAPHML", "read_network"]

GRAPHML = (".graphml",)
EDGE_LISTS = (".edgelist", ".edges", ".csv", ".tsv")


def read_network(path: Path, directed: bool = False) -> Any:
    """The networkx graph of a file, plain or `.gz`.

    GraphML says itself whether it is directed. An edge list has an edge a line, two names and perhaps a number, its
    `weight`, separated by blanks, or by commas in `.csv`; `#` starts a comment. Names that are whole numbers become
    such. ValueError with the file for anything else.
    """
    suffix = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    try:
        if suffix.lower() in GRAPHML:
            return nx.read_graphml(path)
        opener: Any = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rt", encoding="utf-8") as file:
            return _edge_list(file, "," if suffix.lower() == ".csv" else None, directed)
    except (ParseError, nx.NetworkXError, UnicodeDecodeError, ValueError) as error:
        raise ValueError(
            f"{path} cannot be read as {'GraphML' if suffix in GRAPHML else 'an edge list'}: {error}"
        ) from error


def _edge_list(lines: Any, separator: str | None, directed: bool) -> Any:
    graph = nx.DiGraph() if directed else nx.Graph()
    for number, line in enumerate(lines, start=1):
        words = [word.strip() for word in line.split("#")[0].split(separator)]
        if not any(words):
            continue
        if len(words) not in (2, 3):
            raise ValueError(f"line {number} is {line.strip()!r}; expected two names and perhaps a weight")
        ends = [int(word) if word.lstrip("-").isdigit() else word for word in words[:2]]
        graph.add_edge(*ends, **({"weight": float(words[2])} if len(words) == 3 else {}))
    if len(graph) == 0:
        raise ValueError("there are no edges in it")
    return graph

"""Read files of single networks: edge lists, and the formats that networkx reads."""

from __future__ import annotations

import ast
import csv
import gzip
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

import networkx as nx

from pairgen.data._budget import BudgetError, check_budget, check_unpacked
from pairgen.data._errors import name_file, shorten

__all__ = ["NETWORK_SUFFIXES", "read_network", "suffix_of"]

_EDGE_LISTS = (".edgelist", ".edges", ".csv", ".tsv")
_SOURCES = frozenset({"source", "src", "from", "tail", "node1", "node_1", "id_1", "u", "sourceid", "source_id"})
_TARGETS = frozenset({"target", "dst", "to", "head", "node2", "node_2", "id_2", "v", "targetid", "target_id"})
_PACKED_SUFFIXES = (".g6", ".graph6", ".s6", ".sparse6")
_NODE_BYTES = 500  # what networkx takes for a node without edges
_INTEGER = re.compile(r"-?[1-9][0-9]*|0")


def _read_gml(path: Path) -> nx.Graph:
    try:
        return nx.read_gml(path)
    except nx.NetworkXError as error:
        if "label" not in str(error):
            raise
        return nx.read_gml(path, label="id")


def _read_adjacency(path: Path) -> nx.Graph:
    graph = nx.read_adjlist(path)
    return nx.relabel_nodes(graph, {name: _parse_name(name) for name in graph})


# The last number: bytes of memory that a byte of the file takes once read, an edge being two dictionaries at least;
# measured for networks of 20,000 to 200,000 nodes and 1 to 10 edges a node, where the range is wide for about 3.
_Reader = tuple[str, Callable[[Path], Any], int]
_READERS: Mapping[str, _Reader] = {
    ".graphml": ("GraphML", nx.read_graphml, 28),
    ".gml": ("GML", _read_gml, 15),
    ".gexf": ("GEXF", nx.read_gexf, 25),
    ".net": ("Pajek", nx.read_pajek, 35),
    ".pajek": ("Pajek", nx.read_pajek, 35),
    ".g6": ("graph6", nx.read_graph6, 500),
    ".graph6": ("graph6", nx.read_graph6, 500),
    ".s6": ("sparse6", nx.read_sparse6, 250),
    ".sparse6": ("sparse6", nx.read_sparse6, 250),
    ".adjlist": ("an adjacency list", _read_adjacency, 70),
}
_EDGE_LIST_BYTES = 20  # the same for edge lists: 13 to 36
NETWORK_SUFFIXES = (*_EDGE_LISTS, *_READERS)


def suffix_of(path: Path) -> str:
    """Return the suffix in lower case, without a final `.gz`."""
    return (path.with_suffix("").suffix if path.suffix.lower() == ".gz" else path.suffix).lower()


@name_file
def read_network(path: Path, directed: bool = False) -> list[nx.Graph]:
    """Read the networkx graphs of a file, plain or `.gz`: one, but for graph6 and sparse6, which have one a line.

    An edge list has an edge a line: two names and perhaps a weight (in files of KONECT, which begin with a `%` comment,
    a time stamp too), separated by blanks
    or tabs, in `.tsv` by tabs, in `.csv` by commas or semicolons; quotes hold a name together. What
    `networkx.write_edgelist` writes, with a dictionary at the end of the line, is read too. `#` at the beginning of a
    line or after a blank and `%` at the beginning start a comment. A header line gives the attributes their names;
    it is known by names of its first columns such as "source" and "target", or as the only line without numbers. Names
    that are whole numbers, as Python writes them, become such: "7", but not "007".

    Args:
        path: A file with one of `NETWORK_SUFFIXES`.
        directed: Whether an edge list is directed; other forms say it themselves.

    Raises:
        ValueError: The file is of another form; names it, and the line.
    """
    suffix = suffix_of(path)
    form, reader, times = _READERS.get(suffix, ("an edge list", None, _EDGE_LIST_BYTES))
    check_unpacked(path, times)
    check_budget(path, "a network", path.stat().st_size * times)
    try:
        if reader is not None:
            if suffix in _PACKED_SUFFIXES:
                _check_nodes(path)
            graphs = reader(path)
            return graphs if isinstance(graphs, list) else [graphs]
        with _open_text(path) as file:
            return [_parse_edge_list(file, suffix, directed)]
    except (MemoryError, FileNotFoundError, PermissionError, BudgetError):
        raise
    except Exception as error:  # networkx's parsers let through whatever a damaged file makes them raise
        raise ValueError(f"{path} cannot be read as {form}: {shorten(error)}") from error


def _check_nodes(path: Path) -> None:
    """Refuse graph6 and sparse6 that state more nodes than the budget has room for: networkx makes each of them."""
    with gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            text = line.strip().removeprefix(b">>graph6<<").removeprefix(b">>sparse6<<").removeprefix(b":")
            digits = [byte - 63 for byte in text[:8]]
            wide = [digit > 62 for digit in digits[:2]]  # as networkx has it, for bytes of no such file too
            start, end = (2, 8) if wide == [True, True] else (1, 4) if wide[:1] == [True] else (0, 1)
            nodes = 0
            for digit in digits[start:end]:
                nodes = (nodes << 6) + digit
            check_budget(f"{path}, line {number}", f"a graph of {nodes:,} nodes", nodes * _NODE_BYTES)


def _open_text(path: Path) -> TextIO:
    if path.suffix.lower() == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig")
    return path.open(encoding="utf-8-sig")


Row = tuple[int, list[str], dict[str, Any]]


def _rows(lines: Iterable[str], suffix: str) -> Iterator[Row]:
    """The number of each line with an edge, its words, and the dictionary at its end; no words for a `%` comment."""
    separator = {".csv": ",", ".tsv": "\t"}.get(suffix)
    for number, line in enumerate(lines, start=1):
        text = line.strip(" \r\n") if suffix == ".tsv" else line.strip()
        if not text.strip() or text[0] in "#%":
            if text.startswith("%"):
                yield number, [], {}
            continue
        if suffix == ".csv" and "," not in text and ";" in text:
            separator = ";"
        attributes: dict[str, Any] = {}
        if separator is not None:
            words = [word.strip() for word in next(csv.reader([text], delimiter=separator, skipinitialspace=True))]
        else:
            text, attributes = _split_dictionary(re.split(r"\s#", text)[0], number)
            words = re.findall(r'"[^"]*"|[^\s]+', text)
            words = words[0].split(",") if len(words) == 1 and "," in words[0] else words
            words = [word.strip('" ') for word in words]
        while words and not words[-1]:
            words.pop()
        if words:
            yield number, words, attributes


def _split_dictionary(text: str, number: int) -> tuple[str, dict[str, Any]]:
    """A line of networkx's own edge list without the dictionary of attributes at its end, and that."""
    start = text.find("{")
    if start < 0 or not text.endswith("}"):
        return text, {}
    try:
        attributes = ast.literal_eval(text[start:])
    except (ValueError, SyntaxError) as error:
        raise ValueError(f"line {number}: {text[start:][:60]!r} is no dictionary of attributes") from error
    return text[:start], attributes if isinstance(attributes, dict) else {}


def _parse_edge_list(file: TextIO, suffix: str, directed: bool) -> nx.Graph:
    """The graph of an edge list, line by line: a list of all lines would take more memory than the graph."""
    header = _find_header(_rows(file, suffix))
    file.seek(0)
    source, target, names = header or (0, 1, ["weight"])
    graph = nx.DiGraph() if directed else nx.Graph()
    known = _Names()
    to_skip = header is not None
    for number, words, attributes in _rows(file, suffix):
        if not words:
            names = names if header else ["weight", "timestamp"]  # KONECT
            continue
        if to_skip:
            to_skip = False
            continue
        rest = [word for position, word in enumerate(words) if position not in (source, target)]
        if len(words) <= max(source, target) or not words[source] or not words[target] or len(rest) > len(names):
            raise ValueError(
                f"line {number} is {' '.join(words)[:80]!r}; expected two names and perhaps a weight, "
                "or a header line that names the columns"
            )
        values = {name: _parse_value(word, header is not None, number) for name, word in zip(names, rest, strict=False)}
        graph.add_edge(known[words[source]], known[words[target]], **(values | attributes))
    if len(graph) == 0:
        raise ValueError("there are no edges in it")
    return graph


def _find_header(rows: Iterator[Row]) -> tuple[int, int, list[str]] | None:
    """The columns of source and target and the names of the others, where the first line is a header."""
    listed = (words for _, words, _ in rows if words)
    words = next(listed, [])
    lower = [word.lower() for word in words]
    sources, targets = ([i for i, word in enumerate(lower) if word in known] for known in (_SOURCES, _TARGETS))
    if sources and targets:
        source, target = sources[0], targets[0]
    else:
        if any(_is_number(word) for word in words):
            return None
        second = next(listed, None)
        if second is None or not all(_is_number(word) for row in chain([second], listed) for word in row[:2]):
            return None
        source, target = 0, 1
    names = [
        word.lower() if word.lower() == "weight" else word for i, word in enumerate(words) if i not in (source, target)
    ]
    return source, target, names


class _Names(dict[str, "int | str"]):
    """Names as they are parsed, each once: networkx keeps every object that it is given as the end of an edge."""

    def __missing__(self, word: str) -> int | str:
        name = self[word] = _parse_name(word)
        return name


def _parse_name(word: str) -> int | str:
    return int(word) if _INTEGER.fullmatch(word) and len(word) < 19 else word


def _parse_value(word: str, named: bool, number: int) -> float | str:
    if _is_number(word):
        return float(word)
    if named:
        return word
    raise ValueError(
        f"line {number}: could not convert {word!r} to a number, a weight; put names with blanks in quotes, or "
        "separate by tabs in a .tsv file"
    )


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True

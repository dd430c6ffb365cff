"""Datasets in memory and on disk that every modality's reader returns: labels, class folders, sequences, windows."""

from pairgen.data.dataset import LabelledDataset
from pairgen.data.files import (
    FileList,
    PathList,
    choose_split,
    list_files,
    read_class_folders,
    read_in_memory,
    refuse_split,
)
from pairgen.data.labels import Labels, encode_labels
from pairgen.data.pair_columns import ColumnChoice
from pairgen.data.pair_reader import StreamedPairs, read_pairs
from pairgen.data.paired_dataset import PairedDataset
from pairgen.data.windows import Windows

__all__ = [
    "ColumnChoice",
    "FileList",
    "LabelledDataset",
    "Labels",
    "PairedDataset",
    "PathList",
    "StreamedPairs",
    "Windows",
    "choose_split",
    "encode_labels",
    "list_files",
    "read_class_folders",
    "read_in_memory",
    "read_pairs",
    "refuse_split",
]

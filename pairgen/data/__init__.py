"""Datasets in memory and on disk that every modality's reader returns: labels, class folders, sequences, windows."""

from pairgen.data.dataset import LabelledDataset
from pairgen.data.files import FileList, PathList, list_files, read_class_folders, read_in_memory
from pairgen.data.labels import Labels, encode_labels
from pairgen.data.windows import Windows

__all__ = [
    "FileList",
    "LabelledDataset",
    "Labels",
    "PathList",
    "Windows",
    "encode_labels",
    "list_files",
    "read_class_folders",
    "read_in_memory",
]

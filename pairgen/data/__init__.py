"""Datasets in memory and on disk, as the readers of all modalities return them: labels, class folders, sequences."""

from pairgen.data.dataset import LabelledDataset
from pairgen.data.files import FileList, PathList, list_files, read_class_folders, read_in_memory
from pairgen.data.labels import Labels, encode_labels

__all__ = [
    "FileList",
    "LabelledDataset",
    "Labels",
    "PathList",
    "encode_labels",
    "list_files",
    "read_class_folders",
    "read_in_memory",
]

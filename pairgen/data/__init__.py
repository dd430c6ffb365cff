"""Datasets in memory and on disk that every modality's reader returns: labels, class folders, sequences."""

from pairgen.data.dataset import LabelledDataset
from pairgen.data.files import FileList, list_files, read_class_folders, read_in_memory
from pairgen.data.labels import Labels, encode_labels

__all__ = [
    "FileList",
    "LabelledDataset",
    "Labels",
    "encode_labels",
    "list_files",
    "read_class_folders",
    "read_in_memory",
]

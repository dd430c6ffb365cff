from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.utils.data import Dataset, IterableDataset, TensorDataset

from pairgen.modalities.image.reader import ImageDataset, read


def test_nothing_at_the_path_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere; pass a folder"):
        read(tmp_path / "nowhere")


def test_a_dataset_is_returned_as_it_is():
    data: Dataset = TensorDataset(torch.zeros(3, 1, 4, 4))
    assert read(data) is data

    class Stream(IterableDataset):
        def __iter__(self):
            return iter([])

    stream = Stream()
    assert read(stream) is stream
    with pytest.raises(TypeError, match="no length"):
        read(stream, labels=[1])


@pytest.mark.parametrize("items", [["a", "b"], np.zeros((2, 4, 4)), torch.zeros(2, 1, 4, 4)])
def test_a_sequence_becomes_a_dataset(items):
    data = read(items)
    assert isinstance(data, ImageDataset)
    assert len(data) == 2
    assert read(items, labels=["x", "y"])[1][1] == 1


def test_labels_are_added_to_a_dataset():
    data = read(TensorDataset(torch.arange(2.0)), labels=[3, 4])
    assert data[0] == ((torch.tensor(0.0),), 3)


@pytest.mark.parametrize("labels", [True, "y"])
def test_labels_for_files_are_refused_in_memory(labels):
    with pytest.raises(ValueError, match="one label an item"):
        read(["a"], labels=labels)


@pytest.mark.parametrize("source", [7, None, b"bytes", iter([])])
def test_other_types_are_refused(source):
    with pytest.raises(TypeError, match="cannot read images from"):
        read(source)


def test_a_single_image_is_a_dataset_of_one(tmp_path):
    path = tmp_path / "cat.jpg"
    path.touch()
    assert read(path)[0] == path


def test_a_file_of_another_kind_is_an_error(tmp_path):
    path = tmp_path / "table.csv"
    path.touch()
    with pytest.raises(ValueError, match=r"table\.csv is neither"):
        read(path)


def test_labels_and_items_must_be_equally_many():
    with pytest.raises(ValueError, match="2 items but 1 labels"):
        ImageDataset([1, 2], np.array([0]))


def test_the_dataset_says_what_it_is():
    data = ImageDataset([1, 2], np.array([0, 1]), ["a", "b"])
    assert repr(data) == "ImageDataset(2 items, 2 classes)"

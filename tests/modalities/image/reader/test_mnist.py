from __future__ import annotations

import gzip

import numpy as np
import pytest

from pairgen.modalities.image.reader import read


def write_idx(path, array):
    dimensions = b"".join(n.to_bytes(4, "big") for n in array.shape)
    content = bytes([0, 0, 8, array.ndim]) + dimensions + array.tobytes()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


IMAGES = np.arange(3 * 4 * 4, dtype=np.uint8).reshape(3, 4, 4)
LABELS = np.array([2, 0, 1], dtype=np.uint8)


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_labels_are_found_beside_the_images(tmp_path, ending):
    path = write_idx(tmp_path / f"train-images-idx3-ubyte{ending}", IMAGES)
    write_idx(tmp_path / "train-labels-idx1-ubyte.gz", LABELS)
    data = read(path)
    assert data.items.dtype == np.uint8
    np.testing.assert_array_equal(data[0][0], IMAGES[0])
    assert [data[i][1] for i in range(3)] == [2, 0, 1]
    assert data.classes == ["0", "1", "2"]


def test_images_alone_have_no_labels(tmp_path):
    path = write_idx(tmp_path / "train-images-idx3-ubyte", IMAGES)
    assert read(path).classes is None
    with pytest.raises(ValueError, match="no labels file beside"):
        read(path, labels=True)
    assert read(path, labels=[5, 5, 5])[0][1] == 5


def test_labels_can_lie_elsewhere(tmp_path):
    path = write_idx(tmp_path / "train-images-idx3-ubyte", IMAGES)
    other = write_idx(tmp_path / "elsewhere", LABELS)
    assert read(path, labels=other)[0][1] == 2
    assert read(path, labels=str(other))[0][1] == 2


def test_a_folder_of_several_needs_a_split(tmp_path):
    write_idx(tmp_path / "train-images-idx3-ubyte.gz", IMAGES)
    write_idx(tmp_path / "train-images-idx3-ubyte", IMAGES)
    write_idx(tmp_path / "t10k-images-idx3-ubyte.gz", IMAGES[:1])
    write_idx(tmp_path / "train-labels-idx1-ubyte.gz", LABELS)
    assert len(read(tmp_path, split="train")) == 3
    assert len(read(tmp_path, split="test")) == 1
    with pytest.raises(ValueError, match='split="train"'):
        read(tmp_path)
    with pytest.raises(ValueError, match="0 IDX files of images for the split 'val'"):
        read(tmp_path, split="val")


def test_a_folder_with_one_pair_of_files_needs_no_split(tmp_path):
    write_idx(tmp_path / "train-images-idx3-ubyte", IMAGES)
    write_idx(tmp_path / "train-labels-idx1-ubyte", LABELS)
    assert read(tmp_path)[0][1] == 2


def test_a_folder_of_labels_alone_is_an_error(tmp_path):
    write_idx(tmp_path / "train-labels-idx1-ubyte", LABELS)
    with pytest.raises(ValueError, match="none of images"):
        read(tmp_path)


def test_another_number_of_labels_is_an_error_that_names_the_file(tmp_path):
    path = write_idx(tmp_path / "train-images-idx3-ubyte", IMAGES)
    write_idx(tmp_path / "train-labels-idx1-ubyte", LABELS[:2])
    with pytest.raises(ValueError, match=r"train-labels-idx1-ubyte: 3 images but labels"):
        read(path)


def test_a_file_of_labels_read_as_images_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="name contains 'images'"):
        read(write_idx(tmp_path / "train-labels-idx1-ubyte", LABELS))

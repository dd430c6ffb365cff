from __future__ import annotations

import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pairgen.modalities.image.reader import read
from pairgen.modalities.image.reader.arrays import is_idx_name, read_idx

GRAY = np.arange(2 * 4 * 5, dtype=np.uint8).reshape(2, 4, 5)
LABELS = np.array([1, 0])

# -- NumPy archives ------------------------------------------------------------------------------------------------


@pytest.fixture
def archive(tmp_path):
    def write(**arrays):
        np.savez(tmp_path / "data.npz", **arrays)
        return tmp_path / "data.npz"

    return write


@pytest.mark.parametrize(
    ("image_key", "label_key"),
    [("images", "labels"), ("x", "y"), ("X", "y"), ("data", "target"), ("arr_0", "arr_1")],
)
def test_usual_keys_are_found(archive, image_key, label_key):
    data = read(archive(**{image_key: GRAY, label_key: LABELS}))
    assert data.items.dtype == np.uint8
    item, label = data[0]
    np.testing.assert_array_equal(item, GRAY[0])
    assert label == 1
    assert data.classes == ["0", "1"]


def test_labels_keep_their_values_in_an_archive(archive):
    data = read(archive(images=GRAY, labels=np.array([2, 0])))
    assert [data[i][1] for i in range(2)] == [2, 0]
    assert data.classes == ["0", "1", "2"]


def test_keys_can_be_named(archive):
    data = read(archive(scans=GRAY, names=np.array(["b", "a"])), images="scans", labels="names")
    assert data.classes == ["a", "b"]
    assert data[0][1] == 1


def test_class_names_in_the_archive_are_used(archive):
    data = read(archive(x=GRAY, y=LABELS, classes=np.array(["cat", "dog"])))
    assert data.classes == ["cat", "dog"]


@pytest.mark.parametrize("key", ["x_train", "train_x", "train_images"])
def test_a_split_chooses_its_keys_and_no_split_is_an_error_that_names_them(archive, key):
    path = archive(**{key: GRAY, "x_test": GRAY[:1], "y_train": LABELS})
    assert len(read(path, split="train")) == 2
    assert read(path, split="train").classes == ["0", "1"]
    assert len(read(path, split="test")) == 1
    with pytest.raises(ValueError, match="split='train' or split='test'"):
        read(path)
    with pytest.raises(ValueError, match="split='train' or split='test'"):
        read(path, split="val")


def test_channels_first_becomes_channels_last(archive):
    pixels = np.random.default_rng(0).integers(0, 256, (2, 3, 8, 9), dtype=np.uint8)
    data = read(archive(images=pixels))
    assert data.classes is None
    np.testing.assert_array_equal(data[1], pixels[1].transpose(1, 2, 0))


def test_a_column_of_labels_is_flattened(archive):
    assert read(archive(images=GRAY, labels=LABELS[:, None]))[0][1] == 1


def test_labels_can_be_ignored_or_insisted_on(archive):
    np.testing.assert_array_equal(read(archive(x=GRAY, y=LABELS), labels=False)[0], GRAY[0])
    with pytest.raises(ValueError, match=r"no labels; its keys: x uint8 \(2, 4, 5\)"):
        read(archive(x=GRAY), labels=True)


def test_a_bare_npy_file_is_read_too(tmp_path):
    np.save(tmp_path / "images.npy", GRAY)
    assert len(read(tmp_path / "images.npy")) == 2


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ({"foo": GRAY}, {}, r"no images.*foo uint8 \(2, 4, 5\).*images=KEY"),
        ({"x": GRAY}, {"images": "z"}, r"no images 'z'.*x uint8"),
        ({"x": GRAY}, {"labels": "z"}, r"no labels 'z'.*x uint8"),
        ({"x": GRAY, "y": LABELS[:1]}, {}, "2 images but labels of shape"),
        ({"x": GRAY, "y": np.array([0.5, 1])}, {}, "row 0 has a label that is no whole number"),
        ({"x": np.zeros((2, 64))}, {}, r"shape .*got \(2, 64\)"),
        ({"x": np.zeros((2, 8, 8, 7))}, {}, r"got \(2, 8, 8, 7\)"),
    ],
)
def test_what_does_not_fit_is_named_with_the_remedy(archive, content, options, message):
    path = archive(**content)
    with pytest.raises(ValueError, match=message) as error:
        read(path, **options)
    assert str(path) in str(error.value)


def test_objects_in_an_archive_are_refused(tmp_path):
    path = tmp_path / "bad.npz"
    np.savez(path, images=np.array([object()], dtype=object))
    with pytest.raises(ValueError, match="plain arrays"):
        read(path)


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut"])
def test_a_damaged_archive_is_named(tmp_path, content):
    path = tmp_path / "bad.npz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"bad\.npz cannot be read"):
        read(path)


# -- IDX files -----------------------------------------------------------------------------------------------------

CODES = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}


def idx_bytes(array: np.ndarray) -> bytes:
    code = CODES[array.dtype.str[1:]]
    dimensions = b"".join(n.to_bytes(4, "big") for n in array.shape)
    big = array.astype(array.dtype.newbyteorder(">"))
    return bytes([0, 0, code, array.ndim]) + dimensions + big.tobytes()


@given(
    data=st.data(),
    dtype=st.sampled_from(sorted(CODES)),
    shape=arrays.array_shapes(max_dims=4, max_side=4, min_side=0),
    packed=st.booleans(),
)
def test_what_was_written_is_read_in_native_byte_order(tmp_path_factory, data, dtype, shape, packed):
    array = data.draw(arrays.arrays(np.dtype(dtype), shape))
    path = tmp_path_factory.mktemp("idx") / "any-name"
    content = idx_bytes(array)
    path.write_bytes(gzip.compress(content) if packed else content)
    values = read_idx(path)
    assert values.dtype == np.dtype(dtype)
    assert values.dtype.isnative
    assert values.flags.writeable
    np.testing.assert_array_equal(values, array)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not an IDX file"),
        (b"<html>", "not an IDX file"),
        (b"\0\0\x07\x01", "not an IDX file"),
        (b"\0\0\x08\x00", "not an IDX file"),
        (b"\0\0\x08\x03\0\0\0\1", "within its header"),
        (idx_bytes(np.zeros((2, 3), np.uint8))[:-1], "truncated"),
        (idx_bytes(np.zeros((2, 3), np.uint8)) + b"x", "too long"),
        (gzip.compress(idx_bytes(np.arange(99, dtype=np.uint8)))[:-12], "damaged gzip"),
        (b"\x1f\x8b then nonsense", "damaged gzip"),
    ],
)
def test_a_damaged_file_is_named_with_what_is_wrong(tmp_path, content, message):
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message) as error:
        read_idx(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    ("name", "is_idx"),
    [
        ("train-images-idx3-ubyte", True),
        ("train-images-idx3-ubyte.gz", True),
        ("t10k-labels.idx1-ubyte", True),
        ("cat.jpg", False),
        ("idx3.png", False),
    ],
)
def test_idx_files_are_known_by_their_usual_names(tmp_path, name, is_idx):
    assert is_idx_name(tmp_path / name) is is_idx


def write_idx(path, array):
    content = idx_bytes(array)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


DIGITS = np.arange(3 * 4 * 4, dtype=np.uint8).reshape(3, 4, 4)
DIGIT_LABELS = np.array([2, 0, 1], dtype=np.uint8)


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_labels_are_found_beside_the_images(tmp_path, ending):
    path = write_idx(tmp_path / f"train-images-idx3-ubyte{ending}", DIGITS)
    write_idx(tmp_path / "train-labels-idx1-ubyte.gz", DIGIT_LABELS)
    data = read(path)
    assert data.items.dtype == np.uint8
    np.testing.assert_array_equal(data[0][0], DIGITS[0])
    assert [data[i][1] for i in range(3)] == [2, 0, 1]
    assert data.classes == ["0", "1", "2"]


def test_images_alone_have_no_labels(tmp_path):
    path = write_idx(tmp_path / "train-images-idx3-ubyte", DIGITS)
    assert read(path).classes is None
    with pytest.raises(ValueError, match="no labels file beside"):
        read(path, labels=True)
    assert read(path, labels=[5, 5, 5])[0][1] == 5


def test_labels_can_lie_elsewhere(tmp_path):
    path = write_idx(tmp_path / "train-images-idx3-ubyte", DIGITS)
    other = write_idx(tmp_path / "elsewhere", DIGIT_LABELS)
    assert read(path, labels=other)[0][1] == 2
    assert read(path, labels=str(other))[0][1] == 2


def test_a_folder_of_several_needs_a_split(tmp_path):
    write_idx(tmp_path / "train-images-idx3-ubyte.gz", DIGITS)
    write_idx(tmp_path / "train-images-idx3-ubyte", DIGITS)
    write_idx(tmp_path / "t10k-images-idx3-ubyte.gz", DIGITS[:1])
    write_idx(tmp_path / "train-labels-idx1-ubyte.gz", DIGIT_LABELS)
    assert len(read(tmp_path, split="train")) == 3
    assert len(read(tmp_path, split="test")) == 1
    with pytest.raises(ValueError, match='split="train"'):
        read(tmp_path)
    with pytest.raises(ValueError, match="0 IDX files of images for the split 'val'"):
        read(tmp_path, split="val")


def test_a_folder_with_one_pair_of_files_needs_no_split(tmp_path):
    write_idx(tmp_path / "train-images-idx3-ubyte", DIGITS)
    write_idx(tmp_path / "train-labels-idx1-ubyte", DIGIT_LABELS)
    assert read(tmp_path)[0][1] == 2


def test_a_folder_of_labels_alone_is_an_error(tmp_path):
    write_idx(tmp_path / "train-labels-idx1-ubyte", DIGIT_LABELS)
    with pytest.raises(ValueError, match="none of images"):
        read(tmp_path)


def test_another_number_of_labels_is_an_error_that_names_the_file(tmp_path):
    path = write_idx(tmp_path / "train-images-idx3-ubyte", DIGITS)
    write_idx(tmp_path / "train-labels-idx1-ubyte", DIGIT_LABELS[:2])
    with pytest.raises(ValueError, match=r"train-labels-idx1-ubyte: 3 images but labels"):
        read(path)


def test_a_file_of_labels_read_as_images_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="name contains 'images'"):
        read(write_idx(tmp_path / "train-labels-idx1-ubyte", DIGIT_LABELS))

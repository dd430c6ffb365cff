from __future__ import annotations

import numpy as np
import pytest

from pairgen.modalities.image.reader import read


@pytest.fixture
def archive(tmp_path):
    def write(**arrays):
        np.savez(tmp_path / "data.npz", **arrays)
        return tmp_path / "data.npz"

    return write


GREY = np.arange(2 * 4 * 5, dtype=np.uint8).reshape(2, 4, 5)
LABELS = np.array([1, 0])


@pytest.mark.parametrize(
    ("image_key", "label_key"),
    [("images", "labels"), ("x", "y"), ("X", "y"), ("data", "target"), ("arr_0", "arr_1")],
)
def test_usual_keys_are_found(archive, image_key, label_key):
    data = read(archive(**{image_key: GREY, label_key: LABELS}))
    assert data.items.dtype == np.uint8
    item, label = data[0]
    np.testing.assert_array_equal(item, GREY[0])
    assert label == 1
    assert data.classes == ["0", "1"]


def test_keys_can_be_named(archive):
    data = read(archive(scans=GREY, kinds=np.array(["b", "a"])), images="scans", labels="kinds")
    assert data.classes == ["a", "b"]
    assert data[0][1] == 1


def test_class_names_in_the_archive_are_used(archive):
    data = read(archive(x=GREY, y=LABELS, classes=np.array(["cat", "dog"])))
    assert data.classes == ["cat", "dog"]


@pytest.mark.parametrize("key", ["x_train", "train_x", "train_images"])
def test_a_split_chooses_its_keys_and_no_split_is_an_error_that_names_them(archive, key):
    path = archive(**{key: GREY, "x_test": GREY[:1], "y_train": LABELS})
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
    assert read(archive(images=GREY, labels=LABELS[:, None]))[0][1] == 1


def test_labels_can_be_ignored_or_insisted_on(archive):
    np.testing.assert_array_equal(read(archive(x=GREY, y=LABELS), labels=False)[0], GREY[0])
    with pytest.raises(ValueError, match=r"no labels; its keys: x uint8 \(2, 4, 5\)"):
        read(archive(x=GREY), labels=True)


def test_a_bare_npy_file_is_read_too(tmp_path):
    np.save(tmp_path / "images.npy", GREY)
    assert len(read(tmp_path / "images.npy")) == 2


@pytest.mark.parametrize(
    ("arrays", "options", "trouble"),
    [
        ({"foo": GREY}, {}, r"no images.*foo uint8 \(2, 4, 5\).*images=KEY"),
        ({"x": GREY}, {"images": "z"}, r"no images 'z'.*x uint8"),
        ({"x": GREY}, {"labels": "z"}, r"no labels 'z'.*x uint8"),
        ({"x": GREY, "y": LABELS[:1]}, {}, "2 images but labels of shape"),
        ({"x": GREY, "y": np.array([0.5, 1])}, {}, "integers or text"),
        ({"x": np.zeros((2, 64))}, {}, r"shape .*got \(2, 64\)"),
        ({"x": np.zeros((2, 8, 8, 7))}, {}, r"got \(2, 8, 8, 7\)"),
    ],
)
def test_what_does_not_fit_is_named_with_the_remedy(archive, arrays, options, trouble):
    path = archive(**arrays)
    with pytest.raises(ValueError, match=trouble) as error:
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

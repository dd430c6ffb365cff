from __future__ import annotations

import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pairgen.modalities.image.reader.idx import is_idx_name, read_idx

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
    read = read_idx(path)
    assert read.dtype == np.dtype(dtype)
    assert read.dtype.isnative
    assert read.flags.writeable
    np.testing.assert_array_equal(read, array)


@pytest.mark.parametrize(
    ("content", "trouble"),
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
def test_a_damaged_file_is_named_with_what_is_wrong(tmp_path, content, trouble):
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=trouble) as error:
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

"""Folders of files and sequences in memory become datasets, the same way for every modality."""

from __future__ import annotations

import os
import pickle
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import Dataset, TensorDataset

from pairgen.data import FileList, PathList, list_files, read_class_folders, read_in_memory

SUFFIXES = (".jpg", ".png")


def write(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")
    return folder


def relative(paths, folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in paths]


def test_files_are_listed_by_suffix_sorted_as_paths_sort(tmp_path: Path) -> None:
    write(tmp_path, "b/2.jpg", "b/1.JPG", "a-b/3.png", "a/x.jpg", "a.jpg", "a/deep/y.png", "notes.txt", "a/z", "b/.jpg")
    listing = list_files(tmp_path, SUFFIXES, "images")
    assert list(listing.files) == sorted(listing.files)
    assert relative(listing.files, tmp_path) == [
        "a/deep/y.png",
        "a/x.jpg",
        "a-b/3.png",
        "a.jpg",
        "b/1.JPG",
        "b/2.jpg",
    ]
    assert relative(listing.ignored, tmp_path) == ["a/z", "b/.jpg", "notes.txt"]


NAME = st.text("ab-.0J", min_size=1, max_size=3).filter(lambda name: name.strip("."))


@given(st.lists(st.lists(NAME, min_size=1, max_size=3), min_size=1, max_size=12))
def test_the_listing_is_that_of_pathlib(tmp_path_factory, trees) -> None:
    folder = tmp_path_factory.mktemp("tree")
    for parts in trees:
        path = folder.joinpath(*parts[:-1], f"{parts[-1]}.jpg")
        if not any(parent.is_file() for parent in path.parents) and not path.is_dir():
            write(folder, str(path.relative_to(folder)))
    visible = [p for p in folder.rglob("*") if not any(part[0] == "." for part in p.relative_to(folder).parts)]
    expected = sorted(p for p in visible if p.is_file() and p.suffix == ".jpg")
    if expected:
        assert list(list_files(folder, SUFFIXES, "images").files) == expected


def test_hidden_files_and_folders_are_passed_over_and_counted(tmp_path: Path) -> None:
    write(tmp_path, ".cache/a.jpg", ".hidden.jpg", "a.jpg", "c/.b.jpg", "c/d.jpg", "c/-.jpg")
    listing = list_files(tmp_path, SUFFIXES, "images")
    assert relative(listing.files, tmp_path) == ["a.jpg", "c/-.jpg", "c/d.jpg"]
    assert relative(listing.ignored, tmp_path) == [".cache", ".hidden.jpg", "c/.b.jpg"]
    with pytest.warns(UserWarning, match=r"passed over 3 hidden files or folders \(such as .cache\)"):
        dataset = read_class_folders(listing, listing.files, "images")
    assert dataset.ignored == listing.ignored


def test_a_folder_of_hidden_files_alone_says_so(tmp_path: Path) -> None:
    write(tmp_path, "__MACOSX/1.jpg", "._1.jpg")
    with pytest.raises(ValueError, match=r"no images .*1 hidden file or folder .*1 folder of the operating system"):
        list_files(tmp_path, SUFFIXES, "images")


def test_links_to_folders_are_followed_once_and_cycles_end(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere", "a.jpg")
    data = write(tmp_path / "data", "own/b.jpg")
    (data / "linked").symlink_to(tmp_path / "elsewhere")
    (data / "linked-again").symlink_to(tmp_path / "elsewhere")
    (data / "own" / "up").symlink_to(data)
    (data / "gone.jpg").symlink_to("missing")
    listing = list_files(data, SUFFIXES, "images")
    assert relative(listing.files, data) == ["gone.jpg", "linked/a.jpg", "own/b.jpg"]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], r"is empty; put images into it \(.jpg, .png\)"),
        (["a.txt", "b.TXT", "README"], r"holds no images: of its 3 files \(2 .txt, 1 README\)"),
    ],
)
def test_a_folder_without_such_files_is_an_error_that_says_what_it_holds(tmp_path: Path, names, message) -> None:
    with pytest.raises(ValueError, match=message):
        list_files(write(tmp_path, *names), SUFFIXES, "images")


def test_what_is_no_folder_is_an_error(tmp_path: Path) -> None:
    for path in (tmp_path / "missing", write(tmp_path, "a.jpg") / "a.jpg"):
        with pytest.raises(ValueError, match="is no folder; check the path"):
            list_files(path, SUFFIXES, "images")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_cannot_be_read_is_an_error_and_not_passed_over(tmp_path: Path) -> None:
    write(tmp_path, "a/x.jpg", "b/y.jpg")
    (tmp_path / "b").chmod(0)
    try:
        with pytest.raises(PermissionError, match="b"):
            list_files(tmp_path, SUFFIXES, "images")
    finally:
        (tmp_path / "b").chmod(0o700)


def test_a_path_list_is_a_sequence_of_paths(tmp_path: Path) -> None:
    paths = PathList(tmp_path, ["a/1.jpg", "a/2.jpg", "b/3.jpg"])
    expected = [tmp_path / "a/1.jpg", tmp_path / "a/2.jpg", tmp_path / "b/3.jpg"]
    assert paths == expected
    assert expected == paths
    assert paths == tuple(expected)
    assert paths != expected[:2]
    assert paths != "abc"
    assert paths[-1] == expected[-1]
    assert paths[np.int64(1)] == expected[1]
    assert paths[1:] == expected[1:]
    assert expected[1] in paths
    assert pickle.loads(pickle.dumps(paths)) == expected
    with pytest.raises(IndexError):
        paths[3]


def test_any_name_of_a_file_is_kept_in_a_few_bytes(tmp_path: Path) -> None:
    names = ["a\nb.jpg", "\u00e4 \u2028.jpg", os.fsdecode(b"\xff\xfe.jpg"), *(f"{i:06}.jpg" for i in range(5000))]
    paths = PathList(tmp_path, names)
    assert list(paths) == [tmp_path / name for name in names]
    assert [paths[i] for i in range(3)] == list(paths[:3]) == list(paths[2::-1])[::-1]
    assert len(pickle.dumps(paths)) < 20 * len(names)  # 11 of the name, 4 of its end
    assert list(PathList(tmp_path, [])) == []


def test_first_level_folders_are_the_classes(tmp_path: Path) -> None:
    listing = list_files(write(tmp_path, "cat/1.jpg", "ant/deep/2.jpg", "cat/3.jpg"), SUFFIXES, "images")
    data = read_class_folders(listing, listing.files, "images")
    assert data.classes == ["ant", "cat"]
    assert data.labels.tolist() == [0, 1, 1]
    assert data[0] == (tmp_path / "ant/deep/2.jpg", 0)
    assert not data.in_memory
    assert read_class_folders(FileList(tmp_path, list(listing.files), []), [1, 2, 3], "images").classes == data.classes
    assert read_class_folders(listing, listing.files, "images", labels=False).labels is None
    assert read_class_folders(listing, listing.files, "images", labels=[5, 0, 5]).labels.tolist() == [5, 0, 5]


def test_one_class_folder_is_one_class(tmp_path: Path) -> None:
    listing = list_files(write(tmp_path, "cat/1.jpg", "cat/2.jpg"), SUFFIXES, "images")
    assert read_class_folders(listing, listing.files, "images").classes == ["cat"]


def test_a_file_outside_class_folders_means_no_classes(tmp_path: Path) -> None:
    listing = list_files(write(tmp_path, "cat/1.jpg", "2.jpg"), SUFFIXES, "images")
    assert read_class_folders(listing, listing.files, "images").classes is None
    with pytest.raises(ValueError, match=r"images outside class folders, such as 2\.jpg"):
        read_class_folders(listing, listing.files, "images", labels=True)
    with pytest.raises(ValueError, match="2 images but labels of shape"):
        read_class_folders(listing, listing.files, "images", labels=[1])


@pytest.mark.parametrize(
    "source",
    [["a", "b", "c"], ("a", "b", "c"), np.array(["a", "b", "c"]), pd.Series(["a", "b", "c"], index=[5, 6, 7])],
    ids=lambda source: type(source).__name__,
)
def test_sequences_in_memory_are_datasets_whose_labels_keep_their_values(source) -> None:
    data = read_in_memory(source, [0, 2, 2], "texts")
    assert [data[i] for i in range(3)] == [("a", 0), ("b", 2), ("c", 2)]
    assert data.classes == ["0", "1", "2"]
    assert read_in_memory(source, None, "texts")[1] == "b"
    assert read_in_memory(source, False, "texts").labels is None


def test_the_rows_of_a_table_are_its_items() -> None:
    table = pd.DataFrame({"a": [1, 2], "b": [3, 4]}, index=[10, 11])
    assert read_in_memory(table, None, "series")[1].tolist() == [2, 4]


def test_a_torch_dataset_is_returned_as_it_is() -> None:
    source = TensorDataset()
    assert read_in_memory(source, None, "images") is source


class Unsized(Dataset):
    def __getitem__(self, index):
        return index


@pytest.mark.parametrize(
    ("source", "labels", "error", "message"),
    [
        ([], None, ValueError, "the list holds no texts; pass at least one"),
        ("abc", None, TypeError, "cannot read texts from str"),
        ({"a": 1}, None, TypeError, "cannot read texts from dict"),
        (5, None, TypeError, "cannot read texts from int"),
        ({1, 2}, None, TypeError, "cannot read texts from set"),
        (iter("ab"), None, TypeError, "cannot read texts from str_"),
        (np.array(3), None, TypeError, "cannot read texts from ndarray"),
        (Unsized(), [1], TypeError, "cannot read texts from Unsized"),
        (["a"], True, ValueError, "labels=True reads the labels of files"),
        (["a"], [1, 2], ValueError, "1 texts but labels of shape"),
        (["a", "b"], ["x", float("nan")], ValueError, "row 1 has no label"),
    ],
)
def test_what_cannot_be_read_is_named(source, labels, error, message) -> None:
    with pytest.raises(error, match=message):
        read_in_memory(source, labels, "texts")


def test_folders_of_the_operating_system_are_no_classes_and_are_listed(tmp_path: Path) -> None:
    write(
        tmp_path, "x/1.jpg", "y/1.jpg", "__MACOSX/x/1.jpg", "@eaDir/1.jpg", "y/@eaDir/1.jpg", "._z/1.jpg", "x/._1.jpg"
    )
    listing = list_files(tmp_path, SUFFIXES, "images")
    assert relative(listing.files, tmp_path) == ["x/1.jpg", "y/1.jpg"]
    assert sorted(relative(listing.ignored, tmp_path)) == ["._z", "@eaDir", "__MACOSX", "x/._1.jpg", "y/@eaDir"]
    with pytest.warns(UserWarning, match=r"2 hidden .* and 3 folders of the operating system \(@eaDir, __MACOSX\)"):
        dataset = read_class_folders(listing, listing.files, "images")
    assert dataset.classes == ["x", "y"]


def test_files_that_are_passed_over_are_counted_with_the_reason(tmp_path: Path) -> None:
    write(tmp_path, "x/1.jpg", "y/1.heic", "y/2.HEIC", "notes.txt")
    listing = list_files(tmp_path, SUFFIXES, "images")
    with pytest.warns(UserWarning, match=r"3 files whose suffix or name is not read \(2 .heic, 1 .txt; such as"):
        read_class_folders(listing, listing.files, "images")


def test_one_file_outside_class_folders_does_not_remove_the_labels_in_silence(tmp_path: Path) -> None:
    listing = list_files(write(tmp_path, "x/1.jpg", "y/1.jpg", "cover.jpg"), SUFFIXES, "images")
    with pytest.warns(UserWarning, match=r"1 of 3 images lie outside class folders, such as cover.jpg"):
        assert read_class_folders(listing, listing.files, "images").labels is None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_class_folders(listing, listing.files, "images", False).labels is None
        flat = list_files(write(tmp_path / "flat", "1.jpg", "2.jpg"), SUFFIXES, "images")
        assert read_class_folders(flat, flat.files, "images").labels is None

from __future__ import annotations

import pickle

import pytest

from pairgen.modalities.image.reader import read


def fill(root, *names):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"never opened by the reader")
    return root


def test_class_folders_become_sorted_classes(tmp_path):
    fill(tmp_path, "dog/2.png", "cat/deep/1.JPG", "dog/1.webp")
    data = read(tmp_path)
    assert data.classes == ["cat", "dog"]
    assert [data[i] for i in range(len(data))] == [
        (tmp_path / "cat/deep/1.JPG", 0),
        (tmp_path / "dog/1.webp", 1),
        (tmp_path / "dog/2.png", 1),
    ]


def test_images_without_class_folders_have_no_labels(tmp_path):
    fill(tmp_path, "b.png", "a.png", "sub/c.png")
    data = read(str(tmp_path))
    assert data.classes is None
    assert list(data.items) == [tmp_path / "a.png", tmp_path / "b.png", tmp_path / "sub/c.png"]
    assert data[0] == tmp_path / "a.png"


def test_one_folder_is_a_class_only_when_labels_are_asked_for(tmp_path):
    fill(tmp_path, "images/a.png")
    assert read(tmp_path).classes is None
    assert read(tmp_path, labels=True).classes == ["images"]


def test_class_folders_can_be_ignored(tmp_path):
    fill(tmp_path, "cat/a.png", "dog/a.png")
    assert read(tmp_path, labels=False)[0] == tmp_path / "cat/a.png"


def test_labels_asked_for_without_class_folders_are_an_error(tmp_path):
    fill(tmp_path, "a.png")
    with pytest.raises(ValueError, match=r"a\.png.*folder named after its class"):
        read(tmp_path, labels=True)


def test_a_sequence_labels_the_sorted_items(tmp_path):
    fill(tmp_path, "a.png", "b.png")
    data = read(tmp_path, labels=["night", "day"])
    assert data.classes == ["day", "night"]
    assert data[0] == (tmp_path / "a.png", 1)
    with pytest.raises(ValueError, match="one label"):
        read(tmp_path, labels=["night"])


def test_a_name_as_labels_of_a_folder_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="class folders are the labels"):
        read(fill(tmp_path, "a.png"), labels="y")


def test_other_files_are_ignored_and_listed_and_hidden_ones_passed_over(tmp_path):
    fill(tmp_path, "a.png", "notes.txt", ".DS_Store", ".git/b.png", "sub/Thumbs.db")
    data = read(tmp_path)
    assert len(data) == 1
    assert data.ignored == (tmp_path / "notes.txt", tmp_path / "sub/Thumbs.db")


def test_a_text_file_named_jpg_is_an_item(tmp_path):
    assert len(read(fill(tmp_path, "notes.jpg"))) == 1


def test_links_to_folders_are_followed_and_a_loop_ends(tmp_path):
    real = fill(tmp_path / "real", "1.png")
    root = fill(tmp_path / "root", "cat/1.png")
    (root / "dog").symlink_to(real)
    (root / "cat" / "again").symlink_to(root)
    assert read(root).classes == ["cat", "dog"]


def test_an_empty_folder_is_an_error_that_says_what_to_put_there(tmp_path):
    with pytest.raises(ValueError, match=r"is empty.*\.jpg") as error:
        read(tmp_path)
    assert str(tmp_path) in str(error.value)


def test_a_folder_without_images_is_an_error_that_says_what_it_holds(tmp_path):
    fill(tmp_path, "a.csv", "b.csv", "README")
    with pytest.raises(ValueError, match=r"no images.*3 files \(2 \.csv, 1 README\)") as error:
        read(tmp_path)
    assert str(tmp_path) in str(error.value)


def test_the_dataset_pickles(tmp_path):
    data = read(fill(tmp_path, "cat/a.png", "dog/a.png"))
    again = pickle.loads(pickle.dumps(data))
    assert again[1] == data[1]
    assert again.classes == data.classes

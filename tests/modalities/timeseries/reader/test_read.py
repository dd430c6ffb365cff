"""One reader for files, folders and memory, and windows that are views."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import TensorDataset

import pairgen
from pairgen.data import LabelledDataset, Windows
from pairgen.modalities.timeseries.reader.read import read

RNG = np.random.default_rng(0)


def table(path, rows=10, channels=2, stamps=None):
    columns = ["time", *(f"c{i}" for i in range(channels))]
    stamps = np.arange(rows) if stamps is None else stamps
    lines = [",".join(columns)]
    lines += [",".join([str(stamp), *(f"{v:.3f}" for v in RNG.normal(size=channels))]) for stamp in stamps]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")
    return path


# -- memory ------------------------------------------------------------------------------------------------------------


def test_arrays_are_sets_of_series():
    assert read(np.zeros((4, 9, 3)))[0].shape == (9, 3)
    assert read(np.zeros((4, 9)))[0].shape == (9, 1)
    assert len(read(np.zeros(9))) == 1


def test_ragged_lists_hold_series_of_any_lengths():
    data = read([[1.0, 2.0], [3.0, None, 5.0], np.zeros((4, 1))], labels=["b", "a", "b"])
    assert [len(data[i][0]) for i in range(3)] == [2, 3, 4]
    assert data.classes == ["a", "b"]
    assert [data[i][1] for i in range(3)] == [1, 0, 1]
    batch = next(iter(pairgen.PairSampler("timeseries", "eval").loader(data, 3)))
    assert batch.first.lengths.tolist() == [2, 3, 4]


def test_a_dataset_is_passed_through():
    data = TensorDataset(torch.zeros(3, 4))
    assert read(data) is data


@pytest.mark.parametrize("source", [7, b"bytes", {1, 2}])
def test_a_source_of_another_type_is_refused(source):
    with pytest.raises(TypeError, match="cannot read series from"):
        read(source)


# -- windows -----------------------------------------------------------------------------------------------------------


def test_windows_are_views_and_every_step_is_in_one():
    long = np.arange(23.0)
    data = read(long, window=5, stride=4)
    assert isinstance(data.items, Windows)
    assert data.items.starts.tolist() == [0, 4, 8, 12, 16, 18]
    assert all(np.shares_memory(data[i], long) for i in range(len(data)))
    assert data[5].tolist() == [18, 19, 20, 21, 22]


def test_a_file_of_numpy_is_mapped_not_read(tmp_path):
    np.save(tmp_path / "long.npy", np.zeros((1000, 2), np.float32))
    data = read(tmp_path / "long.npy", window=100)
    assert isinstance(data.items.series[0], np.memmap)
    assert data.items.stride == 50
    batch = next(iter(pairgen.PairSampler("timeseries", "ts-tcc").loader(data, 4)))
    assert batch.first.values.shape == (4, 100, 2)


def test_windows_of_several_series_know_whose_they_are():
    data = read([np.zeros(10), np.ones(7)], window=5, stride=5)
    assert data.items.owners.tolist() == [0, 0, 1, 1]
    assert data.items.starts.tolist() == [0, 5, 0, 2]
    assert data[-1].tolist() == [1] * 5
    assert len(data.items[1:3]) == 2


def test_windows_of_a_frame_keep_its_time_stamps():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"a": np.arange(10.0)}, index=pd.date_range("2026-01-01", periods=10))
    data = read(frame, window=4)
    assert data[1].index[0] == frame.index[2]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"window": 11}, "series 0 has 10 steps, a window 11"),
        ({"window": 0}, "window is a whole number"),
        ({"window": 5, "stride": 0}, "stride is a whole number"),
        ({"stride": 2}, "give window=STEPS"),
        ({"window": 5, "labels": [0]}, "windows of series have no labels"),
        ({"window": 2.5}, "window is a whole number"),
    ],
)
def test_windows_that_do_not_fit_are_refused(options, message):
    with pytest.raises((ValueError, TypeError), match=message):
        read(np.zeros((1, 10, 1)), **options)


def test_a_window_longer_than_a_file_names_the_file(tmp_path):
    table(tmp_path / "a.csv", rows=20)
    table(tmp_path / "b.csv", rows=3)
    with pytest.raises(ValueError, match=r"b\.csv has 3 steps, a window 10"):
        read(tmp_path, window=10)


# -- files -------------------------------------------------------------------------------------------------------------


def test_csv_and_parquet_are_one_series_a_column_a_channel(tmp_path):
    pd = pytest.importorskip("pandas")
    file = table(tmp_path / "a.csv")
    pd.read_csv(file).to_parquet(tmp_path / "a.parquet")
    for path in (file, tmp_path / "a.parquet"):
        assert read(path)[0].shape == (10, 3)
        assert read(path, time="time")[0].shape == (10, 2)
        assert read(path, columns=["c1"])[0].shape == (10, 1)


@pytest.mark.parametrize(
    ("content", "steps"),
    [
        ("0.5\n-1e-3\n0.25\n", [[0.5], [-0.001], [0.25]]),
        ("0\n1\n2\n", [[0], [1], [2]]),
        ("1,2\r\n3,4\r\n", [[1, 2], [3, 4]]),
        ("1,5;2,5\n3;4\n", [[1.5, 2.5], [3, 4]]),
        ("x;y\n1.234,5;2\n3;4\n", [[1234.5, 2], [3, 4]]),
        ("x\ty\n1\t2,5\n", [[1, 2.5]]),
        ("sep=;\nx;y\n1;2\n", [[1, 2]]),
        (",x\n0,5.0\n1,6.0\n", [[5], [6]]),
        (",x\n2026-01-01,5.0\n2026-01-02,6.0\n", [[5], [6]]),
        (",0,1\n7,0.5,0.6\n", [[0.5, 0.6]]),
        ("0,1\n0.5,0.6\n", [[0.5, 0.6]]),
        ("0,1\n2,3\n", [[0, 1], [2, 3]]),
        ("x,y,\n1,2,\n", [[1, 2]]),
        ("x\n1\n\n3\n\n", [[1], [np.nan], [3]]),
        ("x\n0.1234567890123456789\n3.3e-310\n?\n", [[0.12345678901234568], [3.3e-310], [np.nan]]),
        ('"x","y"\n"1","2"\n', [[1, 2]]),
        ("\ufeffGr\u00f6\u00dfe;y\n1;2\n", [[1, 2]]),
    ],
)
def test_a_table_has_as_many_steps_as_its_file_has_rows(tmp_path, content, steps):
    (tmp_path / "a.csv").write_bytes(content.encode())
    np.testing.assert_array_equal(read(tmp_path / "a.csv")[0], steps)


def test_the_first_row_is_a_header_where_that_is_said(tmp_path):
    file = _written(tmp_path / "a.csv", "2019,2020\n1,2\n")
    assert read(file, header=True)[0].tolist() == [[1, 2]]
    assert read(file, header=False)[0].tolist() == [[2019, 2020], [1, 2]]
    assert read(file, columns=["2020"])[0].tolist() == [[2]]
    assert read(_written(tmp_path / "a.csv", "2026-01-01,1\n2026-01-02,2\n"), time="0")[0].tolist() == [[1], [2]]
    (tmp_path / "a.csv").write_bytes("Gr\u00f6\u00dfe\n1\n".encode("latin-1"))
    assert read(tmp_path / "a.csv")[0].tolist() == [[1]]


@pytest.mark.parametrize(
    "stamps",
    [
        ["2022-10-30T02:00:00+02:00", "2022-10-30T02:00:00+01:00"],
        ["2022-03-27T01:59:59.5+01:00", "2022-03-27T03:00:00+02:00"],
        ["05.02.2022 00:00", "13.02.2022 00:00"],
        ["2022-01-01", "2022-01-02 12:00"],
    ],
)
def test_time_stamps_of_any_offset_and_form_are_read(tmp_path, stamps):
    file = _written(tmp_path / "a.csv", "when,x\n" + "".join(f"{stamp},{i}\n" for i, stamp in enumerate(stamps)))
    assert read(file, time="when")[0].tolist() == [[0], [1]]


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("x,y\n1,2\n3\n", {}, "row 3 has 1 cell where the first has 2"),
        ("x,y\n1,2,3\n4,5,6\n", {}, "row 2 has 3 cells where the first has 2"),
        ('"x",y\n1,2\n3\n', {}, "row 3: 1 cell where the header has 2"),
        ("x,x\n1,2\n", {"columns": ["x"]}, "2 columns 'x'"),
        ("when,x\nsoon,1\nlater,2\n", {"time": "when"}, "check the column time='when'"),
        (",x\n2026-01-02,1\n2026-01-01,2\n", {}, "do not increase"),
    ],
)
def test_tables_that_contradict_themselves_are_refused(tmp_path, content, options, message):
    with pytest.raises(ValueError, match=rf"a\.csv.*{message}"):
        read(_written(tmp_path / "a.csv", content), **options)


def test_a_folder_has_a_series_a_file_and_a_class_a_folder(tmp_path):
    for name in ("idle/1", "idle/2", "run/1"):
        table(tmp_path / f"{name}.csv")
    data = read(tmp_path, time="time")
    assert data.classes == ["idle", "run"]
    assert data.labels.tolist() == [0, 0, 1]
    assert read(tmp_path, time="time", labels=False).labels is None
    assert repr(data) == "LabelledDataset(3 series, 2 classes)"


def test_a_channel_count_that_changes_between_files_names_both(tmp_path):
    table(tmp_path / "a.csv", channels=2)
    table(tmp_path / "b.csv", channels=3)
    with pytest.raises(ValueError, match=r"b\.csv has 3 channels, .*a\.csv has 2"):
        read(tmp_path, time="time")
    assert len(read(tmp_path, columns=["c0", "c1"])) == 2


def test_unsorted_time_stamps_name_the_file_and_the_row(tmp_path):
    file = table(tmp_path / "a.csv", stamps=[0, 1, 3, 2])
    with pytest.raises(ValueError, match=r"a\.csv: the time stamps .* row 3 has 2 after 3"):
        read(file, time="time")


def test_dates_are_read_as_time_stamps(tmp_path):
    dates = ["2026-01-01", "2026-01-02", "2025-12-31"]
    file = table(tmp_path / "a.csv", stamps=dates)
    with pytest.raises(ValueError, match="row 2 has 2025-12-31"):
        read(file, time="time")
    with pytest.raises(ValueError, match=r"'time'.*time=COLUMN"):
        read(file)


def test_archives_are_read_by_their_usual_keys(tmp_path):
    x, y = np.zeros((3, 8, 2)), np.array(["a", "b", "a"])
    np.savez(tmp_path / "one.npz", x=x, y=y)
    np.savez(tmp_path / "two.npz", x_train=x, y_train=y, x_test=x[:1], y_test=y[:1])
    assert read(tmp_path / "one.npz").labels.tolist() == [0, 1, 0]
    assert len(read(tmp_path / "two.npz", split="test")) == 1
    with pytest.raises(ValueError, match=r"no series under a usual key .*split='valid'.*x_train \(3, 8, 2\)"):
        read(tmp_path / "two.npz", split="valid")


def test_no_pickle_is_loaded(tmp_path):
    np.save(tmp_path / "a.npy", np.array([object()]), allow_pickle=True)
    np.savez(tmp_path / "a.npz", x=np.array([object()]))
    for name in ("a.npy", "a.npz"):
        with pytest.raises(ValueError, match="cannot be read"):
            read(tmp_path / name)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: folder / "none.csv", "there is nothing at"),
        (lambda folder: folder, "is empty; put series into it"),
        (lambda folder: _written(folder / "a.txt", "1,2"), "no file of series; the formats are .npy"),
        (lambda folder: _written(folder / "a.npy", "not numpy"), "cannot be read as a NumPy array"),
        (lambda folder: _written(folder / "a.csv", ""), "cannot be read as a table"),
    ],
)
def test_files_that_cannot_be_read_are_named(tmp_path, make, message):
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        read(make(tmp_path))


def _written(path, text):
    path.write_text(text)
    return path


def test_a_column_that_is_not_there_lists_those_that_are(tmp_path):
    with pytest.raises(ValueError, match="no column 'c9'; it has 'time', 'c0', 'c1'"):
        read(table(tmp_path / "a.csv"), columns=["c9"])


def test_labels_that_do_not_fit_are_refused(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((2, 4, 1)))
    for source in (np.zeros((2, 4, 1)), tmp_path / "a.npy"):
        with pytest.raises(ValueError, match=r"2 series but labels of shape \(3,\)"):
            read(source, labels=[0, 1, 2])
        with pytest.raises(ValueError, match=r"labels=True|has no labels"):
            read(source, labels=True)


def test_labels_that_are_whole_numbers_keep_their_values(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.zeros((3, 8, 2)), y=np.array([0, 2, 2]))
    for name in ("a", "b", "c"):
        np.save(tmp_path / f"{name}.npy", np.zeros((8, 2)))
    (tmp_path / "folder").mkdir()
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.npy").rename(tmp_path / "folder" / f"{name}.npy")
    for data in (
        read(np.zeros((3, 8, 2)), labels=[0, 2, 2]),
        read([np.zeros(4), np.zeros(5), np.zeros(6)], labels=[0, 2, 2]),
        read(tmp_path / "a.npz"),
        read(tmp_path / "folder", labels=[0, 2, 2]),
    ):
        assert isinstance(data, LabelledDataset)
        assert data.labels.tolist() == [0, 2, 2]
        assert data.classes == ["0", "1", "2"]


def test_one_class_folder_is_one_class(tmp_path):
    for name in ("1", "2"):
        table(tmp_path / "idle" / f"{name}.csv")
        data = read(tmp_path)
        assert data.classes == ["idle"]
        assert set(data.labels.tolist()) == {0}


@pytest.mark.parametrize("source", [[], (), np.zeros((0, 5, 1)), torch.zeros(0, 5)])
def test_a_source_without_series_is_refused(source):
    with pytest.raises(ValueError, match="holds no series"):
        read(source)


def test_tensors_are_sets_of_series_like_arrays():
    assert read(torch.zeros(4, 9, 3))[0].shape == (9, 3)
    assert read(torch.zeros(4, 9))[0].shape == (9, 1)
    assert len(read(torch.zeros(9), window=3, stride=3)) == 3


def test_windows_of_a_dataset_are_refused():
    with pytest.raises(TypeError, match="pass its series as a list"):
        read(TensorDataset(torch.zeros(3, 4)), window=2)


def test_files_of_other_formats_are_listed_as_ignored(tmp_path):
    table(tmp_path / "a" / "1.csv")
    ignored = _written(tmp_path / "a" / "notes.txt", "no series")
    assert read(tmp_path).ignored == (ignored,)


def test_a_folder_without_files_of_the_split_is_refused(tmp_path):
    table(tmp_path / "a.csv")
    with pytest.raises(
        ValueError, match=r"no series for split='train'; their names end in _TRAIN, such as Name_TRAIN.csv"
    ):
        read(tmp_path, split="train")


HEAD = "@problemName Two\n@timeStamps false\n@univariate {univariate}\n{more}@data\n"


def ts(folder, body, more="@classLabel true a b\n", univariate="true", stamps=False):
    head = HEAD.format(univariate=univariate, more=more)
    return _written(folder / "Two_TRAIN.ts", (head.replace("s false", "s True") if stamps else head) + body)


def test_archives_are_read_with_time_first(tmp_path):
    ts(tmp_path, "1,2,3:4,5,6:a\n\n# a comment\n7,8,9:1,2,3:b\n", univariate="false")
    data = read(tmp_path, split="train")
    assert data[0][0].tolist() == [[1, 4], [2, 5], [3, 6]]
    assert data.classes == ["a", "b"]
    (tmp_path / "f.tsf").write_text(
        "@relation f\n@attribute series_name string\n@attribute start date\n@frequency yearly\n@missing true\n"
        "@data\nT1:1979-01-01 00-00-00:1,-2e-3,?\nT2:1979-01-01 00-00-00:4,5\n"
    )
    series = read(tmp_path / "f.tsf").items
    np.testing.assert_array_equal(series[0], [[1], [-0.002], [np.nan]])
    assert len(series[1]) == 2


def test_values_with_time_stamps_are_those_of_the_file(tmp_path):
    body = "(0,-1.5),(1,2e-7),(2,?):(0,3),(1,NaN),(2,+4):a\n"
    body += "(2010-10-04 00:00:00,1),(2010-10-04 00:01:00,2),(x,3):(0,1),(1,2),(2,3):b\n"
    data = read(ts(tmp_path, body, univariate="false", stamps=True))
    np.testing.assert_array_equal(data[0][0], [[-1.5, 3], [2e-7, np.nan], [np.nan, 4]])
    assert data[1][0].tolist() == [[1, 1], [2, 2], [3, 3]]
    assert data.labels.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("more", "ends", "classes", "labels"),
    [
        ("@classLabel true A a\n", ["A", "a"], ["A", "a"], [0, 1]),
        ("@classLabel true Nanaimo Kiwi\n", ["Nanaimo", "Kiwi"], ["Kiwi", "Nanaimo"], [1, 0]),
        ("@classLabel true 1 10 2\n", ["10", "2"], ["1", "2", "10"], [2, 1]),
        ("@classLabel true 0.0 1.0\n", ["1", "0"], ["0.0", "1.0"], [1, 0]),
        ("@classLabel true\n", ["y", "x"], ["x", "y"], [1, 0]),
        ("@CLASSLABEL TRUE x\n", ["y", "slow walk"], ["slow walk", "y"], [1, 0]),
        ("", ["b", "a"], ["a", "b"], [1, 0]),
    ],
)
def test_class_labels_are_those_of_the_file(tmp_path, more, ends, classes, labels):
    data = read(ts(tmp_path, f"1,2:{ends[0]}\n3,4:{ends[1]}\n", more))
    assert data.classes == classes
    assert data.labels.tolist() == labels


@pytest.mark.parametrize("more", ["@classLabel false\n", ""])
@pytest.mark.parametrize("stamps", [False, True])
def test_files_without_labels_have_none(tmp_path, more, stamps):
    body = "(0,1),(1,2)\n(0,3),(1,4),(2,5)\n" if stamps else "1,2\n3,4,5\n"
    data = read(ts(tmp_path, body, more, stamps=stamps))
    assert [series[:, 0].tolist() for series in data.items] == [[1, 2], [3, 4, 5]]
    assert data.labels is None
    assert data.classes is None


def test_labels_that_are_kept_back_are_none(tmp_path):
    assert read(ts(tmp_path, "1,2:?\n3,4:?\n")).labels is None
    with pytest.raises(ValueError, match="row 1 has no label"):
        read(ts(tmp_path, "1,2:a\n3,4:?\n"))


def test_targets_of_a_regression_are_numbers_and_no_classes(tmp_path):
    file = ts(tmp_path, "1,2:0.25\n3,4:-1e3\n", "@targetlabel true\n")
    data = read(file)
    assert data.labels is None
    assert data.columns == {"target": [0.25, -1000.0]}
    assert data[1].tolist() == [[3], [4]]
    with pytest.raises(ValueError, match="targets are numbers"):
        read(file, labels=True)


def test_arff_files_are_read_with_one_and_several_channels(tmp_path):
    one = "% comment\n@relation x\n@attribute t0 numeric\n@ATTRIBUTE 't 1' REAL\n@attribute class {'b c',a}\n@data\n"
    data = read(_written(tmp_path / "one.arff", f"{one}1.5,?,a\n-2e3,4,'b c'\n"))
    np.testing.assert_array_equal(data.items[:, :, 0], [[1.5, np.nan], [-2000, 4]])
    assert [data.classes[label] for label in data.labels] == ["a", "b c"]
    several = (
        "@relation x\n@attribute r relational\n@attribute t0 numeric\n@attribute t1 numeric\n@end r\n"
        "@attribute y {1,10,2}\n@data\n'1,2\\n3,4',10\n\"5,6\\n7,8\",2\n"
    )
    data = read(_written(tmp_path / "several.arff", several))
    assert data.items.tolist() == [[[1, 3], [2, 4]], [[5, 7], [6, 8]]]
    assert data.classes == ["1", "2", "10"]
    target = "@relation x\n@attribute t0 numeric\n@attribute target numeric\n@data\n1,0.5\n"
    assert read(_written(tmp_path / "target.arff", target)).columns == {"target": [0.5]}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.ts", "@classLabel true a\n1,2:a\n", "no line @data"),
        ("a.ts", "@classLabel true a\n@data\n1,x:a\n", "line 3: 'x' is no number"),
        ("a.ts", "@classLabel true a\n@data\n1,2:1:a\n", "line 3: channels of 2, 1 values"),
        ("a.ts", "@classLabel true a\n@data\n1,2:a\n1,2:3,4:a\n", "line 4: 2 channels, where the first series has 1"),
        ("a.ts", "@classLabel true a\n@data\n1,2:3,4\n", "line 3: no label"),
        ("a.ts", "@univariate true\n@classLabel false\n@data\n1,2:3,4\n", "@univariate true"),
        ("a.ts", "@timestamps true\n@classLabel false\n@data\n(0,1),(1,2\n", "is no step"),
        ("a.ts", "@data\n", "holds no series"),
        ("a.arff", "@attribute t numeric\n@data\n1,2\n", "line 3: 2 cells, where the header has 1 attributes"),
        ("a.arff", "@attribute t numeric\n@data\n{0 1}\n", "sparse"),
        ("a.arff", "1,2\n", "no @attribute and @data"),
        ("a.tsf", "@data\nT1:1,x\n", "line 2: 'x' is no number"),
    ],
)
def test_archives_that_contradict_their_header_are_refused(tmp_path, name, content, message):
    with pytest.raises(ValueError, match=rf"{name}.*{message}"):
        read(_written(tmp_path / name, content))


def test_a_missing_package_says_what_to_install(tmp_path, monkeypatch):
    from pairgen.modalities.timeseries.io import files

    def absent(module):
        raise ImportError(module)

    monkeypatch.setattr(files, "import_module", absent)
    for suffix, package, extra in (
        (".csv", "pandas", "tables"),
        (".parquet", "pyarrow", "tables"),
    ):
        with pytest.raises(ImportError, match=rf"needs {package}.*pip install 'pairgen\[{extra}\]'"):
            read(_written(tmp_path / f"a{suffix}", ""))


def test_every_extra_that_an_error_names_is_declared():
    with Path(__file__).parents[4].joinpath("pyproject.toml").open("rb") as file:
        extras = tomllib.load(file)["project"]["optional-dependencies"]
    assert "tables" in extras


def test_the_real_archive_of_aeon_is_read():
    aeon = pytest.importorskip("aeon")
    folder = Path(os.path.dirname(aeon.__file__), "datasets", "data", "ItalyPowerDemand")
    data = read(folder, split="train")
    assert len(data) == 67
    assert data[0][0].shape == (24, 1)
    assert data.classes == ["1", "2"]

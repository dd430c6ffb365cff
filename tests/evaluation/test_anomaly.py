"""Anomalies: scores against slow ones, thresholds against what they promise, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.covariance import LedoitWolf
from sklearn.metrics import roc_auc_score

from pairgen.evaluation import AnomalyDetector, score_per_step
from pairgen.evaluation._anomaly_scores import SCORES

NAMES = list(SCORES)


def normal_rows(count=200, width=4, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(count, width)) @ rng.normal(size=(width, width)) + 10


def slow_scores(name, normal, rows, k=5):
    if name == "distance":
        return [np.sqrt(sum((r - m) ** 2 for r, m in zip(row, normal.mean(axis=0), strict=True))) for row in rows]
    if name == "mahalanobis":
        return np.sqrt(LedoitWolf().fit(normal).mahalanobis(rows))
    return [np.mean(sorted(np.sqrt(((row - other) ** 2).sum()) for other in normal)[:k]) for row in rows]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", [np.asarray, torch.as_tensor, lambda rows: rows.astype(np.float32)])
def test_scores_are_the_slow_ones(name, kind):
    normal, rows = normal_rows(), normal_rows(30, seed=1)
    detector = AnomalyDetector(name).fit(kind(normal))
    np.testing.assert_allclose(detector.score(kind(rows)), slow_scores(name, normal, rows), rtol=1e-4)


def test_a_score_of_the_wrong_covariance_would_be_detected():
    normal, rows = normal_rows(), normal_rows(30, seed=1)
    turned = slow_scores("mahalanobis", normal[:, ::-1], rows)
    assert not np.allclose(AnomalyDetector("mahalanobis").fit(normal).score(rows), turned, rtol=0.1)


def test_neighbors_of_a_normal_row_leave_it_out_of_its_own():
    normal = normal_rows(50)
    left_out = [slow_scores("neighbors", np.delete(normal, i, axis=0), normal[i : i + 1], 3)[0] for i in range(50)]
    detector = AnomalyDetector("neighbors", k=3, percentile=100).fit(normal)
    assert detector.threshold == pytest.approx(max(left_out))


@pytest.mark.parametrize("name", NAMES)
def test_many_rows_are_scored_in_parts(name):
    normal = normal_rows(1500)
    rows = normal_rows(2300, seed=1)
    detector = AnomalyDetector(name).fit(normal)
    whole = detector.score(rows)
    np.testing.assert_allclose(whole[2000:], detector.score(rows[2000:]))


@pytest.mark.parametrize("name", NAMES)
def test_far_rows_are_anomalies_and_a_percentile_of_the_normal_ones(name):
    detector = AnomalyDetector(name, percentile=95).fit(normal_rows())
    assert detector.predict(normal_rows(seed=3) + 100).all()
    if name != "neighbors":
        assert detector.predict(normal_rows()).mean() == pytest.approx(0.05, abs=0.01)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("calibrated", [False, True])
def test_the_false_alarm_rate_is_kept_on_average(name, calibrated):
    rates = []
    for seed in range(40):
        rows = np.random.default_rng(seed).normal(size=(500, 8))
        held = {"calibration": rows[100:200]} if calibrated else {}
        detector = AnomalyDetector(name, false_alarm_rate=0.1).fit(rows[:100], **held)
        rates.append(detector.predict(rows[200:]).mean())
    assert np.mean(rates) == pytest.approx(0.1, abs=0.025)


def test_a_calibrated_threshold_is_the_conformal_quantile():
    normal, other = normal_rows(), normal_rows(99, seed=2)
    detector = AnomalyDetector("distance", false_alarm_rate=0.05).fit(normal, other)
    assert detector.threshold == np.sort(detector.score(other))[94]


@pytest.mark.parametrize("name", NAMES)
def test_a_detector_comes_back_from_its_file(name, tmp_path):
    detector = AnomalyDetector(name, k=3, false_alarm_rate=0.1).fit(normal_rows())
    path = detector.save(tmp_path / "deep" / "detector.npz")
    again = AnomalyDetector.load(path)
    rows = normal_rows(20, seed=4)
    assert np.array_equal(again.score(rows), detector.score(rows))
    assert np.array_equal(again.predict(rows), detector.predict(rows))
    assert vars(again).keys() == vars(detector).keys()


def test_no_pickle_is_loaded_and_damage_is_named(tmp_path):
    np.savez(tmp_path / "a.npz", settings=np.array([object()]))
    (tmp_path / "b.npz").write_bytes(b"not a detector")
    for name in ("a.npz", "b.npz"):
        with pytest.raises(ValueError, match="damaged, or not a detector"):
            AnomalyDetector.load(tmp_path / name)
    with pytest.raises(FileNotFoundError, match="no detector at"):
        AnomalyDetector.load(tmp_path / "none.npz")
    with pytest.raises(ValueError, match=r"must end in \.npz"):
        AnomalyDetector().fit(normal_rows()).save(tmp_path / "detector.pkl")


def test_a_save_that_is_interrupted_leaves_the_detector_before(tmp_path, monkeypatch):
    path = AnomalyDetector("distance").fit(normal_rows()).save(tmp_path / "runs" / "detector.npz")
    before = path.read_bytes()

    def interrupt(file, **arrays):
        file.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez_compressed", interrupt)
    with pytest.raises(KeyboardInterrupt):
        AnomalyDetector("mahalanobis").fit(normal_rows()).save(path)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["detector.npz"]


def test_shifted_gaussians_are_separated():
    rng = np.random.default_rng(0)
    series = np.concatenate([rng.normal(size=(1000, 50)), rng.normal(size=(100, 50)) + 2])
    detector = AnomalyDetector("distance").fit(series[:800])
    odd = np.r_[np.zeros(200), np.ones(100)]
    assert roc_auc_score(odd, detector.score(series[800:])) > 0.99


@pytest.mark.parametrize("name", NAMES)
def test_columns_that_depend_on_each_other_or_never_change_give_finite_scores(name):
    rows = normal_rows(30, 2)
    wide = np.concatenate([rows, rows, np.ones((30, 3))], axis=1)
    detector = AnomalyDetector(name).fit(wide)
    assert np.isfinite(detector.score(wide + 1)).all()
    assert np.isfinite(AnomalyDetector(name).fit(np.ones((10, 4))).score(np.ones((1, 4)))).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"score": "cosine"}, "one of 'distance', 'mahalanobis', 'neighbors'"),
        ({"k": 0}, "at least 1"),
        ({"percentile": 101}, r"\[0, 100\]"),
        ({"false_alarm_rate": 0}, r"in \(0, 1\)"),
        ({"percentile": 95, "false_alarm_rate": 0.1}, "not both"),
    ],
)
def test_settings_out_of_range_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        AnomalyDetector(**options)


def test_features_that_do_not_fit_are_refused():
    detector = AnomalyDetector("distance")
    with pytest.raises(ValueError, match="not fitted"):
        detector.score(normal_rows())
    with pytest.raises(ValueError, match="not fitted"):
        detector.save("never.npz")
    with pytest.raises(ValueError, match="one normal row does not show"):
        detector.fit(np.ones((1, 3)))
    with pytest.raises(ValueError, match="NaN or infinite entries, first in row 2"):
        detector.fit(np.array([[0.0], [1.0], [np.nan]]))
    with pytest.raises(ValueError, match="3 columns, the detector was fitted to 4"):
        detector.fit(normal_rows()).score(np.ones((2, 3)))
    with pytest.raises(ValueError, match="k=5 neighbors need at least 6"):
        AnomalyDetector("neighbors").fit(normal_rows(5))
    with pytest.raises(ValueError, match=r"needs at least 99 normal rows.*got 20"):
        AnomalyDetector("distance", false_alarm_rate=0.01).fit(normal_rows(20))


# -- along a series ----------------------------------------------------------------------------------------------------


@settings(max_examples=30)
@given(window=st.integers(1, 6), stride=st.integers(1, 8), count=st.integers(1, 6), more=st.integers(0, 3))
def test_a_step_has_the_mean_score_of_the_windows_that_hold_it(window, stride, count, more):
    starts = np.arange(count) * stride
    scores = np.random.default_rng(count).normal(size=count)
    length = int(starts[-1]) + window + more
    per_step = score_per_step(scores, starts, window, length)
    for step in range(length):
        held = scores[(starts <= step) & (step < starts + window)]
        assert (np.isnan(per_step[step]) and not len(held)) or per_step[step] == pytest.approx(held.mean())


def test_windows_beyond_the_series_are_refused():
    with pytest.raises(ValueError, match="do not lie in 9 steps"):
        score_per_step([1.0, 2.0], [0, 5], 5, 9)
    with pytest.raises(ValueError, match="one of each for each window"):
        score_per_step([1.0, 2.0], [0], 5)


@pytest.mark.parametrize("score", ["distance", "mahalanobis", "neighbors"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_five_percent_of_the_data_that_was_fitted_lie_above_the_threshold(score: str, dtype: type) -> None:
    rows = np.random.default_rng(0).normal(size=(400, 8)).astype(dtype)
    detector = AnomalyDetector(score)
    assert (detector.fit_score(rows) > detector.threshold).sum() == 20
    assert detector.predict(rows).sum() == 20
    assert detector.predict(rows[::-1].copy()).sum() == 20


def test_a_normal_row_is_no_neighbor_of_itself_but_a_copy_of_it_is(tmp_path) -> None:
    rows = np.array([[0.0], [1.0], [3.0], [3.0], [9.0]])
    detector = AnomalyDetector("neighbors", k=1).fit(rows)
    assert detector.score(rows).tolist() == [1, 1, 0, 0, 6]
    assert detector.score([[-0.0], [0.5]]).tolist() == [1, 0.5]
    assert AnomalyDetector.load(detector.save(tmp_path / "d.npz")).score(rows).tolist() == [1, 1, 0, 0, 6]

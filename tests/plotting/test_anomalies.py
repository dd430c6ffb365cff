"""Pictures of anomalies."""

from __future__ import annotations

import numpy as np
import pytest

from pairgen.plotting import plot_anomalies


def test_a_series_is_drawn_above_the_scores_of_its_steps(tmp_path):
    scores = np.abs(np.sin(np.arange(300) / 20))
    labels = scores > 0.98
    figure = plot_anomalies(scores, 0.9, series=np.zeros((300, 2)), labels=labels, title="Pump")
    assert len(figure.axes) == 3
    assert f"{int((scores > 0.9).sum())} of 300 steps above 0.9" in figure.axes[-1].get_xlabel()
    bands = [patch for patch in figure.axes[-1].patches if patch.get_width() > 0]
    assert len(bands) == int((np.diff(labels.astype(int)) == 1).sum())
    figure.savefig(tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 5_000


def test_scores_of_items_are_points():
    figure = plot_anomalies([0.1, 0.2, 0.9], 0.5)
    assert [len(points.get_offsets()) for points in figure.axes[0].collections] == [2, 1]
    assert "1 of 3 items" in figure.axes[0].get_xlabel()


def test_steps_without_a_score_are_left_open():
    figure = plot_anomalies([np.nan, 0.2, 0.9], 0.5, series=[0.0, 1.0, 2.0])
    assert "1 of 2 steps" in figure.axes[-1].get_xlabel()


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="one score an item"):
        plot_anomalies([], 0.5)
    with pytest.raises(ValueError, match="series has 4 rows, scores 3"):
        plot_anomalies([0, 1, 2], 0.5, series=np.zeros(4))
    with pytest.raises(ValueError, match="labels has 1 rows"):
        plot_anomalies([0, 1, 2], 0.5, labels=[True])

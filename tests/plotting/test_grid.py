"""The layout that pictures of pairs share."""

from __future__ import annotations

import pytest

from pairgen.pairs import Pair
from pairgen.plotting import PairGrid
from pairgen.plotting.grid import Box, choose_columns, describe_pair

PAIRS = [Pair("first", "second", i, label=i % 2) for i in range(5)]


def drawn(grid: PairGrid) -> list[tuple[object, Box]]:
    return [cell for row in grid for cell in zip(row.images, row.boxes, strict=True)]


def test_each_view_has_a_cell_and_items_have_one_before_them() -> None:
    assert [image for image, _ in drawn(PairGrid(PAIRS[:2], cell=(1, 1)))] == ["first", "second"] * 2
    grid = PairGrid(PAIRS[:2], ["a", "b"], cell=(1, 1))
    assert [image for image, _ in drawn(grid)] == ["a", "first", "second", "b", "first", "second"]


@pytest.mark.parametrize("columns", [1, 2, 3])
@pytest.mark.parametrize("title", [None, "Pairs"])
def test_cells_lie_in_the_figure_and_do_not_overlap(columns: int, title: str | None) -> None:
    grid = PairGrid(PAIRS, list("abcde"), cell=(1.5, 0.5), columns=columns, title=title, left=0.4, ticks=0.1)
    boxes = [box for _, box in drawn(grid)]
    assert len(boxes) == 15
    for i, a in enumerate(boxes):
        assert (a.width, a.height) == (1.5, 0.5)
        assert a.left >= 0.4
        assert a.left + a.width < grid.width
        assert a.top + a.height < grid.height
        for b in boxes[:i]:
            beside = a.left >= b.left + b.width or b.left >= a.left + a.width
            assert beside or a.top >= b.top + b.height or b.top >= a.top + a.height


def test_axes_fill_their_box_in_inches() -> None:
    grid = PairGrid(PAIRS[:1], cell=(2, 1))
    row = next(iter(grid))
    box = grid.add_axes(row.boxes[1], "second view").get_position()
    assert (box.width * grid.width, box.height * grid.height) == pytest.approx((2, 1))
    assert (box.x0 * grid.width, (1 - box.y1) * grid.height) == pytest.approx(row.boxes[1][:2])


def test_headings_stand_above_the_first_row_only() -> None:
    headings = [row.headings for row in PairGrid(PAIRS[:3], cell=(1, 1), columns=2)]
    assert headings == [["first view", "second view"]] * 2 + [["", ""]]


def test_a_box_is_split_into_an_upper_and_a_lower_one() -> None:
    assert Box(1, 2, 3, 4).split(1) == (Box(1, 2, 3, 1), Box(1, 3, 3, 3))


def test_captions_name_index_and_class() -> None:
    assert describe_pair(Pair(0, 0, 7)) == "item 7"
    assert describe_pair(PAIRS[1]) == "item 1 · class 1"
    assert describe_pair(PAIRS[1], ["cat", "dog"]) == "item 1 · dog"


def test_the_number_of_columns_grows_with_the_pairs_unless_it_is_given() -> None:
    assert [choose_columns(None, PAIRS[:n], 1, 3) for n in (1, 2, 3, 4)] == [1, 2, 2, 3]
    assert choose_columns(4, PAIRS, 1, 3) == 4
    assert choose_columns(9, PAIRS, 1, 3) == 5
    with pytest.raises(ValueError, match="columns is a whole number, at least 1"):
        choose_columns(0, PAIRS, 1, 3)


def test_no_pairs_and_items_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="no pairs to draw"):
        PairGrid([], cell=(1, 1))
    with pytest.raises(ValueError, match="5 pairs but 2 items"):
        PairGrid(PAIRS, ["a", "b"], cell=(1, 1))

"""Choose the columns of texts and labels."""

from __future__ import annotations

from collections.abc import Sequence

from pairgen.data.columns import LABEL_NAMES, find_usual
from pairgen.data.files import LabelOption

__all__ = ["choose_columns"]

_TEXT_NAMES = ("text", "sentence", "question", "content", "document", "review", "body")


def choose_columns(
    names: Sequence[str], labels: LabelOption, text: str | None, label: str | None, where: str
) -> tuple[str, str | None]:
    """Return (column of texts, column of labels or None).

    Args:
        names: Names of all columns.
        labels: False, or labels of the caller's own, for no column; True for one that has to exist.
        text: Column of texts; None for one called text, sentence, question ..., in any case, or the only one.
        label: Column of labels; None for one called label, class ..., in any case, if there is one.
        where: The source, for messages.

    Raises:
        ValueError: There is no such column, or none can be chosen; with the names.
    """
    listed = ", ".join(map(repr, names))
    if text is None:
        text = find_usual(_TEXT_NAMES, names) or (names[0] if len(names) == 1 else None)
        if text is None:
            raise ValueError(f'which column of {where} is the text? it has {listed}; pass text="..."')
    for name in (text, label or text):
        if name not in names:
            raise ValueError(f"{where} has no column {name!r}; it has {listed}")
    if labels is not None and labels is not True:
        return text, None
    if label is None:
        label = find_usual(LABEL_NAMES, [name for name in names if name != text])
    if labels is True and label is None:
        raise ValueError(f'{where} has no column of labels; it has {listed}; pass label="..."')
    return text, label

from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import pairgen
from pairgen.augmentation import OneOf, RandomApply, one, select
from pairgen.modalities.text import (
    CharacterNoise,
    Identity,
    SentenceShuffle,
    SpanCrop,
    SynonymInsertion,
    SynonymSwap,
    WordDropout,
    WordSwap,
)
from pairgen.modalities.text._kernels.words import splice
from pairgen.random import Stream
from pairgen.testing.modalities.text import LEXICON, batches, texts

ALL = [
    SynonymSwap(0.5, lexicon=LEXICON),
    SynonymSwap(count=2, lexicon=LEXICON),
    SynonymSwap(1.0, lexicon=LEXICON, tagger=lambda words: ["a" if word.islower() else None for word in words]),
    SynonymInsertion(0.5, lexicon=LEXICON),
    WordDropout(0.3),
    WordDropout(1.0),
    WordSwap(0.3),
    SpanCrop(),
    SpanCrop(0.3),
    CharacterNoise(0.3),
    CharacterNoise(1.0),
    SentenceShuffle(),
    Identity(),
    RandomApply(WordDropout(0.5), p=0.5),
    OneOf([WordDropout(0.5), WordSwap(0.5), Identity()]),
]


def ids(augmentation):
    return augmentation.name


def test_the_list_above_holds_every_augmentation_of_strings():
    tested = {type(augmentation).__name__ for augmentation in ALL}
    assert set(pairgen.get_modality("text").augmentations) - tested == {"TokenSwap"}


@pytest.mark.parametrize("augmentation", ALL, ids=ids)
@given(batch=batches(), seed=st.integers(0, 1000))
def test_a_batch_is_its_items(augmentation, batch, seed):
    index = np.arange(len(batch)) * 7 + 3
    before = list(batch)
    views, params = augmentation.sample_batch(batch, Stream(seed, index=index))
    assert batch == before
    assert len(views) == len(batch)
    for i, key in enumerate(index.tolist()):
        view, drawn = augmentation.sample(batch[i], Stream(seed, index=key))
        assert view == views[i]
        assert augmentation.apply(batch[i], one(params, i)) == view
        assert augmentation.apply(batch[i], drawn) == view
    if len(batch):
        last = select(params, np.array([len(batch) - 1]))
        assert augmentation.apply_batch(batch[-1:], last) == views[-1:]


@pytest.mark.parametrize("augmentation", ALL, ids=ids)
@given(text=texts(), seed=st.integers(0, 1000))
def test_a_view_is_a_string_and_the_same_for_the_same_key(augmentation, text, seed):
    view = augmentation(text, Stream(seed))
    assert type(view) is str
    assert augmentation(text, Stream(seed)) == view
    assert pickle.loads(pickle.dumps(view)) == view


@pytest.mark.parametrize("augmentation", [a for a in ALL if getattr(a, "tagger", None) is None], ids=ids)
def test_augmentations_pickle_and_go_on_with_the_same_views(augmentation):
    texts = ["The old dogs walked quickly to the big city. Then they answered."] * 3
    again = pickle.loads(pickle.dumps(augmentation))
    assert again == augmentation
    index = np.arange(3)
    stream = Stream(0, index=index)
    assert again.sample_batch(texts, stream)[0] == augmentation.sample_batch(texts, Stream(0, index=index))[0]


@pytest.mark.parametrize(
    "augmentation", [a for a in ALL if hasattr(a, "edits") and not isinstance(a, SentenceShuffle)], ids=ids
)
@given(text=texts(), seed=st.integers(0, 100))
def test_what_no_edit_touches_stays_byte_identical(augmentation, text, seed):
    edits = augmentation.draw(text, Stream(seed))
    view, at, shown = augmentation.apply(text, edits), 0, 0
    for edit in edits:
        kept = text[at : edit.start]
        assert edit.start >= at
        assert view[shown : shown + len(kept)] == kept
        at, shown = edit.stop, shown + len(kept) + len(edit.text)
    assert view[shown:] == text[at:]


def test_the_check_of_bytes_can_fail():
    assert splice("a b", ()) == "a b"
    assert splice("  a\tb ", ((2, 3, "c"),)) == "  c\tb "


@given(text=texts(), seed=st.integers(0, 100))
def test_word_dropout_leaves_a_subsequence_of_words_and_at_least_one(text, seed):
    words, left = text.split(), WordDropout(0.5)(text, Stream(seed)).split()
    rest = iter(words)
    assert all(word in rest for word in left)
    assert bool(left) == bool(words)


@given(text=texts(), seed=st.integers(0, 100), scale=st.floats(0.1, 1.0))
def test_a_crop_is_a_run_of_words_of_the_asked_ratio(text, seed, scale):
    words, left = text.split(), SpanCrop(scale)(text, Stream(seed)).split()
    assert len(left) == (max(1, round(scale * len(words))) if words else 0)
    assert any(words[i : i + len(left)] == left for i in range(len(words) - len(left) + 1))


@given(text=texts(), seed=st.integers(0, 100))
def test_word_swap_and_shuffle_keep_the_words_and_the_white_space(text, seed):
    for augmentation in (WordSwap(0.5), SentenceShuffle()):
        view = augmentation(text, Stream(seed))
        assert sorted(view.split()) == sorted(text.split())
        assert len(view) == len(text)


def test_sentences_are_shuffled_whole():
    text = "Dr. Brown came. He saw!  Did he conquer? Yes."
    views = {SentenceShuffle()(text, Stream(0, index=i)) for i in range(300)}
    assert len(views) == 24
    assert "Yes. He saw!  Did he conquer? Dr. Brown came." in views


def test_character_noise_touches_ascii_letters_alone():
    text = "naïve 你好 🇩🇪 e\u0301 1234 !?"
    for i in range(50):
        view = CharacterNoise(1.0)(text, Stream(0, index=i))
        assert [c for c in view if not (c.isascii() and c.isalpha())] == [
            c for c in text if not (c.isascii() and c.isalpha())
        ]


@pytest.mark.parametrize("ratio", [0.05, 0.3, 0.8])
def test_words_are_taken_at_the_ratio_that_was_asked(ratio):
    text = " ".join(["word"] * 50)
    batch = [text] * 2000
    views, _ = WordDropout(ratio).sample_batch(batch, Stream(1, index=np.arange(2000)))
    dropped = 1 - sum(len(view.split()) for view in views) / (50 * 2000)
    assert abs(dropped - ratio) < 4 * (ratio * (1 - ratio) / 100_000) ** 0.5


def test_taken_positions_are_independent():
    """Of neighboring words, both are dropped as often as independence says; a wrong gap would show here."""
    batch = ["a b c d e f g h"] * 20_000
    views, _ = WordDropout(0.3).sample_batch(batch, Stream(2, index=np.arange(len(batch))))
    gone = np.array([[letter not in view for letter in "abcdefgh"] for view in views])
    together = np.cov(gone.T.astype(float))
    assert abs(together - np.diag(np.diag(together))).max() < 0.01
    assert abs(gone.mean(axis=0) - 0.3).max() < 0.015


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: WordDropout(1.5), ValueError, "ratio is a number in"),
        (lambda: WordDropout("a"), TypeError, "ratio is a number"),
        (lambda: WordSwap(-0.1), ValueError, "ratio is a number in"),
        (lambda: CharacterNoise(True), TypeError, "ratio is a number"),
        (lambda: SpanCrop(0.0), ValueError, "scale lies in"),
        (lambda: SpanCrop((0.9, 0.1)), ValueError, "scale is a pair"),
        (lambda: SynonymSwap(2.0, lexicon=LEXICON), ValueError, "ratio is a number in"),
        (lambda: SynonymSwap(count=-1, lexicon=LEXICON), ValueError, "count is a whole number, at least 0"),
        (lambda: SynonymSwap(count=1.5, lexicon=LEXICON), TypeError, "count is a whole number"),
        (lambda: SynonymSwap(senses=0, lexicon=LEXICON), ValueError, "senses is a whole number, at least 1"),
        (lambda: SynonymSwap(pos=("x",), lexicon=LEXICON), ValueError, "'x' is no part of speech"),
        (lambda: SynonymSwap(protect="dog", lexicon=LEXICON), TypeError, "a list of words"),
        (lambda: SynonymSwap(language="xx"), ValueError, "no lexicon for the language 'xx'"),
    ],
)
def test_a_parameter_out_of_range_is_refused_by_name(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize("augmentation", [a for a in ALL if hasattr(a, "edits")], ids=ids)
def test_what_is_no_text_is_refused_with_the_remedy(augmentation):
    with pytest.raises(TypeError, match="the text is None"):
        augmentation(None, Stream(0))
    with pytest.raises(TypeError, match="use TokenSwap"):
        augmentation(torch.tensor([1, 2]), Stream(0))
    with pytest.raises(TypeError, match="got bytes; decode them first"):
        augmentation(b"a dog", Stream(0))
    with pytest.raises(TypeError, match="a text is a str here; got int"):
        augmentation(7, Stream(0))


@pytest.mark.parametrize("augmentation", ALL, ids=ids)
@pytest.mark.parametrize("text", ["", " \n\t\u2003", "👩\u200d👩\u200d👧", "שלום مرحبا", "\x00", "1 2 3", "a"])
def test_degenerate_texts_are_no_trouble(augmentation, text):
    view = augmentation(text, Stream(0))
    assert isinstance(view, str)
    if not text.split():
        assert view == text

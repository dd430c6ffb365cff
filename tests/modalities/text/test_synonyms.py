from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pairgen.modalities.text import SynonymInsertion, SynonymSwap
from pairgen.modalities.text._kernels.words import core_of, starts_sentence
from pairgen.random import Stream
from pairgen.testing.modalities.text import sentences


def views(augmentation, text, count=40):
    return {augmentation(text, Stream(0, index=i)) for i in range(count)}


def swap(tiny, **options):
    return SynonymSwap(**({"ratio": 1.0, "lexicon": tiny} | options))


def test_words_become_synonyms_in_the_same_form_and_case(tiny):
    assert views(swap(tiny, senses=1), "The dogs stopped. Dogs then stopped QUICKLY!") >= {
        "The hounds halted. Hounds then halted QUICKLY!"
    }
    assert views(swap(tiny), "THE BIGGER CITY") == {"THE LARGER METROPOLIS"}


@pytest.mark.parametrize("word", ["best", "better", "worst", "behind", "past", "inside", "eleven", "twenty"])
def test_degrees_prepositions_and_numerals_stay(word):
    lexicon = {pos: {word: ["marble"]} for pos in ("n", "v", "a", "r")}
    assert views(SynonymSwap(1.0, lexicon=lexicon), f"it is {word} of all") == {f"it is {word} of all"}


def test_a_capital_letter_within_a_sentence_is_no_article():
    lexicon = {"v": {"help": ["aid"]}}
    swap = SynonymSwap(1.0, lexicon=lexicon)
    assert views(swap, "Vitamin A helps.") == {"Vitamin A aids."}
    assert views(SynonymSwap(1.0, lexicon={"n": {"car": ["auto"]}}), "Look. A car") == {"Look. An auto"}
    assert views(SynonymSwap(1.0, lexicon={"n": {"hour": ["hr"]}}), "took an hour") == {"took an hr"}


def test_an_article_fits_the_word_inserted_behind_it():
    inserted = views(SynonymInsertion(1.0, lexicon={"n": {"apple": ["fruit"]}}), "I saw an apple", 60)
    assert "I saw a fruit apple" in inserted
    assert not any(" an fruit" in text for text in inserted)


def test_articles_follow(tiny):
    assert views(swap(tiny), "A big dog, an old cad, and a walk.") >= {
        "A large hound, an ancient bounder, and a stroll."
    }
    lexicon = {"n": {"animal": ["beast"], "dog": ["animal"], "car": ["automobile"]}}
    assert views(SynonymSwap(1.0, lexicon=lexicon), "An animal, a dog. A car; a, DOG A DOG") >= {
        "A beast, an animal. An automobile; a, DOG A DOG"
    }
    assert views(SynonymSwap(1.0, lexicon=lexicon), "AN ANIMAL IN A CAR TODAY") == {"A BEAST IN AN AUTOMOBILE TODAY"}


@pytest.mark.parametrize(
    "text",
    [
        "192.168.1.1",
        "https://dog.example.com/big/city?dog=big",
        "big@dog.org",
        "www.dog.com dog.txt",
        "the Dog we met",
        "a DOG here",
        "dog_house big2 #dog @dog",
        "O'Dog d'dog",
        "Dog's life",
        "I can go",
        "xyzzy plugh",
        "",
        " \u2003\n",
    ],
)
def test_names_numbers_addresses_and_stop_words_stay(tiny, text):
    assert views(swap(tiny, protect=("go",)), text) == {text}


def test_punctuation_and_white_space_stay(tiny):
    text = '  "Big\u00a0dogs",\tthe\u2003(dogs\' ) city\u2019s … quickly—\r\n'
    for view in views(swap(tiny, senses=1), text):
        assert "".join(c for c in view if not c.isalpha()) == "".join(c for c in text if not c.isalpha())
        assert "hounds" in view


def test_protected_words_and_parts_of_speech_are_left(tiny):
    assert views(swap(tiny, protect=["DOGS"]), "big dogs") == {"large dogs", "bad dogs"}
    assert views(swap(tiny, pos=("n",)), "big dogs stopped quickly") == {
        f"big {word} stopped quickly" for word in ("hounds", "cads", "bounders")
    }


def test_senses_are_cut_off_from_the_rarest(tiny):
    assert views(swap(tiny, senses=1), "a big dog") == {"a large hound"}
    assert len(views(swap(tiny, senses=None), "a big dog")) == 6


def test_candidates_of_several_words_are_used_only_when_asked_for(tiny):
    assert "domestic dogs run" in views(swap(tiny, multiword=True), "dogs run")
    assert not any(" " in view.removesuffix(" run") for view in views(swap(tiny), "dogs run"))


def test_phrases_stay_whole_or_are_swapped_whole(tiny):
    assert views(swap(tiny), "our domestic dogs") == {"our domestic dogs"}
    assert views(swap(tiny, senses=1), "our domestic, dogs") == {"our domestic, hounds"}
    whole = SynonymSwap(1.0, lexicon={"n": {"guard dog": ["watchdog"], "guard": ["sentry"]}}, multiword=True)
    assert views(whole, "A guard dog barks at a guard") == {"A watchdog barks at a sentry"}


def test_the_words_around_decide_how_a_word_is_read(tiny):
    assert views(swap(tiny), "to walk") == {"to stroll"}
    lexicon = {"n": {"walk": ["promenade"]}, "v": {"walk": ["stroll"]}}
    own = SynonymSwap(1.0, lexicon=lexicon)
    assert views(own, "we walk") == {"we stroll"}
    assert views(own, "the walk") == {"the promenade"}


def test_a_tagger_decides_instead(tiny):
    def nouns(words):
        return ["NN" if word == "walk" else None for word in words]

    lexicon = {"n": {"walk": ["promenade"]}, "v": {"walk": ["stroll"]}}
    assert views(SynonymSwap(1.0, lexicon=lexicon, tagger=nouns), "We walk; the walk, run") == {
        "We promenade; the promenade, run"
    }
    with pytest.raises(ValueError, match="0 tags for 2 words"):
        SynonymSwap(1.0, lexicon=lexicon, tagger=lambda words: [])("we walk", Stream(0))


def test_a_count_is_a_number_of_swaps(tiny):
    text = "big dogs stopped quickly in cities"
    for count in range(8):
        for i in range(10):
            view = swap(tiny, count=count)(text, Stream(0, index=i))
            changed = sum(a != b for a, b in zip(text.split(), view.split(), strict=True))
            assert changed == min(count, 5)


@pytest.mark.parametrize("ratio", [0.0, 0.1, 1.0])
def test_each_word_is_swapped_at_the_ratio(tiny, ratio):
    texts = ["big dogs stopped quickly"] * 5000
    found, _ = swap(tiny, ratio=ratio).sample_batch(texts, Stream(3, index=np.arange(len(texts))))
    changed = np.array(
        [[a != b for a, b in zip(t.split(), v.split(), strict=True)] for t, v in zip(texts, found, strict=True)]
    )
    assert abs(changed.mean(axis=0) - ratio).max() < 0.02


def test_insertion_adds_synonyms_and_keeps_the_words(tiny):
    for view in views(SynonymInsertion(1.0, lexicon=tiny, senses=1), "A big dog."):
        words = view.split()
        assert sorted(words) == sorted(["A", "big", "dog.", "large", "hound"])


def names_by_hand(chunks):
    """The slow oracle of the rule for capitals: positions of capitalized words that are no names."""
    found = set()
    for i, chunk in enumerate(chunks):
        core = core_of(chunk)
        if core is None or core.word.islower():
            continue
        nearby = [core_of(chunks[j]) for j in (i - 1, i + 1) if 0 <= j < len(chunks) and chunks[j] not in ("A", "I")]
        following = core_of(chunks[i + 1]) if i + 1 < len(chunks) and chunks[i + 1] not in ("A", "I") else None
        if core.word.isupper() and len(core.word) > 1:
            spelled = [other.word.isupper() for other in nearby if other]
            if spelled and all(spelled):
                found.add(i)
        elif core.word[1:].islower() and starts_sentence(chunks, i) and not (following and following.word[0].isupper()):
            found.add(i)
    return found


_WORDS = "Dog DOG dog dogs. Dog. the THE I 12 , City CITY! (Big big? A x.y"
words = st.lists(st.sampled_from(_WORDS.split()), max_size=8)


@given(batch=st.lists(words, min_size=1, max_size=4))
def test_which_capitalized_words_are_names_is_what_the_slow_rule_says(tiny, batch):
    scanner = swap(tiny).scanner
    texts = tuple(" ".join(chunks) for chunks in batch)
    counts, scans = scanner.scan_batch(texts)
    for text, scan, count in zip(texts, scans, counts.tolist(), strict=True):
        alone = scanner.scan_text(text)
        assert scan.chunks == alone.chunks == text.split()
        assert scan.eligible == alone.eligible
        assert len(scan.eligible) == count
        capitals = {i for i in scan.eligible if not core_of(scan.chunks[i]).word.islower()}
        listed = {
            i
            for i, chunk in enumerate(scan.chunks)
            if core_of(chunk) and core_of(chunk).lower in scanner.vocabulary.lexicon
        }
        assert capitals == names_by_hand(scan.chunks) & listed - {i for i in listed if scan.chunks[i] in ("I", "A")}


def test_the_slow_rule_can_fail():
    assert names_by_hand(["Dog", "met", "Dog"]) == {0}
    assert names_by_hand(["the", "DOG"]) == set()
    assert names_by_hand(["BIG", "DOG"]) == {0, 1}


@given(text=sentences(30), seed=st.integers(0, 50))
def test_swaps_keep_the_number_of_words_and_every_other_character(tiny, text, seed):
    view = swap(tiny, ratio=0.7)(text, Stream(seed))
    assert len(view.split()) == len(text.split())
    assert [c for c in view if c.isspace()] == [c for c in text if c.isspace()]
    assert "_" not in view.replace("_x_", "").replace("a_b", "")


def test_threads_share_a_swap_without_harm(tiny):
    augmentation = swap(tiny, ratio=0.5)
    texts = [f"big dogs stopped quickly in {i} cities" for i in range(200)]
    alone = [augmentation(text, Stream(0, index=i)) for i, text in enumerate(texts)]
    fresh = pickle.loads(pickle.dumps(augmentation))
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda i: fresh(texts[i], Stream(0, index=i)), range(200)))
    assert together == alone


def test_ten_megabytes_in_one_line_are_no_trouble(tiny):
    text = "big dogs stopped quickly in the city \u00e9\u4f60 " * 240_000
    view = swap(tiny, ratio=0.1)(text, Stream(0))
    assert len(text.encode()) > 10e6
    assert len(view.split()) == len(text.split())
    assert view != text


def test_a_text_without_a_known_word_is_returned_as_it_is(tiny):
    text = "Xyzzy plugh 12"
    assert swap(tiny)(text, Stream(0)) is text

from __future__ import annotations

import pytest

from pairgen.modalities.text.lexicon.inflection import IRREGULAR_VERBS, inflect, irregular

EXCEPTIONS = {
    "n": {"child": ["children"], "wolf": ["wolves"]},
    "v": {"travel": ["travelled", "travelling"]},
    "a": {"happy": ["happier", "happiest"]},
}


@pytest.mark.parametrize(
    ("noun", "plural"),
    [
        ("dog", "dogs"),
        ("box", "boxes"),
        ("church", "churches"),
        ("city", "cities"),
        ("day", "days"),
        ("child", "children"),
        ("wolf", "wolves"),
        ("fireman", "firemen"),
        ("human", "humans"),
        ("domestic dog", "domestic dogs"),
    ],
)
def test_nouns_have_their_plural(noun, plural):
    assert inflect(noun, "n", EXCEPTIONS) == {"singular": noun, "plural": plural}


@pytest.mark.parametrize(
    ("verb", "third", "past", "participle", "gerund"),
    [
        ("walk", "walks", "walked", "walked", "walking"),
        ("bake", "bakes", "baked", "baked", "baking"),
        ("stop", "stops", "stopped", "stopped", "stopping"),
        ("visit", "visits", "visited", "visited", "visiting"),
        ("travel", "travels", "travelled", "travelled", "travelling"),
        ("carry", "carries", "carried", "carried", "carrying"),
        ("play", "plays", "played", "played", "playing"),
        ("die", "dies", "died", "died", "dying"),
        ("free", "frees", "freed", "freed", "freeing"),
        ("go", "goes", "went", "gone", "going"),
        ("have", "has", "had", "had", "having"),
        ("put", "puts", "put", "put", "putting"),
        ("overcome", "overcomes", "overcame", "overcome", "overcoming"),
        ("belie", "belies", "belied", "belied", "belying"),
        ("look up", "looks up", "looked up", "looked up", "looking up"),
    ],
)
def test_verbs_have_their_five_forms(verb, third, past, participle, gerund):
    forms = inflect(verb, "v", EXCEPTIONS)
    assert list(forms.values()) == [verb, third, past, participle, gerund]


@pytest.mark.parametrize(
    ("adjective", "comparative", "superlative"),
    [
        ("large", "larger", "largest"),
        ("big", "bigger", "biggest"),
        ("happy", "happier", "happiest"),
        ("bad", None, None),
        ("simple", "simpler", "simplest"),
        ("beautiful", None, None),
        ("tired", None, None),
        ("grown", None, None),
    ],
)
def test_adjectives_that_take_endings_are_compared_the_others_are_not(adjective, comparative, superlative):
    forms = inflect(adjective, "a", EXCEPTIONS)
    assert (forms.get("comparative"), forms.get("superlative")) == (comparative, superlative)


def test_adverbs_have_one_form():
    assert inflect("quickly", "r", EXCEPTIONS) == {"adverb": "quickly"}


def test_irregular_verbs_are_known_with_their_prefixes_but_not_by_chance():
    assert irregular("withstand") == ("withstood", "withstood")
    assert irregular("relay") is None
    assert irregular("walk") is None
    assert len(IRREGULAR_VERBS) > 120

"""Inflection of English words: WordNet's exception lists first, then the rules of regular inflection.

The rules are the inverse of WordNet's own `morphy`, which goes from the form to the lemma. WordNet's `verb.exc` says
that `went` and `gone` belong to `go`, but not which is which: the irregular verbs are listed here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pairgen.modalities.text.lexicon.types import FORMS_OF

__all__ = ["IRREGULAR_VERBS", "Exceptions", "inflect", "irregular"]

Exceptions = Mapping[str, Mapping[str, Sequence[str]]]
"""Part of speech -> lemma -> its irregular forms, as the files `noun.exc`, `verb.exc` and `adj.exc` list them."""

_SIBILANT = ("s", "x", "z", "ch", "sh")
_SHORT = re.compile(r"[^aeiou]*(?:qu)?[aeiou][^aeiouwxy]")  # one vowel, one consonant: stop, big, quit
_SYLLABLE = re.compile(r"[aeiouy]+")
_UNGRADED = frozenset(("good", "bad", "well", "ill", "far"))  # what they are compared with takes no synonyms
_COLLECTIVE = re.compile(r"(?:ics|works|means|species|series|news)$")  # nouns that look plural and have no other form
_UNCOMPARED = 2  # adjectives of more syllables than this, or of two without -y, take "more" and "most"

_VERBS = """
arise arose arisen, awake awoke awoken, bear bore borne, beat beat beaten, become became become, begin began begun,
bend bent bent, bet bet bet, bid bid bid, bind bound bound, bite bit bitten, bleed bled bled, blow blew blown,
break broke broken, breed bred bred, bring brought brought, broadcast broadcast broadcast, build built built,
burst burst burst, buy bought bought, cast cast cast, catch caught caught, choose chose chosen, cling clung clung,
come came come, cost cost cost, creep crept crept, cut cut cut, deal dealt dealt, dig dug dug, do did done,
draw drew drawn, drink drank drunk, drive drove driven, eat ate eaten, fall fell fallen, feed fed fed, feel felt felt,
fight fought fought, find found found, flee fled fled, fling flung flung, fly flew flown, forbid forbade forbidden,
forget forgot forgotten, forgive forgave forgiven, forsake forsook forsaken, freeze froze frozen, get got got,
give gave given, go went gone, grind ground ground, grow grew grown, hang hung hung, have had had, hear heard heard,
hide hid hidden, hit hit hit, hold held held, hurt hurt hurt, keep kept kept, kneel knelt knelt, know knew known,
lay laid laid, lead led led, leave left left, lend lent lent, let let let, lie lay lain, light lit lit, lose lost lost,
make made made, mean meant meant, meet met met, mow mowed mown, pay paid paid, prove proved proven, put put put,
quit quit quit, read read read, rend rent rent, rid rid rid, ride rode ridden, ring rang rung, rise rose risen,
run ran run, say said said, see saw seen, seek sought sought, sell sold sold, send sent sent, set set set,
sew sewed sewn, shake shook shaken, shed shed shed, shine shone shone, shoot shot shot, show showed shown,
shrink shrank shrunk, shut shut shut, sing sang sung, sink sank sunk, sit sat sat, slay slew slain, sleep slept slept,
slide slid slid, sling slung slung, slit slit slit, sow sowed sown, speak spoke spoken, spend spent spent,
spin spun spun, spit spat spat, split split split, spread spread spread, spring sprang sprung,
stand stood stood, steal stole stolen, stick stuck stuck, sting stung stung, stink stank stunk,
stride strode stridden, strike struck struck,
string strung strung, strive strove striven, swear swore sworn, sweep swept swept, swell swelled swollen,
swim swam swum, swing swung swung, take took taken, teach taught taught, tear tore torn, tell told told,
think thought thought, throw threw thrown, thrust thrust thrust, tread trod trodden, wake woke woken, wear wore worn,
weave wove woven, wed wed wed, weep wept wept, win won won, wind wound wound, wring wrung wrung, write wrote written
"""

IRREGULAR_VERBS: dict[str, tuple[str, str]] = {
    base: (past, participle) for base, past, participle in (entry.split() for entry in _VERBS.split(","))
}
"""Verbs whose past or participle no rule gives: base -> (past, participle)."""

_PREFIXES = ("under", "over", "with", "fore", "mis", "out", "off", "up", "un", "re", "be")
_REGULAR = frozenset(("behave", "belay", "belie", "relay", "reprove"))  # what looks prefixed, but is not


def inflect(lemma: str, pos: str, exceptions: Exceptions) -> dict[str, str]:
    """Return form -> spelling for the forms in `FORMS_OF[pos]` that a lemma has.

    Adjectives that are compared with "more" have neither comparative nor superlative, and nor have good, bad, well, ill
    and far: "better" and "worst" are no degree of "big" or "fine". Adverbs have one form.

    Args:
        lemma: Lower case; of several words, a noun inflects the last and a verb the first ("look up").
        pos: Part of speech, one of `POS`.
        exceptions: Irregular forms, which go before the rules.
    """
    listed = exceptions.get(pos, {}).get(lemma, ())
    if pos == "n":
        return {"singular": lemma, "plural": _plural(lemma, listed)}
    if pos == "v":
        verb, space, rest = lemma.partition(" ")
        forms = _verb_forms(verb, exceptions.get(pos, {}).get(verb, ()) if space else listed)
        return {name: form + space + rest for name, form in forms.items()}
    return _compare(lemma, listed) if pos == "a" else {FORMS_OF[pos][0]: lemma}


def _plural(noun: str, listed: Sequence[str]) -> str:
    if listed:
        return listed[0]
    if _COLLECTIVE.search(noun):
        return noun
    first, space, last = noun.rpartition(" ")
    if last.endswith("man") and last not in ("human", "german", "roman", "talisman", "shaman", "caiman"):
        return f"{first}{space}{last[:-3]}men"
    return first + space + _add_s(last)


def _add_s(word: str) -> str:
    """The regular plural of a noun, and the third person of a verb but for those in -o."""
    if word.endswith(_SIBILANT):
        return word + "es"
    return word[:-1] + "ies" if _ends_in_consonant_y(word) else word + "s"


def _ends_in_consonant_y(word: str) -> bool:
    return len(word) > 2 and word[-1] == "y" and word[-2] not in "aeiou"


def _verb_forms(verb: str, listed: Sequence[str]) -> dict[str, str]:
    past = next((form for form in listed if form.endswith("ed")), _regular_past(verb))
    past, participle = irregular(verb) or (past, past)
    third = verb + "es" if verb.endswith("o") and len(verb) > 1 and verb[-2] not in "aeiou" else _add_s(verb)
    return {
        "base": verb,
        "third": {"have": "has"}.get(verb, third),
        "past": past,
        "participle": participle,
        "gerund": next((form for form in listed if form.endswith("ing")), _regular_gerund(verb)),
    }


def _regular_past(verb: str) -> str:
    if verb.endswith("e"):
        return verb + "d"
    return verb[:-1] + "ied" if _ends_in_consonant_y(verb) else _double(verb) + "ed"


def _regular_gerund(verb: str) -> str:
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    return verb[:-1] + "ing" if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")) else _double(verb) + "ing"


def _double(word: str) -> str:
    """The stem before a vowel: stop, stopp-; longer words are doubled where the exception lists say so."""
    return word + word[-1] if _SHORT.fullmatch(word) else word


def _compare(adjective: str, listed: Sequence[str]) -> dict[str, str]:
    forms = {"positive": adjective}
    if adjective in _UNGRADED:
        return forms
    comparative = next((form for form in listed if form.endswith("er")), "")
    superlative = next((form for form in listed if form.endswith("est")), "")
    if _takes_endings(adjective):
        stem = adjective[:-1] if adjective.endswith("e") else _double(adjective)
        stem = adjective[:-1] + "i" if _ends_in_consonant_y(adjective) else stem
        comparative, superlative = comparative or stem + "er", superlative or stem + "est"
    if comparative and superlative:
        forms |= {"comparative": comparative, "superlative": superlative}
    return forms


def _takes_endings(adjective: str) -> bool:
    """Whether it is compared with -er and -est by rule: words of one syllable, and of two in -y or -le."""
    if not adjective.isalpha() or adjective.endswith(("ed", "ing", "er", "est", "wn")):
        return False
    syllables = len(_SYLLABLE.findall(adjective[:-1] if adjective.endswith("e") else adjective))
    return syllables <= 1 or (
        syllables == _UNCOMPARED and (_ends_in_consonant_y(adjective) or adjective.endswith("le"))
    )


def irregular(verb: str) -> tuple[str, str] | None:
    """Return (past, participle) of an irregular verb, also a prefixed one (`overcome`, `withstand`); else None."""
    if verb in IRREGULAR_VERBS:
        return IRREGULAR_VERBS[verb]
    if verb in _REGULAR:
        return None
    for prefix in _PREFIXES:
        stem = IRREGULAR_VERBS.get(verb.removeprefix(prefix)) if verb.startswith(prefix) else None
        if stem:
            return prefix + stem[0], prefix + stem[1]
    return None

"""English verbs whose past or participle no rule gives: base, past and participle.

WordNet's `verb.exc` says that `went` and `gone` belong to `go`, but not which is which.
"""

from __future__ import annotations

__all__ = ["IRREGULAR_VERBS", "irregular"]

_TABLE = """
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
    base: (past, participle) for base, past, participle in (entry.split() for entry in _TABLE.split(","))
}
"""base -> (past, participle)."""

_PREFIXES = ("under", "over", "with", "fore", "mis", "out", "off", "up", "un", "re", "be")
_REGULAR = frozenset(("behave", "belay", "belie", "relay", "reprove"))  # what looks prefixed, but is not


def irregular(verb: str) -> tuple[str, str] | None:
    """(past, participle) of an irregular verb, prefixed ones among them (`overcome`, `withstand`); else None."""
    if verb in IRREGULAR_VERBS:
        return IRREGULAR_VERBS[verb]
    if verb in _REGULAR:
        return None
    for prefix in _PREFIXES:
        stem = IRREGULAR_VERBS.get(verb.removeprefix(prefix)) if verb.startswith(prefix) else None
        if stem:
            return prefix + stem[0], prefix + stem[1]
    return None

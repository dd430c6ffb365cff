"""Words that carry grammar, not content: a synonym swap leaves them alone."""

from __future__ import annotations

__all__ = ["STOP_WORDS"]

_ENGLISH = """
a about above after again against all am an and any are as at be because been before being below between both
but by can could did do does doing down during each either else ever few for from further get gets getting got
had has have having he her here hers herself him himself his how i if in into is it its itself just let like may
me might more most much must my myself neither no nor not now of off on once one only or other ought our ours
ourselves out over own per same shall she should since so some such than that the their theirs them themselves
then there these they this those though through to too under until up upon us very was we were what when where
whether which while who whom whose why will with within without would yes yet you your yours yourself yourselves
two three four five six seven eight nine ten
"""

STOP_WORDS: dict[str, frozenset[str]] = {"en": frozenset(_ENGLISH.split())}
"""Language -> its stop words, in lower case."""

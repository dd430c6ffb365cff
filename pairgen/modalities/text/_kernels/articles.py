"""The article "a" or "an", by how the next word sounds."""

from __future__ import annotations

import re

__all__ = ["article_before", "repaired"]

_SILENT_H = re.compile(r"hours?\b|hourly|heir|honest|honou?r")
_LIKE_YOU = re.compile(r"uni(?![nmd])|unani|us[aeu]|ut[eio]|ur[aeio]|ubi|uk|ufo|u-|eu|ewe|ones?\b|one-|once|ouija")


def article_before(word: str) -> str:
    """The article that is said before this word, in lower case.

    >>> [article_before(word) for word in ("apple", "hour", "university", "uninteresting", "house", "one-off")]
    ['an', 'an', 'a', 'an', 'a', 'a']
    """
    lower = word.lower()
    if _LIKE_YOU.match(lower):
        return "a"
    return "an" if lower[:1] in tuple("aeiou") or _SILENT_H.match(lower) else "a"


def repaired(article: str, word: str) -> str:
    """The article, in its own case, as it has to be before this word; anything else than "a" and "an" is left."""
    if article.lower() not in ("a", "an"):
        return article
    right = article_before(word)
    if article.isupper() and (len(article) > 1 or word.isupper()):
        return right.upper()
    return right.capitalize() if article[0].isupper() else right

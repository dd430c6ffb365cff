"""What learns TREC's classes without an encoder: TF-IDF and LSA, each with logistic regression."""

from __future__ import annotations

from typing import Any

from benchmarks.data.trec import Trec


def tfidf(data: Trec) -> float:
    """Accuracy of logistic regression on TF-IDF of words and pairs of words."""
    known, unknown = _vectors(data)
    return _accuracy(known, unknown, data)


def lsa(data: Trec, width: int = 128) -> float:
    """Accuracy of logistic regression on the first `width` components of TF-IDF (Deerwester et al. 1990)."""
    import sklearn.decomposition

    sk: Any = sklearn
    known, unknown = _vectors(data)
    svd = sk.decomposition.TruncatedSVD(min(width, known.shape[1] - 1), random_state=0).fit(known)
    return _accuracy(svd.transform(known), svd.transform(unknown), data)


def _vectors(data: Trec) -> tuple[Any, Any]:
    import sklearn.feature_extraction.text

    sk: Any = sklearn
    counter = sk.feature_extraction.text.TfidfVectorizer(token_pattern=r"\S+", ngram_range=(1, 2), sublinear_tf=True)
    return counter.fit_transform(data.train), counter.transform(data.test)


def _accuracy(known: Any, unknown: Any, data: Trec) -> float:
    import sklearn.linear_model

    sk: Any = sklearn
    model = sk.linear_model.LogisticRegression(C=10.0, max_iter=1000).fit(known, data.train_labels)
    return float(model.score(unknown, data.test_labels))

"""Texts as vectors of word counts."""

import numpy as np

from narrows.errors import UserError
from narrows.own.raw import Array
from narrows.own.request import Request


def count_words(texts: Array, train: int, request: Request) -> tuple[Array, tuple[str, ...]]:
    """Bags of words, float32 (N, 1, 1, D), and the D words. Entries are 1 + log(count), scaled to rows of norm 1.

    The vocabulary is taken from the first `train` texts, unless the request contains one. Raises UserError if there are
    no words.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    vocabulary = request.words if isinstance(request.words, tuple) else None
    vectorizer = TfidfVectorizer(
        max_features=None if vocabulary else request.words,
        vocabulary=vocabulary,
        sublinear_tf=True,
        use_idf=False,
        dtype=np.float32,
    )
    try:
        vectorizer.fit(texts[:train])
    except ValueError:
        raise UserError(f"data.path={request.path}: holds no words of two letters or more") from None
    counts = vectorizer.transform(texts).toarray()
    return counts[:, None, None], tuple(map(str, vectorizer.get_feature_names_out()))


def drop_empty(values: Array, order: Array, test: int, request: Request) -> tuple[Array, Array, int]:
    """Drop paragraphs without any word of the vocabulary; returns the remaining values, order and number of test rows.

    They are all equal, the zero vector, which says nothing about an autoencoder. Raises UserError if no test row is
    left.
    """
    kept = np.asarray(values.any(axis=(1, 2, 3)))
    if not (left := int(kept[-test:].sum())):
        raise UserError(f"data.words={request.words}: no test paragraph of {request.path.name} holds one of the words")
    return values[kept], order[kept], left

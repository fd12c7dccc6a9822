"""Texts as vectors of word counts."""

import numpy as np

from narrows.errors import UserError
from narrows.own.raw import Array
from narrows.own.request import Request


def count_words(texts: Array, train: int, request: Request) -> tuple[Array, tuple[str, ...]]:
    """Bags of words, float32 (N, 1, 1, D), and the words: each text is a row of length 1 of 1 + log(count).

    The vocabulary comes from the first `train` texts, unless the request holds one. Raises UserError if there are no
    words.
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
    except ValueError as error:
        raise UserError(f"data.path={request.path}: {error}") from None
    counts = vectorizer.transform(texts).toarray()
    return counts[:, None, None], tuple(map(str, vectorizer.get_feature_names_out()))


def drop_empty(values: Array, order: Array, test: int, request: Request) -> tuple[Array, Array, int]:
    """Drops the paragraphs without any word of the vocabulary: values, order and number of test rows without them.

    They are all the same point and would only show that points can be copied. Raises UserError if no test row is left.
    """
    kept = np.asarray(values.any(axis=(1, 2, 3)))
    if not (left := int(kept[-test:].sum())):
        raise UserError(f"data.words={request.words}: no test paragraph of {request.path.name} holds one of the words")
    return values[kept], order[kept], left

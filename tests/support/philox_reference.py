"""Philox 4x32-10 in Python's integers, one block at a time, after Salmon et al. 2011, section 3.3."""

Words = tuple[int, ...]


def philox(counter: Words, key: Words) -> Words:
    """Four random words of 32 bits from a counter of four and a key of two."""
    (l0, r0, l1, r1), (k0, k1) = counter, key
    for _ in range(10):
        product0, product1 = l0 * 0xD2511F53, l1 * 0xCD9E8D57
        l0, r0, l1, r1 = (product1 >> 32) ^ r0 ^ k0, product1 % 2**32, (product0 >> 32) ^ r1 ^ k1, product0 % 2**32
        k0, k1 = (k0 + 0x9E3779B9) % 2**32, (k1 + 0xBB67AE85) % 2**32
    return l0, r0, l1, r1


def words_of(key: int, step: int, request: int, count: int) -> list[int]:
    """The first `count` words of a run's request: key and step have 64 bits."""
    key_words = key % 2**32, key >> 32
    blocks = [philox((block, request, step % 2**32, step >> 32), key_words) for block in range((count + 3) // 4)]
    return [word for block in blocks for word in block][:count]

"""The Merkle tree of the ledger: roots, and proofs that something is in it and that it only grew.

Source: RFC 9162, 2.1.1 (tree hash), 2.1.3 (inclusion) and 2.1.4 (consistency). SHA-256; the twin uses SM3 instead.
Pure: hashes in, hashes out. A tree is known by the hashes of its *complete subtrees*: `(level, index)` is the one over
the leaves from `index << level` up to `(index + 1) << level`. Whoever can tell these (`Subtrees`) can tell any root and
proof by some 2·log2(n) of them; where they come from (tiles, a list of leaves) is not here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

HASH_BYTES: Final = 32
Subtrees = Callable[[int, int], bytes]
"""Tells the hash of a complete subtree by its level and index."""


@dataclass(frozen=True, slots=True)
class Hashing:
    """The hash function of a tree, with the bytes that keep leaves apart from nodes."""

    digest: Callable[[bytes], bytes]

    @property
    def empty(self) -> bytes:
        """The root of a tree without leaves."""
        return self.digest(b"")

    def leaf(self, entry: bytes) -> bytes:
        """The hash of one entry."""
        return self.digest(b"\x00" + entry)

    def node(self, left: bytes, right: bytes) -> bytes:
        """The hash over two."""
        return self.digest(b"\x01" + left + right)

    def root(self, hashes: Sequence[bytes]) -> bytes:
        """The root over these hashes, in their order."""
        if not hashes:
            return self.empty
        level, digest = list(hashes), self.digest
        while len(level) > 1:
            # An odd one out rises as it is: the same tree as RFC 9162's recursive definition.
            pairs = [digest(b"\x01" + level[i] + level[i + 1]) for i in range(0, len(level) - 1, 2)]
            level = pairs + level[len(pairs) * 2 :]
        return level[0]


def _sha256(data: bytes) -> bytes:
    return sha256(data).digest()


SHA256: Final = Hashing(_sha256)
EMPTY_ROOT: Final = SHA256.empty
leaf_hash: Final = SHA256.leaf
root: Final = SHA256.root


def in_memory(leaves: Sequence[bytes], hashing: Hashing = SHA256) -> Subtrees:
    """The complete subtrees over a list of leaf hashes."""
    return lambda level, index: hashing.root(leaves[index << level : (index + 1) << level])


def complete(start: int, end: int) -> Iterator[tuple[int, int]]:
    """The complete subtrees that make up the leaves from `start` to `end`, left to right.

    `start` must be where a subtree of that many leaves may begin, as it is in every proof.
    """
    while start < end:
        level = (end - start).bit_length() - 1
        yield level, start >> level
        start += 1 << level


def root_over(subtrees: Subtrees, start: int, end: int, hashing: Hashing = SHA256) -> bytes:
    """The hash over the leaves from `start` to `end`."""
    parts = [subtrees(level, index) for level, index in complete(start, end)]
    if not parts:
        return hashing.empty
    found = parts.pop()
    while parts:
        found = hashing.node(parts.pop(), found)
    return found


def prove_inclusion(subtrees: Subtrees, index: int, size: int, hashing: Hashing = SHA256) -> list[bytes]:
    """The hashes that show that leaf `index` is in the tree of `size` leaves, nearest first."""
    if not 0 <= index < size:
        raise IndexError(f"no leaf {index} in a tree of {size}")
    ranges: list[tuple[int, int]] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    return [root_over(subtrees, *each, hashing) for each in reversed(ranges)]


def prove_consistency(subtrees: Subtrees, first: int, second: int, hashing: Hashing = SHA256) -> list[bytes]:
    """The hashes that show that the tree of `second` leaves begins with that of `first`. None for an empty first."""
    if not 0 <= first <= second:
        raise IndexError(f"no tree of {first} leaves in one of {second}")
    if first in {0, second}:
        return []
    ranges: list[tuple[int, int]] = []
    start, end, known = 0, second, True  # `known`: whoever checks has the first root, which this subtree then is.
    while end != first:
        middle = start + _split(end - start)
        if first <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start, known = middle, False
    if not known:
        ranges.append((start, end))
    return [root_over(subtrees, *each, hashing) for each in reversed(ranges)]


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """`prove_inclusion` over a list of leaf hashes."""
    return prove_inclusion(in_memory(leaves), index, len(leaves))


def consistency_proof(leaves: Sequence[bytes], first: int) -> list[bytes]:
    """`prove_consistency` over a list of leaf hashes."""
    return prove_consistency(in_memory(leaves), first, len(leaves))


def implied_root(leaf: bytes, index: int, size: int, proof: Sequence[bytes], hashing: Hashing = SHA256) -> bytes | None:
    """The root that an inclusion proof leads to (RFC 9162, 2.1.3.2); None where it cannot be one."""
    if not 0 <= index < size:
        return None
    position, last, current = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return None
        if position & 1 or position == last:
            current = hashing.node(sibling, current)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            current = hashing.node(current, sibling)
        position, last = position >> 1, last >> 1
    return current if last == 0 else None


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected: bytes, hashing: Hashing = SHA256
) -> bool:
    """Whether the proof leads from the leaf to the root."""
    return implied_root(leaf, index, size, proof, hashing) == expected


def implied_second_root(
    first: int, second: int, first_root: bytes, proof: Sequence[bytes], hashing: Hashing = SHA256
) -> bytes | None:
    """The root of the later tree that a consistency proof leads to (RFC 9162, 2.1.4.2); None where it cannot be one."""
    if first == second:
        return first_root if not proof else None
    if not 0 < first < second:
        return None
    path = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    if not path:
        return None
    position, last = first - 1, second - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    early = late = path[0]
    for sibling in path[1:]:
        if last == 0:
            return None
        if position & 1 or position == last:
            early, late = hashing.node(sibling, early), hashing.node(sibling, late)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            late = hashing.node(late, sibling)
        position, last = position >> 1, last >> 1
    return late if last == 0 and early == first_root else None


def verify_consistency(
    first: int,
    second: int,
    first_root: bytes,
    second_root: bytes,
    proof: Sequence[bytes],
    hashing: Hashing = SHA256,
) -> bool:
    """Whether the later tree begins with the earlier one. Any tree begins with the empty one."""
    if first == 0:
        return not proof and first_root == hashing.empty and second >= 0
    return implied_second_root(first, second, first_root, proof, hashing) == second_root


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1

"""Which of many files are near copies of each other, so that they can be kept together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from deepshield.domain.fingerprints import MOST_BITS, ONE_BIT, PIECES, SEVERAL, Compare, FramePrint, piece

Pair = tuple[str, str]


def near_pairs(files: Mapping[str, Sequence[FramePrint]]) -> list[Pair]:
    """Return pairs of near copies by which all near copies hang together, directly or by others.

    Two files are near copies where either's frames find the other's and `fingerprints.Compare` says so, as of
    a search for one of them; but none is passed over, however many there are. It takes time by the number of
    frames, and by how many of them are alike.
    """
    return list(_Search(files).pairs())


class _Search:
    def __init__(self, files: Mapping[str, Sequence[FramePrint]]) -> None:
        self._names = sorted(name for name, prints in files.items() if prints)
        self._files = [files[name] for name in self._names]
        self._upright = [[int(one.hash, 16) for one in prints] for prints in self._files]
        self._parent = list(range(len(self._names)))
        self._compared: set[tuple[int, int]] = set()

    def pairs(self) -> Iterator[Pair]:
        sought = [{number for one in prints for number in one.numbers()} for prints in self._files]
        for place in range(PIECES):  # one at a time, so that the index stays small
            index: dict[int, list[tuple[int, int]]] = {}
            for file, hashes in enumerate(self._upright):
                for number in hashes:
                    index.setdefault(piece(number, place), []).append((file, number))
            for file, numbers in enumerate(sought):
                for other in self._found(index, place, file, numbers):
                    if self._joins(file, other):
                        yield self._names[file], self._names[other]

    def _found(
        self, index: Mapping[int, Sequence[tuple[int, int]]], place: int, file: int, numbers: Iterable[int]
    ) -> Iterator[int]:
        """Yield other files that have a frame like one of a file's, of those that are found in a place."""
        changes = ONE_BIT if len(self._files[file]) < SEVERAL else ONE_BIT[:1]  # as `wanted_keys`
        for number in numbers:
            mine = piece(number, place)
            for change in changes:
                for other, there in index.get(mine ^ change, ()):
                    if other != file and (number ^ there).bit_count() <= MOST_BITS:
                        yield other

    def _joins(self, file: int, other: int) -> bool:
        """Return whether two files are near copies and did not hang together before."""
        one, two = self._root(file), self._root(other)
        if one == two or (file, other) in self._compared:
            return False
        self._compared.add((file, other))
        if Compare(self._files[file]).with_file(self._upright[other]) is None:
            return False
        self._parent[max(one, two)] = min(one, two)
        return True

    def _root(self, file: int) -> int:
        parent = self._parent
        while parent[file] != file:
            parent[file] = parent[parent[file]]
            file = parent[file]
        return file

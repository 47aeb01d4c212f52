"""What a pack holds beside its photographs, whichever network made it."""

import dataclasses
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from tiny_run import TINY

from detector.contracts import Image
from training.fitting.train import train
from training.photographs.pack import DECODED, DERIVED, PIXELS, Pack
from training.photographs.prepare import prepare
from training.samples.blend import DERIVED_OF, KINDS


@pytest.mark.parametrize("name", DERIVED)
def test_new_photographs_have_nothing_derived_yet(bare: Path, photographs: Path, name: str) -> None:
    (bare / name).write_bytes((bare / PIXELS).read_bytes())
    assert Pack(bare).has(name)
    prepare(photographs, bare)
    assert not Pack(bare).has(name)


@pytest.mark.parametrize("name", DERIVED)
def test_a_file_that_was_not_finished_is_none(bare: Path, name: str) -> None:
    pack = Pack(bare)

    def pictures() -> Iterator[Image]:
        yield pack[0].rgb
        raise InterruptedError

    with pytest.raises(InterruptedError):
        pack.write_derived(name, pictures())
    assert not Pack(bare).has(name)
    pack.write_derived(name, (pack[row].rgb for row in range(len(pack))))
    assert (Pack(bare)[3].derived(name) == pack[3].rgb).all()


def test_a_file_is_continued_after_its_last_whole_picture(bare: Path) -> None:
    pack, asked = Pack(bare), []

    def negatives(rows: range) -> Iterator[Image]:
        asked.append(rows)
        yield from (255 - pack[row].rgb for row in rows)

    pack.continue_derived(DECODED, negatives, limit=3)
    with (bare / DECODED).open("ab") as file:
        file.write(b"half a picture")
    begun = Pack(bare)
    assert begun.has(DECODED)
    assert begun.length(DECODED) == 3
    assert (begun[2].derived(DECODED) == 255 - pack[2].rgb).all()
    with pytest.raises(ValueError, match="make decode"):
        begun[3].derived(DECODED)
    begun.continue_derived(DECODED, negatives)
    begun.continue_derived(DECODED, negatives)
    assert asked == [range(3), range(3, len(pack))]
    assert all((Pack(bare)[row].derived(DECODED) == 255 - pack[row].rgb).all() for row in range(len(pack)))


@pytest.mark.parametrize(("kind", "name"), DERIVED_OF.items())
def test_what_a_kind_is_made_of_is_missed_before_a_run(bare: Path, kind: str, name: str) -> None:
    pack = Pack(bare)
    with pytest.raises(ValueError, match=DERIVED[name]):
        KINDS[kind](pack[0], partial(pack.donor, 0), np.random.default_rng(0))
    config = dataclasses.replace(TINY, kinds={kind: 1.0})
    with pytest.raises(ValueError, match=DERIVED[name]):
        train(config, pack, Path(), bare / "run", workers=0)

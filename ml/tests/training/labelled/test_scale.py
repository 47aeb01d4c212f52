"""One rule of validation and serving: traces scaled by authentic media, the larger one."""

import numpy as np
import pytest

from detector.contracts import Trace
from training.labelled.scale import Scale, authentic_scales, strongest

RNG = np.random.default_rng(0)
AUTHENTIC = np.stack([RNG.normal(-5.0, 3.0, 4000), RNG.normal(2.0, 0.5, 4000)], 1)


def test_authentic_media_come_to_zero_with_a_spread_of_one() -> None:
    logits = np.concatenate([AUTHENTIC, np.full((100, 2), 90.0)])
    fake = np.repeat([False, True], [4000, 100])
    scales = authentic_scales(logits, np.ones(4100), fake)
    assert [scale.median for scale in scales] == pytest.approx([-5.0, 2.0], abs=0.2)
    assert [scale.spread for scale in scales] == pytest.approx([3.0, 0.5], rel=0.1)
    with pytest.raises(ValueError, match="no authentic"):
        authentic_scales(logits, fake.astype(np.float64), fake)


def test_the_trace_that_lies_further_above_authentic_media_counts() -> None:
    scales = [Scale(Trace.BLENDING, -5.0, 3.0), Scale(Trace.GENERATION, 2.0, 0.5)]
    logits = np.asarray([[1.0, 2.0], [-5.0, 3.0], [-5.0, 2.0]])
    assert strongest(logits, scales).tolist() == [2.0, 2.0, 0.0]

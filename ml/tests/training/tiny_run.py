"""The smallest configuration that trains, for the tests of this folder."""

from detector.contracts import CropSpec
from training.fitting.config import TrainConfig

TINY = TrainConfig(
    architecture="test_efficientnet",
    start="random",
    start_file="",
    sources=("made",),
    kinds={"face": 2.0, "donor_inner": 1.0},
    held_out_kinds=("hallucinated",),
    crop=CropSpec(size=64, margin=0.1),
    steps=3,
    pairs_per_batch=2,
    warmup_steps=1,
    validation_photos=2,
    validate_every=2,
    checkpoint_every=2,
)

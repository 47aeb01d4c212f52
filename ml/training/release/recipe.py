"""How a bundle was trained, in one paragraph for its card."""

from __future__ import annotations

from typing import Any

from detector.contracts import CropSpec
from training.photographs.pack import DECODED, RECONSTRUCTED, RESTORED
from training.samples.blend import derived_for

_RECIPE = """
Trained on authentic photographs and pseudo-fakes made of them (self-blended images after Shiohara & Yamasaki,
CVPR 2022, and relatives), never on a manipulated file. Every photograph is paired with its own pseudo-fake
under one augmentation. Kinds and their weights: {kinds}. Crops of {size} px, margin {margin:g}; {pairs} +
{pairs} per step, AdamW at {rate:g} with {warmup} steps of warm-up and cosine decay, {precision}, label
smoothing {smoothing:g}, weights averaged with decay {decay:g}{near}.{derived}{regularised}{taught}
"""

_LABELLED_RECIPE = """
Trained on crops of faces that were manipulated or generated, on authentic ones, and on pseudo-fakes made of
authentic photographs (self-blended images after Shiohara & Yamasaki, CVPR 2022, and relatives). The network
has two logits, of blending (swaps, lip-sync, composites and pseudo-fakes) and of generation (every other
fake), each fitted on its own fakes against all authentic faces. A step draws {couples} couples of an
authentic and a fake crop of one kind (still or clip) and size, and {pairs_beside} photographs with their
pseudo-fakes; every face is reduced to {smallest} to {largest} px and goes through one augmentation.
Pseudo-fakes and their weights: {kinds}. Crops of {size} px, margin {margin:g}; AdamW at {rate:g} with
{warmup} steps of warm-up and cosine decay, {precision}, label smoothing {smoothing:g}, weights averaged
with decay {decay:g}.{last}{derived} {regularised}{taught} The logits are scaled so that authentic
development media lie around 0 with spread 1 for either trace; the larger one counts.
"""

_DERIVED = {
    RECONSTRUCTED: "Reconstructions are by an autoencoder that learned from the same photographs.",
    RESTORED: "Restorations are from few pixels, by Real-ESRGAN's x4plus (Wang et al., 2021; BSD 3-Clause).",
    DECODED: "Decoded pictures went through FLUX.2's latent space, by TAESD's taef2 (O. Boer Bohan; MIT); "
    "they are fakes of generation.",
}


def recipe(config: dict[str, Any], served: CropSpec, validated: dict[str, Any] | None = None) -> str:
    """Say in one paragraph how a run with this configuration trains, and which crops it is served.

    ``validated`` is the validation of a run on labelled crops, see `Run.held_out`.
    """
    labelled = config.get("labelled")
    template = _LABELLED_RECIPE if labelled else _RECIPE
    text = template.format(
        **(_labelled(labelled, validated) if labelled else {}),
        kinds=", ".join(f"{name} {weight:g}" for name, weight in config["kinds"].items()),
        size=config["crop"]["size"],
        margin=config["crop"]["margin"],
        pairs=config["pairs_per_batch"],
        rate=config["learning_rate"],
        warmup=config["warmup_steps"],
        precision="bfloat16" if config["bfloat16"] else "float32",
        smoothing=config["label_smoothing"],
        decay=config["ema_decay"],
        near=_near(config),
        derived=_derived(config),
        regularised=_regularised(config),
        taught=_taught(config),
    )
    text += _averaged(config.get("averaged", []))
    if (served.size, served.margin) != (config["crop"]["size"], config["crop"]["margin"]):
        text += f" It is served crops of {served.size} px with a margin of {served.margin:g}."
    return " ".join(text.split())


def _averaged(differences: list[dict[str, Any]]) -> str:
    """Say which runs the weights are the mean of, see `training.fitting.average`."""
    if not differences:
        return ""
    runs = "; ".join(
        ", ".join(f"{name} {_value(value)}" for name, value in settings.items()) for settings in differences
    )
    return (
        f" This is the first of {len(differences)} runs from the same weights, and the mean of theirs is "
        f'what is served (Wortsman et al., "Model soups", ICML 2022). They differ in: {runs}.'
    )


def _value(value: Any) -> str:
    if value is None:
        return "not set"
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _near(config: dict[str, Any]) -> str:
    share = config.get("start_share", 0.0)  # older runs do not name it
    return f", and in the end {share:.0%} of the way back to those it started from" if share else ""


def _derived(config: dict[str, Any]) -> str:
    """Say which networks made pictures for the pseudo-fakes."""
    return "".join(f" {_DERIVED[name]}" for name in derived_for(config["kinds"]))


def _regularised(config: dict[str, Any]) -> str:
    """Say what is done against overfitting; older runs did nothing of it and do not name it."""
    erase, drop_path = config["augment"].get("erase", 0.0), config.get("drop_path", 0.0)
    said = f" A rectangle is hidden in {erase:.0%} of the pairs." if erase else ""
    if drop_path:
        said += f" Blocks are left out with a probability of up to {drop_path:g}."
    if radius := config.get("sam_radius", 0.0):
        said += f" Gradients are taken {radius:g} up the loss (sharpness-aware minimisation)."
    return said


def _taught(config: dict[str, Any]) -> str:
    if not config.get("distillation"):  # runs from before there were teachers do not name it
        return ""
    pupil = "the logit of blending in place of labels" if config.get("labelled") else "it"
    hints = " Its inner features were learned too." if config.get("hints") else ""
    return (
        f" A trained {config['teacher_architecture']} taught {pupil}: its logits of the same pictures, at "
        f"temperature {config['temperature']:g}, with weight {config['distillation']:g}.{hints}"
    )


def _labelled(labelled: dict[str, Any], validated: dict[str, Any] | None) -> dict[str, Any]:
    before = (
        f" after a run without the kinds named below that was last validated at step {validated['step']:,}"
        if validated
        else ""
    )
    sampling = labelled["sampling"]
    sizes = [*sampling["sizes"], *sampling.get("still_sizes", ())]  # older runs do not name the latter
    return {
        "couples": labelled["couples"],
        "pairs_beside": labelled["pairs"],
        "smallest": min(sizes),
        "largest": max(sizes),
        "last": f" This was the last phase, on all crops,{before}." if labelled.get("all") else "",
    }

"""The table of all bundles that ship together, in each one's card."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from detector.bundle import MANIFEST, Manifest
from measures.text import number
from training.evaluation.tables import Table
from training.release.card_tables import markdown

_BEGIN, _END = "<!-- bundles: written by training.release -->", "<!-- end of bundles -->"
PLACE = f"{_BEGIN}\n{_END}"
"""Where the table goes."""


def refresh_cards(folder: Path, card: str) -> None:
    """Write the table into the card of every bundle in a folder, so that no card shows old rows of another.

    A card without a place for the table, written by an earlier version, is left as it is.
    """
    bundles = sorted(path.parent for path in folder.glob(f"[!.]*/{MANIFEST}"))
    manifests = [manifest for bundle in bundles if (manifest := _manifest(bundle)) is not None]
    for bundle in bundles:
        file = bundle / card
        text = file.read_text() if file.exists() else ""
        if _BEGIN in text and _END in text:
            head, rest = text.split(_BEGIN, 1)
            _, tail = rest.split(_END, 1)
            file.write_text(f"{head}{_BEGIN}\n{_table(manifests)}\n{_END}{tail}")


def _manifest(folder: Path) -> Manifest | None:
    try:
        return Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except ValidationError:
        return None  # serving refuses it; there is nothing to compare


def _table(manifests: list[Manifest]) -> str:
    names = list(
        dict.fromkeys(row.dataset for m in manifests for row in m.metrics.datasets if row.auc is not None)
    )
    rows: list[tuple[str, ...]] = []
    for manifest in manifests:
        figures, aucs = manifest.metrics, {row.dataset: row.auc for row in manifest.metrics.datasets}
        low, high = figures.mean_auc_interval
        rows.append(
            (
                f"{manifest.name} {manifest.version}",
                f"{figures.mean_auc:.3f} ({low:.2f} to {high:.2f})",
                f"{figures.ece:.3f}",
                *(number(aucs.get(name)) for name in names),
            )
        )
    return markdown(Table(("bundle", "mean AUC", "ECE", *names), rows))

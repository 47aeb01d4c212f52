"""Filling a service: three people share a workspace, have files analysed, read them and freeze a data set."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from deepshield.demo.folder import DemoError, DemoFolder, Filled, Page
from deepshield.demo.media import DISPUTED, MadeFile, Recipe, make_media
from deepshield.demo.people import Person
from deepshield.domain.labels import Value
from deepshield.domain.reviews import Basis
from deepshield.domain.roles import Role

WORKSPACE = "Demo newsroom"
DATASET = "demo"
HELD = "edited.jpg"

_LEAD, _REVIEWER, _RESEARCHER = "lead@example.org", "reviewer@example.org", "researcher@example.org"
_LICENCE = "https://spdx.org/licenses/CC-PDM-1.0"
_CONSENT = "nasa-public-domain"
_GROUP = "group:portrait"  # all files show one picture, which no split may part
_POLL_SECONDS = 0.5
_LONGEST_SECONDS = 600.0

Report = Callable[[str], None]


def fill_once(folder: DemoFolder, origin: str, number: int, report: Report) -> Filled:
    """Fill the service at ``origin``, whose data are in ``folder``, with ``number`` files unless it is.

    Return what it is filled with. Raises `DemoError`, after which the folder cannot be filled any more.
    """
    filled = folder.filled
    if filled is None:
        folder.begin()
        with tempfile.TemporaryDirectory(prefix="deepshield-demo-") as made:
            filled = fill(origin, make_media(Path(made), number), report)
        folder.end(filled)
    return filled


def fill(origin: str, files: Sequence[MadeFile], report: Report) -> Filled:
    """Fill the empty service at ``origin`` (scheme, host and port) by its public API.

    Raises `DemoError` when something is refused or not analysed in time.
    """
    with ExitStack() as stack:
        lead, reviewer, researcher = (
            stack.enter_context(Person.register(origin, email, role))
            for email, role in (
                (_LEAD, Role.ADMIN.value),
                (_REVIEWER, Role.REVIEWER.value),
                (_RESEARCHER, Role.RESEARCHER.value),
            )
        )
        workspace_id = _share(lead, reviewer, researcher)
        report(f"analysing {len(files)} files")
        batch_id = _analyse(lead, files)
        ids = _library(lead, [file.recipe for file in files])
        report("reading and labelling them")
        _read(lead, (reviewer, researcher), files, ids)
        # Who has read files gets the role only now: a researcher reads none.
        lead.ask(
            "PATCH",
            f"/workspaces/{workspace_id}/members/{researcher.id}",
            json={"role": Role.RESEARCHER.value},
        )
        dataset_id = _freeze(researcher)
        accounts = tuple(person.account for person in (lead, reviewer, researcher))
    return Filled(WORKSPACE, len(files), accounts, _pages(ids, batch_id, dataset_id))


def _share(lead: Person, *others: Person) -> str:
    """Make the workspace, in which all others read files for now; return its id."""
    made: str = lead.ask("POST", "/workspaces", json={"name": WORKSPACE})["id"]
    for person in others:
        wanted = {"role": Role.REVIEWER.value}
        invited = lead.ask("POST", f"/workspaces/{made}/invitations", json=wanted)
        person.ask("POST", f"/invitations/{invited['token']}")
    for person in (lead, *others):
        person.enter(made)
    return made


def _analyse(sender: Person, files: Sequence[MadeFile]) -> str:
    """Hand the files in as a batch and wait until all are analysed; return its id."""
    form = [("files", (file.path.name, file.path.read_bytes())) for file in files]
    batch = sender.ask("POST", "/batches", params={"name": "Demo"}, files=form)
    end = time.monotonic() + _LONGEST_SECONDS
    while batch["finished_at"] is None:
        if time.monotonic() > end:
            raise DemoError(
                f"The files were not analysed within {_LONGEST_SECONDS:.0f} s. See the log above."
            )
        time.sleep(_POLL_SECONDS)
        batch = sender.ask("GET", f"/batches/{batch['batch_id']}")
    if batch["states"]["completed"] != len(files):
        raise DemoError("Not every file could be analysed. See the log above, and run `deepshield doctor`.")
    found: str = batch["batch_id"]
    return found


def _library(lead: Person, recipes: Sequence[Recipe]) -> dict[str, str]:
    """Tag the files, record consent, write and hold; return the files' ids by name."""
    listed = lead.ask("GET", "/media", params={"limit": 200})["media"]
    ids: dict[str, str] = {one["name"]: one["id"] for one in listed}
    for recipe in recipes:
        change = {"tags": [*recipe.tags, _GROUP], "research_consent": _CONSENT}
        lead.ask("PATCH", f"/media/{ids[recipe.name]}", json=change, headers={"If-Match": "*"})
    if DISPUTED in ids:
        text = "Compare it with portrait.jpg: are the eyes larger here? The model does not flag it."
        lead.ask("POST", f"/media/{ids[DISPUTED]}/comments", json={"text": text})
    if HELD in ids:
        reason = "Kept for the demo: a file that is held does not expire, and nobody can delete it."
        lead.ask("PUT", f"/media/{ids[HELD]}/hold", json={"reason": reason})
    return ids


def _read(lead: Person, readers: Sequence[Person], files: Sequence[MadeFile], ids: Mapping[str, str]) -> None:
    """Have files read by one or two; those whose truth is not told wait in the queue."""
    recipes = {file.recipe.name: file.recipe for file in files}
    for name, recipe in recipes.items():
        if recipe.truth is not None:
            lead.ask("POST", "/review/tasks", json={"media_id": ids[name], "readers": recipe.readers})
    waiting = {name for place, one in enumerate(readers) for name in _answered(one, recipes, place)}
    for name, recipe in recipes.items():
        if recipe.truth is None and recipe.readers and name not in waiting:
            note = "Is it what it shows? Answer before you look at the library."
            lead.ask("POST", "/review/tasks", json={"media_id": ids[name], "note": note})


def _answered(reader: Person, recipes: Mapping[str, Recipe], place: int) -> set[str]:
    """Have a reader, the first or a later one, answer all that waits; return the names of files skipped."""
    skipped: dict[str, str] = {}
    while task := reader.ask("POST", "/review/tasks/next", json={"without": list(skipped)})["task"]:
        recipe, lease = recipes[task["file"]["name"]], {"lease": task["lease"]}
        if recipe.truth is None:
            reader.ask("POST", f"/review/tasks/{task['id']}/release", json=lease)
            skipped[task["id"]] = recipe.name
        else:
            reader.ask("POST", f"/review/tasks/{task['id']}/answer", json=lease | _answer(recipe, place))
    return set(skipped.values())


def _answer(recipe: Recipe, place: int) -> dict[str, Any]:
    if recipe.name == DISPUTED and place > 0:
        return {"answer": Value.AUTHENTIC, "note": "I see no seam and no change of light."}
    if recipe.truth is Value.AUTHENTIC:
        return {"answer": recipe.truth, "basis": [Basis.FOUND_ORIGINAL]}
    note = "The face differs from the portrait that NASA has published."
    return {"answer": recipe.truth, "kinds": [recipe.kind], "basis": [Basis.VISIBLE], "note": note}


def _freeze(researcher: Person) -> str:
    """Freeze the labelled files as a data set and have the model measured on it; return the data set's id."""
    about = "Variants of one portrait: enough to look at, too few and too alike to measure a model on."
    made: str = researcher.ask("POST", "/datasets", json={"name": DATASET, "description": about})["id"]
    version = researcher.ask("POST", f"/datasets/{made}/versions", json={"licence": _LICENCE})
    measured = {"dataset_id": made, "number": version["number"]}
    researcher.ask("POST", "/evaluations", json=measured)
    return made


def _pages(ids: Mapping[str, str], batch_id: str, dataset_id: str) -> tuple[Page, ...]:
    found = [Page("/library/", "the files, with what the model and readers say")]
    if DISPUTED in ids:
        found.append(Page(f"/media/?id={ids[DISPUTED]}", "the file on which two readers differ"))
    return (
        *found,
        Page("/review/?view=tasks", "the queue, where the lead decides what readers differ on"),
        Page("/review/", "what waits for the reviewer"),
        Page(f"/datasets/?id={dataset_id}", "the data set, for the researcher"),
        Page("/measure/", "how well the model does on it, for the researcher"),
        Page(f"/batch/?id={batch_id}", "how the files were handed in"),
        Page("/people/", "who is in the workspace, for the lead"),
        Page("/activity/", "what everybody has done, for the lead"),
    )

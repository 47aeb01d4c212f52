"""A verified C2PA manifest store, as the library prints it in JSON, described in a result's shape.

What is not as the specification has it is left out, never an error: the store is a stranger's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from deepshield.provenance.text import line
from deepshield.result_provenance import (
    DEEPEST,
    MOST_ACTIONS,
    MOST_INGREDIENTS,
    MOST_PROBLEMS,
    Action,
    AiStatement,
    AiUse,
    CredentialState,
    Ingredient,
    SignedRecord,
    TimeSource,
    TrustListKind,
)

Json = Mapping[str, Any]

_LIST_NAMED = re.compile(r"found in \[([a-z-]+)\] trust anchors")
_SIGNER_LISTS = {kind.value: kind for kind in TrustListKind if kind is not TrustListKind.TIME_STAMPS}
_TRUSTED, _UNTRUSTED = "signingCredential.trusted", "signingCredential.untrusted"
_ACTIONS = ("c2pa.actions", "c2pa.actions.v2")
_MOST_VISITED = 256  # ingredients that are looked at for a statement, described or not

# IPTC's vocabulary https://cv.iptc.org/newscodes/digitalsourcetype/
AI_USES = {
    "trainedAlgorithmicMedia": AiUse.MADE,
    "compositeWithTrainedAlgorithmicMedia": AiUse.EDITED,
    "compositeSynthetic": AiUse.CONTAINS,
}
_CREATED = "c2pa.created"
_MOST_TO_LEAST = (AiUse.MADE, AiUse.EDITED, AiUse.CONTAINS)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the checks of one manifest came to."""

    state: CredentialState
    problems: tuple[str, ...]
    trust_list: TrustListKind | None
    stamp_trusted: bool


@dataclass(slots=True)
class Checks:
    """Codes of the checks of one manifest.

    ``vouched`` is whether whoever made it an ingredient found its signer trusted. That is their word, which
    counts where the check of today, which gives differences only, does not contradict.
    """

    vouched: bool = False
    success: list[Json] = field(default_factory=list)
    informational: list[Json] = field(default_factory=list)
    failure: list[Json] = field(default_factory=list)

    def add(self, codes: object) -> None:
        """Add what a set of status codes has."""
        if isinstance(codes, Mapping):
            for name in ("success", "informational", "failure"):
                getattr(self, name).extend(one for one in _list(codes.get(name)) if isinstance(one, Mapping))

    def verdict(self, only: TrustListKind | None) -> Verdict:
        """Return the state: invalid by any failure but that of the signer's trust.

        ``only`` is the list of signers, where there is a single one.
        """
        trust_list = next(filter(None, map(_named_list, self.success)), None)
        codes = [code for one in self.failure if (code := line(one.get("code")))]
        if self.vouched and _UNTRUSTED not in codes:
            trust_list = trust_list or only
        if trust_list is not None:
            # The check of today outdates what was found when the file became an ingredient.
            codes = [code for code in codes if code != _UNTRUSTED]
        failed = tuple(dict.fromkeys(code for code in codes if code != _UNTRUSTED))
        if failed:
            state = CredentialState.INVALID
        else:
            state = CredentialState.UNKNOWN_SIGNER if trust_list is None else CredentialState.TRUSTED
        problems = failed or tuple(dict.fromkeys(codes))
        stamped = any(one.get("code") == "timeStamp.trusted" for one in self.success)
        return Verdict(state, problems[:MOST_PROBLEMS], None if failed else trust_list, stamped)


@dataclass(frozen=True, slots=True)
class Record:
    """A manifest store: its manifests by label, and the results of their checks."""

    active: str
    manifests: Mapping[str, Json]
    checks: Mapping[str, Checks]
    only: TrustListKind | None

    @classmethod
    def of(cls, store: Json, lists: Sequence[TrustListKind]) -> Record:
        """Read a store that was checked against those lists.

        Raises KeyError, TypeError or AttributeError where it names no active manifest.
        """
        active = store["active_manifest"]
        manifests = {label: one for label, one in store["manifests"].items() if isinstance(one, Mapping)}
        if active not in manifests:
            raise KeyError("the active manifest is not there")
        signers = [kind for kind in lists if kind is not TrustListKind.TIME_STAMPS]
        only = signers[0] if len(signers) == 1 else None
        return cls(active, manifests, _checks(store, active, manifests), only)

    def verdict(self, label: str) -> Verdict:
        """Return what the checks of a manifest came to."""
        return self.checks[label].verdict(self.only)

    def has_stamps_for_signers(self) -> bool:
        """Return whether the library found a signer on the list of those who only stamp times.

        It searches all lists for signers, in no order, so that the signer may be on another list as well.
        """
        return any(
            one.get("code") == _TRUSTED and _name_of_list(one) == TrustListKind.TIME_STAMPS
            for checks in self.checks.values()
            for one in checks.success
        )

    def take_signers_of(self, other: Record) -> None:
        """Replace what was found of the signers' trust by what another check of the same store found."""
        for label, checks in self.checks.items():
            checks.success = [one for one in checks.success if one.get("code") != _TRUSTED]
            found = other.checks.get(label, Checks())
            checks.success += [one for one in found.success if one.get("code") == _TRUSTED]
            checks.failure += [one for one in found.failure if one.get("code") == _UNTRUSTED]

    def problems(self) -> Iterator[str]:
        """Yield the codes of what failed in any manifest."""
        for label in self.manifests:
            yield from self.verdict(label).problems


@dataclass(frozen=True, slots=True)
class Found:
    """A record and whether the library calls it invalid as a whole."""

    record: Record
    invalid: bool


def described(found: Found) -> SignedRecord:
    """Describe a record."""
    record = found.record
    manifest, verdict = record.manifests[record.active], record.verdict(record.active)
    state, problems = verdict.state, list(verdict.problems)
    if found.invalid and state is not CredentialState.INVALID:
        # Something that the file was made of does not hold.
        state = CredentialState.INVALID
        problems = [code for code in dict.fromkeys(record.problems()) if code != _UNTRUSTED][:MOST_PROBLEMS]
    actions = list(_actions(manifest))
    file = _Link(record.active, True, verdict)
    visited = list(islice(_ingredients(record, file, 1, frozenset({record.active})), _MOST_VISITED))
    links = [file, *(one.link for one in visited if one.link is not None)]
    signed_at = line(_signature(manifest).get("time"))
    return SignedRecord(
        state=state,
        problems=problems,
        trust_list=verdict.trust_list if state is CredentialState.TRUSTED else None,
        ai=None if state is CredentialState.INVALID else _ai_statement(record, links),
        signer=line(_signature(manifest).get("common_name")),
        issuer=line(_signature(manifest).get("issuer")),
        signed_at=signed_at,
        time_source=signed_at and _time_source(verdict),
        tool=_tool(manifest),
        actions=[_action(one) for one in actions[:MOST_ACTIONS]],
        actions_left_out=max(0, len(actions) - MOST_ACTIONS),
        ingredients=[one.described for one in visited[:MOST_INGREDIENTS]],
        ingredients_left_out=max(0, len(visited) - MOST_INGREDIENTS),
    )


@dataclass(frozen=True, slots=True)
class _Link:
    """A manifest on the way from the file to what it was made of."""

    label: str
    parents: bool  # whether only parents lie between it and the file
    weakest: Verdict  # of it and those between: that a file was made of another is its signer's word


@dataclass(frozen=True, slots=True)
class _Visited:
    link: _Link | None  # to its own manifest
    described: Ingredient


def _ingredients(record: Record, of: _Link, depth: int, above: frozenset[str]) -> Iterator[_Visited]:
    """Yield ingredients, each before its own; a manifest that contains itself is followed once."""
    for one in _list(record.manifests[of.label].get("ingredients")):
        if not isinstance(one, Mapping):
            continue
        inner = one.get("active_manifest")
        own = record.manifests.get(inner) if isinstance(inner, str) else None
        relationship = line(one.get("relationship"))
        link = None
        if isinstance(inner, str) and own is not None:
            parents = of.parents and relationship == "parentOf"
            link = _Link(inner, parents, max(of.weakest, record.verdict(inner), key=_doubt))
        yield _Visited(
            link,
            Ingredient(
                depth=depth,
                title=line(one.get("title")),
                relationship=relationship,
                state=CredentialState.NONE if link is None else record.verdict(link.label).state,
                signer=None if own is None else _signer(own),
                tool=None if own is None else _tool(own),
                source_type=None if own is None else _source_type(own),
            ),
        )
        if link is not None and link.label not in above and depth < DEEPEST:
            yield from _ingredients(record, link, depth + 1, above | {link.label})


def _doubt(verdict: Verdict) -> int:
    """Return how little a verdict is worth: 0 for a signer of the list of signers."""
    if verdict.state is CredentialState.TRUSTED:
        return 0 if verdict.trust_list is TrustListKind.SIGNERS else 1
    return 2 if verdict.state is CredentialState.UNKNOWN_SIGNER else 3


def _ai_statement(record: Record, links: Iterable[_Link]) -> AiStatement | None:
    """Return what the record says of a generative model: the least doubtful statement that says most.

    What a parent says of its making is true of the file too; another ingredient is only contained in it. Of
    statements alike the outermost is returned.
    """
    sound = (one for one in links if one.weakest.state is not CredentialState.INVALID)
    found = [one for link in sound if (one := _stated(record.manifests[link.label], link)) is not None]
    return (
        min(found, key=lambda one: (_doubt(one[0]), _MOST_TO_LEAST.index(one[1].use)))[1] if found else None
    )


def _stated(manifest: Json, link: _Link) -> tuple[Verdict, AiStatement] | None:
    """Return what a manifest says of a generative model, and what that is worth."""
    uses = [(use, kind) for action in _actions(manifest) for use, kind in _use(action)]
    if not uses:
        return None
    use, source_type = min(uses, key=lambda one: _MOST_TO_LEAST.index(one[0]))
    return link.weakest, AiStatement(
        use=use if link.parents else AiUse.CONTAINS,
        source_type=source_type,
        state=link.weakest.state,
        trust_list=link.weakest.trust_list,
        signer=line(_signature(manifest).get("common_name")),
        issuer=line(_signature(manifest).get("issuer")),
        signed_at=line(_signature(manifest).get("time")),
    )


def _use(action: Json) -> Iterator[tuple[AiUse, str]]:
    """Yield what a generative model did in an action, if anything: only what creates a file makes it."""
    kind = _last(action.get("digitalSourceType"))
    use = AI_USES.get(kind or "")
    if kind is not None and use is not None:
        made_by_it = use is not AiUse.MADE or action.get("action") == _CREATED
        yield use if made_by_it else AiUse.EDITED, kind


def _checks(store: Json, active: str, manifests: Mapping[str, Json]) -> dict[str, Checks]:
    """Gather each manifest's checks: those made when it became an ingredient, and those made now."""
    checks: dict[str, Checks] = {label: Checks() for label in manifests}
    results = store.get("validation_results")
    if isinstance(results, Mapping):
        checks[active].add(results.get("activeManifest"))
        for delta in _list(results.get("ingredientDeltas")):
            if isinstance(delta, Mapping):
                _sort(delta.get("validationDeltas"), checks)
    for manifest in manifests.values():
        for one in _list(manifest.get("ingredients")):
            earlier = one.get("validation_results") if isinstance(one, Mapping) else None
            if isinstance(earlier, Mapping):
                _sort(earlier.get("activeManifest"), checks, vouched=True)
    return checks


def _sort(codes: object, checks: Mapping[str, Checks], *, vouched: bool = False) -> None:
    """Add each code to the manifest that its address names; ``vouched`` are those stored in the file."""
    if not isinstance(codes, Mapping):
        return
    for name in ("success", "informational", "failure"):
        for one in _list(codes.get(name)):
            if isinstance(one, Mapping) and isinstance(one.get("url"), str):
                parts = one["url"].removeprefix("self#jumbf=/c2pa/").split("/")
                found = checks.get(parts[0])
                if found is None:
                    continue
                if vouched and name == "success":
                    found.vouched |= one.get("code") == _TRUSTED
                else:
                    found.add({name: [one]})


def _named_list(success: Json) -> TrustListKind | None:
    """Return the list of signers that a check found the signer in.

    The library also takes authorities of time stamps for signers, which they are not: their list does not
    count.
    """
    return _SIGNER_LISTS.get(_name_of_list(success)) if success.get("code") == _TRUSTED else None


def _name_of_list(success: Json) -> str:
    named = _LIST_NAMED.search(str(success.get("explanation")))
    return named.group(1) if named else ""


def _time_source(verdict: Verdict) -> TimeSource:
    return TimeSource.TRUSTED_STAMP if verdict.stamp_trusted else TimeSource.UNTRUSTED_STAMP


def _signature(manifest: Json) -> Json:
    found = manifest.get("signature_info")
    return found if isinstance(found, Mapping) else {}


def _signer(manifest: Json) -> str | None:
    return line(_signature(manifest).get("common_name")) or line(_signature(manifest).get("issuer"))


def _tool(manifest: Json) -> str | None:
    """Return the software that made the claim, with its version."""
    for info in _list(manifest.get("claim_generator_info")):
        if isinstance(info, Mapping) and (name := line(info.get("name"))):
            version = line(info.get("version"), 40)
            return line(f"{name} {version}" if version else name)
    return line(manifest.get("claim_generator"))


def _actions(manifest: Json) -> Iterator[Json]:
    for assertion in _list(manifest.get("assertions")):
        if isinstance(assertion, Mapping) and str(assertion.get("label", "")).split("__")[0] in _ACTIONS:
            data = assertion.get("data")
            for action in _list(data.get("actions")) if isinstance(data, Mapping) else ():
                if isinstance(action, Mapping) and line(action.get("action")):
                    yield action


def _action(action: Json) -> Action:
    software = action.get("softwareAgent")
    return Action(
        action=line(action.get("action")) or "unknown",
        when=line(action.get("when")),
        software=line(software.get("name")) if isinstance(software, Mapping) else line(software),
        source_type=_last(action.get("digitalSourceType")),
    )


def _source_type(manifest: Json) -> str | None:
    """Return the source type of what created a file, or else that of the first action that has one."""
    found = [
        (action.get("action") != _CREATED, kind)
        for action in _actions(manifest)
        if (kind := _last(action.get("digitalSourceType")))
    ]
    return min(found, key=lambda one: one[0])[1] if found else None


def _last(address: object) -> str | None:
    text = line(address)
    return line(text.rstrip("/").rpartition("/")[2]) if text else None


def _list(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else ()

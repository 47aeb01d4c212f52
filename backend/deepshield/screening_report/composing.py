"""A job's result to its report: what is known of it, with the pictures that are still kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from importlib.metadata import version

import structlog

from deepshield.domain import custody
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.jobs import Verdict
from deepshield.domain.policies import SAME_THRESHOLD, Rule
from deepshield.jobs.lookup import JobView
from deepshield.jobs.near import NearCopy
from deepshield.jobs.served_bundle import ServedBundle, served_bundle
from deepshield.law.files import countries
from deepshield.law.reading import NOTICE, worded
from deepshield.persistence.tables import Artifact
from deepshield.resources import Resources
from deepshield.result import AnalysisResult, Moment
from deepshield.screening_report.pages import MOST_MOMENTS, pages
from deepshield.screening_report.shape import (
    REPORT_VERSION,
    ErrorRates,
    Item,
    Language,
    LawPart,
    Reader,
    ReportRecord,
    Request,
    Resolution,
    SeenBefore,
)
from deepshield.screening_report.typesetting import TypesettingError, typeset
from deepshield.storage import StorageError

_MOST_COPIES = 3
_LARGEST_PICTURE = 8 * 2**20
_MAGIC = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg", b"RIFF": "webp"}
_log = structlog.get_logger(__name__)


def report_pdf(
    resources: Resources,
    view: JobView,
    language: Language,
    reader: Reader,
    law: str | None = None,
    *,
    location: bool = False,
    copies: Sequence[NearCopy] = (),
) -> bytes:
    """Return the report of a completed job as a PDF; pictures that are gone or damaged are left out.

    With ``location``, the file's statements of places and persons are in it, as far as the view has them.
    ``copies`` are the workspace's other analyses of the file; the first ones are named.
    ``law`` is the ISO code of a country whose law is to be summarised. Raises `DeepShieldError`: CONFLICT
    without a result, VALIDATION_ERROR for a country without an entry, RATE_LIMITED while too many are made.
    """
    if view.result is None:
        raise DeepShieldError(Code.CONFLICT, "There is no result to report on. Wait until there is one.")
    result = view.result if location else view.result.impersonal()
    record = _record(resources, view, result, language, reader, law)
    record = record.model_copy(update={"seen_before": [_seen(one) for one in copies[:_MOST_COPIES]]})
    attached = record.model_dump_json(indent=1).encode()
    digest = hashlib.sha256(attached).hexdigest()
    pictures = dict(_pictures(resources, view))
    by_rank: dict[int, list[str]] = {}
    for name in pictures:
        by_rank.setdefault(int(name.split("-")[0]), []).append(name)
    try:
        return typeset(pages(record, digest, by_rank), attached, pictures, record.made_at)
    except TypesettingError as error:
        if not pictures:
            raise
        _log.warning("a report is made without its pictures", reason=str(error))
    return typeset(pages(record, digest, {}), attached, {}, record.made_at)


def _record(
    resources: Resources,
    view: JobView,
    result: AnalysisResult,
    language: Language,
    reader: Reader,
    law: str | None,
) -> ReportRecord:
    now = resources.clock()
    bundle = _scorer(resources, result)
    own = bundle is not None and _is_judged_by(bundle.own_rule, result)
    return ReportRecord(
        report_version=REPORT_VERSION,
        language=language,
        made_at=now,
        service_version=version("deepshield"),
        item=_item(view),
        reader=reader,
        result=result,
        error_rates=_error_rates(bundle) if bundle is not None and own else None,
        own_threshold=None if bundle is None or own else bundle.own_rule.threshold,
        law=None if law is None else _law(law, language, resources),
    )


def _item(view: JobView) -> Item:
    source = view.source
    return Item(
        filename=view.job.original_filename,
        size_bytes=view.job.original_size_bytes,
        received_at=view.job.created_at,
        analysed_at=view.job.processing_completed_at,
        sender=None if source is None else source.sender,
        requests=[
            Request(url=hop.url, ip=hop.ip, at=hop.at, status=hop.status)
            for hop in (() if source is None else source.hops)
        ],
        resolution=None if source is None else _resolution(source.resolution),
    )


def _resolution(known: custody.Resolution | None) -> Resolution | None:
    return None if known is None else Resolution(page=known.page, url=known.url, by=known.by, at=known.at)


def _seen(copy: NearCopy) -> SeenBefore:
    return SeenBefore(
        filename=copy.job.original_filename,
        received_at=copy.job.created_at,
        same_file=copy.match is None,
        verdict=None if copy.outcome is None else Verdict(copy.outcome.verdict),
    )


def _scorer(resources: Resources, result: AnalysisResult) -> ServedBundle | None:
    """Return the model that scored the file, None where the service runs another one."""
    try:
        bundle = served_bundle(resources)
    except DeepShieldError:
        return None
    if result.model.sha256 is None or bundle.facts.sha256 != result.model.sha256:
        return None
    return bundle


def _is_judged_by(rule: Rule, result: AnalysisResult) -> bool:
    """Return whether a result has a rule's threshold and band: error rates hold at these alone."""
    used = (result.decision_threshold, *result.abstain_band)
    own = (rule.threshold, rule.abstain_low, rule.abstain_high)
    return all(abs(one - other) < SAME_THRESHOLD for one, other in zip(used, own, strict=True))


def _error_rates(bundle: ServedBundle) -> list[ErrorRates]:
    fields = ErrorRates.model_fields
    return [
        ErrorRates.model_validate({name: row.get(name) for name in fields})
        for row in bundle.manifest["metrics"]["datasets"]
    ]


def _law(iso: str, language: Language, resources: Resources) -> LawPart:
    country = countries().get(iso.upper())
    if country is None:
        raise DeepShieldError(Code.VALIDATION_ERROR, "There is no entry on the law of this country.")
    today = resources.clock().date()
    return LawPart(
        country=getattr(country.name, language.value),
        notice=getattr(NOTICE, language.value),
        facts=[getattr(worded(fact, today), language.value) for fact in country.facts],
    )


def _pictures(resources: Resources, view: JobView) -> Iterator[tuple[str, bytes]]:
    """Yield the moments' pictures, named for the report: the crop, then the crop under its map."""
    assert view.result is not None
    kept = {artifact.name: artifact for artifact in view.artifacts}
    for moment in view.result.top_k_suspicious[:MOST_MOMENTS]:
        for place, names in enumerate(_names(moment)):
            found = next((kept[name] for name in names if name in kept), None)
            content = b"" if found is None else _read(resources, found)
            ending = next((end for magic, end in _MAGIC.items() if content.startswith(magic)), None)
            if ending is not None:
                yield f"{moment.rank}-{place}.{ending}", content


def _names(moment: Moment) -> list[tuple[str | None, ...]]:
    """Return for each of the two pictures the names that it may have, the best first."""
    return [(moment.face_url, moment.crop_url), (moment.heatmap_overlay_url,)]


def _read(resources: Resources, artifact: Artifact) -> bytes:
    """Return a picture; empty where it is gone, or too large for a report."""
    if artifact.size_bytes > _LARGEST_PICTURE:
        return b""
    try:
        return b"".join(resources.store.read(artifact.key))
    except StorageError:
        return b""

"""Limits, retention and the model card, for clients before they upload."""

from __future__ import annotations

from fastapi import APIRouter

from deepshield.api.deps import ResourcesOf
from deepshield.api.schemas.service import (
    AccountLimits,
    DatasetFigures,
    MediaLimits,
    ModelCard,
    Retention,
    ServiceLimits,
    UploadLimits,
    VideoLimits,
)
from deepshield.domain.errors import DeepShieldError
from deepshield.domain.jobs import MediaKind
from deepshield.intake.formats import EXTENSIONS, MIME_TYPES
from deepshield.jobs.served_bundle import ServedBundle, served_bundle
from deepshield.resources import Resources

router = APIRouter(prefix="/limits", tags=["service"])


@router.get("", summary="Limits and the model card")
def get_limits(resources: ResourcesOf) -> ServiceLimits:
    """Return sizes, types, durations, retention, whether accounts are needed, and the measured model."""
    settings = resources.settings
    return ServiceLimits(
        accounts=AccountLimits(
            required=settings.saas.require_auth,
            registration_open=settings.saas.registration_open and not settings.oidc.only,
            free_daily_uploads=settings.saas.free_limit,
            passwords=not settings.oidc.only,
            provider=settings.oidc.label if settings.oidc.enabled else None,
        ),
        upload=UploadLimits.model_validate(settings.file),
        image=MediaLimits(
            extensions=sorted(EXTENSIONS[MediaKind.IMAGE]), content_types=sorted(MIME_TYPES[MediaKind.IMAGE])
        ),
        video=VideoLimits(
            extensions=sorted(EXTENSIONS[MediaKind.VIDEO]),
            content_types=sorted(MIME_TYPES[MediaKind.VIDEO]),
            max_duration_seconds=settings.video.max_duration_seconds,
            max_frames=settings.video.max_frames,
        ),
        retention=Retention.model_validate(settings.retention),
        reverse_search_links=settings.reverse_search_links,
        model=_card(resources),
    )


def _card(resources: Resources) -> ModelCard | None:
    try:
        bundle = served_bundle(resources)
    except DeepShieldError:
        return None
    return _described(bundle)


def _described(bundle: ServedBundle) -> ModelCard:
    manifest, used, own = bundle.manifest, bundle.rule, bundle.own_rule
    return ModelCard(
        bundle=bundle.facts.name,
        version=bundle.facts.version,
        architecture=manifest["architecture"],
        sha256=bundle.facts.sha256,
        decision_threshold=used.threshold,
        abstain_band=[used.abstain_low, used.abstain_high],
        own_threshold=own.threshold,
        own_abstain_band=[own.abstain_low, own.abstain_high],
        base_rate=manifest["calibration"]["base_rate"],
        reliability=manifest["metrics"]["reliability"],
        reliability_intervals=manifest["metrics"].get("reliability_intervals", []),
        datasets=[DatasetFigures.model_validate(figures) for figures in manifest["metrics"]["datasets"]],
    )

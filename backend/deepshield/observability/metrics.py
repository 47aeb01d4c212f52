"""Every Prometheus metric of the service, declared here and nowhere else.

``REGISTRY`` holds the metrics of this process: the API's requests, or a worker's stages. Metrics of all
processes together (states, depth and age of the queues, verdicts) are read from the database when scraped.
"""

from __future__ import annotations

import collections
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from deepshield.domain.errors import Code
from deepshield.persistence.repositories.figures import SCORE_EDGES, Figures
from deepshield.persistence.tables import Worker

REGISTRY = CollectorRegistry()

REQUESTS = Counter(
    "deepshield_http_requests", "Requests answered.", ("method", "route", "status"), registry=REGISTRY
)
REQUEST_SECONDS = Histogram(
    "deepshield_http_request_seconds",
    "Time from a request's first byte to its answer's last.",
    ("route",),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0),
    registry=REGISTRY,
)
RATE_LIMITED = Counter(
    "deepshield_http_rate_limited", "Requests refused by the rate limit.", registry=REGISTRY
)
CONNECTIONS_CLOSED = Counter(
    "deepshield_http_connections_closed",
    "Connections closed by a limit: refused with a code, late with a request's head, unread answers, idle.",
    ("reason",),
    registry=REGISTRY,
)
EVENT_STREAMS = Gauge("deepshield_event_streams", "Open streams of progress.", registry=REGISTRY)

STAGE_SECONDS = Histogram(
    "deepshield_stage_seconds",
    "Time that a stage of an analysis took.",
    ("stage", "media_type"),
    buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 240.0),
    registry=REGISTRY,
)
ANALYSIS_SECONDS = Histogram(
    "deepshield_analysis_seconds",
    "Time from a worker's claim of a job to its outcome.",
    ("media_type", "outcome"),
    buckets=(0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 270.0),
    registry=REGISTRY,
)
QUEUE_WAIT_SECONDS = Histogram(
    "deepshield_queue_wait_seconds",
    "Time from the acceptance of a job to its claim.",
    ("queue",),
    buckets=(0.05, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 1800.0),
    registry=REGISTRY,
)
LEASES_LOST = Counter(
    "deepshield_leases_lost",
    "Jobs that a worker stopped because it had lost their lease.",
    registry=REGISTRY,
)
CHILD_STARTS = Counter(
    "deepshield_child_starts", "Starts of an analysing process.", ("reason",), registry=REGISTRY
)
CHILD_MEMORY_BYTES = Gauge(
    "deepshield_child_memory_bytes", "Resident memory of the analysing process.", registry=REGISTRY
)
BUNDLE_INFO = Gauge(
    "deepshield_bundle_info",
    "The model bundle in use; always 1.",
    ("name", "version", "sha256"),
    registry=REGISTRY,
)
BUNDLE_REFUSED = Gauge(
    "deepshield_bundle_refused",
    "1 while the active bundle cannot be used on this worker.",
    registry=REGISTRY,
)


def exposition(
    figures: Figures, workers: Sequence[Worker], now: datetime, free_bytes: int | None = None
) -> bytes:
    """Return the metrics of this process and the shared ones in Prometheus' text format."""
    shared = CollectorRegistry()
    shared.register(_Shared(figures, workers, now, free_bytes))
    return generate_latest(REGISTRY) + generate_latest(shared)


class _Shared(Collector):
    def __init__(
        self, figures: Figures, workers: Sequence[Worker], now: datetime, free_bytes: int | None
    ) -> None:
        self._figures, self._workers, self._now, self._free_bytes = figures, workers, now, free_bytes

    def collect(self) -> Iterator[Metric]:
        yield from from_database(self._figures, self._now)
        yield _table(
            "deepshield_workers",
            "Worker processes with a recent heartbeat.",
            ("queue", "state"),
            collections.Counter((worker.queue, worker.state) for worker in self._workers).items(),
        )
        if self._free_bytes is not None:
            yield GaugeMetricFamily(
                "deepshield_storage_free_bytes",
                "Room left for uploads and artifacts.",
                value=self._free_bytes,
            )


def from_database(figures: Figures, now: datetime) -> Iterator[Metric]:
    """Yield the metrics that are the same in every process."""
    yield _table(
        "deepshield_jobs",
        "Jobs in the database; the reason is an error's code.",
        ("media_type", "state", "reason"),
        figures.jobs.items(),
    )
    yield _table(
        "deepshield_queue_depth",
        "Jobs that wait for a worker.",
        ("queue",),
        [((queue,), number) for queue, (number, _) in figures.waiting.items()],
    )
    yield _table(
        "deepshield_queue_oldest_seconds",
        "How long ago the first of the waiting jobs was due; jobs of batches are due some minutes late.",
        ("queue",),
        [
            ((queue,), max(0.0, (now - since).total_seconds()))
            for queue, (_, since) in figures.waiting.items()
        ],
    )
    yield _table(
        "deepshield_attempts",
        "Attempts of workers at jobs, by how they ended.",
        ("outcome",),
        [((outcome,), number) for outcome, number in figures.attempts.items()],
    )
    yield GaugeMetricFamily(
        "deepshield_lost_attempts",
        "Attempts that the sweep ended because their worker was lost.",
        value=figures.attempts.get(Code.WORKER_LOST, 0),
    )
    yield _table(
        "deepshield_verdicts",
        "Results in the database.",
        ("verdict",),
        [((verdict,), number) for verdict, number in figures.verdicts.items()],
    )
    yield GaugeMetricFamily(
        "deepshield_unfinished_uploads",
        "Files that have arrived in part.",
        value=figures.unfinished_uploads,
    )
    yield GaugeMetricFamily(
        "deepshield_unfinished_upload_bytes",
        "Bytes that have arrived of them.",
        value=figures.unfinished_bytes,
    )
    scores = HistogramMetricFamily("deepshield_scores", "Calibrated probabilities of the results.")
    edges = [*map(str, SCORE_EDGES[:-1]), "+Inf"]
    scores.add_metric((), list(zip(edges, figures.scores, strict=True)), figures.score_sum)
    yield scores


def _table(
    name: str, meaning: str, labels: tuple[str, ...], values: Iterable[tuple[tuple[str, ...], float]]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, meaning, labels=labels)
    for key, value in values:
        family.add_metric(key, value)
    return family

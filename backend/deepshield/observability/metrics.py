"""Every Prometheus metric of the service, declared here and nowhere else.

``REGISTRY`` is that of the process: the API's requests, or a worker's stages. What the database knows about
all processes together (states, depth and age of the queues, verdicts) is read from it at scrape time, see
`api.routers.metrics`.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

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
    "Jobs that a worker had to let go because their lease was no longer its own.",
    registry=REGISTRY,
)
RESCUES = Counter(
    "deepshield_rescues", "Jobs taken back from a silent worker.", ("outcome",), registry=REGISTRY
)
RESENT = Counter("deepshield_resent", "Queued jobs announced again.", registry=REGISTRY)
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

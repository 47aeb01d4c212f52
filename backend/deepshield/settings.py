"""Every setting of the service: one class with a group per noun; each setting is one environment variable.

``VIDEO_MAX_FRAMES`` is ``settings.video.max_frames``, and so on. `.env.example` explains each one.
"""

from __future__ import annotations

import functools
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AliasChoices, BaseModel, Field, HttpUrl, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

_KNOWN_SECRETS = frozenset({"changeme", "change-me", "secret", "deepshield", "password", "jwt-secret", "dev"})
_SHORTEST_SECRET = 32
_ONLY_SECURE_NAMES = ("__host-", "__secure-")  # of cookies that must be Secure (RFC 6265bis, section 4.1.3)
_TRUSTED_HOSTS = ("localhost", "127.0.0.1", "[::1]")  # which browsers trust without TLS
_TIERS = ("free", "pro")  # domain.quota.Tier
_ROLES = ("viewer", "analyst", "reviewer", "lead", "researcher", "admin")  # domain.roles.Role


class SettingsError(Exception):
    """The settings cannot be used as they are; the message says which and why."""


class Group(BaseModel):
    """A group of settings; unknown variables with its prefix are ignored."""

    model_config = {"extra": "ignore", "frozen": True}


class DatabaseSettings(Group):
    """``DATABASE_*``: where jobs, accounts and results are kept."""

    url: str = "sqlite:///./data/deepshield.db"
    pool_size: int = Field(10, ge=1)

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a file of this machine."""
        return self.url.startswith("sqlite")


class CelerySettings(Group):
    """``CELERY_*``: the broker that announces jobs to workers. The database holds the jobs."""

    broker_url: str = "filesystem://"
    result_backend: str | None = None  # results are in the database; kept for older configurations
    queue_dir: Path = Path("./data/queue")  # of the filesystem transport
    visibility_timeout_seconds: int = 900

    @property
    def is_redis(self) -> bool:
        """Whether the broker is Redis."""
        return self.broker_url.startswith(("redis://", "rediss://"))


class StorageSettings(Group):
    """``STORAGE_*``: uploads and artifacts, on local disk or in an S3-compatible store."""

    backend: Literal["local", "s3"] = "local"
    data_dir: Path = Path("./data/files")
    scratch_dir: Path = Path("./data/scratch")  # of workers: a file in analysis and what is made of it


class S3Settings(Group):
    """``S3_*``: used with STORAGE_BACKEND=s3."""

    endpoint_url: str | None = None
    bucket: str = "deepshield"
    region: str = "us-east-1"
    access_key_id: str | None = None
    secret_access_key: SecretStr | None = None
    prefix: str = ""


class SaasSettings(Group):
    """``SAAS_*``: accounts, sessions, and the free tier."""

    require_auth: bool = False
    jwt_secret: SecretStr | None = None
    jwt_exp_hours: float = Field(24.0, gt=0)
    free_daily_uploads: int = Field(20, ge=0)
    auth_cookie_name: str = "deepshield_session"
    auth_cookie_secure: bool = False
    auth_cookie_samesite: Literal["lax", "strict", "none"] = "lax"
    return_token_in_body: bool = True
    registration_open: bool = True
    require_second_factor: bool = False  # an account without one can only set one up
    login_attempts: int = Field(10, ge=1)  # per account and address, within the window
    login_window_seconds: int = Field(900, ge=1)

    @property
    def free_limit(self) -> int | None:
        """Analyses per day of an account of tier free; None where visitors analyse, who have no limit."""
        return self.free_daily_uploads if self.require_auth else None


class OidcSettings(Group):
    """``OIDC_*``: signing in through one OpenID provider."""

    issuer: str | None = None
    client_id: str | None = None
    client_secret: SecretStr | None = None
    name: str | None = None  # on the button
    scopes: Annotated[tuple[str, ...], NoDecode] = ("openid", "email", "profile")
    allowed_domains: Annotated[tuple[str, ...], NoDecode] = ()  # of verified addresses; all when not given
    role_claim: str | None = None  # dots lead into claims within claims
    role_map: Annotated[tuple[str, ...], NoDecode] = ()  # role=tier, or role=role with a workspace
    workspace: str | None = None  # in which the map gives roles
    link_verified_email: bool = False
    open_accounts: bool = True
    only: bool = False

    @field_validator("scopes", "allowed_domains", "role_map", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return _words(value)

    @field_validator("allowed_domains")
    @classmethod
    def _lowered(cls, domains: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(domain.lower().lstrip("@") for domain in domains)

    @property
    def enabled(self) -> bool:
        """Whether there is a provider."""
        return self.issuer is not None

    @property
    def label(self) -> str:
        """What the provider is called: OIDC_NAME, or its host."""
        return self.name or urlsplit(self.issuer or "").hostname or ""

    def credentials(self) -> tuple[str, str]:
        """Return the client's id and secret."""
        secret = self.client_secret.get_secret_value() if self.client_secret else ""
        return self.client_id or "", secret

    def roles(self) -> dict[str, str]:
        """Return the tier, or the role in the workspace, of each mapped role."""
        return {role: tier for role, _, tier in (pair.rpartition("=") for pair in self.role_map)}


class FileSettings(Group):
    """``FILE_*``: what an upload may be."""

    max_upload_mb: int = Field(200, ge=1)
    max_name_length: int = Field(255, ge=8)
    upload_timeout_seconds: float = Field(900.0, gt=0)  # a whole upload
    stall_timeout_seconds: float = Field(30.0, gt=0)  # between two pieces of it
    resumable_hours: float = Field(24.0, gt=0)  # that an unfinished upload waits for its next part
    resumable_most: int = Field(100, ge=1)  # unfinished at once, per account or per visitor's address

    @property
    def max_bytes(self) -> int:
        """The limit in bytes."""
        return self.max_upload_mb * 1024 * 1024


# Platforms whose posts are pages: their files have addresses that only a program finds.
SOCIAL_MEDIA = (
    "bsky.app", "dailymotion.com", "facebook.com", "fb.watch", "instagram.com", "reddit.com", "rumble.com",
    "tiktok.com", "twitter.com", "vimeo.com", "vk.com", "x.com", "youtu.be", "youtube.com",
)  # fmt: skip


class FetchSettings(Group):
    """``FETCH_*``: what is fetched from addresses. Hosts mean themselves and all below them."""

    allow_hosts: Annotated[tuple[str, ...], NoDecode] = ()  # all when not given
    deny_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    proxy: HttpUrl | None = None  # outgoing
    resolver_url: HttpUrl | None = None  # of the service that finds the file behind a post
    resolver_hosts: Annotated[tuple[str, ...], NoDecode] = SOCIAL_MEDIA

    @field_validator("allow_hosts", "deny_hosts", "resolver_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        words = _words(value)
        return tuple(str(word).lower().lstrip("*.") for word in words) if isinstance(words, tuple) else words

    def permits(self, host: str) -> bool:
        """Return whether files may be fetched from ``host``, a name in lower case."""
        allowed = not self.allow_hosts or _below(host, self.allow_hosts)
        return allowed and not _below(host, self.deny_hosts)

    def resolves(self, host: str) -> bool:
        """Return whether the resolver is asked for the file behind a page of ``host``."""
        return self.resolver_url is not None and _below(host, self.resolver_hosts)


class VideoSettings(Group):
    """``VIDEO_*``: how long a video may be and how many of its frames are analysed."""

    max_duration_seconds: float = Field(180.0, gt=0)
    max_frames: int = Field(32, ge=1, le=512)
    preview_seconds: float = Field(15.0, ge=0)  # most that making a preview may add to an analysis


class InferSettings(Group):
    """``INFER_*``: which bundle scores, and an operator's own threshold."""

    model_weights_path: Path | None = None  # folder of a bundle; the released one when not given
    fake_decision_threshold: float | None = Field(None, gt=0, lt=1)
    released_while_refused: bool = False  # by a worker that starts and cannot use the active bundle


class JobSettings(Group):
    """``JOB_*``: time limits of the job protocol: soft < hard < lease < visibility timeout."""

    soft_limit_seconds: float = Field(240.0, gt=0)
    hard_limit_seconds: float = Field(270.0, gt=0)
    lease_seconds: float = Field(330.0, gt=0)
    heartbeat_seconds: float = Field(4.0, gt=0)
    heartbeat_timeout_seconds: float = Field(20.0, gt=0)  # a silent worker's jobs are requeued after this
    max_attempts: int = Field(3, ge=1)
    max_crashes: int = Field(2, ge=1)  # of the analysing process on one job
    sweep_seconds: float = Field(3.0, gt=0)
    resend_seconds: float = Field(15.0, gt=0)  # a queued job that nobody claimed is announced again


class BatchSettings(Group):
    """``BATCH_*``: many files handed in together."""

    max_items: int = Field(10_000, ge=1)
    max_upload_mb: int = Field(4096, ge=1)  # of one request, and of what its archives unpack to
    delay_seconds: float = Field(600.0, ge=0)  # that a batch's jobs stand back behind others
    open_hours: float = Field(24.0, gt=0)  # an open batch that gets nothing more is closed after this

    @property
    def max_bytes(self) -> int:
        """The limit in bytes."""
        return self.max_upload_mb * 1024 * 1024

    @property
    def patience(self) -> timedelta:
        """How much later than other jobs those of a batch are due."""
        return timedelta(seconds=self.delay_seconds)


class RecheckSettings(Group):
    """``RECHECK_*``: files that are analysed again."""

    at_once: int = Field(50, ge=1)  # jobs of one recheck that wait or run at a time
    delay_seconds: float = Field(3600.0, ge=0)  # that they stand back behind others; more than a batch's

    @property
    def patience(self) -> timedelta:
        """How much later than other jobs those of a recheck are due."""
        return timedelta(seconds=self.delay_seconds)


class WorkerSettings(Group):
    """``WORKER_*``: how media is analysed."""

    runtime: Literal["auto", "onnx", "torch"] = "auto"
    device: Literal["auto", "cpu", "cuda"] = "auto"
    queues: Annotated[tuple[str, ...], NoDecode] = ("images", "videos")
    concurrency: int = Field(1, ge=1)  # analysing processes per queue
    memory_mb: int = Field(2048, ge=256)  # of an analysing process
    recycle_memory_mb: int = Field(1024, ge=128)  # one that keeps more than this between jobs is replaced
    recycle_jobs: int = Field(500, ge=1)
    drain_seconds: float = Field(5.0, ge=0)  # that a stopping worker gives its job to finish
    metrics_port: int | None = None  # one per worker process; none when not given

    @field_validator("queues", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return _words(value)


class ProvenanceSettings(Group):
    """``PROVENANCE_*``: what files say of themselves."""

    trust_dir: Path = Path("./data/trust")  # lists of certificates, which `deepshield provenance` installs


class RetentionSettings(Group):
    """``RETENTION_*``: how long files stay after a job has ended."""

    upload_hours: float = Field(24.0, ge=0)
    artifact_hours: float = Field(24.0, ge=0)
    job_days: float = Field(30.0, ge=0)  # results and job rows


class ApiSettings(Group):
    """``API_*``: what the connections of one API process may be."""

    max_connections: int = Field(800, ge=1)
    head_seconds: float = Field(
        20.0, gt=0
    )  # from a connection, or a request's first byte, to the end of its headers
    unread_seconds: float = Field(60.0, gt=0)  # in which a client takes nothing of an answer


class RateSettings(Group):
    """``RATE_*``: requests per second and account, or per address."""

    limit_rps: float = Field(20.0, ge=0)  # 0 switches it off
    limit_burst: int = Field(60, ge=1)


class CorsSettings(Group):
    """``CORS_*``: other origins whose pages may call the API with credentials."""

    allowed_origins: Annotated[tuple[str, ...], NoDecode] = ()

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return _words(value)


class TrustedSettings(Group):
    """``TRUSTED_*``: proxies whose X-Forwarded-For is trusted."""

    proxies: Annotated[tuple[str, ...], NoDecode] = ()  # addresses or networks

    @field_validator("proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return _words(value)


class WebSettings(Group):
    """``WEB_*``: the web app that the API serves."""

    dir: Path | None = None  # folder of its static export; the repository's frontend/out when not given


class LogSettings(Group):
    """``LOG_*``."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    format: Literal["console", "json"] = "console"


class Settings(BaseSettings):
    """All settings; `load_settings` reads them from the environment and from ``.env``."""

    model_config = SettingsConfigDict(
        env_nested_delimiter="_",
        env_nested_max_split=1,
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    environment: Literal["development", "production"] = Field(
        "development", validation_alias=AliasChoices("DEEPSHIELD_ENV")
    )
    host: str = Field("127.0.0.1", validation_alias=AliasChoices("HOST"))
    port: int = Field(8001, ge=0, le=65535, validation_alias=AliasChoices("PORT"))
    public_url: HttpUrl | None = Field(None, validation_alias=AliasChoices("PUBLIC_URL"))
    run_db_migrations_on_startup: bool = Field(
        True, validation_alias=AliasChoices("RUN_DB_MIGRATIONS_ON_STARTUP")
    )
    enable_prometheus_metrics: bool = Field(True, validation_alias=AliasChoices("ENABLE_PROMETHEUS_METRICS"))
    require_redis_for_ready: bool = Field(False, validation_alias=AliasChoices("REQUIRE_REDIS_FOR_READY"))

    reverse_search_links: bool = Field(True, validation_alias=AliasChoices("REVERSE_SEARCH_LINKS"))

    database: DatabaseSettings = DatabaseSettings()
    celery: CelerySettings = CelerySettings()
    storage: StorageSettings = StorageSettings()
    s3: S3Settings = S3Settings()
    saas: SaasSettings = SaasSettings()
    oidc: OidcSettings = OidcSettings()
    file: FileSettings = FileSettings()
    fetch: FetchSettings = FetchSettings()
    video: VideoSettings = VideoSettings()
    infer: InferSettings = InferSettings()
    job: JobSettings = JobSettings()
    batch: BatchSettings = BatchSettings()
    recheck: RecheckSettings = RecheckSettings()
    worker: WorkerSettings = WorkerSettings()
    provenance: ProvenanceSettings = ProvenanceSettings()
    retention: RetentionSettings = RetentionSettings()
    api: ApiSettings = ApiSettings()
    rate: RateSettings = RateSettings()
    cors: CorsSettings = CorsSettings()
    trusted: TrustedSettings = TrustedSettings()
    web: WebSettings = WebSettings()
    log: LogSettings = LogSettings()

    @property
    def is_production(self) -> bool:
        """Whether the service refuses to start with a weak secret."""
        return self.environment == "production"

    @model_validator(mode="after")
    def _clocks_in_order(self) -> Self:
        job = self.job
        clocks = (
            ("JOB_SOFT_LIMIT_SECONDS", job.soft_limit_seconds),
            ("JOB_HARD_LIMIT_SECONDS", job.hard_limit_seconds),
            ("JOB_LEASE_SECONDS", job.lease_seconds),
            ("CELERY_VISIBILITY_TIMEOUT_SECONDS", float(self.celery.visibility_timeout_seconds)),
        )
        for (name, value), (next_name, next_value) in pairwise(clocks):
            if value >= next_value:
                raise ValueError(f"{name} ({value:g}) must be below {next_name} ({next_value:g})")
        if job.heartbeat_seconds * 2 > job.heartbeat_timeout_seconds:
            raise ValueError("JOB_HEARTBEAT_TIMEOUT_SECONDS must be at least twice JOB_HEARTBEAT_SECONDS")
        return self

    @model_validator(mode="after")
    def _strong_secret(self) -> Self:
        secret = self.saas.jwt_secret.get_secret_value() if self.saas.jwt_secret else None
        if secret is None:
            if self.is_production:
                raise ValueError("SAAS_JWT_SECRET is required in production")
            return self
        weak = secret.lower() in _KNOWN_SECRETS or len(set(secret)) < 8 or len(secret) < _SHORTEST_SECRET
        if weak and self.is_production:
            raise ValueError(f"SAAS_JWT_SECRET must be random and of at least {_SHORTEST_SECRET} characters")
        return self

    @model_validator(mode="after")
    def _whole_provider(self) -> Self:
        """Refuse a provider that is half configured: nobody could sign in, or the wrong people could."""
        oidc = self.oidc
        if not oidc.enabled:
            if oidc != OidcSettings():
                raise ValueError("OIDC_ISSUER is required with the other OIDC_ settings")
            return self
        needed = {
            "OIDC_CLIENT_ID": oidc.client_id,
            "OIDC_CLIENT_SECRET": oidc.client_secret,
            "PUBLIC_URL": self.public_url,
        }
        missing = [name for name, value in needed.items() if not value]
        if missing:
            raise ValueError(f"OIDC_ISSUER needs {', '.join(missing)} too")
        parts = urlsplit(oidc.issuer or "")
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("OIDC_ISSUER must be the provider's own address, as its configuration names it")
        if parts.scheme == "http" and self.is_production:
            raise ValueError("OIDC_ISSUER must be https in production")
        if "openid" not in oidc.scopes:
            raise ValueError("OIDC_SCOPES must contain openid")
        if bool(oidc.role_claim) != bool(oidc.role_map):
            raise ValueError("OIDC_ROLE_CLAIM and OIDC_ROLE_MAP are given together")
        if oidc.workspace and not oidc.role_map:
            raise ValueError("OIDC_WORKSPACE needs OIDC_ROLE_CLAIM and OIDC_ROLE_MAP too")
        kind, values = ("role", _ROLES) if oidc.workspace else ("tier", _TIERS)
        if "" in oidc.roles() or not set(oidc.roles().values()) <= set(values):
            raise ValueError(
                f"OIDC_ROLE_MAP lists role={kind}, separated by commas; a {kind} is {', '.join(values)}"
            )
        return self

    @field_validator("public_url")
    @classmethod
    def _root_of_a_host(cls, url: HttpUrl | None) -> HttpUrl | None:
        """Refuse an address below a path: pages, files and cookies are all at the root of their host."""
        if url is not None and (url.path not in (None, "/") or url.query or url.fragment or url.username):
            raise ValueError(
                "PUBLIC_URL must be a host's own address, such as https://deepshield.example.org: "
                "the service is not served under a path. Give it a host name of its own."
            )
        return url

    @model_validator(mode="after")
    def _cookie_that_browsers_keep(self) -> Self:
        saas, url = self.saas, self.public_url
        if not saas.auth_cookie_secure:
            if saas.auth_cookie_samesite == "none":
                raise ValueError("SAAS_AUTH_COOKIE_SAMESITE=none needs SAAS_AUTH_COOKIE_SECURE=true")
            if saas.auth_cookie_name.lower().startswith(_ONLY_SECURE_NAMES):
                raise ValueError(
                    f"SAAS_AUTH_COOKIE_NAME={saas.auth_cookie_name} needs SAAS_AUTH_COOKIE_SECURE=true"
                )
        elif url is not None and url.scheme == "http" and url.host not in _TRUSTED_HOSTS:
            raise ValueError(
                "SAAS_AUTH_COOKIE_SECURE=true needs an https PUBLIC_URL: over plain HTTP browsers drop the "
                "cookie, and nobody stays signed in. Set it to false, or serve the address by TLS."
            )
        return self


def variables() -> frozenset[str]:
    """Return the environment variable of every setting."""
    found: set[str] = set()
    for name, field in Settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            found.update(f"{name}_{inner}".upper() for inner in field.annotation.model_fields)
        else:
            alias = field.validation_alias
            found.add(str(alias.choices[0]) if isinstance(alias, AliasChoices) else name.upper())
    return frozenset(found)


@functools.cache
def load_settings() -> Settings:
    """Read the settings once per process; raises `SettingsError` naming the variables at fault."""
    try:
        return Settings()
    except ValueError as error:
        raise SettingsError(str(error)) from error


def _below(host: str, names: tuple[str, ...]) -> bool:
    return any(host == name or host.endswith(f".{name}") for name in names)


def _words(value: object) -> object:
    """Split a variable's "a, b" into words; any other value is returned unchanged."""
    return (
        tuple(word.strip() for word in value.split(",") if word.strip()) if isinstance(value, str) else value
    )

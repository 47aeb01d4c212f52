"""What tests stand on: small media, a way to run the program, and the service's parts on real servers.

`database` (and all that is built on it) comes twice, on SQLite and on PostgreSQL, each time empty and fully
migrated. Settings come from the test alone, never from the environment or a ``.env``.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import services as servers
from service_parts import NOON, MakeResources, MakeSettings, RecordingAnnouncer, Run, TestSettings
from service_parts import Clock as StandingClock

from deepshield.domain.clock import Clock, now
from deepshield.persistence import migrate
from deepshield.persistence.database import Database
from deepshield.settings import DatabaseSettings, Settings

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

    from deepshield.resources import Resources

_NUMBERS = itertools.count(1)
_TESTS = Path(__file__).parent
_KINDS = ("sqlite", "postgres")


# Rooms whose tests are about what a database does; elsewhere it is one part of several, but for tests marked
# `both_databases`: what waits, races or is refused by the database itself.
_ABOUT_DATABASES = {"persistence", "backup"}
_BOTH = os.environ.get("DATABASES") == "both"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave a test that is not about databases its run on one of the two, half of the tests on each.

    ``DATABASES=both`` runs every test on both. The choice follows the test's name, so that it stays the same.
    """
    if _BOTH:
        return
    spared = [item for item in items if _elsewhere(item)]
    config.hook.pytest_deselected(items=spared)
    gone = set(map(id, spared))
    items[:] = [item for item in items if id(item) not in gone]


def _elsewhere(item: pytest.Item) -> bool:
    spec = getattr(item, "callspec", None)
    kind = None if spec is None else spec.params.get("database_url")
    rooms = item.path.relative_to(_TESTS).parts if item.path.is_relative_to(_TESTS) else ("persistence",)
    if kind is None or rooms[0] in _ABOUT_DATABASES or item.get_closest_marker("both_databases"):
        return False
    if any(mark.args[0] == "database_url" for mark in item.iter_markers("parametrize")):
        return False  # it names its database itself
    name = item.nodeid.partition("[")[0]
    return _KINDS[zlib.crc32(name.encode()) % len(_KINDS)] != kind


@pytest.fixture(scope="session")
def program() -> Path:
    return Path(sys.executable).parent / "deepshield"


@pytest.fixture(scope="session")
def run(program: Path) -> Run:
    def call(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(program), *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            cwd=cwd,
        )

    return call


@pytest.fixture(scope="session")
def portrait_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from PIL import Image as Pillow
    from skimage import data as skimage_data

    path = tmp_path_factory.mktemp("stills") / "portrait.jpg"
    Pillow.fromarray(skimage_data.astronaut()).save(path, quality=92)
    return path


@pytest.fixture(scope="session")
def broken_still(portrait_file: Path) -> bytes:
    """A JPEG that ends before its pixels begin; one that ends later is analysed as far as it goes."""
    return portrait_file.read_bytes()[:300]


@pytest.fixture(scope="session")
def clip_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import av
    import numpy as np
    from skimage import data as skimage_data

    path = tmp_path_factory.mktemp("clips") / "clip.mp4"
    picture = np.ascontiguousarray(skimage_data.astronaut()[:480], np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 512, 480, "yuv420p"
        for shift in range(50):
            frame = np.ascontiguousarray(np.roll(picture, shift, axis=1))
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode(None))
    return path


@pytest.fixture(scope="session")
def services() -> Iterator[servers.Services]:
    """The run's real servers; each starts when it is first asked for."""
    with servers.running() as started:
        yield started


@pytest.fixture
def redis_url(services: servers.Services) -> str:
    """An empty Redis."""
    services.redis.flush()
    return services.redis.url


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def _postgres_template(services: servers.Services) -> str:
    _migrate(services.postgres.create("template"))
    return "template"


def _migrate(url: str) -> None:
    database = Database(DatabaseSettings(url=url))
    migrate.upgrade(database)
    database.close()


@pytest.fixture
def sqlite_url(tmp_path: Path, _sqlite_template: Path) -> str:
    """An empty, migrated SQLite database."""
    path = tmp_path / "deepshield.db"
    shutil.copyfile(_sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(services: servers.Services, _postgres_template: str) -> Iterator[str]:
    """An empty, migrated PostgreSQL database."""
    name = f"test_{next(_NUMBERS)}"
    yield services.postgres.create(name, _postgres_template)
    services.postgres.drop(name)


@pytest.fixture(params=_KINDS)
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of an empty, migrated database; the test runs once for each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty, migrated database; the test runs once for each kind."""
    opened = Database(DatabaseSettings(url=database_url))
    yield opened
    opened.close()


@pytest.fixture
def make_settings(tmp_path: Path) -> MakeSettings:
    """Settings of the test's own folder: ``make_settings(job={"max_attempts": 2}, port=0)``."""

    def make(**overrides: Any) -> Settings:
        given: dict[str, Any] = {
            "database": {"url": f"sqlite:///{tmp_path / 'deepshield.db'}"},
            "celery": {"queue_dir": tmp_path / "queue"},
            "storage": {"data_dir": tmp_path / "files", "scratch_dir": tmp_path / "scratch"},
        }
        for name, value in overrides.items():
            given[name] = {**given.get(name, {}), **value} if isinstance(value, Mapping) else value
        return TestSettings(**{_alias(name): value for name, value in given.items()})

    return make


def _alias(name: str) -> str:
    alias = Settings.model_fields[name].validation_alias
    return str(alias.choices[0]) if alias is not None and not isinstance(alias, str) else name  # type: ignore[union-attr]


@pytest.fixture
def make_resources(make_settings: MakeSettings, database_url: str) -> Iterator[MakeResources]:
    """Open resources on the test's database: ``make_resources(job={"max_attempts": 2}, clock=clock)``.

    All of a test share the database and the storage; each has a `RecordingAnnouncer` of its own.
    """
    from deepshield.resources import Resources
    from deepshield.storage import open_store

    with ExitStack() as stack:

        def make(clock: Clock = now, **overrides: Any) -> Resources:
            where = {"url": database_url, **overrides.pop("database", {})}
            settings = make_settings(database=where, **overrides)
            opened = Database(settings.database)
            stack.callback(opened.close)
            return Resources(settings, opened, open_store(settings), RecordingAnnouncer(), clock)

        yield make


@pytest.fixture
def resources(make_resources: MakeResources) -> Resources:
    """Default settings on an empty database, twice; ``resources.announcer.announced`` tells what was sent."""
    return make_resources()


@pytest.fixture
def clock() -> StandingClock:
    """A clock that stands at `NOON`, for a test's own ``resources``."""
    return StandingClock(NOON)


@pytest.fixture
def client(resources: Resources) -> Iterator[TestClient]:
    """The application over ``resources``, which may be a test's own; its faults are answers."""
    import api_world

    with api_world.serving(resources) as client:
        yield client

"""Real PostgreSQL and Redis servers for tests: on free ports, in folders of their own.

They end with the test run, and can be killed and started again with their data, as the crash tests do.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import redis

_MISSING = "{program} is not installed: `make setup-dev` installs it ({package}) when run as root"
_POSTGRES_FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin")
_UNPRIVILEGED = ("postgres", "nobody")
_START_SECONDS = 60.0
# Below the ports that the kernel gives to connections, which could take one before it is used. Every
# process of a parallel run has its own thousand, from a random start, since other runs may share the machine.
_PROCESS = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_PORTS_OF_PROCESS = range(20_000 + _PROCESS % 12 * 1000, 21_000 + _PROCESS % 12 * 1000, 2)
_PORTS = itertools.cycle(random.sample(_PORTS_OF_PROCESS, len(_PORTS_OF_PROCESS)))


class MissingProgramError(Exception):
    """A server that the tests need is not installed; the message says what to do."""


def free_port() -> int:
    """Return a port that nothing listens on, nor on the port above it."""
    return next(port for port in _PORTS if _is_free(port) and _is_free(port + 1))


def _is_free(port: int) -> bool:
    with socket.socket() as opened:
        try:
            opened.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def wait_until(condition: Callable[[], object], seconds: float = 20.0, what: str = "") -> None:
    """Poll ``condition`` until it is true; fails the test after ``seconds``."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds:g} s: {what or condition}")
        time.sleep(0.02)


class Server:
    """One server process with a data folder; started, stopped, killed and started again on the same port."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"deepshield-{type(self).__name__.lower()}-"))
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def command(self) -> list[str]:
        """The command line that runs the server in the foreground."""
        raise NotImplementedError

    def answers(self) -> bool:
        """Whether the server accepts commands."""
        raise NotImplementedError

    def start(self) -> None:
        """Start the server and wait until it answers."""
        log = self.folder / "server.log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(self.command, stdout=output, stderr=output, cwd=self.folder)
        end = time.monotonic() + _START_SECONDS
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"{self.command[0]} did not start:\n{log.read_text()[-2000:]}")
            time.sleep(0.02)

    def stop(self, with_signal: signal.Signals = signal.SIGINT) -> None:
        """End the server (SIGINT asks, SIGKILL does not) and wait until it is gone; its data stay."""
        if self._process is None:
            return
        self._process.send_signal(with_signal)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def kill(self) -> None:
        """End the server as a power cut would."""
        self.stop(signal.SIGKILL)

    def close(self) -> None:
        """Stop the server and delete its data."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class Redis(Server):
    """A Redis server that keeps its data over a restart."""

    @property
    def url(self) -> str:
        """The broker's address."""
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def command(self) -> list[str]:
        program = shutil.which("redis-server")
        if program is None:
            raise MissingProgramError(_MISSING.format(program="redis-server", package="redis-server"))
        options = {
            "port": self.port,
            "bind": "127.0.0.1",
            "dir": self.folder,
            "appendonly": "yes",
            "save": "",
        }
        return _dying_with_us(
            [program, *(word for name, value in options.items() for word in (f"--{name}", str(value)))]
        )

    def answers(self) -> bool:
        with (
            contextlib.suppress(redis.RedisError),
            contextlib.closing(redis.Redis.from_url(self.url)) as client,
        ):
            return bool(client.ping())
        return False

    def flush(self) -> None:
        """Forget everything, as a cache that was emptied."""
        with redis.Redis.from_url(self.url) as client:
            client.flushall()


class Postgres(Server):
    """A PostgreSQL server in a folder of its own, run by an unprivileged user since it refuses root."""

    def __init__(self) -> None:
        super().__init__()
        self._bin = _postgres_programs()
        self._user = _unprivileged_user()
        if self._user is not None:
            shutil.chown(self.folder, self._user)
        self._data = self.folder / "data"
        self._initialise()

    @property
    def command(self) -> list[str]:
        settings = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": 200,
            "fsync": "off",  # what is written survives a killed process, which is all that is killed here
            "shared_buffers": "32MB",
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return _dying_with_us([str(self._bin / "postgres"), "-D", str(self._data), *options], self._user)

    def answers(self) -> bool:
        with contextlib.suppress(psycopg2.Error):
            psycopg2.connect(self.address("postgres"), connect_timeout=2).close()
            return True
        return False

    def kill(self) -> None:
        """Kill the server; a restart has to wait for the processes of its connections."""
        pids = _descendants(self._process.pid) if self._process else []
        super().kill()
        wait_until(lambda: not any(_is_running(pid) for pid in pids), what="PostgreSQL's processes are gone")

    def address(self, database: str) -> str:
        """Return the address of one of its databases."""
        return f"postgresql://deepshield@127.0.0.1:{self.port}/{database}"

    def create(self, database: str, template: str = "template1") -> str:
        """Create a database and return its address."""
        self._execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
        return self.address(database)

    def drop(self, database: str) -> None:
        """Drop a database, closing what is still connected to it."""
        self._execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def _execute(self, statement: str) -> None:
        with contextlib.closing(psycopg2.connect(self.address("postgres"))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)

    def _initialise(self) -> None:
        command = [str(self._bin / "initdb"), "-D", str(self._data), "-U", "deepshield", "-A", "trust"]
        command += ["--no-sync", "-E", "UTF8", "--locale=C.UTF-8"]
        made = subprocess.run(
            _dying_with_us(command, self._user), capture_output=True, text=True, check=False, cwd=self.folder
        )
        if made.returncode:
            raise AssertionError(f"initdb failed: {made.stderr}")


def _postgres_programs() -> Path:
    on_path = shutil.which("initdb")
    folders = [Path(on_path).parent] if on_path else []
    for pattern in _POSTGRES_FOLDERS:
        folders += sorted(Path("/").glob(pattern[1:]), reverse=True)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise MissingProgramError(_MISSING.format(program="PostgreSQL", package="postgresql"))


def _unprivileged_user() -> str | None:
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(user for user in _UNPRIVILEGED if user in known)


def _dying_with_us(command: list[str], user: str | None = None) -> list[str]:
    """Wrap a command so that it ends with this process, however that ends, and runs as ``user``."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise MissingProgramError(_MISSING.format(program="setpriv", package="util-linux"))
    identity = [f"--reuid={user}", f"--regid={pwd.getpwnam(user).pw_gid}", "--clear-groups"] if user else []
    return [setpriv, "--pdeathsig=INT", *identity, "--", *command]


def _descendants(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [one for child in map(int, children) for one in (child, *_descendants(child))]


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class Services:
    """The servers of a test run, each started when a test first needs it."""

    def __init__(self) -> None:
        self._postgres: Postgres | None = None
        self._redis: Redis | None = None

    @property
    def postgres(self) -> Postgres:
        """The run's PostgreSQL."""
        if self._postgres is None:
            self._postgres = Postgres()
            self._postgres.start()
        return self._postgres

    @property
    def redis(self) -> Redis:
        """The run's Redis."""
        if self._redis is None:
            self._redis = Redis()
            self._redis.start()
        return self._redis

    def close(self) -> None:
        """Stop what was started."""
        for server in (self._postgres, self._redis):
            if server is not None:
                server.close()


@contextlib.contextmanager
def running() -> Iterator[Services]:
    """The servers for the length of a block."""
    services = Services()
    try:
        yield services
    finally:
        services.close()

"""A file in parts outlives the API's process: what a kill costs, and that the offset is of stored bytes."""

from __future__ import annotations

import hashlib
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from api_process import ApiProcess
from services import wait_until

from deepshield.intake.parts import PART_BYTES

pytestmark = pytest.mark.crash

MB = 1024**2
FILE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * (4096 * 30)  # 30 MB
BYTES = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}


def offset_of(place: str) -> int:
    return int(httpx.head(place, headers=BYTES, timeout=20).headers["Upload-Offset"])


def test_a_kill_costs_the_part_under_way_at_most(tmp_path: Path) -> None:
    api = ApiProcess(tmp_path)
    begun = httpx.post(f"{api.url}/uploads", headers={**BYTES, "Upload-Length": str(len(FILE))}, timeout=20)
    path = begun.headers["Location"]
    sent = 0

    def until_killed() -> Iterator[bytes]:
        nonlocal sent
        for start in range(0, 22 * MB, MB):
            yield FILE[start : start + MB]
            sent = start + MB
        place = f"http://127.0.0.1:{api.port}{path}"
        wait_until(lambda: offset_of(place) >= 2 * PART_BYTES, what="two parts are stored")
        api.process.send_signal(signal.SIGKILL)
        api.process.wait()
        yield FILE[22 * MB :]

    with pytest.raises(httpx.TransportError):
        httpx.patch(
            f"http://127.0.0.1:{api.port}{path}",
            content=until_killed(),
            headers={**BYTES, "Upload-Offset": "0", "Content-Length": str(len(FILE))},
            timeout=20,
        )

    again = ApiProcess(tmp_path)
    place = f"http://127.0.0.1:{again.port}{path}"
    offset = offset_of(place)
    assert sent - PART_BYTES - MB <= offset <= sent
    last = httpx.patch(
        place, content=FILE[offset:], headers={**BYTES, "Upload-Offset": str(offset)}, timeout=60
    )
    assert last.status_code == 204, last.text
    result = httpx.get(f"{again.url}/results/{last.headers['X-Job-Id']}", timeout=20).json()
    again.stop()
    assert result["sha256"] == hashlib.sha256(FILE).hexdigest()
    files = [path.relative_to(tmp_path / "files").parts[0] for path in again.files()]
    assert files.count("uploads") == 1
    assert "parts" not in files

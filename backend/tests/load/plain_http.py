"""A client so plain that it does not disturb what it measures: GET on kept connections, event streams."""

from __future__ import annotations

import asyncio
import time

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def get(connection: Connection, path: str) -> int:
    """Send one GET and read its whole answer; return the status."""
    reader, writer = connection
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.partition(b":")[2])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length")
    )
    await reader.readexactly(length)
    return int(head.split(b" ", 2)[1])


async def poll(port: int, path: str, per_second: int, seconds: float, connections: int = 24) -> list[float]:
    """GET a path at a steady rate, whatever the answers take; return the seconds from due time to answer."""
    free: asyncio.Queue[Connection] = asyncio.Queue()
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(connections)]
    for connection in opened:
        free.put_nowait(connection)
    took: list[float] = []

    async def one(due: float) -> None:
        connection = await free.get()
        status = await get(connection, path)
        took.append(time.monotonic() - due)
        free.put_nowait(connection)
        assert status == 200, status

    begun = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for number in range(int(per_second * seconds)):
            due = begun + number / per_second
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            group.create_task(one(due))
    for _, writer in opened:
        writer.close()
    return took


async def follow(port: int, path: str, opened: asyncio.Semaphore) -> float:
    """Follow an event stream until its final event; return when that came. ``opened`` limits the rush."""
    async with opened:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head[:200]
    await reader.readuntil(b"event: final")
    came = time.monotonic()
    writer.close()
    return came

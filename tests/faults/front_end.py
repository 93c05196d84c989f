"""The public address of the media service, as a cloud's front end is one: new connections go to whichever process is
not about to end, those that stand stay where they are."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class FrontEnd:
    """`to` is the port of the process that new connections go to; None refuses them."""

    def __init__(self) -> None:
        self.to: int | None = None
        self.port = 0

    async def serve(self, ready: threading.Event, stop: asyncio.Event) -> None:
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await stop.wait()
        server.close()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.to is not None:
            with suppress(OSError):
                far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.to)
                await asyncio.gather(_pass_on(reader, far_writer), _pass_on(far_reader, writer))
        writer.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    with suppress(OSError):
        writer.close()


@contextmanager
def front_end() -> Iterator[FrontEnd]:
    front, ready, stop, loop = FrontEnd(), threading.Event(), asyncio.Event(), asyncio.new_event_loop()

    def run() -> None:
        loop.run_until_complete(front.serve(ready, stop))
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(5)
    try:
        yield front
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()

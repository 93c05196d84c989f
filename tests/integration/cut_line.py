"""A line to a server that can be cut at the worst moment: after an order has arrived, before its answer comes back."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock, Thread


class CutLine:
    """Hands bytes on, both ways. `cut_after(word)` arms it for once: the connection that next sends the word is closed
    when the server has answered it."""

    def __init__(self, server: tuple[str, int]) -> None:
        self._server = server
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._lock = Lock()
        self._word: bytes | None = None
        self.cuts = 0
        Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._listening.getsockname()[1])

    def cut_after(self, word: bytes) -> None:
        self._word = word

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.create_connection(self._server)
                doomed: list[bool] = []
                Thread(target=self._there, args=(client, server, doomed), daemon=True).start()
                Thread(target=self._back, args=(server, client, doomed), daemon=True).start()

    def _there(self, client: socket.socket, server: socket.socket, doomed: list[bool]) -> None:
        with suppress(OSError), client, server:
            while data := client.recv(65536):
                with self._lock:
                    if self._word is not None and self._word in data:
                        self._word = None
                        self.cuts += 1
                        doomed.append(True)
                server.sendall(data)

    def _back(self, server: socket.socket, client: socket.socket, doomed: list[bool]) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                if doomed:
                    break
                client.sendall(data)
            for each in (client, server):
                each.shutdown(socket.SHUT_RDWR)


@contextmanager
def cut_line(server: tuple[str, int]) -> Iterator[CutLine]:
    line = CutLine(server)
    try:
        yield line
    finally:
        line.close()

"""The threads for work that blocks: a bounded pool for each thing that can be slow, so that none starves another."""

from concurrent.futures import ThreadPoolExecutor


class Threads:
    """One per process."""

    def __init__(self) -> None:
        # As many tools at once as the database has connections.
        self.tools = ThreadPoolExecutor(16, "tool")
        self.lookups = ThreadPoolExecutor(4, "lookup")
        self.sessions = ThreadPoolExecutor(4, "session")
        self.records = ThreadPoolExecutor(4, "record")

    def close(self) -> None:
        for pool in (self.tools, self.lookups, self.sessions, self.records):
            pool.shutdown(wait=False)

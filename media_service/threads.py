"""The threads for work that blocks: a bounded pool for each thing that can be slow, so that none starves another."""

from concurrent.futures import ThreadPoolExecutor


class Threads:
    """One per process."""

    def __init__(self) -> None:
        # As many tools at once as the database has connections.
        self.tools = ThreadPoolExecutor(16, "tool")
        self.lookups = ThreadPoolExecutor(4, "lookup")
        self.sessions = ThreadPoolExecutor(4, "session")
        # What nobody waits for: a Redis that hangs must not keep a new call's stream waiting behind it.
        self.saves = ThreadPoolExecutor(2, "save")
        self.records = ThreadPoolExecutor(4, "record")
        self.sound = ThreadPoolExecutor(2, "sound")

    def close(self) -> None:
        for pool in (self.tools, self.lookups, self.sessions, self.saves, self.records, self.sound):
            pool.shutdown(wait=False)

"""Takes customers whose rows a command has changed out of the cache that calls read."""

import sys
from collections.abc import Collection

from shared.sessions.customer_cache import CustomerCache
from shared.sessions.in_time import RedisInTime
from shared.settings import Settings


def forget(given: Settings, phones: Collection[str]) -> None:
    """After the commit. Without REDIS_URL it says how long a call may still be told what was."""
    if not phones:
        return
    if not given.redis_url:
        print("REDIS_URL is not set: calls may know what was for five minutes more.", file=sys.stderr)
        return
    redis = RedisInTime(given.redis_url)
    CustomerCache(redis, given.stream_token_secrets).forget(*phones)
    redis.close()

"""What a session and a cached customer cost: figures on a real Redis, and on a real Postgres behind the cache.

    python -m tests.bench.sessions

The functions measure on servers that are given to them, so that another bench can ask the same of its own data.
"""

import json
from collections.abc import Callable
from time import perf_counter

from infra.local.house.servers import embedded_postgres, embedded_redis
from shared import settings
from shared.services import Services, connect
from shared.sessions.in_time import RedisInTime
from shared.sessions.sessions import Sessions
from shared.sessions.state import Message, SessionState
from shared.shop import load_shop
from shared.storage import customers
from shared.storage.migrate import migrate
from shared.tools.call import CallContext
from shared.tools.registry import Desk

_SECRET = "s" * 32
_PHONE = "+12175550123"
_TIMES = 5_000


def measure_sessions(redis_url: str, times: int = _TIMES) -> dict[str, float]:
    """Milliseconds of saving and loading the state of a call of twenty turns, one after the other from one thread, and
    the size of what is kept."""
    redis = RedisInTime(redis_url, seconds=5.0)
    sessions, state = Sessions(redis, [_SECRET]), twenty_turns()
    save = _timed(times, lambda n: sessions.save("CAbench", 0, n + 1, state))
    claim = _timed(times, lambda n: sessions.claim("CAbench", n + 1))
    load = _timed(times, lambda _: sessions.load("CAbench"))
    redis.close()
    size = len(json.dumps(state.to_dict(), separators=(",", ":"))) / 1000
    return {**_named("session_save", save), **_named("session_claim", claim), **_named("session_load", load),
            "session_kb": round(size, 1)}  # fmt: skip


def measure_lookup(services: Services, phone: str, times: int = _TIMES) -> dict[str, float]:
    """Milliseconds of `lookup_customer` for a caller on file, as the model's tool call, cached and not."""
    desk = Desk(services)

    def look_up(_: int) -> None:
        answer = desk.run(CallContext("CAbench", "inbound", phone), "lookup_customer", '{"phone": null}', {})
        if answer.content["status"] != "known":
            raise SystemExit(f"The caller of this bench is not on file: {answer.content}")

    look_up(0)
    cached = _timed(times, look_up)
    uncached = _timed(times, look_up, lambda: services.customer_cache.forget(phone))
    return {**_named("lookup_cached", cached), **_named("lookup_uncached", uncached)}


def twenty_turns() -> SessionState:
    """A long call: what was said, tools with offers, and the handles that they gave."""
    context = CallContext("CAbench", "inbound", _PHONE, proposed=[1], verified=1)
    dialogue: list[Message] = []
    for turn in range(20):
        start = f"2026-11-{turn + 1:02d}T15:00:00+00:00"
        slot = context.issue("slot", {"service": "oil_change", "start": start, "mode": "wait"})
        dialogue.append({"role": "user", "content": "do you have anything a little later in the afternoon"})
        call = {
            "id": f"call_{turn}",
            "type": "function",
            "function": {"name": "get_available_slots", "arguments": "{}"},
        }
        dialogue.append({"role": "assistant", "content": None, "tool_calls": [call]})
        offers = [{"slot": slot, "when": "Friday, November 27 at 3:00 PM"}] * 3
        answer = json.dumps({"status": "offers", "offers": offers})
        dialogue.append({"role": "tool", "tool_call_id": f"call_{turn}", "content": answer})
        dialogue.append({"role": "assistant", "content": "I have Friday at three, or Monday at nine. Which is better?"})
    return SessionState(context, "service", 20, dialogue, {"intent_1": ""}, None)


def _timed(times: int, work: Callable[[int], object], before: Callable[[], object] = lambda: None) -> list[float]:
    taken = []
    for number in range(times):
        before()
        began = perf_counter()
        work(number)
        taken.append((perf_counter() - began) * 1000)
    return sorted(taken)


def _named(name: str, taken: list[float]) -> dict[str, float]:
    shares = {"p50": 0.5, "p99": 0.99}
    return {f"{name}_{label}_ms": round(taken[int(len(taken) * share)], 3) for label, share in shares.items()}


def main() -> None:
    with embedded_postgres() as database, embedded_redis() as redis:
        migrate(database, load_shop())
        environ = {"SOPHIE_ENV": "local", "DATABASE_URL": database, "REDIS_URL": redis, "STREAM_TOKEN_SECRET": _SECRET}
        services = connect(settings.read(environ, settings.Part.DATA))
        with services.database.transaction() as connection:
            customers.add_customer(
                connection, phone=_PHONE, first_name="Nora", last_name="Quill", zone="America/Chicago",
                now=services.clock.now(),
            )  # fmt: skip
        figures = {**measure_sessions(redis), **measure_lookup(services, _PHONE)}
        services.close()
    for name, figure in figures.items():
        print(f"{name:26} {figure}")


if __name__ == "__main__":
    main()

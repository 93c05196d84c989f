"""The customer cache on a real Redis: fast when it knows, silent when it may not know, never in the way."""

from collections.abc import Iterator

import pytest
from redis import Redis
from sqlalchemy import text

from shared.services import Services
from shared.sessions.customer_cache import LIFETIME_SECONDS, CustomerCache, Found, OnFile
from shared.sessions.in_time import RedisInTime
from tests.integration.desk_calls import Caller, NewCaller

PHONE, OTHER = "+12175550123", "+12175550144"
KNOWN = OnFile((7, 9), ("last_name", "zip"))


@pytest.fixture
def cache(redis_url: str) -> Iterator[CustomerCache]:
    redis = RedisInTime(redis_url, seconds=5.0)
    yield CustomerCache(redis, ["s" * 32])
    redis.close()


@pytest.fixture
def client(redis_url: str) -> Iterator["Redis"]:
    with Redis.from_url(redis_url, decode_responses=True) as one:
        yield one


def filled(cache: CustomerCache, phone: str = PHONE, known: OnFile = KNOWN) -> None:
    lease = cache.get(phone).lease
    assert lease is not None
    cache.put(phone, known, lease)


def test_what_was_put_is_found_until_it_is_forgotten(cache: CustomerCache) -> None:
    filled(cache)
    assert cache.get(PHONE) == Found(KNOWN, None)
    assert cache.get(OTHER).on_file is None
    cache.forget(PHONE, OTHER)
    assert cache.get(PHONE).on_file is None


def test_what_was_read_before_a_change_is_never_kept_after_it(cache: CustomerCache) -> None:
    reading = cache.get(PHONE)
    cache.forget(PHONE)
    cache.put(PHONE, KNOWN, str(reading.lease))
    assert cache.get(PHONE).on_file is None


def test_nor_when_another_reader_asks_between_the_change_and_the_late_put(cache: CustomerCache) -> None:
    late = cache.get(PHONE)
    cache.forget(PHONE)
    fresh = cache.get(PHONE)
    cache.put(PHONE, KNOWN, str(late.lease))
    assert cache.get(PHONE).on_file is None
    cache.put(PHONE, OnFile((8,), ()), str(fresh.lease))
    assert cache.get(PHONE).on_file is None, "a later reader's lease counts"


def test_nor_when_redis_forgets_everything_in_between(cache: CustomerCache, client: "Redis") -> None:
    reading = cache.get(PHONE)
    cache.forget(PHONE)
    client.flushdb()
    client.script_flush()
    cache.put(PHONE, KNOWN, str(reading.lease))
    assert cache.get(PHONE).on_file is None


def test_an_entry_lives_for_five_minutes_and_a_lease_for_seconds(cache: CustomerCache, client: "Redis") -> None:
    cache.get(OTHER)
    assert [0 < client.ttl(key) <= 10 for key in client.keys("*")] == [True]
    client.flushdb()
    filled(cache)
    assert [0 < client.ttl(key) <= LIFETIME_SECONDS for key in client.keys("*")] == [True]


@pytest.mark.parametrize("scribbled", ["{}", "", "0" * 64 + '{"customers":[1],"confirm_with":[]}', b"\xff\x00"])
def test_what_somebody_else_wrote_is_not_believed(cache: CustomerCache, client: "Redis", scribbled: str) -> None:
    client.set(f"sophie:customers:{PHONE}", scribbled)
    assert cache.get(PHONE).on_file is None


def test_an_entry_copied_to_another_number_is_not_believed(cache: CustomerCache, client: "Redis") -> None:
    filled(cache)
    client.set(f"sophie:customers:{OTHER}", client.get(f"sophie:customers:{PHONE}") or "")
    assert cache.get(OTHER).on_file is None


def test_everybody_is_forgotten_at_once_and_nothing_else_is(cache: CustomerCache, client: "Redis") -> None:
    for number in range(50):
        filled(cache, f"+1217555{number:04d}")
    client.set("sophie:call:CA1", "something else")
    cache.forget_everybody()
    assert client.keys("*") == ["sophie:call:CA1"]


def test_many_numbers_are_forgotten_in_one_go(cache: CustomerCache, client: "Redis") -> None:
    phones = [f"+1{number:010d}" for number in range(2_500)]
    for phone in (phones[0], phones[-1]):
        filled(cache, phone)
    cache.forget(*phones)
    assert client.keys("*") == []


@pytest.mark.parametrize("url", ["redis://127.0.0.1:9/0"])
def test_without_redis_nothing_is_known_and_nothing_breaks(url: str) -> None:
    redis = RedisInTime(url, seconds=0.05)
    cache = CustomerCache(redis, ["s" * 32])
    assert cache.get(PHONE) == Found(None, None)
    cache.put(PHONE, KNOWN, "lease")
    cache.forget(PHONE)
    cache.forget_everybody()
    redis.close()


# As the tools use it


def booked(new_caller: NewCaller, number: str = PHONE, last_name: str = "Quill") -> None:
    caller = new_caller(number)
    prepared = caller.prepare(caller.slots(weekday="thursday")["offers"][0]["slot"], last_name=last_name)
    assert caller.book(intent=caller.say(prepared, "yes")).changed


def looked_up(caller: Caller) -> dict[str, object]:
    return caller.ask("lookup_customer", phone=None).content


def test_a_caller_who_rings_again_is_known_without_the_database(services: Services, new_caller: NewCaller) -> None:
    booked(new_caller)
    first = looked_up(new_caller())
    with services.database.engine.connect() as held:
        held.exec_driver_sql("LOCK TABLE customers, vehicles IN ACCESS EXCLUSIVE MODE")
        assert looked_up(new_caller()) == first == {"status": "known", "verified": False, "confirm_with": ["last_name"]}


def test_a_new_customer_is_known_at_once(new_caller: NewCaller) -> None:
    assert looked_up(new_caller()) == {"status": "unknown"}
    booked(new_caller)
    assert looked_up(new_caller())["status"] == "known"


def test_a_second_customer_of_a_number_can_confirm_who_they_are_at_once(new_caller: NewCaller) -> None:
    booked(new_caller)
    looked_up(new_caller())
    booked(new_caller, last_name="Berg")
    caller = new_caller()
    looked_up(caller)
    assert caller.ask("verify_caller", factor="last_name", value="Berg").content["status"] == "verified"


def test_the_cache_confirms_nobody(services: Services, new_caller: NewCaller) -> None:
    """The factor is compared with what is in the database at that moment."""
    booked(new_caller)
    caller = new_caller()
    assert looked_up(caller)["status"] == "known"
    with services.database.transaction() as connection:
        connection.execute(text("UPDATE customers SET last_name = 'Berg'"))
    assert looked_up(caller)["status"] == "known"
    assert caller.ask("verify_caller", factor="last_name", value="Quill").content["status"] == "not_verified"


def test_the_cache_holds_nothing_that_a_factor_is_compared_with(new_caller: NewCaller, redis_url: str) -> None:
    booked(new_caller)
    looked_up(new_caller())
    with Redis.from_url(redis_url, decode_responses=True) as client:
        entry = client.get(f"sophie:customers:{PHONE}") or ""
    assert "last_name" in entry
    assert not any(secret in entry for secret in ("Nora", "Quill", "Mazda"))


def test_a_number_that_was_closed_by_failures_is_not_known_from_the_cache(new_caller: NewCaller) -> None:
    booked(new_caller)
    looked_up(new_caller())
    guesser = new_caller()
    looked_up(guesser)
    for name in ("a b", "smith", "jones"):
        guesser.ask("verify_caller", factor="last_name", value=name)
    assert looked_up(new_caller())["status"] == "locked"


@pytest.mark.parametrize("redis_url", ["redis://127.0.0.1:9/0"])
def test_without_redis_a_caller_is_known_from_the_database(new_caller: NewCaller, redis_url: str) -> None:
    booked(new_caller)
    assert looked_up(new_caller())["status"] == "known"

"""The connection pool to OpenAI that model and second voice share, through the official SDK.

The default pool drops a connection after 5 idle seconds, so that nearly every turn would shake hands anew; the default
retries and time-outs (twice, 600 s) belong to no telephone call: whoever asks has a patience of its own.
"""

import httpx2
import openai


def connect(base_url: str, api_key: str) -> openai.AsyncOpenAI:
    """One per process; no server is contacted yet."""
    pool = openai.DefaultAsyncHttpxClient(
        limits=httpx2.Limits(max_connections=1000, max_keepalive_connections=100, keepalive_expiry=300),
        timeout=httpx2.Timeout(connect=2, read=10, write=2, pool=1),
    )
    return openai.AsyncOpenAI(base_url=base_url, api_key=api_key, max_retries=0, http_client=pool)

"""A client that asks faster than it may, and leaves it to the SDK to ask again.

It goes on until a request was refused for its rate, with eight threads, and prints how many were
answered and how many refusals the SDK has met with a further try.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Event

import simplejson
from huaweicloudsdkbss.v2 import BssClient, ListPartnerBalancesRequest
from huaweicloudsdkcore.auth.credentials import GlobalCredentials
from huaweicloudsdkcore.http.http_config import HttpConfig
from huaweicloudsdkcore.retry.backoff_strategy import BackoffStrategy

THREADS = 8
REQUESTS_MAX = 5_000
TRIES = 10

credentials = GlobalCredentials(os.environ["PROGRAM_AK"], os.environ["PROGRAM_SK"], "domain")
client = (
    BssClient.new_builder()
    .with_credentials(credentials)
    .with_endpoint(os.environ["PROGRAM_ENDPOINT"])
    .with_http_config(HttpConfig(retry_times=0))
    .build()
)
numbers = count()
met = Event()
refusals = []


class ASecond(BackoffStrategy):
    """What `Retry-After` says. The SDK does not hand the header on."""

    def calculate_retry_delay_millis(self, retries):
        return 1_000


def is_throttled(_, exception):
    if exception is None or exception.status_code != 429:
        return False
    refusals.append(exception.status_code)
    met.set()
    return True


def ask():
    answered = 0
    while not met.is_set() and next(numbers) < REQUESTS_MAX:
        invoker = client.list_partner_balances_invoker(ListPartnerBalancesRequest())
        invoker.with_retry(is_throttled, TRIES, ASecond()).invoke()
        answered += 1
    return answered


with ThreadPoolExecutor(THREADS) as pool:
    answered = sum(future.result() for future in [pool.submit(ask) for _ in range(THREADS)])
print(simplejson.dumps({"answered": answered, "refusals": len(refusals)}))

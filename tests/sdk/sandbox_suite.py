"""The test suite of a made-up client: twenty tests in one demo tenant, in any order, each in its own
snapshot, with the official SDK. Some of them lose answers on purpose.

BILLING_CUSTOMERS names two customers, BILLING_AK and BILLING_SK are the distributor's key,
BILLING_SEED is what the order is drawn with.
"""

import decimal
import os
import random
import sys
import unittest
import uuid

from billing_sandbox import operator, snapshot
from huaweicloudsdkbss.v2 import (
    AdjustAccountReq,
    BssClient,
    ListPartnerBalancesRequest,
    UpdateCustomerAccountAmountRequest,
)
from huaweicloudsdkcore.auth.credentials import GlobalCredentials
from huaweicloudsdkcore.exceptions.exceptions import ServiceResponseException
from huaweicloudsdkcore.http.http_config import HttpConfig

TENANT = os.environ["BILLING_TENANT"]
CUSTOMERS = os.environ["BILLING_CUSTOMERS"].split(",")
REPEATS_MAX = 5


class Platform:
    """The client: it allocates money to customers, and repeats what has no answer."""

    def __init__(self):
        key = (os.environ["BILLING_AK"], os.environ["BILLING_SK"], "domain")
        self.bss = (
            BssClient.new_builder()
            .with_credentials(GlobalCredentials(*key))
            .with_endpoint(os.environ["BILLING_ENDPOINT"])
            .with_http_config(HttpConfig(retry_times=0))
            .build()
        )

    def cash(self):
        balances = self.bss.list_partner_balances(ListPartnerBalancesRequest())
        return decimal.Decimal(str(balances.account_balances[0].amount))

    def allocate(self, customer_id, amount):
        body = AdjustAccountReq(customer_id=customer_id, amount=decimal.Decimal(amount))
        request = UpdateCustomerAccountAmountRequest(body=body)
        token = uuid.uuid4().hex
        for _ in range(REPEATS_MAX):
            invoker = self.bss.update_customer_account_amount_invoker(request)
            invoker.add_header("X-Client-Token", token)
            try:
                return invoker.invoke()
            except ServiceResponseException as error:
                if error.status_code < 500:
                    raise
                last = error
        raise last


class Suite(unittest.TestCase):
    """Each test begins with the same money, whichever came before."""

    platform = Platform()
    start = platform.cash()

    def run(self, result=None):
        with snapshot():
            return super().run(result)

    def allocations(self, amounts):
        self.assertEqual(self.platform.cash(), self.start)
        for number, amount in enumerate(amounts):
            self.platform.allocate(CUSTOMERS[number % len(CUSTOMERS)], amount)
        spent = sum(map(decimal.Decimal, amounts))
        self.assertEqual(self.platform.cash(), self.start - spent)

    def losing(self, amounts, rule):
        """The same while answers get lost; none of the money moves twice."""
        wanted = {"operation": "UpdateCustomerAccountAmount", "status": 503}
        rule = wanted | {"error_code": "CBC.0999"} | rule
        operator("PUT", "/faults", {"tenant_id": TENANT, "seed": 7, "rules": [rule]})
        try:
            self.allocations(amounts)
            fired = operator("GET", f"/faults?tenant_id={TENANT}")["faults"][0]["fired"]
            self.assertGreater(fired, 0)
        finally:
            operator("DELETE", f"/faults?tenant_id={TENANT}")


def add(name, test):
    setattr(Suite, f"test_{name}", test)


for count in range(1, 9):
    add(f"allocates_{count}_times", lambda self, n=count: self.allocations(["1.25"] * n))
for cents in ("0.01", "0.10", "3.33", "10.00"):
    add(f"allocates_{cents.replace('.', '_')}", lambda self, a=cents: self.allocations([a]))
for when in ("before", "after-commit"):
    word = when.replace("-", "_")
    for name, rule in (
        ("next", {"next": 2}),
        ("every_second", {"every_nth": 2}),
        ("next_and_slow", {"next": 1, "latency_ms": 20}),
    ):
        rule = rule | {"when": when}
        add(f"loses_{name}_{word}", lambda self, r=rule: self.losing(["2.00"] * 3, r))


def refuses_too_much(self):
    with self.assertRaises(ServiceResponseException):
        self.platform.allocate(CUSTOMERS[0], str(self.start + 1))
    self.assertEqual(self.platform.cash(), self.start)


def spends_all(self):
    self.platform.allocate(CUSTOMERS[0], str(self.start))
    self.assertEqual(self.platform.cash(), 0)


add("refuses_more_than_there_is", refuses_too_much)
add("spends_all", spends_all)

names = sorted(name for name in dir(Suite) if name.startswith("test_"))
random.Random(int(os.environ["BILLING_SEED"])).shuffle(names)
outcome = unittest.TextTestRunner(sys.stderr).run(unittest.TestSuite(map(Suite, names)))
print(outcome.testsRun, len(outcome.failures) + len(outcome.errors))
sys.exit(not outcome.wasSuccessful())

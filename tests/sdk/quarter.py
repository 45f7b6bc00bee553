"""A generated quarter of fifty customers, lived through over HTTP and compared with a model of its
own: both identities of every record, each record and balance, the sums of every month as customers,
their partner and the closing see them, the ledger, and what it costs over all time.

BILLING_ENDPOINT and OPERATOR_TOKEN say where and who, BILLING_SEED what the quarter is drawn with.
Prints what it has compared; any difference is an exception.
"""

import collections
import http.client
import json
import os
import random
import urllib.parse
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

from huaweicloudsdkcore.auth.credentials import GlobalCredentials
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer
from quarter_model import (
    AMOUNTS,
    AUTOMATIC_RENEWAL,
    GMT_PLUS_8,
    ON_DEMAND,
    PERIODIC,
    PURCHASE,
    REFUND,
    REFUNDS,
    RENEWAL,
    SWITCH,
    USAGE,
    Customer,
    Order,
    Package,
    Product,
    Purse,
    months_later,
    yuan,
)

ENDPOINT = urllib.parse.urlsplit(os.environ["BILLING_ENDPOINT"])
SEED = int(os.environ["BILLING_SEED"])
RANDOM = random.Random(SEED)
NAME = f"q{SEED:x}"
TENANT = f"demo-{NAME}"
PARTNER = f"{NAME}-partner"

CUSTOMERS = 50
# Moments at which something happens, and what is done at each beside usage.
MOMENTS = 32
DEEDS = 14
TICKETS = 35
# A record is amortised over its days to eight decimals, each time cut off.
CUT = Fraction(1, 10**8)

BALANCES = "/v2/accounts/customer-accounts/balances"
ADJUST = "/v2/accounts/partner-accounts/adjust-amount"
COUPONS = "/v2/promotions/benefits/partner-coupons"
OWN_COUPONS = "/v2/promotions/benefits/coupons"
CARDS = "/v2/promotions/benefits/stored-value-cards"
PAY = "/v3/orders/customer-orders/pay"
RENEW = "/v2/orders/subscriptions/resources/renew"
UNSUBSCRIBE = "/v2/orders/subscriptions/resources/unsubscribe"
RENEW_BY_ITSELF = "/v2/orders/subscriptions/resources/autorenew/"
SWITCH_AT_ONCE = "/v2/orders/subscriptions/resources/to-on-demand/instantly"
RECORDS = "/v2/bills/customer-bills/fee-records"
RESOURCE_RECORDS = "/v2/bills/customer-bills/res-fee-records"
MONTHLY_SUM = "/v2/bills/customer-bills/monthly-sum"
PARTNER_SUMS = "/v2/bills/partner-bills/subcustomer-bills/monthly-sum"
BREAKDOWN = "/v2/costs/cost-analysed-bills/monthly-breakdown"
COSTS = "/v4/costs/cost-analysed-bills/query"

# What the wire calls the amounts of a record, of a record by resource and of a month's sum.
ON_RECORDS = {
    "official": "official_amount",
    "discount": "official_discount_amount",
    "erase": "erase_amount",
    "consume": "consume_amount",
    "cash": "cash_amount",
    "credit": "credit_amount",
    "coupon": "coupon_amount",
    "flexi_coupon": "flexipurchase_coupon_amount",
    "stored_card": "stored_value_card_amount",
    "debt": "debt_amount",
}
ON_RESOURCE_RECORDS = ON_RECORDS | {
    "discount": "discount_amount",
    "erase": None,
    "consume": "amount",
    "stored_card": "stored_card_amount",
}
ON_SUMS = ON_RECORDS | {"erase": "truncated_amount"}


class Wire:
    """Requests over one kept connection, signed by the official SDK's signer."""

    def __init__(self):
        self.connection = http.client.HTTPConnection(ENDPOINT.hostname, ENDPOINT.port)
        self.requests = 0

    def send(self, method, target, body, headers):
        self.requests += 1
        self.connection.request(method, target, body, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text, parse_float=Decimal) if text else None

    def operator(self, method, path, body=b""):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        headers = {"Authorization": "Bearer " + os.environ["OPERATOR_TOKEN"]}
        status, answer = self.send(method, "/operator/v1" + path, body, headers)
        assert status == 200, (path, status, answer)
        return answer

    def call(self, principal, method, path, body=None, query=None):
        """Answers a refusal's code, or what was answered."""
        pairs = sorted((name, str(value)) for name, value in (query or {}).items())
        body = b"" if body is None else json.dumps(body).encode()
        request = SdkRequest(
            method=method,
            schema="http",
            host=ENDPOINT.netloc,
            resource_path=path,
            query_params=pairs,
            header_params={"Content-Type": "application/json"},
            body=body,
        )
        signed = Signer(GlobalCredentials(*key_of(principal))).sign(request)
        target = path + ("?" + urllib.parse.urlencode(pairs) if pairs else "")
        status, answer = self.send(method, target, body, signed.header_params)
        if status in (200, 204):
            return answer
        return answer["error_code"]

    def pages(self, principal, path, list_name, query, limit=1000):
        items = []
        while True:
            part = query | {"offset": len(items), "limit": limit}
            answer = self.call(principal, "GET", path, query=part)
            assert isinstance(answer, dict), (path, query, answer)
            items += answer[list_name]
            if len(answer[list_name]) < limit:
                return items


WIRE = Wire()


def key_of(principal):
    return f"{principal}-key".upper(), f"{principal}-secret-0123456789abcdef"


def text_of(time):
    return time.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def lines(items):
    return "".join(json.dumps(item) + "\n" for item in items).encode()


def fen_between(least, most):
    return yuan(RANDOM.randint(least, most))


class Quarter:
    """What is sold, to whom, and when."""

    def __init__(self):
        later = (datetime.now(GMT_PLUS_8) + timedelta(days=RANDOM.randint(40, 400))).date()
        self.first = later.replace(day=1)
        self.months = [months_later(self.first, n, 1) for n in range(3)]
        self.end = months_later(self.first, 3, 1)
        self.begin = datetime(*self.first.timetuple()[:3], tzinfo=GMT_PLUS_8)

        def product(name, price, measure, factor=None, is_discounted=False):
            service, kind = f"{NAME}.service.{name}", f"{NAME}.type.{name}"
            return Product(service, kind, f"{name}.spec", price, measure, factor, is_discounted)

        thousandth = Decimal("0.001")
        traffic, hours = RANDOM.randint(1, 900) * thousandth, RANDOM.randint(1, 900) * thousandth
        self.server = product("server", fen_between(500, 9_999), None, is_discounted=True)
        self.volume = product("volume", fen_between(10, 80), 17)
        self.traffic = product("traffic", traffic, 10, "upflow", is_discounted=True)
        self.hours = product("hours", hours, 4, "duration")
        self.products = [self.server, self.volume, self.traffic, self.hours]
        self.customers = []
        for number in range(CUSTOMERS):
            ratio = RANDOM.choice([None, None, RANDOM.randint(1, 100) / Decimal(100)])
            name = f"{NAME}-{number:02}-{RANDOM.getrandbits(32):08x}"
            self.customers.append(Customer(name, ratio))
        self.deeds = collections.Counter()
        self.tickets = 0
        self.numbers = 0

    def number(self):
        self.numbers += 1
        return f"{NAME}-{self.numbers:06}"

    # The books that it begins with.

    def book(self):
        named = {"name_zh": "测试", "name_en": "test"}
        region = f"{NAME}-region"
        catalogue = [named | {"kind": "region", "region_code": region, "zones": []}]
        since = "2020-01-01T00:00:00Z"
        for it in self.products:
            charge_mode = 3 if it.factor else 1
            service = {"service_type_code": it.service}
            kind = {"resource_type_code": it.resource_type}
            catalogue += [
                named | service | {"kind": "service_type", "abbreviation": "Q"},
                named | service | kind | {"kind": "resource_type"},
            ]
            if it.factor:
                usage = {"kind": "usage_type", "usage_type_code": it.factor}
                catalogue.append(named | kind | usage)
            product_id = f"{it.resource_type}.product"
            product = {
                "kind": "product",
                "product_id": product_id,
                "resource_spec": it.spec,
                "region_code": region,
                "charge_mode": charge_mode,
            }
            price = {
                "kind": "price",
                "product_id": product_id,
                "amount": str(it.price),
                "effective_time": since,
            }
            if it.factor:
                price |= {"usage_type_code": it.factor, "measure_id": it.measure}
            else:
                price |= {"period_type": 2}
                if it.measure:
                    product |= {"size_measure_id": it.measure}
            catalogue += [named | service | kind | product, price]
            if it.is_discounted:
                policy = {"kind": "incentive_policy", "incentive_policy": "1"}
                policy |= {"allow_discount": "YES", "effective_time": since}
                catalogue.append(service | policy)
        WIRE.operator("POST", "/books", lines(catalogue))
        WIRE.operator("POST", "/books", lines(self.tenant()))

    def tenant(self):
        of_tenant = {"tenant_id": TENANT}
        since, until = "2026-01-05T02:00:00Z", "2096-01-05T02:00:00Z"
        book = [
            {"kind": "tenant", "name": TENANT},
            {"kind": "partner", "partner_id": PARTNER, "partner_kind": "distributor"},
            {
                "kind": "booking",
                "booking_id": f"{NAME}-cash",
                "partner_id": PARTNER,
                "account_type": 1,
                "amount": "10000000.00",
                "at": since,
            },
        ]

        def key(principal, of):
            access_key_id, secret_key = key_of(principal)
            pair = {"access_key_id": access_key_id, "secret_key": secret_key}
            return {"kind": "access_key", of: principal} | pair

        book.append(key(PARTNER, "partner_id"))
        for quota_type in (0, 1):
            book.append(
                {
                    "kind": "coupon_quota",
                    "quota_id": f"{NAME}-quota-{quota_type}",
                    "partner_id": PARTNER,
                    "quota_type": quota_type,
                    "quota_value": "100000.00",
                    "quota_status": 0,
                    "create_time": since,
                    "effective_time": since,
                    "expire_time": until,
                    "limit_infos": [],
                }
            )
        for customer in self.customers:
            own = {"customer_id": customer.id}
            book.append(
                own | {"kind": "customer", "partner_id": PARTNER, "association_type": "2"}
            )
            book.append(key(customer.id, "customer_id"))
            if customer.ratio is not None:
                discount = {
                    "kind": "partner_discount",
                    "discount_id": f"{customer.id}-ratio",
                    "discount_name": "ratio",
                    "discount_type": 607,
                    "discount_ratio": str(customer.ratio),
                    "effective_time": "2020-01-01T00:00:00Z",
                }
                book.append(own | discount)
            book += [own | line for line in self.belongings(customer, since, until)]
        return [of_tenant | line for line in book]

    def belongings(self, customer, since, until):
        """Credit, cards and packages that some customers have from the beginning."""
        if RANDOM.random() < 0.2:
            purse = Purse("credit", "credit", RANDOM.randint(1, 20_000))
            customer.purses.append(purse)
            yield {
                "kind": "booking",
                "booking_id": f"{customer.id}-credit",
                "account_type": 2,
                "amount": str(yuan(purse.fen)),
                "at": since,
            }
        for number in range(RANDOM.choice([0, 0, 1, 2])):
            ends = self.begin + timedelta(days=RANDOM.choice([45, 300]) + number, hours=12.5)
            card_id = f"{customer.id}-card-{number}"
            purse = Purse("stored_card", card_id, RANDOM.randint(1, 3_000), ends)
            customer.purses.append(purse)
            yield {
                "kind": "stored_value_card",
                "card_id": purse.id,
                "card_name": "card",
                "face_value": str(yuan(purse.fen)),
                "effective_time": since,
                "expire_time": text_of(ends),
            }
        for number in range(RANDOM.choice([0, 1, 1, 2])):
            product = RANDOM.choice([self.traffic, self.hours])
            end = self.begin + timedelta(days=RANDOM.randint(20, 300), minutes=15 + number)
            package = Package(
                f"{customer.id}-package-{number}",
                product,
                Decimal(RANDOM.randint(1, 5_000)) / 10,
                RANDOM.random() < 0.6,
                self.begin,
                end,
            )
            customer.packages.append(package)
            item = {
                "free_resource_id": f"{package.id}-item",
                "free_resource_type_name": "free",
                "usage_type_code": product.factor,
                "usage_type_name": product.factor,
                "measure_id": product.measure,
                "original_amount": str(package.amount),
            }
            if package.is_monthly:
                item["quota_reuse_cycle"] = 4
            yield {
                "kind": "resource_package",
                "order_instance_id": package.id,
                "order_id": "CS2601011200ABCDE",
                "product_id": "package",
                "product_name": "package",
                "service_type_code": product.service,
                "service_type_name": "service",
                "region_code": f"{NAME}-region",
                "effective_time": text_of(package.begin),
                "expire_time": text_of(package.end),
                "free_resources": [item],
            }

    # What happens.

    def live(self):
        moments = self.drawn_moments()
        month = 0
        self.closed = []
        for place, now in enumerate(moments):
            WIRE.operator("PUT", "/clock", {"tenant_id": TENANT, "now": text_of(now)})
            if month < 3 and now.date() >= months_later(self.first, month + 1, 1):
                # Closed by its route, or by the tick when that is due.
                if RANDOM.random() < 0.5:
                    self.close(month)
                month += 1
            self.tick(now)
            if now.date() >= self.end:
                continue
            chosen = RANDOM.sample(self.customers, DEEDS)
            for customer in chosen if place else self.customers:
                deed = RANDOM.choice(DEED_NAMES) if place else "allocate"
                self.deeds[deed] += bool(getattr(self, deed)(customer, now))
            self.use(now)
        for month in range(3):
            self.closed.append(self.close(month))

    def tick(self, now):
        renewed = sum(customer.renew_by_itself(now) for customer in self.customers)
        ticked = WIRE.operator("POST", f"/tick?tenant_id={TENANT}")
        same(ticked["renewed"], renewed, f"renewals at {now}")
        self.deeds["renewed by themselves"] += renewed

    def drawn_moments(self):
        """Minutes apart from the full hour: the tenant's clock runs while things are done."""
        days = (self.end - self.first).days
        while True:
            moments = [
                self.begin
                + timedelta(
                    days=RANDOM.randrange(days),
                    hours=RANDOM.randrange(24),
                    minutes=RANDOM.randint(5, 40),
                )
                for _ in range(MOMENTS)
            ]
            # In each month something comes late, and the tick closes the last one on the third.
            moments += [self.begin + timedelta(minutes=10)]
            moments += [self.begin + timedelta(days=days + 3, hours=1)]
            moments = sorted(set(moments))
            gaps = [(b - a) for i, a in enumerate(moments) for b in moments[i + 1 :]]
            near = timedelta(minutes=10)
            if all(gap > near and abs(gap - timedelta(days=5)) > near for gap in gaps):
                return moments

    def close(self, month):
        month = f"{self.months[month]:%Y-%m}"
        return WIRE.operator("POST", "/months/close", {"tenant_id": TENANT, "month": month})

    def allocate(self, customer, now):
        fen = RANDOM.randint(1, RANDOM.choice([500, 60_000, 300_000]))
        body = {"customer_id": customer.id, "amount": str(yuan(fen))}
        answer = WIRE.call(PARTNER, "POST", ADJUST, body)
        assert isinstance(answer, dict), answer
        customer.receive(fen, now)
        return True

    def coupon(self, customer, now):
        kind = RANDOM.choice(["coupon", "flexi_coupon"])
        value = RANDOM.randint(1, 30)
        taken = {purse.expires for purse in customer.purses}
        # Two that end at the same moment would be taken in an order that nobody has told.
        ends = now + timedelta(days=RANDOM.choice([4, 20, 100, 200]), minutes=15)
        ends += timedelta(seconds=len(taken))
        body = {
            "quota_id": f"{NAME}-quota-{int(kind != 'coupon')}",
            "customer_ids": [customer.id],
            "face_value": value,
            "expire_time": text_of(ends),
        }
        answer = WIRE.call(PARTNER, "POST", COUPONS, body)
        [issued] = answer["coupon_infos"]
        customer.purses.append(Purse(kind, issued["coupon_id"], value * 100, ends))
        return True

    def buy(self, customer, now):
        items = []
        for _ in range(RANDOM.choice([1, 1, 2, 3])):
            product = RANDOM.choice([self.server, self.volume])
            size = RANDOM.randint(10, 300) if product.measure else 1
            items.append((product, size, RANDOM.choice([1, 1, 2, 3, 6]), RANDOM.randint(1, 3)))
        body = {"tenant_id": TENANT, "customer_id": customer.id, "lines": []}
        for product, size, months, count in items:
            line = {
                "service_type_code": product.service,
                "resource_type_code": product.resource_type,
                "resource_spec": product.spec,
                "region_code": f"{NAME}-region",
                "period_type": 2,
                "period_num": months,
                "subscription_num": count,
            }
            if product.measure:
                line |= {"resource_size": size, "size_measure_id": product.measure}
            body["lines"].append(line)
        if len(items) > 1 and RANDOM.random() < 0.5:
            # One order for each two lines, and one to pay them with.
            for place, line in enumerate(body["lines"]):
                line["sub_order"] = 1 + place // 2
            if len(items) == 2:
                body["lines"][1]["sub_order"] = 2
        placed = WIRE.operator("POST", "/orders", body)["order"]
        self.deeds["combined orders"] += "sub_order_infos" in placed
        order = Order(placed["order_id"], items)
        if not self.pay(customer, order, customer.buy, now):
            return False
        reports = []
        for place, (_, _, _, count) in enumerate(items):
            if RANDOM.random() < 0.1:
                reports.append({"line": place + 1, "failed": True})
                continue
            resources = [self.number() for _ in range(count)]
            named = [{"resource_id": resource_id} for resource_id in resources]
            reports.append({"line": place + 1, "resources": named})
        for report in reports:
            body = {"tenant_id": TENANT, "order_id": order.id, "lines": [report]}
            WIRE.operator("POST", "/orders/provision", body)
            place = report["line"] - 1
            if "failed" in report:
                customer.fail(order, place, now)
            else:
                ids = [resource["resource_id"] for resource in report["resources"]]
                customer.provide(order, place, ids, now)
        return True

    def pay(self, customer, order, settle, now):
        """Pays with coupons and a card at random. True if it could be paid, as the model says."""
        chosen = []
        for kind in ("coupon", "flexi_coupon", "stored_card"):
            held = [it for it in customer.purses if it.kind == kind]
            held = [it for it in held if it.fen and it.is_usable(now)]
            if held and RANDOM.random() < 0.5:
                chosen.append(RANDOM.choice(held))
        discounted = any(product.is_discounted for product, *_ in order.items)
        with_discount = customer.ratio is not None and discounted and RANDOM.random() < 0.8
        types = {"coupon": 301, "flexi_coupon": 302, "stored_card": 303}
        body = {
            "order_id": order.id,
            "use_coupon": "YES" if chosen else "NO",
            "use_discount": "YES" if with_discount else "NO",
        }
        if chosen:
            body["coupon_infos"] = [{"id": it.id, "type": types[it.kind]} for it in chosen]
        if with_discount:
            body["discount_infos"] = [{"id": f"{customer.id}-ratio", "type": 3}]
        answer = WIRE.call(customer.id, "POST", PAY, body)
        paid = settle(order, chosen, with_discount, now)
        expected = None if paid else "CBC.99005003"
        assert answer == expected, (customer.id, order.id, answer, expected)
        return paid

    def renew(self, customer, now):
        resource = self.resource_of(customer, now)
        if resource is None:
            return False
        months = RANDOM.choice([1, 1, 2, 3])
        body = {"resource_ids": [resource.id], "period_type": 2, "period_num": months}
        items = [(resource.product, resource.size, months, 1)]
        if RANDOM.random() < 0.5:
            # Paid at once.
            order = Order("?", items)
            chosen, discounted = customer.automatic_payment(resource.product, now)
            if not customer.pay(order, chosen, discounted, now):
                return False
            for source, share in zip(order.sources, order.shares[0]):
                source.fen += share
            answer = WIRE.call(customer.id, "POST", RENEW, body | {"is_auto_pay": 1})
            [order.id] = answer["order_ids"]
            assert customer.renew(order, [resource], chosen, discounted, now)
            return True
        answer = WIRE.call(customer.id, "POST", RENEW, body)
        [order_id] = answer["order_ids"]
        order = Order(order_id, items)

        def settle(order, chosen, with_discount, now):
            return customer.renew(order, [resource], chosen, with_discount, now)

        paid = self.pay(customer, order, settle, now)
        if not paid:
            body = {"order_id": order_id}
            cancelled = "/v2/orders/customer-orders/cancel"
            assert WIRE.call(customer.id, "PUT", cancelled, body) is None
        return paid

    @staticmethod
    def resource_of(customer, now):
        held = [it for it in customer.resources.values() if now < it.expires]
        return RANDOM.choice(held) if held else None

    def unsubscribe(self, customer, now):
        resource = self.resource_of(customer, now)
        if resource is None:
            return False
        renewed = any(now < term.begin for term in resource.terms)
        only_renewed = renewed and RANDOM.random() < 0.5
        body = {"resource_ids": [resource.id], "unsubscribe_type": 2 if only_renewed else 1}
        answer = WIRE.call(customer.id, "POST", UNSUBSCRIBE, body)
        [order_id] = answer["order_ids"]
        customer.unsubscribe(resource, only_renewed, order_id, now)
        return True

    def renew_by_itself(self, customer, now):
        """One of a customer's: of two that are due at once nobody has told which is paid first."""
        if any(it.renews_since is not None for it in customer.resources.values()):
            return False
        resource = self.resource_of(customer, now)
        # What ends sooner would be renewed at once.
        if resource is None or resource.expires < now + timedelta(days=2):
            return False
        path = RENEW_BY_ITSELF + resource.id
        answer = WIRE.call(customer.id, "POST", path, {"period_type": "MONTH"})
        assert answer is None, answer
        resource.renews_since, resource.renews_months = now, 1
        return True

    def switch(self, customer, now):
        resource = self.resource_of(customer, now)
        if resource is None:
            return False
        body = {"resource_ids": [resource.id]}
        answer = WIRE.call(customer.id, "POST", SWITCH_AT_ONCE, body)
        [result] = answer["to_ondemand_service_results"]
        assert result["result"] == "SUCCESS", result
        customer.switch(resource, result["order_id"], now)
        return True

    def use(self, now):
        """Tickets of now and of days before, some of them twice."""
        tickets = []
        for _ in range(TICKETS):
            customer = RANDOM.choice(self.customers)
            product = RANDOM.choice([self.traffic, self.traffic, self.hours])
            value = Decimal(RANDOM.randint(1, 60_000)) / 1000
            late = timedelta(hours=RANDOM.choice([1, 2, 30, 24 * 20]))
            begin = max(now - late, self.begin - timedelta(days=1))
            resource_id = f"{customer.id}-{product.factor}"
            tickets.append(
                {
                    "ticket_id": self.number(),
                    "customer_id": customer.id,
                    "resource_id": resource_id,
                    "cloud_service_type": product.service,
                    "resource_type": product.resource_type,
                    "resource_spec": product.spec,
                    "region": f"{NAME}-region",
                    "usage_factor": product.factor,
                    "usage_value": str(value),
                    "usage_measure_id": product.measure,
                    "begin_time": text_of(begin),
                    "end_time": text_of(begin + timedelta(hours=1)),
                }
            )
            customer.use(product, resource_id, value, begin, now)
        again = RANDOM.sample(tickets, 5)
        answer = WIRE.operator("POST", f"/usage?tenant_id={TENANT}", lines(tickets + again))
        assert answer == {"applied": len(tickets), "skipped": len(again)}, answer
        self.tickets += len(tickets)


DEED_NAMES = ["allocate", "coupon", "buy", "buy", "buy", "renew", "renew", "unsubscribe"]
DEED_NAMES += ["renew_by_itself", "switch"]


# What is compared.


def same(shown, expected, what):
    if shown == expected:
        return
    if isinstance(shown, list):
        shown, expected = collections.Counter(shown), collections.Counter(expected)
        shown, expected = shown - expected, expected - shown
    raise AssertionError(f"{what}: only shown {shown}, only expected {expected}")


def amounts_of(item, names):
    return tuple(Decimal(item.get(names[name], 0)) for name in AMOUNTS if names[name])


def total(tuples):
    return tuple(map(sum, zip(*tuples)))


def expected_of(line, names=ON_RECORDS):
    return tuple(line.amount(name) for name in AMOUNTS if names[name])


class Comparison:
    """What one customer sees, beside what the model says."""

    def __init__(self, quarter, customer):
        self.customer = customer
        self.months = [f"{month:%Y-%m}" for month in quarter.months]
        known = {line.trade_id for line in customer.lines} - {"?"}
        self.trade = lambda trade_id: trade_id if trade_id in known else "?"

    def get(self, path, list_name, **query):
        return WIRE.pages(self.customer.id, path, list_name, query)

    def records(self, month):
        """Both identities on every record, and each record."""
        lines = [line for line in self.customer.lines if line.month == month]
        query = {"bill_cycle": month, "include_zero_record": "true"}
        shown = self.get(RECORDS, "records", **query)
        for record in shown:
            official, discount, erase, consume, *parts = amounts_of(record, ON_RECORDS)
            others = [Decimal(record.get(f"{name}_amount", 0)) for name in ("bonus", "writeoff")]
            assert official == discount + erase + consume, record
            assert consume == sum(parts) + sum(others), record
        same(
            sorted(
                (
                    it["bill_type"],
                    it["charging_mode"],
                    it["service_type_code"],
                    self.trade(it["trade_id"]),
                    *amounts_of(it, ON_RECORDS),
                )
                for it in shown
            ),
            sorted(
                (it.kind, it.mode, it.product.service, it.trade_id, *expected_of(it))
                for it in lines
            ),
            f"records of {self.customer.id} in {month}",
        )
        self.resource_records(month, lines)
        return len(shown)

    def resource_records(self, month, lines):
        """The same by resource, which knows the resource of everything but of what is bought."""
        query = {"cycle": month, "include_zero_record": "true"}
        shown = self.get(RESOURCE_RECORDS, "fee_records", **query)
        for record in shown:
            _, _, consume, *parts = amounts_of(record, ON_RESOURCE_RECORDS)
            others = [Decimal(record.get(f"{name}_amount", 0)) for name in ("bonus", "adjustment")]
            assert consume == sum(parts) + sum(others), record

        def resource(kind, resource_id):
            return "" if kind == PURCHASE else resource_id or ""

        same(
            sorted(
                (
                    it["bill_type"],
                    resource(it["bill_type"], it.get("resource_id")),
                    *amounts_of(it, ON_RESOURCE_RECORDS),
                )
                for it in shown
            ),
            sorted(
                (it.kind, resource(it.kind, it.resource_id), *expected_of(it, ON_RESOURCE_RECORDS))
                for it in lines
            ),
            f"records by resource of {self.customer.id} in {month}",
        )

    def sums(self, month):
        """The month's sum for each service, way of charging and kind."""
        lines = [line for line in self.customer.lines if line.month == month]
        expected = collections.defaultdict(list)
        for line in lines:
            product, kind = line.product, 2 if line.kind in REFUNDS else 1
            key = (product.service, product.resource_type, line.mode, kind)
            expected[key].append(expected_of(line))
        rows = self.get(MONTHLY_SUM, "bill_sums", bill_cycle=month)
        shown = collections.defaultdict(list)
        for row in rows:
            kind = (row["charging_mode"], row["bill_type"])
            key = (row["service_type_code"], row["resource_type_code"], *kind)
            shown[key].append(amounts_of(row, ON_SUMS))
        same(
            sorted((*key, *total(amounts)) for key, amounts in shown.items()),
            sorted((*key, *total(amounts)) for key, amounts in expected.items()),
            f"sums of {self.customer.id} in {month}",
        )

    def balances(self, now):
        """What is left and owed, and that the statement has come to it."""
        customer = self.customer
        answer = WIRE.call(customer.id, "GET", BALANCES)
        cash = [it for it in answer["account_balances"] if it["account_type"] == 1]
        same(Decimal(cash[0]["amount"]), yuan(customer.cash.fen), f"cash of {customer.id}")
        same(Decimal(answer["debt_amount"]), yuan(customer.owed), f"debt of {customer.id}")
        held = [it for it in customer.purses if it.kind == "credit"]
        credit = [it for it in answer["account_balances"] if it["account_type"] == 2]
        shown = sum(Decimal(it["amount"]) for it in credit)
        same(shown, yuan(sum(it.fen for it in held)), f"credit of {customer.id}")
        coupons = WIRE.pages(customer.id, OWN_COUPONS, "user_coupons", {}, 100)
        shown = {it["coupon_id"]: Decimal(it["balance"]) for it in coupons}
        for purse in customer.purses:
            if "coupon" in purse.kind and purse.is_usable(now):
                same(shown[purse.id], yuan(purse.fen), f"coupon {purse.id}")
        cards = []
        for status in (1, 2):
            cards += WIRE.pages(customer.id, CARDS, "stored_value_cards", {"status": status}, 100)
        shown = {it["card_id"]: Decimal(it["balance"]) for it in cards}
        for purse in customer.purses:
            if purse.kind == "stored_card" and purse.is_usable(now):
                same(shown[purse.id], yuan(purse.fen), f"card {purse.id}")

    def costs(self):
        """What it costs over all time, part by part, and in each month."""
        lines = self.customer.lines
        if not lines:
            return
        first = min(line.first_day for line in lines).replace(day=1)
        last = max(line.last_day for line in lines)
        months = []
        while not months or months_later(months[-1], 1, 1) <= last:
            months.append(months_later(first, len(months), 1))
        parts = ["cash", "credit", "coupon", "flexi_coupon", "stored_card"]
        names = {name: "amortized_" + ON_RECORDS[name] for name in parts}
        all_months = []
        for month in months:
            details = self.get(BREAKDOWN, "details", shared_month=f"{month:%Y-%m}")
            following = months_later(month, 1, 1)
            for name in parts:
                shown = sum(Decimal(it[names[name]]) for it in details)
                exact = sum(
                    it.before(it.amount(name), following) - it.before(it.amount(name), month)
                    for it in lines
                )
                near = abs(exact - Fraction(shown)) <= len(lines) * CUT
                assert near, (self.customer.id, month, name, shown, float(exact))
            for it in details:
                when = ("past_months", "current_month", "future_months")
                three = sum(Decimal(it[f"{name}_amortized_amount"]) for name in when)
                if it["charging_mode"] == PERIODIC:
                    assert three == Decimal(it["consume_amount"]), it
            all_months.append([sum(Decimal(it[names[name]]) for it in details) for name in parts])
        same(
            list(total(all_months)),
            [sum(line.amount(name) for line in lines) for name in parts],
            f"costs over all time of {self.customer.id}",
        )
        self.analysed(months)

    def analysed(self, months):
        lines = self.customer.lines
        due = sum(line.amount("consume") for line in lines)
        coupons = sum(line.amount("coupon") for line in lines)
        official = sum(line.amount("official") for line in lines)
        for amount_type, expected in (("PAYMENT_AMOUNT", due), ("NET_AMOUNT", due - coupons)):
            for cost_type in ("AMORTIZED_COST", "ORIGINAL_COST"):
                body = {
                    "time_condition": {
                        "time_measure_id": 2,
                        "begin_time": f"{months[0]:%Y-%m}",
                        "end_time": f"{months[-1]:%Y-%m}",
                    },
                    "groupby": [{"type": "dimension", "key": "CHARGING_MODE"}],
                    "cost_type": cost_type,
                    "amount_type": amount_type,
                    "limit": 1000,
                }
                data = WIRE.call(self.customer.id, "POST", COSTS, body)["cost_data"]
                what = f"{cost_type} {amount_type} of {self.customer.id}"
                same(sum(Decimal(it["amount_by_costs"]) for it in data), expected, what)
                shown = sum(Decimal(it["official_amount_by_costs"]) for it in data)
                same(shown, official, f"list price in {what}")


def compare_months(quarter):
    """What the partner sees of each month, and what it was closed with."""
    everything = [line for customer in quarter.customers for line in customer.lines]
    for place, month in enumerate(f"{month:%Y-%m}" for month in quarter.months):
        lines = [line for line in everything if line.month == month]
        closed = quarter.closed[place]
        same(
            tuple(Decimal(closed["amounts"][name]) for name in AMOUNTS),
            total(map(expected_of, lines)),
            f"closing of {month}",
        )
        same(closed["records"], len(lines), f"records of the closing of {month}")
        expected = collections.defaultdict(lambda: [Decimal(0)] * 2)
        for customer in quarter.customers:
            for line in customer.lines:
                if line.month == month:
                    product = line.product
                    kind = "1" if line.kind in REFUNDS else "0"
                    key = (customer.id, product.service, product.resource_type, line.mode, kind)
                    sums = expected[key]
                    sums[0] += line.amount("consume")
                    sums[1] += line.amount("cash")
        shown = {}
        for mode in (PERIODIC, ON_DEMAND):
            query = {"cycle": month, "charge_mode": mode}
            for row in WIRE.pages(PARTNER, PARTNER_SUMS, "bill_sums", query, 100):
                key = (row["customer_id"], row["cloud_service_type"], row["resource_type_code"])
                cash = [
                    Decimal(it["amount"])
                    for it in row.get("account_details", [])
                    if it["balance_type"] == "BALANCE_TYPE_DEBIT"
                ]
                key = (*key, int(row["charge_mode"]), row["bill_type"])
                assert key not in shown, key
                shown[key] = [Decimal(row["amount"]), sum(cash)]
        same(
            sorted((*key, *sums) for key, sums in shown.items()),
            sorted((*key, *sums) for key, sums in expected.items()),
            f"partner's sums of {month}",
        )


def main():
    quarter = Quarter()
    quarter.book()
    quarter.live()
    now = datetime(*quarter.end.timetuple()[:3], tzinfo=GMT_PLUS_8) + timedelta(days=3, hours=1)
    records = 0
    for customer in quarter.customers:
        comparison = Comparison(quarter, customer)
        for month in comparison.months:
            records += comparison.records(month)
            comparison.sums(month)
        comparison.balances(now)
        comparison.costs()
    compare_months(quarter)
    months = [f"{month:%Y-%m}" for month in quarter.months]
    # What renews itself on the last tick is billed in the month after.
    lines = sum(line.month in months for customer in quarter.customers for line in customer.lines)
    same(records, lines, "records")
    kinds = collections.Counter(line.kind for it in quarter.customers for line in it.lines)
    owed = sum(line.parts.get("debt", 0) < 0 for it in quarter.customers for line in it.lines)
    print(
        f"{NAME} from {quarter.first}: {records} records {dict(kinds)}, {owed} of debts repaid, "
        f"{quarter.tickets} tickets, {dict(quarter.deeds)}, {WIRE.requests} requests"
    )
    happened = (PURCHASE, RENEWAL, AUTOMATIC_RENEWAL, REFUND, SWITCH, USAGE)
    assert owed and all(kinds[kind] for kind in happened)
    assert quarter.deeds["combined orders"]


main()

"""What customers own, owe and are billed after orders, renewals, refunds, usage and repayments.

Written from the published rules alone, for a test that compares it with what the bundle answers:
it asks the bundle nothing. Money is in whole fen where it moves, prices are exact decimals. Times
are those of GMT+8.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal, setcontext
from fractions import Fraction

setcontext(Context(prec=60))

GMT_PLUS_8 = timezone(timedelta(hours=8))
FEN = Decimal("0.01")
EIGHT_DECIMALS = Decimal("0.00000001")

# Order in which usage is taken out of what a customer has.
KINDS = ["coupon", "flexi_coupon", "stored_card", "cash", "credit"]
PARTS = [*KINDS, "debt"]
AMOUNTS = ["official", "discount", "erase", "consume", *PARTS]

PURCHASE, RENEWAL, REFUND, USAGE, AUTOMATIC_RENEWAL, SWITCH = 1, 2, 4, 5, 8, 24
# What goes back to the customer.
REFUNDS = (REFUND, SWITCH)
PERIODIC, ON_DEMAND = 1, 3

FREE_DAYS, FREE_USES_A_YEAR = timedelta(days=5), 10
FEE_PERCENT = 10
# What renews itself is paid this many days before its end, at this hour, or each day after.
DEDUCTION_DAYS, DEDUCTION_HOUR = 7, 3
# For so long after its end a resource can still be renewed.
KEPT_DAYS = 30


def yuan(fen):
    return Decimal(fen) * FEN


def fen_of(amount):
    """A price in whole fen, of which it has no parts."""
    fen = Decimal(amount) / FEN
    assert fen == fen.to_integral_value(), amount
    return int(fen)


def shared(amount, weights):
    """In proportion; what does not divide goes to the first that have room."""
    total = sum(weights)
    if total == 0:
        return [amount if place == 0 else 0 for place in range(len(weights))]
    shares = [amount * weight // total for weight in weights]
    rest = amount - sum(shares)
    for place, weight in enumerate(weights):
        more = rest if amount > total else min(rest, weight - shares[place])
        shares[place] += more
        rest -= more
    return shares


def half_up(dividend, divisor):
    quotient = Decimal(dividend) / Decimal(divisor)
    return int(quotient.quantize(Decimal(1), ROUND_HALF_UP))


def months_later(day, months, anchor):
    """The anchor's day so many months later, or the last one of a shorter month."""
    month = day.year * 12 + day.month - 1 + months
    first = date(month // 12, month % 12 + 1, 1)
    following = date((month + 1) // 12, (month + 1) % 12 + 1, 1)
    return min(first + timedelta(days=anchor - 1), following - timedelta(days=1))


def end_of(day):
    return datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=GMT_PLUS_8)


def deduction_of(day):
    return datetime(day.year, day.month, day.day, DEDUCTION_HOUR, tzinfo=GMT_PLUS_8)


def deduction_after(time):
    """The first time of day to deduct after a moment."""
    today = deduction_of(time.date())
    return today if time < today else today + timedelta(days=1)


def hour_of(time):
    return time.replace(minute=0, second=0, microsecond=0)


@dataclass(eq=False)
class Purse:
    """Something that pays: a coupon, a card, cash or credit."""

    kind: str
    id: str
    fen: int
    expires: datetime | None = None

    def is_usable(self, now):
        return self.expires is None or now < self.expires


@dataclass(eq=False)
class Line:
    """One line of a bill."""

    kind: int
    mode: int
    product: "Product"
    trade_id: str
    traded: datetime
    consume: int
    parts: dict
    official: Decimal
    discount: Decimal
    erase: Decimal = Decimal(0)
    resource_id: str | None = None
    # The days that its cost is spread over, and the one on which it was given back.
    first_day: date | None = None
    last_day: date | None = None
    given_back: date | None = None

    @property
    def month(self):
        return f"{self.traded:%Y-%m}"

    def amount(self, name):
        known = {"official": self.official, "discount": self.discount, "erase": self.erase}
        if name in known:
            return known[name]
        return yuan(self.consume if name == "consume" else self.parts.get(name, 0))

    def before(self, amount, day):
        """What of an amount falls on the days before this one."""
        first, last = self.first_day, self.last_day
        days = (last - first).days + 1
        if self.given_back is not None:
            if self.given_back < first:
                first = last = self.given_back
            last = min(last, self.given_back)
        if day <= first:
            return Fraction(0)
        if day > last:
            return Fraction(amount)
        return Fraction(amount) * (day - first).days / days


@dataclass(frozen=True)
class Product:
    service: str
    resource_type: str
    spec: str
    price: Decimal
    # The unit of its size, if it is sold by that, or of its usage.
    measure: int | None
    factor: str | None = None
    is_discounted: bool = False


@dataclass(eq=False)
class Term:
    """What was paid for some time of a resource, and by what."""

    parts: list
    begin: datetime
    end: datetime
    line: Line


@dataclass(eq=False)
class Resource:
    id: str
    product: Product
    size: int
    provisioned: datetime
    expires: datetime
    anchor: int
    terms: list
    # Since when it renews itself, for how many months, and when that was tried last in vain.
    renews_since: datetime | None = None
    renews_months: int = 0
    tried: datetime | None = None

    def renews_at(self):
        """When it is renewed by itself, or tried to be."""
        due = deduction_of(self.expires.date() - timedelta(days=DEDUCTION_DAYS))
        if self.tried is not None:
            return max(due, deduction_after(self.tried))
        return due if self.renews_since <= due else deduction_after(self.renews_since)


@dataclass(eq=False)
class Package:
    """So much usage for nothing, once or each month."""

    id: str
    product: Product
    amount: Decimal
    is_monthly: bool
    begin: datetime
    end: datetime
    used: Decimal = Decimal(0)
    used_at: datetime | None = None

    def left(self, at):
        if not self.begin <= at <= self.end:
            return Decimal(0)
        if self.used_at is None or not self.is_monthly:
            return self.amount - self.used
        now, last = (at.year, at.month), (self.used_at.year, self.used_at.month)
        # A month that is over has nothing left once a later one was used.
        return self.amount - self.used if now == last else self.amount if now > last else Decimal(0)

    def take(self, amount, at):
        self.used = self.amount - self.left(at) + amount
        self.used_at = max(self.used_at or at, at)


@dataclass(eq=False)
class Order:
    id: str
    # Of each line: its product, size, months and how many.
    items: list
    shares: list = field(default_factory=list)
    offs: list = field(default_factory=list)
    sources: list = field(default_factory=list)
    lines: list = field(default_factory=list)


class Customer:
    """One customer, and what everything that happens to it comes to."""

    def __init__(self, customer_id, ratio):
        self.id = customer_id
        # What a discount of the partner leaves of a price, on products that have discounts.
        self.ratio = ratio
        self.cash = Purse("cash", "cash", 0)
        self.purses = [self.cash]
        self.packages = []
        self.resources = {}
        self.lines = []
        # By month, service and type of resource.
        self.debts = {}
        self.free_uses = {}
        self.allocated = 0

    # Money that comes in.

    def receive(self, fen, now):
        self.cash.fen += fen
        self.allocated += fen
        self.repay(now)

    def repay(self, now):
        """Debts are paid by cash before anything else, the oldest month first."""
        for key in sorted(self.debts):
            product, owed = self.debts[key]
            paid = min(owed, self.cash.fen)
            if not paid:
                break
            self.cash.fen -= paid
            self.debts[key] = (product, owed - paid)
            if paid == owed:
                del self.debts[key]
            parts = {"cash": paid, "debt": -paid}
            none = Decimal(0)
            self.bill(Line(USAGE, ON_DEMAND, product, "?", now, 0, parts, none, none))

    @property
    def owed(self):
        return sum(owed for _, owed in self.debts.values())

    def bill(self, line):
        if line.first_day is None:
            line.first_day = line.last_day = line.traded.date()
        self.lines.append(line)
        return line

    # Orders.

    def prices(self, items, with_discount):
        """Of each line the list price and what comes off, in fen."""
        prices = []
        for product, size, months, count in items:
            official = fen_of(product.price * size * months * count)
            off = 0
            if with_discount and product.is_discounted:
                off = official - half_up(official * self.ratio, 1)
            prices.append((official, off))
        return prices

    def pay(self, order, chosen, with_discount, now, kind=PURCHASE):
        """Pays all of an order and answers true, or nothing of it."""
        prices = self.prices(order.items, with_discount)
        due = [official - off for official, off in prices]
        credits = [purse for purse in self.purses if purse.kind == "credit"]
        sources = [*chosen, self.cash, *credits]
        order.shares = [[] for _ in due]
        left = list(due)
        taken = []
        for source in sources:
            taken.append(min(source.fen, sum(left)))
            for place, share in enumerate(shared(taken[-1], left)):
                order.shares[place].append(share)
                left[place] -= share
        if any(left):
            return False
        for source, fen in zip(sources, taken):
            source.fen -= fen
        order.sources, order.offs = sources, [off for _, off in prices]
        return True

    def bill_order(self, order, place, kind, begin, end, now, resources=None):
        """The lines of an order's line, one for each of its units, with what has paid them."""
        product, _, _, count = order.items[place]
        units = [[] for _ in range(count)]
        for source, share in zip(order.sources, order.shares[place]):
            for unit, fen in enumerate(shared(share, [1] * count)):
                if fen:
                    units[unit].append((source, fen))
        lines = []
        for unit, off in enumerate(shared(order.offs[place], [1] * count)):
            parts = {}
            for source, fen in units[unit]:
                parts[source.kind] = parts.get(source.kind, 0) + fen
            consume = sum(parts.values())
            line = Line(
                kind, PERIODIC, product, order.id, now, consume, parts, yuan(consume + off),
                yuan(off), resource_id=resources and resources[unit],
                first_day=begin.date(), last_day=end.date(),
            )  # fmt: skip
            lines.append((self.bill(line), units[unit]))
        return lines

    def buy(self, order, chosen, with_discount, now):
        if not self.pay(order, chosen, with_discount, now):
            return False
        for place, (_, _, months, _) in enumerate(order.items):
            end = end_of(months_later(now.date(), months, now.day))
            order.lines.append(self.bill_order(order, place, PURCHASE, now, end, now))
        return True

    def provide(self, order, place, resources, now):
        product, size, months, _ = order.items[place]
        end = end_of(months_later(now.date(), months, now.day))
        for resource_id, (line, parts) in zip(resources, order.lines[place]):
            terms = [Term(parts, now, end, line)]
            self.resources[resource_id] = Resource(
                resource_id, product, size, now, end, now.day, terms
            )

    def fail(self, order, place, now):
        """What could not be provided goes back in full."""
        product = order.items[place][0]
        back = [part for _, parts in order.lines[place] for part in parts]
        for line, _ in order.lines[place]:
            line.given_back = now.date()
        self.give_back([(product, None, back)], "?", now)

    def renew(self, order, resources, chosen, with_discount, now, kind=RENEWAL):
        if not self.pay(order, chosen, with_discount, now):
            return False
        for place, resource in enumerate(resources):
            begin = resource.expires + timedelta(seconds=1)
            months = order.items[place][2]
            end = end_of(months_later(resource.expires.date(), months, resource.anchor))
            billed = self.bill_order(order, place, kind, begin, end, now, [resource.id])
            [(line, parts)] = billed
            # What is over by then is used up, and nothing of it is ever given back.
            resource.terms = [term for term in resource.terms if now <= term.end]
            resource.terms.append(Term(parts, begin, end, line))
            resource.expires = end
            resource.tried = None
        return True

    def automatic_payment(self, product, now):
        """What pays without asking: the cash coupon that ends first, after the discount."""
        coupons = [it for it in self.purses if it.kind == "coupon" and it.fen]
        coupons = [it for it in coupons if it.is_usable(now)]
        chosen = sorted(coupons, key=lambda purse: purse.expires)[:1]
        return chosen, self.ratio is not None and product.is_discounted

    def renew_by_itself(self, now):
        """What is due is renewed, and what cannot be paid is tried again another day."""
        renewed = 0
        for resource in self.resources.values():
            if resource.renews_since is None or now < resource.renews_at():
                continue
            if now > resource.expires + timedelta(days=KEPT_DAYS):
                continue
            order = Order("?", [(resource.product, resource.size, resource.renews_months, 1)])
            chosen, with_discount = self.automatic_payment(resource.product, now)
            if self.renew(order, [resource], chosen, with_discount, now, AUTOMATIC_RENEWAL):
                renewed += 1
            else:
                resource.tried = now
        return renewed

    def unsubscribe(self, resource, only_renewed, order_id, now):
        terms = [term for term in resource.terms if not only_renewed or now < term.begin]
        free = False
        if not only_renewed and now <= resource.provisioned + FREE_DAYS:
            used = self.free_uses.get(now.year, 0)
            free = used < FREE_USES_A_YEAR
            self.free_uses[now.year] = used + free
        returned = []
        for term in terms:
            term.line.given_back = now.date()
            back = term.parts
            if term.begin <= now and not free:
                back = self.back_of(term, now)
            returned.append((resource.product, resource.id, back))
        if only_renewed:
            resource.terms = [term for term in resource.terms if term not in terms]
            resource.expires = min(term.begin for term in terms) - timedelta(seconds=1)
        else:
            del self.resources[resource.id]
        self.give_back(returned, order_id, now)

    def switch(self, resource, order_id, now):
        """It goes on as pay-per-use: what is not used goes back without a fee."""
        returned = []
        for term in resource.terms:
            term.line.given_back = now.date()
            back = self.back_of(term, now, 0) if term.begin <= now else term.parts
            returned.append((resource.product, resource.id, back))
        del self.resources[resource.id]
        self.give_back(returned, order_id, now, SWITCH)

    @staticmethod
    def back_of(term, now, fee_percent=FEE_PERCENT):
        """What is used and a fee are kept, and cash coupons."""
        paid = [(source, fen) for source, fen in term.parts if source.kind != "coupon"]
        total = sum(fen for _, fen in paid)
        end = term.end + timedelta(seconds=1)
        hour = timedelta(hours=1)
        hours = (hour_of(end) - hour_of(term.begin)) // hour
        used = (hour_of(min(now, end)) - hour_of(term.begin)) // hour
        consumed = half_up(total * used, hours)
        fee = min(half_up(total * fee_percent, 100), total - consumed)
        paid.sort(key=lambda part: part[0].kind != "cash")
        shares = shared(total - consumed - fee, [fen for _, fen in paid])
        return [(source, fen) for (source, _), fen in zip(paid, shares)]

    def give_back(self, returned, order_id, now, kind=REFUND):
        for product, resource_id, back in returned:
            parts = {}
            for source, fen in back:
                source.fen += fen
                parts[source.kind] = parts.get(source.kind, 0) - fen
            consume = sum(parts.values())
            self.bill(
                Line(
                    kind, PERIODIC, product, order_id, now, consume, parts, yuan(consume),
                    Decimal(0), resource_id=resource_id,
                )
            )  # fmt: skip
        self.repay(now)

    # Usage.

    def use(self, product, resource_id, value, begin, now):
        """Usage in the product's unit: what packages leave of it is rated and collected."""
        packages = [it for it in self.packages if it.product == product]
        for package in sorted(packages, key=lambda package: package.end):
            taken = min(package.left(begin), value)
            if taken > 0:
                package.take(taken, begin)
                value -= taken
        official = (value * product.price).quantize(EIGHT_DECIMALS, ROUND_DOWN)
        ratio = self.ratio if self.ratio is not None and product.is_discounted else Decimal(1)
        amount = (value * product.price * ratio).quantize(EIGHT_DECIMALS, ROUND_DOWN)
        due = int(amount.quantize(FEN, ROUND_DOWN) / FEN)
        parts = {}
        left = due
        usable = [purse for purse in self.purses if purse.is_usable(now)]
        never = datetime.max.replace(tzinfo=timezone.utc)
        usable.sort(key=lambda purse: (KINDS.index(purse.kind), purse.expires or never))
        for purse in usable:
            taken = min(purse.fen, left)
            if taken:
                purse.fen -= taken
                left -= taken
                parts[purse.kind] = parts.get(purse.kind, 0) + taken
        if left:
            parts["debt"] = left
        is_of_month = (begin.year, begin.month) == (now.year, now.month)
        day = begin.date() if is_of_month else now.date()
        line = Line(
            USAGE, ON_DEMAND, product, "?", now, due, parts, official, official - amount,
            amount - yuan(due), resource_id, day, day,
        )  # fmt: skip
        self.bill(line)
        if left:
            key = (line.month, product.service, product.resource_type)
            _, owed = self.debts.get(key, (product, 0))
            self.debts[key] = (product, owed + left)

"""An order's life as Terraform's provider for this cloud leads it, with the official SDK.

A cloud service has placed the order. It is paid with the first discount and coupon that it is
offered, polled until it is completed, and its resources are looked up. Then these are unsubscribed,
and the refund is read where it must show. What happened is printed, one JSON object a line; each
status of the order when it is first seen, so that whoever runs this can provision then.
"""

import os
import time

import simplejson
from huaweicloudsdkbss import v2
from huaweicloudsdkcore.auth.credentials import GlobalCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

# As the provider has them: a status in none of these sets is an error.
PENDING = {2, 3, 6}
DONE = {5}
CLOSED = 3

POLL_SECONDS = 0.1
DEADLINE_SECONDS = 120

# In an answer about an order, and in the payment of it.
COUPON_TYPES = {1: 301, 2: 300, 3: 303, 4: 302}


def say(**what):
    print(simplejson.dumps(what, default=str, use_decimal=True), flush=True)


def poll(read, is_pending, is_done):
    """What is read once it is done; whatever is neither done nor pending is an error."""
    until = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < until:
        found = read()
        if is_done(found):
            return found
        if not is_pending(found):
            raise RuntimeError(f"unexpected: {found}")
        time.sleep(POLL_SECONDS)
    raise RuntimeError("it takes too long")


def order_status(order_id):
    request = v2.ShowCustomerOrderDetailsRequest(order_id=order_id)
    return client.show_customer_order_details(request).order_info.status


def wait_for_order(order_id):
    seen = []

    def read():
        status = order_status(order_id)
        if status not in seen:
            seen.append(status)
            say(order_id=order_id, status=status)
        return status

    poll(read, PENDING.__contains__, DONE.__contains__)


def pay(order_id):
    discounts = client.list_order_discounts(v2.ListOrderDiscountsRequest(order_id=order_id))
    discounts = [
        v2.DiscountSimpleInfoV3(id=discount.discount_id, type=discount.discount_type)
        for discount in discounts.discounts[:1]
    ]
    coupons = client.list_order_coupons_by_order_id(
        v2.ListOrderCouponsByOrderIdRequest(order_id=order_id)
    )
    coupons = [
        v2.CouponSimpleInfoOrderPayV3(id=coupon.coupon_id, type=COUPON_TYPES[coupon.coupon_type])
        for coupon in coupons.user_coupons[:1]
    ]
    say(discounts=len(discounts), coupons=len(coupons))
    body = v2.PayCustomerOrderV3Req(
        order_id=order_id,
        use_coupon="YES" if coupons else "NO",
        use_discount="YES" if discounts else "NO",
        coupon_infos=coupons or None,
        discount_infos=discounts or None,
    )
    client.pay_orders(v2.PayOrdersRequest(body=body))


def resources(**query):
    body = v2.QueryResourcesReq(**query)
    request = v2.ListPayPerUseCustomerResourcesRequest(body=body)
    return client.list_pay_per_use_customer_resources(request)


def main_resource(order_id):
    listed = poll(
        lambda: resources(order_id=order_id, only_main_resource=1),
        lambda found: found.total_count == 0,
        lambda found: found.total_count >= 1,
    )
    return listed.data[0].resource_id


def unsubscribe(resource_id):
    body = v2.UnsubscribeResourcesReq(resource_ids=[resource_id], unsubscribe_type=1)
    request = v2.CancelResourcesSubscriptionRequest(body=body)
    order_ids = client.cancel_resources_subscription(request).order_ids
    for order_id in order_ids:
        wait_for_order(order_id)
    poll(
        lambda: resources(resource_ids=[resource_id]).data[0].status,
        {2, 4, 5}.__contains__,
        lambda status: status == CLOSED,
    )
    return order_ids


def statement_of_account():
    """What came into the customer's account; none where its partner has the statement."""
    request = v2.ListCustomerAccountChangeRecordsRequest(balance_type="BALANCE_TYPE_DEBIT")
    try:
        records = client.list_customer_account_change_records(request).records
    except ClientRequestException as error:
        if error.error_code != "CBC.99000084":
            raise
        return []
    return [(record.trade_id, record.trade_detail_type, record.change_amount) for record in records]


def statement_of_coupons():
    request = v2.ListCustomerCouponChangeRecordsRequest(balance_type="BALANCE_TYPE_COUPON")
    records = client.list_customer_coupon_change_records(request).records
    return [(record.coupon_id, record.trade_detail_type, record.change_amount) for record in records]


credentials = GlobalCredentials(
    os.environ["PROGRAM_AK"], os.environ["PROGRAM_SK"], os.environ["PROGRAM_DOMAIN"]
)
client = (
    v2.BssClient.new_builder()
    .with_credentials(credentials)
    .with_endpoint(os.environ["PROGRAM_ENDPOINT"])
    .build()
)

bought = os.environ["PROGRAM_ORDER"]
pay(bought)
wait_for_order(bought)
resource = main_resource(bought)
say(resource=resource)
for refunding in unsubscribe(resource):
    request = v2.ShowRefundOrderDetailsRequest(order_id=refunding)
    rows = client.show_refund_order_details(request).refund_infos
    say(refunding=refunding, refunds=[(row.base_order_id, row.amount) for row in rows])
say(account=statement_of_account(), coupons=statement_of_coupons())

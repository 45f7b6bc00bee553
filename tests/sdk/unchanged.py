"""A program as its author wrote it for the cloud: nothing in it knows of another address.

It prints the id that the SDK asked for, and the answer to a first call.
"""

import os
import sys

import simplejson
from huaweicloudsdkbss.v2 import BssClient, ListPartnerBalancesRequest
from huaweicloudsdkbss.v2.region.bss_region import BssRegion
from huaweicloudsdkcore.auth.credentials import GlobalCredentials

credentials = GlobalCredentials(os.environ["PROGRAM_AK"], os.environ["PROGRAM_SK"])
client = (
    BssClient.new_builder()
    .with_credentials(credentials)
    .with_region(BssRegion.value_of("cn-north-1"))
    .build()
)
balances = client.list_partner_balances(ListPartnerBalancesRequest())
simplejson.dump(
    {"domain_id": credentials.domain_id, "balances": balances.to_dict()}, sys.stdout, default=str
)

"""The official SDK as a process: a call per line in, its outcome per line out, in any order.

A question: {"id", "operation": "ListPartnerBalances", "fields": {...}, "access_key_id",
"secret_key", "domain_id", "endpoint", "headers": {...}}.
An answer: {"id", "status", "headers", "body", "parsed"} or with "error" in place of "parsed":
{"status_code", "error_code", "error_msg", "request_id"}; {"id", "failure"} when there is no
HTTP answer at all. "body" is what came over the wire, "parsed" what the SDK made of it.
"""

import decimal
import re
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor

import simplejson
from huaweicloudsdkbss import v2
from huaweicloudsdkcore.auth.credentials import GlobalCredentials
from huaweicloudsdkcore.exceptions.exceptions import SdkException, ServiceResponseException
from huaweicloudsdkcore.http.http_config import HttpConfig
from huaweicloudsdkcore.http.http_handler import HttpHandler

CLIENTS_MAX = 32

local = threading.local()
output = threading.Lock()


def snake_case(name):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def client(question):
    """One client per thread and key: the SDK's HTTP session is not made for several threads."""
    names = ("access_key_id", "secret_key", "domain_id", "endpoint")
    key = tuple(question[name] for name in names)
    clients = local.__dict__.setdefault("clients", {})
    if key not in clients:
        access_key_id, secret_key, domain_id, endpoint = key
        handler = HttpHandler().add_response_handler(keep_response)
        clients[key] = (
            v2.BssClient.new_builder()
            .with_credentials(GlobalCredentials(access_key_id, secret_key, domain_id))
            .with_endpoint(endpoint)
            .with_http_config(HttpConfig(retry_times=0))
            .with_http_handler(handler)
            .build()
        )
    return clients[key]


def keep_response(response, **_):
    local.response = response


def model(class_name, fields):
    """An SDK model from plain values; decimals come as text, so that no digit is lost."""
    types = getattr(v2, class_name).openapi_types
    return getattr(v2, class_name)(
        **{name: typed(types[name], value) for name, value in fields.items()}
    )


def typed(type_name, value):
    if value is None:
        return None
    item = re.fullmatch(r"list\[(.*)\]", type_name)
    if item:
        return [typed(item[1], part) for part in value]
    if type_name == "decimal.Decimal":
        return decimal.Decimal(value)
    if isinstance(value, dict) and hasattr(v2, type_name):
        return model(type_name, value)
    return value


def plain(value):
    """An SDK model as plain values."""
    if isinstance(value, list):
        return [plain(part) for part in value]
    if hasattr(value, "openapi_types"):
        names = value.attribute_map.items()
        members = ((wire, plain(getattr(value, name))) for name, wire in names)
        return {name: member for name, member in members if member is not None}
    return value


def call(question):
    operation = question["operation"]
    request_class = f"{operation}Request"
    body_class = getattr(v2, request_class).openapi_types.get("body")
    fields = question["fields"]
    if body_class:
        # What the request itself has, such as parameters of the path, stands beside the body.
        types = getattr(v2, request_class).openapi_types
        beside = {name: fields[name] for name in types if name != "body" and name in fields}
        rest = {name: value for name, value in fields.items() if name not in beside}
        request = getattr(v2, request_class)(body=model(body_class, rest), **beside)
    else:
        request = model(request_class, fields)
    invoker = getattr(client(question), f"{snake_case(operation)}_invoker")(request)
    for name, value in question.get("headers", {}).items():
        invoker.add_header(name, value)

    local.response = None
    try:
        answer = {"parsed": plain(invoker.invoke())}
    except ServiceResponseException as error:
        names = ("status_code", "error_code", "error_msg", "request_id")
        answer = {"error": {name: getattr(error, name) for name in names}}
    except SdkException as error:
        return {"failure": str(error)}
    response = local.response
    return answer | {
        "status": response.status_code,
        "headers": {name.lower(): value for name, value in response.headers.items()},
        "body": response.content.decode("utf-8"),
    }


def serve(line):
    question = simplejson.loads(line)
    try:
        answer = call(question)
    except Exception:  # Whatever it is, the test that asked must see it.
        answer = {"failure": traceback.format_exc()}
    text = simplejson.dumps({"id": question["id"]} | answer, use_decimal=True)
    with output:
        print(text, flush=True)


with ThreadPoolExecutor(CLIENTS_MAX) as threads:
    for line in sys.stdin:
        threads.submit(serve, line)

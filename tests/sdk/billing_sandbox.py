"""`with snapshot():` leaves a demo tenant's books as they were. As a fixture of pytest:

    @pytest.fixture(autouse=True)
    def untouched():
        with snapshot():
            yield

BILLING_ENDPOINT, BILLING_TENANT and OPERATOR_TOKEN say where, which and who.
"""

import contextlib
import json
import os
import urllib.request
import uuid


def operator(method, path, body=None):
    """A request of the operator's; an answer other than 2xx is an exception."""
    request = urllib.request.Request(
        os.environ["BILLING_ENDPOINT"] + "/operator/v1" + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": "Bearer " + os.environ["OPERATOR_TOKEN"]},
        method=method,
    )
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or "null")


@contextlib.contextmanager
def snapshot():
    """Puts the tenant's books back at the end, whatever has happened to them."""
    tenant_id, name = os.environ["BILLING_TENANT"], f"test-{uuid.uuid4().hex}"
    target = f"/snapshots?tenant_id={tenant_id}&name={name}"
    operator("PUT", target)
    try:
        yield name
    finally:
        operator("POST", "/snapshots/restore", {"tenant_id": tenant_id, "name": name})
        operator("DELETE", target)

"""Signs and checks requests with the official SDK's own signer, for tests that must not trust ours.

One JSON object per line on standard input, one per line on standard output, in order.

{"mode": "sign", "method", "scheme", "host", "path", "query": [[name, value], ...],
 "headers": {name: value}, "body_base64", "access_key_id", "secret_key", "date": optional}

signs the request, sends it through the SDK's HTTP client to a socket that only records, and
answers what was put on the wire, and the signer's intermediate stages:

{"url", "wire_method", "wire_path", "wire_query", "headers": {name: value}, "body_base64",
 "canonical_request", "string_to_sign", "signature"}

{"mode": "verify", ...the same, with our "X-Sdk-Date" and "Authorization" among the headers}

signs the same request again, without our "Authorization", and answers {"match": true} if the
SDK comes to the same "Authorization".

"path" is the path as the SDK is given it: a published path, its parameters percent-encoded.
A request that fails answers {"error": text}.
"""

import base64
import io
import json
import logging
import sys

import urllib3.connection
import urllib3.connectionpool
from huaweicloudsdkcore.auth.credentials import GlobalCredentials
from huaweicloudsdkcore.exceptions.exception_handler import DefaultExceptionHandler
from huaweicloudsdkcore.http.http_client import HttpClient
from huaweicloudsdkcore.http.http_config import HttpConfig
from huaweicloudsdkcore.http.http_handler import HttpHandler
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer


class RecordingSocket:
    """Keeps what is sent and answers 204 to everything."""

    sent = b""

    def sendall(self, data):
        RecordingSocket.sent += data

    def makefile(self, *_arguments, **_options):
        return io.BytesIO(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")

    def settimeout(self, _seconds):
        pass

    def close(self):
        pass


class RecordingConnection(urllib3.connection.HTTPConnection):
    def connect(self):
        self.sock = RecordingSocket()


class RecordingTlsConnection(urllib3.connection.HTTPSConnection):
    def connect(self):
        self.sock = RecordingSocket()
        self.is_verified = True


class StagedSigner(Signer):
    """The SDK's signer, which also keeps its intermediate stages."""

    def _process_canonical_request(self, request, signed_headers):
        self.canonical_request = super()._process_canonical_request(request, signed_headers)
        return self.canonical_request

    def _process_string_to_sign(self, canonical_request, time):
        self.string_to_sign = super()._process_string_to_sign(canonical_request, time)
        return self.string_to_sign

    def _sign_string_to_sign(self, string_to_sign, key):
        self.signature = super()._sign_string_to_sign(string_to_sign, key)
        return self.signature


def sdk_request(line):
    headers = dict(line["headers"])
    if line.get("date"):
        headers["X-Sdk-Date"] = line["date"]
    return SdkRequest(
        method=line["method"],
        schema=line["scheme"],
        host=line["host"],
        resource_path=line["path"],
        query_params=[(name, value) for name, value in line["query"]],
        header_params=headers,
        body=base64.b64decode(line["body_base64"]),
    )


def signer(line):
    return StagedSigner(GlobalCredentials(line["access_key_id"], line["secret_key"]))


def sign(line, client):
    stages = signer(line)
    request = stages.sign(sdk_request(line))
    RecordingSocket.sent = b""
    client.do_request_sync(request)
    head, _, body = RecordingSocket.sent.partition(b"\r\n\r\n")
    request_line, *header_lines = head.decode("utf-8").split("\r\n")
    method, target, _version = request_line.split(" ")
    path, _, query = target.partition("?")
    return {
        "url": request.url,
        "wire_method": method,
        "wire_path": path,
        "wire_query": query,
        "headers": dict(header_line.split(": ", 1) for header_line in header_lines),
        "body_base64": base64.b64encode(body).decode("ascii"),
        "canonical_request": stages.canonical_request,
        "string_to_sign": stages.string_to_sign,
        "signature": stages.signature,
    }


def verify(line):
    line = {**line, "date": None}
    headers = {name.lower(): value for name, value in line["headers"].items()}
    ours = headers.pop("authorization")
    line["headers"] = headers
    theirs = signer(line).sign(sdk_request(line)).header_params["Authorization"]
    return {"match": ours == theirs}


def main():
    urllib3.connectionpool.HTTPConnectionPool.ConnectionCls = RecordingConnection
    urllib3.connectionpool.HTTPSConnectionPool.ConnectionCls = RecordingTlsConnection
    logger = logging.getLogger("signer")
    client = HttpClient(
        HttpConfig.get_default_config(), HttpHandler(), DefaultExceptionHandler(), logger
    )
    # The environment's proxy and netrc settings are no part of what is tested.
    client._session.trust_env = False
    for text in sys.stdin:
        try:
            line = json.loads(text)
            answer = sign(line, client) if line["mode"] == "sign" else verify(line)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()

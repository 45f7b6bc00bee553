"""Asks every operation for what the OpenAPI description allows, and for what it does not.

Schemathesis makes the requests and judges the answers: status, content type, headers and body must be
as described, valid input must not be refused as malformed, invalid input must be refused, and no
answer is a fault of the server. What differs is printed, and counts as a failure.

Run by `cargo xtask test` with one seed and one round, so that it asks the same each time.
`SCHEMATHESIS_SEED=7 SCHEMATHESIS_ROUNDS=50 cargo xtask test description::truth` asks more.
"""

import collections
import datetime
import json
import os
import pathlib
import sys

import hypothesis
import requests
import schemathesis
from hypothesis import strategies
from schemathesis import GenerationMode, checks
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi import checks as described

import decisions

DESCRIPTION = pathlib.Path(__file__).parents[2] / "functions/description/pages/src/openapi.json"
CHECKS = [
    described.status_code_conformance,
    described.content_type_conformance,
    described.response_headers_conformance,
    described.response_schema_conformance,
    described.negative_data_rejection,
]
# A request that is refused with one of these is malformed.
MALFORMED = {"CBC.0100", "CBC.0101", "APIGW.0201"}
# Requests of one kind for one operation in one round.
REQUESTS = 4
# How long an answer may take, in seconds.
TIMEOUT = 60
# How far apart in time what the schemas call a moment or a day may be.
MOMENTS = strategies.datetimes(
    min_value=datetime.datetime(2000, 1, 1),
    max_value=datetime.datetime(2099, 12, 31),
)


@schemathesis.serializer("application/x-ndjson")
def lines(_, value):
    """One line of a book, or of usage."""
    return json.dumps(value).encode()


def main():
    schemathesis.openapi.format("date-time", MOMENTS.map(lambda it: it.strftime("%Y-%m-%dT%H:%M:%SZ")))
    schemathesis.openapi.format("date", MOMENTS.map(lambda it: it.strftime("%Y-%m-%d")))
    document = json.loads(DESCRIPTION.read_text())
    allowed, anything = decisions.narrowed(document), decisions.unguarded(document)
    of_mode = {
        GenerationMode.POSITIVE: operations_of(allowed),
        GenerationMode.NEGATIVE: operations_of(anything),
    }
    findings = Findings()
    first, rounds = int(os.environ["BILLING_SEED"]), int(os.environ["BILLING_ROUNDS"])
    session = requests.Session()
    for seed in range(first, first + rounds):
        for mode, operations in of_mode.items():
            for operation in operations:
                ask(operation, mode, seed, session, findings)
    findings.tell(f"{len(operations)} operations, seeds {first} to {first + rounds - 1}")
    sys.exit(1 if findings.differences else 0)


def operations_of(document):
    """All operations of a description."""
    schema = schemathesis.openapi.from_dict(document)
    return [result.ok() for result in schema.get_all_operations()]


class Caller:
    """Who asks, with which header, and whether the operation serves them."""

    def __init__(self, kind, headers, is_served=True):
        self.kind = kind
        self.headers = headers
        self.is_served = is_served


def callers(operation):
    """Those who are tried on an operation."""
    schemes = guards(operation)
    if not schemes:
        return [Caller("nobody", {})]
    nobody = Caller("nobody", {}, is_served=False)
    if {"operator": []} in schemes:
        token = {"Authorization": "Bearer " + os.environ["OPERATOR_TOKEN"]}
        return [Caller("operator", token), nobody]
    served = set(operation.definition.raw.get("x-callers", ["distributor", "customer"]))
    kinds = {
        "distributor": {"distributor", "partner"},
        "customer": {"customer", "enterprise_master", "partner_with_customer_token"},
    }
    return [
        Caller(kind, {"X-Auth-Token": os.environ[kind.upper() + "_TOKEN"]}, bool(names & served))
        for kind, names in kinds.items()
    ] + [nobody]


def ask(operation, mode, seed, session, findings):
    """Sends some requests of an operation from each caller, and judges the answers."""
    try:
        cases = operation.as_strategy(generation_mode=mode)
    except Exception as error:  # The operation has nothing that could be wrong.
        findings.skipped[str(error)] += 1
        return
    asking = callers(operation)
    served = [caller for caller in asking if caller.is_served]
    # Who is refused whatever a request says has one good one refused.
    refused = [caller for caller in asking if not caller.is_served]
    waiting = refused if mode == GenerationMode.POSITIVE else []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=REQUESTS,
        deadline=None,
        database=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=cases)
    def requests_of(case):
        case.body = decisions.written(case.body)
        asking = waiting + served
        waiting.clear()
        for caller in asking:
            response = case.call(
                base_url=os.environ["BILLING_ENDPOINT"],
                headers=caller.headers,
                session=session,
                timeout=TIMEOUT,
            )
            findings.asked[caller.kind, mode.value] += 1
            findings.answered[response.status_code] += 1
            findings.operations.add((caller.kind, operation.label))
            judge(case, caller, mode, response, findings)

    try:
        requests_of()
    except hypothesis.errors.Unsatisfiable:
        findings.skipped[f"nothing {mode.value}: {operation.label}"] += 1


def judge(case, caller, mode, response, findings):
    """Says what is wrong with an answer."""
    try:
        envelope = response.json()
        code = envelope.get("error_code", "") if isinstance(envelope, dict) else ""
    except ValueError:
        envelope, code = {}, ""
    differs = []
    if response.status_code >= 500 and not decisions.is_published(case.operation, response.status_code, code):
        differs.append("a fault of the server")
    if not caller.is_served:
        if response.status_code not in ((401, 413) if caller.kind == "nobody" else (403, 413)):
            differs.append(f"answered to {caller.kind}")
    elif mode == GenerationMode.POSITIVE and response.status_code == 400 and code in MALFORMED:
        differs.append("valid input is refused")
    try:
        case.validate_response(response, checks=CHECKS)
    except FailureGroup as group:
        differs.extend(failure.message or failure.title for failure in group.exceptions)
    if any(value in ("", [""]) for value in case.query.values()):
        differs = [f"{it}; nothing is said" if "Invalid data" in it else it for it in differs]
    for difference in differs:
        message = envelope.get("error_msg", "") if isinstance(envelope, dict) else ""
        if not decisions.is_decided(case.operation, difference, message):
            findings.add(case, caller, difference, response, message)


def guards(operation):
    """The ways to show whose a request is; none where nobody is asked."""
    return operation.definition.raw.get("x-security", [])


class Findings:
    """What was asked, and what differs."""

    def __init__(self):
        self.asked = collections.Counter()
        self.answered = collections.Counter()
        self.skipped = collections.Counter()
        self.operations = set()
        self.differences = {}

    def add(self, case, caller, difference, response, message):
        """Keeps the first request of each difference."""
        what = (case.operation.label, difference.split("\n")[0], message[:60])
        if what not in self.differences:
            request = f"{caller.kind}: {case.path_parameters} {case.query} {case.headers} {case.body}"
            self.differences[what] = (difference, response.status_code, response.text[:400], request[:800])

    def tell(self, what):
        """Prints each difference, and what was asked."""
        for (label, _, _), (difference, status, body, request) in sorted(self.differences.items()):
            print(f"{label}: {difference}\n  {status} {body}\n  {request}\n")
        for reason, count in self.skipped.items():
            print(f"not asked {count} times: {reason}")
        asked = ", ".join(f"{kind} {mode}: {count}" for (kind, mode), count in sorted(self.asked.items()))
        answered = ", ".join(f"{status}: {count}" for status, count in sorted(self.answered.items()))
        covered = len({label for _, label in self.operations})
        print(f"{covered} of {what}: {sum(self.asked.values())} requests ({asked})")
        print(f"answers: {answered}; differences: {len(self.differences)}", flush=True)


if __name__ == "__main__":
    main()

"""Where the bundle knowingly differs from what schemathesis makes of a description, and why."""

import copy
import json
import os
import re

REFUSED = "valid input is refused"
ACCEPTED = "Invalid data should have been rejected"

# Differences that are decided: the operation (`*` for all), a part of the difference, a part of the
# text of the refusal, and the reason.
DECIDED = [
    ("*", REFUSED, "NUL or a control of the direction of text", "texts that deceive a reader, in every operation"),
    ("*", REFUSED, "not a decimal number", "an amount is written in digits, without an exponent"),
    ("*", REFUSED, "too many decimals", "an amount has eight decimals at most"),
    ("*", REFUSED, "too large", "an amount is below 10^13; the contract has no bound"),
    ("*", REFUSED, "expected u32", "a count is not negative and below 2^32; the contract has no bound"),
    ("*", REFUSED, "printable ASCII characters", "what names something is printable; the contract has lengths alone"),
    ("*", REFUSED, "must be greater than 0", "an amount that moves nothing is none"),
    ("*", REFUSED, "must not be before", "two fields: an end before its beginning is no period"),
    ("*", REFUSED, "must be a date of the bill cycle", "two fields: the day and its month"),
    ("*", REFUSED, "days after", "two fields: the published longest period"),
    ("*", REFUSED, "months after", "two fields: the published longest period"),
    ("*", REFUSED, "one year after", "two fields: the published longest period"),
    ("*", REFUSED, "months ago", "the published oldest month, which moves on"),
    ("*", REFUSED, "is required for sub_customer", "two fields: whose bill it is"),
    ("*", REFUSED, "must be eleven digits", "a mobile number; the contract has its length alone"),
    ("*", REFUSED, "verified_file_url", "where files lie; the contract has the length of the list alone"),
    ("*", REFUSED, "is required, or else", "two parameters: one of them"),
    ("*", REFUSED, "either this or", "two parameters: one of them"),
    ("*", REFUSED, "must be given with", "two parameters: they go together"),
    ("*", REFUSED, "must not be given with", "two parameters: one of them"),
    ("*", REFUSED, "must not be given by a customer", "who calls decides"),
    ("*", REFUSED, "must not contain blanks", "published in words: blanks are not supported"),
    ("CheckUserIdentity", REFUSED, "search_value", "two fields: the published form goes with the search type"),
    ("CreateSubEnterpriseAccount", REFUSED, "mobile_phone", "published in the notes: a member has a number"),
    ("ListCosts", REFUSED, "_time: must be a valid date", "two fields: days or months, by time_measure_id"),
    ("ListEnterpriseOrganizations", REFUSED, "parent_id", "an organisation is a number"),
    ("ListOnDemandResourceRatings", REFUSED, "resource_size", "two fields: a size has a measure"),
    ("ListRenewRateOnPeriod", REFUSED, "period_num", "two fields: months or years, as published"),
    ("RenewalResources", REFUSED, "period_num", "two fields: months or years, as published"),
    ("RenewOnBehalf", REFUSED, "period_num", "two fields: months or years"),
    ("SetResourcesRenewConfig", REFUSED, "config_value", "two fields: the published range goes with the type"),
    ("SendSmsVerificationCode", REFUSED, "sm_template_args", "published in the notes: one argument"),
    ("ShowRefundOrderDetails", REFUSED, "is required of a partner", "who calls decides"),
    ("ListPayPerUseCustomerResources", REFUSED, "customer_id", "who calls decides, and whose customer it is"),
    ("PayOrders", REFUSED, "_infos: ", "two fields: what is used is named"),
    ("ReclaimPartnerCoupons", REFUSED, "there is no such coupon", "an id of nothing; no other code is published"),
    ("ReclaimPartnerCouponsInPartnerCentre", REFUSED, "there is no such coupon", "as the published one"),
    ("SubmitRealNamePage", REFUSED, "CertificateType", "published kinds of certificates, with gaps"),
    ("AskForAssociation", REFUSED, "customer_id: is required", "who calls decides"),
    ("AnswerAssociation", REFUSED, "customer_id: is required", "who calls decides"),
    ("BindNotification", REFUSED, "url", "two fields: an address goes with 0, at an allowed host"),
    ("TestNotification", REFUSED, "url", "whether one is bound decides"),
    ("SendSecondFactorCode", REFUSED, "mobile_phone", "whether it is on decides"),
    ("SwitchSecondFactor", REFUSED, "mobile_phone", "two fields: a number goes with on"),
    ("ExportFile", REFUSED, "", "the kind of file says which parameters there are"),
    ("ExportOwnFile", REFUSED, "", "the kind of file says which parameters there are"),
    # The operator's routes name what is wrong with one code.
    ("ListJournal", REFUSED, "link_before", "two parameters: the link goes with the number"),
    ("TakeSecondFactorOff", REFUSED, "", "the partner must be there"),
    ("CreateAccessKey", REFUSED, "", "two fields: one owner, which must be there"),
    ("ImportBook", REFUSED, "", "lines have the fields of their kinds, in the operator's guide"),
    ("MeterUsage", REFUSED, "", "the resource must be there, and its catalogue's entries"),
    ("RestoreBooks", REFUSED, "", "only what was exported, under its key"),
    ("StartResource", REFUSED, "", "two fields: a size has a measure; products of the catalogue"),
    ("RunDeliveries", REFUSED, "webhook_secret", "no receiver is set up"),
    ("RotateMasterKey", REFUSED, "marker", "only what an answer gave"),
    ("CreateOperator", REFUSED, "already there", "the name is taken"),
    ("ChangeOperator", REFUSED, "", "two fields: what goes with a status"),
    ("PlaceOrder", REFUSED, "", "fields of lines that go together, and products of the catalogue"),
    ("PlaceOrderOnBehalf", REFUSED, "", "fields of lines that go together, and products of the catalogue"),
    ("ProvisionOrder", REFUSED, "", "two fields: resources or failure"),
    ("DecideReview", REFUSED, "opinion", "two fields: a rejection says why"),
    ("SetFaults", REFUSED, "rules", "two fields: what a rule does"),
    ("SetSettings", REFUSED, "fee_percents", "as many as a term has years"),
    # What is accepted that the description does not allow.
    ("*", ACCEPTED, "X-Language", "an operation without texts does not look at the language"),
    ("*", ACCEPTED, "nothing is said", "a parameter that is there with nothing after `=` says nothing, as published"),
]


def unguarded(document):
    """A description whose keys are no parameters: who asks is decided elsewhere."""
    document = copy.deepcopy(document)
    del document["components"]["securitySchemes"]
    for methods in document["paths"].values():
        for operation in methods.values():
            operation["x-security"] = operation.pop("security")
            # Two names for one thing: a request has one of them.
            operation["parameters"] = [
                parameter
                for parameter in operation["parameters"]
                if not parameter.get("$ref", "").endswith("/IdempotencyKey")
            ]
    return simplified(document)


def simplified(value):
    """A moment's format alone, which says more than the pattern beside it."""
    if isinstance(value, list):
        return [simplified(entry) for entry in value]
    if isinstance(value, dict):
        kept = {name: simplified(entry) for name, entry in value.items()}
        if kept.get("format") in ("date", "date-time"):
            kept.pop("pattern", None)
            kept.pop("maxLength", None)
        return kept
    return value


def narrowed(document):
    """A description of what is to be accepted, where the published one does not say all.

    Identifiers are printable ASCII: the published description bounds only their length. So that
    requests reach the books, the known ones are among them.
    """
    document = unguarded(document)
    known = json.loads(os.environ["BILLING_KNOWN"])
    for schema in document["components"]["schemas"].values():
        for name, field in schema.get("properties", {}).items():
            narrow(name, field, known)
    for methods in document["paths"].values():
        for operation in methods.values():
            for parameter in operation["parameters"]:
                if "schema" in parameter:
                    narrow(parameter["name"], parameter["schema"], known)
    return document


def narrow(name, field, known, is_item=False):
    """Makes an identifier printable, and one of those that are known."""
    if not re.search(r"_ids?$", name) or "enum" in field:
        return
    if field.get("type") == "array" or "items" in field:
        narrow(name.removesuffix("s"), field["items"], known, is_item=True)
        return
    if "string" not in str(field.get("type")) or "pattern" in field:
        return
    field["pattern"] = "^[ -~]{1,64}$" if is_item else "^[ -~]*$"
    if name in known:
        other = dict(field)
        field.clear()
        field["anyOf"] = [{"enum": known[name]}, other]


def written(value):
    """A whole number has no point: so every client writes it, and 1.0 is refused for one."""
    if isinstance(value, list):
        return [written(entry) for entry in value]
    if isinstance(value, dict):
        return {name: written(entry) for name, entry in value.items()}
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**63:
        return int(value)
    return value


def is_published(operation, status, code):
    """Whether the live service has a code of its own for an answer with this status."""
    own = operation.definition.raw["responses"].get(str(status), {})
    return f"`{code}`" in own.get("description", "") and code != "CBC.0999"


def is_decided(operation, difference, message):
    """Whether a difference is one of those that are decided."""
    return any(
        name in ("*", operation.definition.raw["operationId"])
        and part in difference
        and (text in message or (part == ACCEPTED and text in difference))
        for name, part, text, _ in DECIDED
    )

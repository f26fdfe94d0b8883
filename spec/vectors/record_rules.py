"""Sections 1 to 3 of spec/audit-log.md: what a line may say. For judge.py, in Python's standard library."""
import json, re


class Refused(Exception):
    pass


def matches(pattern):
    compiled = re.compile(pattern)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


def text(least, most):
    def check(value):
        try:
            return isinstance(value, str) and least <= len(value.encode()) <= most
        except UnicodeEncodeError:  # a lone surrogate
            return False
    return check


def integer(value):
    return type(value) is int and 0 <= value < 2**53


def listed(check, most, key=lambda item: item):
    """`key`: no two items have it alike; None: they may."""
    def all_pass(value):
        if not isinstance(value, list) or len(value) > most or not all(check(item) for item in value):
            return False
        return key is None or len({key(item) for item in value}) == len(value)
    return all_pass


def row(*checks):
    return lambda value: isinstance(value, list) and len(value) == len(checks) and all(c(v) for c, v in zip(checks, value))


peer, digest = matches("[0-9A-Za-z]{1,128}"), matches("[0-9a-f]{64}")
label, detail_name, detail_text = matches("[a-z][a-z0-9.-]{0,31}"), matches("[a-z][a-z0-9-]{0,31}"), text(0, 1024)
origin = matches("[!-*,-~]{1,255}")
MEMBERS = {
    "actor": peer, "boot": matches("[0-9a-f]{32}"), "conversation": text(1, 128), "kind": lambda value: isinstance(value, str) and value in KINDS,
    "detail": lambda value: isinstance(value, dict) and len(value) <= 32 and all(
        detail_name(n) and (integer(v) or detail_text(v)) for n, v in value.items()),
    "message": digest, "mono": integer, "payloads": listed(row(label, integer, digest), 64, lambda item: item[0]),
    "peers": listed(peer, 512), "prev": digest, "reason": text(1, 1024), "ref": integer,
    "seen": listed(row(origin, integer, digest, matches("[0-9a-f]{128}")), 16, None),
    "seq": integer, "time": integer, "v": lambda value: value == 1 and type(value) is int,
}
ALWAYS = {"actor", "boot", "kind", "mono", "prev", "seq", "time", "v"}
FREE = ("", "peers conversation message payloads seen ref reason detail", {})
KINDS = {  # also holds, may hold, members of detail with their values (None: any string)
    "genesis": ("detail", "", {"origin": None, "key": None}),
    "sent": ("peers payloads", "conversation ref detail seen", {}),
    "received": ("peers message payloads", "conversation detail seen", {}),
    "outcome": ("peers message ref detail", "payloads reason seen conversation",
                {"result": ["delivered", "refused", "unconfirmed", "withheld", "expired"]}),
    "refused": ("peers detail", "message reason payloads seen", {"code": None}),
    "witnessed": ("peers seen", "payloads", {}),
    "session": ("detail", "payloads reason peers ref", {"event": ["start", "stop", "notice"]}),
    "redact": ("ref detail", FREE[1], {"label": None}),
    "key-rotate": ("reason detail", "payloads", {"key": None, "signature": None}),
    "recovery": ("detail", "reason payloads", {}),
    **{kind: FREE for kind in "roster view export review hold release clock-jump seal".split()},
}


def no_number(name):
    raise ValueError(name)


def whole(digits):
    return int(float(digits)) if float(digits).is_integer() else float(digits)


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def parse_json(data):
    try:
        return json.loads(data.decode("utf-8", "replace"), parse_float=whole, parse_constant=no_number)
    except (ValueError, RecursionError, OverflowError):
        return None


def parse_record(line):
    if len(line) > 65535:
        raise Refused("RECORD_TOO_LARGE")
    record = parse_json(line)
    if not isinstance(record, dict) or not ALWAYS <= record.keys() or not all(
            name in MEMBERS and MEMBERS[name](value) for name, value in record.items()) or not fits_kind(record):
        raise Refused("RECORD_MALFORMED")
    if canonical(record) != line:
        raise Refused("RECORD_NOT_CANONICAL")
    return record


STATEMENT = {"key": lambda value: isinstance(value, str), "signature": matches("[0-9a-f]{128}")}
SIGNED_RECOVERY = {**STATEMENT, "signer": STATEMENT["key"]}
FORMS = {  # members of detail, all of them and no others
    "key-rotate": [STATEMENT],
    "recovery": [{"found-from": integer, "found-to": integer}, SIGNED_RECOVERY, {**SIGNED_RECOVERY, "known-size": integer}],
}


def is_continuation(record):
    return record["kind"] == "key-rotate" or record["kind"] == "recovery" and "key" in record["detail"]


def fits_continuation(record):
    detail = record["detail"]
    one_line = not re.search("[\0-\x1f\x7f-\x9f]", record.get("reason", "\n"))
    return (one_line or not is_continuation(record)) and any(
        form.keys() == detail.keys() and all(check(detail[name]) for name, check in form.items()) for form in FORMS[record["kind"]])


def fits_kind(record):
    kind = record["kind"]
    must, may, details = KINDS[kind]
    held, detail = record.keys() - ALWAYS, record.get("detail", {})
    if not set(must.split()) <= held <= set(must.split()) | set(may.split()):
        return False
    for name, values in details.items():
        if not isinstance(detail.get(name), str) or values is not None and detail[name] not in values:
            return False
    labels = [item[0] for item in record.get("payloads", [])]
    return ((kind == "genesis") == (record["seq"] == 0)
            and record.get("ref", -1) < record["seq"]
            and (kind not in ("key-rotate", "recovery") or fits_continuation(record))
            and (kind != "sent" or bool(record["peers"]) and bool(labels))
            and (kind not in ("received", "refused", "witnessed") or len(record["peers"]) == 1)
            and (kind != "witnessed" or len(record["seen"]) > 0)
            and (kind != "received" or "record" in labels))

"""spec/queue.md: what waits in a file of what is to be recorded. For judge.py, in Python's standard library."""
import base64, hashlib
from content_rules import plain, read_content
from record_rules import Refused, canonical, integer, listed, matches, parse_json

SIZE, MAX_BODY = 2097152, 262144
where = plain(128)


def encoded(value):
    try:
        return base64.b64encode(base64.b64decode(value)).decode() == value
    except ValueError:
        return False


def only(value, must, may=()):
    return isinstance(value, dict) and set(must) <= value.keys() <= {*must, *may}


def audience(value):
    return only(value, ["peers"], ["conversation"]) and plain(65)(value.get("conversation", "x")) \
        and people(value["peers"]) and len(value["peers"]) > 0


def people(value):
    return isinstance(value, list) and len(value) <= 500 and all(where(each) for each in value)


def payload(value):
    return only(value, ["bytes", "label"]) and all(isinstance(each, str) for each in value.values()) and encoded(value["bytes"])


def draft_of(body):
    """None where it is no body."""
    value = parse_json(body)
    if not (only(value, ["draft", "time", "where", "payloads"], ["as", "also"]) and canonical(value) == body
            and matches("[0-9a-f]{32}")(value["draft"]) and integer(value["time"]) and (where(value["where"]) or audience(value["where"]))
            and plain(64)(value.get("as", "x")) and people(value.get("also", []))
            and isinstance(value["payloads"], list) and 0 < len(value["payloads"]) < 4 and all(payload(each) for each in value["payloads"])):
        return None
    try:
        read_content([(each["label"], base64.b64decode(each["bytes"])) for each in value["payloads"]])
    except Refused:
        return None
    return value["draft"]


def read_queue(file):
    """{"waiting": drafts, "damaged": number of slots} of a file that begins as it should."""
    at, waiting, wrong, damaged = 16, [], 0, 0
    while at + 37 <= SIZE:
        length, state = int.from_bytes(file[at:at + 4], "big"), file[at + 4]
        if not 1 <= length <= MAX_BODY or at + 37 + length > SIZE:
            break
        body = file[at + 37:at + 37 + length]
        if state != 2:
            draft = draft_of(body) if hashlib.sha256(body).digest() == file[at + 5:at + 37] else None
            if draft is None:
                wrong += 1
            else:
                waiting.append(draft)
                wrong, damaged = 0, damaged + wrong
        at += 37 + length
    return {"waiting": waiting, "damaged": damaged}


def look_at_queue(case):
    return read_queue(bytes.fromhex(case["begins"]) + bytes(SIZE - len(case["begins"]) // 2))

"""spec/content.md: what a message may say, and where; to whom it goes; in which order it is read; how far a request is. For
judge.py, in Python's standard library."""
import re
from notes import decode64, parse_checkpoint
from proofs import parse_inclusion_file
from record_rules import Refused, canonical, digest, listed, matches, parse_json, parse_record, peer, text as bytes_between
from tree import commitment, includes, leaf_of

MAX_TEXT, MAX_CONTENT, MAX_ORIGIN = 32768, 20480, 98304
PASSED_ON = "text reply edit urgent pull".split()
ANSWERS = "accept decline withdraw received wrong".split()
STEPS = "claim release pulled not-found send cancel reopen".split()
PASSING = "CONVERSATION_UNKNOWN ROLE_MISSING ROSTER_EXPIRED MEMBER_UNKNOWN MEMBER_EXPIRED AUDIT_UNAVAILABLE BUSY REFUSED_TOO_OFTEN".split()


def plain(most):
    return lambda value: bytes_between(1, most)(value) and not re.search("[\0-\x1f\x7f-\x9f]", value)


def ids(least, most):
    return lambda value: listed(digest, most)(value) and len(value) >= least


def one_of(*values):
    return lambda value: isinstance(value, str) and value in values


def file_name(value):
    return plain(255)(value) and not re.search(r"[/\\]", value) and value not in (".", "..")


def file_size(value):
    return type(value) is int and 1 <= value <= 104857600


name, item = plain(64), plain(512)
KINDS = {  # text; forms: members, all of them and no others
    "reply": ("must", [{"to": digest}]),
    "edit": ("must", [{"of": digest}]),
    "retract": ("none", [{"of": digest}]),
    "urgent": ("must", [{}]),
    "mark": ("none", [{"read": ids(1, 256)}, {"acknowledged": ids(1, 256)}, {"read": ids(1, 256), "acknowledged": ids(1, 256)}]),
    "pull": ("may", [{"item": item, "branch": name}]),
    "pull-step": ("may", [{"of": digest, "step": one_of(*STEPS), "after": ids(0, 8)}]),
    "file": ("may", [{"name": file_name, "size": file_size, "sha256": digest}]),
    "file-answer": ("none", [{"of": digest, "answer": one_of(*ANSWERS)}]),
    "pass-on": ("may", [{"of": digest}]),
    "group": ("none", [{"name": name}]),
    "desk": ("none", [{"step": one_of("on", "off")}, {"step": one_of("hand-over"), "to": peer}]),
}


def refuse_if(wrong, code="CONTENT_MALFORMED"):
    if wrong:
        raise Refused(code)


def read_content(payloads):
    """(text, {"type", …}) of [(label, bytes)]."""
    labels, parts = [label for label, _ in payloads], dict(payloads)
    refuse_if(not set(labels) <= {"text", "content", "origin"}, "MESSAGE_UNKNOWN")
    refuse_if([label for label in labels if label != "origin"] not in (["text"], ["content"], ["text", "content"]))
    refuse_if("origin" in labels and (labels[-1] != "origin" or labels[-2] != "content" or labels.count("origin") > 1))
    written, content, origin = parts.get("text"), parts.get("content"), parts.get("origin")
    refuse_if(written is not None and len(written) > MAX_TEXT, "MESSAGE_TOO_LARGE")
    refuse_if(written == b"")
    if content is None:
        return written, {"type": "text"}
    refuse_if(origin is not None and len(origin) > MAX_ORIGIN, "MESSAGE_TOO_LARGE")
    refuse_if(len(content) > MAX_CONTENT, "MESSAGE_TOO_LARGE")
    try:
        content.decode()
    except UnicodeDecodeError:
        raise Refused("CONTENT_MALFORMED")
    about = parse_json(content)
    refuse_if(not isinstance(about, dict) or not isinstance(about.get("type"), str))
    refuse_if(about["type"] not in KINDS, "MESSAGE_UNKNOWN")
    rule, forms = KINDS[about["type"]]
    members = {key: value for key, value in about.items() if key != "type"}
    refuse_if(not any(form.keys() == members.keys() and all(check(members[key]) for key, check in form.items()) for form in forms))
    refuse_if(canonical(about) != content)
    refuse_if((rule == "must" and written is None) or (rule == "none" and written is not None))
    refuse_if((about["type"] == "pass-on") != (origin is not None))
    if origin is not None:
        check_origin(about["of"], origin)
    return written, {"read": [], "acknowledged": [], **about} if about["type"] == "mark" else about


def check_origin(of, data):
    value = parse_json(data)
    refuse_if(not isinstance(value, dict) or not {"payloads", "record"} <= value.keys() <= {"payloads", "proof", "record"})
    refuse_if(not all(isinstance(value[key], str) for key in value if key != "payloads") or not isinstance(value["payloads"], list))
    refuse_if(not all(isinstance(each, dict) and each.keys() == {"bytes", "label", "salt"} and all(isinstance(item, str) for item in each.values()) for each in value["payloads"]))
    refuse_if(canonical(value) != data)
    line = value["record"].encode()
    try:
        record = parse_record(line)
        refuse_if(record["kind"] != "sent" or leaf_of(line).hex() != of)
        told, committed = [], record.get("payloads", [])
        refuse_if(len(committed) != len(value["payloads"]))
        for (label, length, digest_), each in zip(committed, value["payloads"]):
            bytes_, salt = decode64(each["bytes"]), each["salt"]
            refuse_if(bytes_ is None or each["label"] != label or len(bytes_) != length or not matches("[0-9a-f]{64}")(salt))
            refuse_if(commitment(bytes.fromhex(salt), label, bytes_) != digest_)
            told.append((label, bytes_))
        refuse_if(read_content(told)[1]["type"] not in PASSED_ON)
        if "proof" in value:
            extra, index, path, note = parse_inclusion_file(value["proof"].encode())
            checkpoint = parse_checkpoint(note)
            refuse_if(extra is not None or index != record["seq"] or checkpoint.origin != "branchline/" + record["actor"])
            refuse_if(not includes(leaf_of(line), index, checkpoint.size, checkpoint.root, path))
    except (Refused, UnicodeEncodeError):
        raise Refused("CONTENT_MALFORMED")


def read_conversation(conversation):
    if conversation is None:
        return {"kind": "direct"}
    kind = {"#": "room", "@": "desk", "+": "group"}.get(conversation[:1])
    refuse_if(kind is None or not (matches("[0-9a-f]{32}") if kind == "group" else name)(conversation[1:]))
    return {"kind": kind, "id" if kind == "group" else "name": conversation[1:]}


def read_place(detail):
    after, desk = detail.get("after"), detail.get("as")
    refuse_if(desk is not None and not name(desk))
    refuse_if(after is not None and not (isinstance(after, str) and ids(1, 4)(after.split(" "))))
    return {"after": after.split(" ") if after is not None else [], "as": desk}


def is_in(member, room):
    return member is not None and (room == "all-staff" or room in member["rooms"])


def staffs(member, desk):
    return member is not None and desk in member["desks"]


def say(case):
    """Whether `author` may say it, by the roster of `self`."""
    where, place, about = read_conversation(case.get("conversation")), read_place(case.get("detail", {})), case["about"]
    members = {each["peer"]: each for each in case["members"]}
    author, reader = members.get(case["author"]), members.get(case["self"])
    refuse_if(where["kind"] == "direct" and len(case["peers"]) > 1)
    refuse_if(where["kind"] == "group" and len(case["peers"]) > 64)
    refuse_if(about["type"] in ("group", "desk") and where["kind"] != about["type"])
    if where["kind"] == "room":
        refuse_if(not is_in(author, where["name"]) or not is_in(reader, where["name"]), "CONVERSATION_UNKNOWN")
    if where["kind"] == "desk":
        refuse_if(not staffs(author, where["name"]) and not staffs(reader, where["name"]), "CONVERSATION_UNKNOWN")
        refuse_if(about["type"] == "desk" and not staffs(author, where["name"]), "ROLE_MISSING")
    refuse_if(place["as"] is not None and not staffs(author, place["as"]), "ROLE_MISSING")
    refuse_if(about["type"] == "urgent" and (author is None or "may-urgent" not in author["roles"]), "ROLE_MISSING")


def partners(case):
    where, now = read_conversation(case["conversation"]), case["now"]
    here = [each for each in case["members"] if each.get("from", 0) <= now < each.get("until", 2**53)]
    if where["kind"] == "room":
        there = [each["peer"] for each in here if is_in(each, where["name"])]
        refuse_if(case["self"] not in there, "CONVERSATION_UNKNOWN")
    else:
        refuse_if(not any(staffs(each, where["name"]) for each in here), "CONVERSATION_UNKNOWN")
        there = [each["peer"] for each in here if staffs(each, where["name"]) or each["peer"] in case.get("also", [])]
    return {"peers": [each for each in there if each != case["self"]]}


def thread_order(messages):
    after = {each["id"]: each["after"] for each in messages}

    def depth(one):
        return max((depth(each) + 1 for each in after[one] if each in after), default=0)
    return [each["id"] for each in sorted(messages, key=lambda each: (depth(each["id"]), each["time"], each["id"]))]


def pull_state(asker, steps):
    all_steps, depth = {each["id"]: each for each in steps}, {}
    while True:  # until a round places none
        placed = {one: max((depth[each] + 1 for each in step["after"]), default=0)
                  for one, step in all_steps.items() if one not in depth and all(each in depth for each in step["after"])}
        if not placed:
            break
        depth.update(placed)
    counted = sorted(depth, key=lambda one: (depth[one], one))
    state, by, too_late = "open", None, []
    for one in counted:
        step, author = all_steps[one]["step"], all_steps[one]["author"]
        holder, asked = author == by, author == asker
        allowed = {
            "claim": state == "open", "release": state == "claimed" and (holder or asked), "pulled": state == "claimed" and holder,
            "not-found": state == "open" or state == "claimed" and holder, "send": state == "pulled" and holder,
            "cancel": state not in ("sent", "cancelled") and asked, "reopen": state in ("not-found", "cancelled") and asked,
        }[step]
        if not allowed:
            too_late.append(one)
            continue
        state = {"claim": "claimed", "release": "open", "pulled": "pulled", "not-found": "not-found", "send": "sent",
                 "cancel": "cancelled", "reopen": "open"}[step]
        by = author if step == "claim" else by if state in ("pulled", "sent") else None
    named = {each for one in counted for each in all_steps[one]["after"]}
    return {"state": state, **({"by": by} if by else {}), "heads": [one for one in counted if one not in named][-8:], "counted": counted,
            "tooLate": too_late, "waiting": sorted(all_steps.keys() - depth.keys())}


def bytes_of(payload):
    """A case gives a payload as text, in hex, or as a text that is repeated."""
    return bytes.fromhex(payload["hex"]) if "hex" in payload else payload["text"].encode() * payload.get("times", 1)


def look_at_content(case):
    written, about = read_content([(each["label"], bytes_of(each)) for each in case["payloads"]])
    return {"about": about, "hasText": written is not None}

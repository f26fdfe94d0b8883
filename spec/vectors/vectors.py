"""What judge.py says of each case in the vectors beside it; `agrees`: whether the case expects just that."""
import json, os
from export import Log
from key_epochs import Keys, read_key, statement
from notes import key_of, parse_checkpoint, parse_key, verify_checkpoint, vkey_of
from proofs import check_inclusion_file, proves_two_histories
from record_rules import Refused, parse_record
from places_rules import read_places
import content_rules, queue_rules, roster_rules
from tree import consistent, earlier_root, includes, leaf_of, root_of, sha256

HERE = os.path.dirname(os.path.abspath(__file__))


def load(name):
    with open(os.path.join(HERE, name + ".json")) as file:
        return json.load(file)


def hashes(case):
    return [bytes.fromhex(item) for item in case["path"]]


def said_of(case, look):
    """`look`: gives what a reader gets beside "accept", or refuses."""
    try:
        says, more = "accept", look(case)
    except Refused as refused:
        says, more = str(refused), {}
    return {"name": case["name"], "says": says,
            "agrees": says == case["expect"] and all(case[name] == value for name, value in more.items())}


def told_of(name, says, expected):
    return {"name": name, "says": says, "agrees": says == expected}


def look_at_record(case):
    fill = case.get("fill")
    line = fill["prefix"].encode().ljust(fill["length"], bytes.fromhex(fill["byte"])) if fill else \
        bytes.fromhex(case["lineHex"]) if "lineHex" in case else case["line"].encode("utf-8", "surrogatepass")
    parse_record(line)
    return {"leaf": leaf_of(line).hex()}


def look_at_log(case, judge):
    entries = [(e["seq"], e["line"].encode(), [(p["label"], bytes.fromhex(p["salt"]), bytes.fromhex(p["payload"]))
                                              for p in e["payloads"]]) for e in case["entries"]]
    report = judge(Log(entries, (case["head"]["size"], case["head"]["leaf"]), None, None))
    first = (report["findings"] or [{"code": None, "seq": None}])[0]
    agrees = (report["verdict"], first["code"], first["seq"]) == (case["expect"], case.get("finding"), case.get("seq"))
    return {"name": case["name"], **report, "agrees": agrees}


def look_at_tree(tree):
    said = [told_of("root of %d" % len(case["leaves"]), root_of([leaf_of(bytes.fromhex(leaf)) for leaf in case["leaves"]]).hex(),
                    case["root"]) for case in tree["roots"]]
    for case in tree["inclusion"]:
        leaf, root = bytes.fromhex(case["leaf"]), bytes.fromhex(case["root"])
        said.append(told_of(case["name"], includes(leaf, case["index"], case["size"], root, hashes(case)), case["expect"]))
    for case in tree["consistency"]:
        roots = bytes.fromhex(case["fromRoot"]), bytes.fromhex(case["toRoot"])
        says = consistent(case["from"], roots[0], case["to"], roots[1], hashes(case))
        said.append(told_of(case["name"], says, case["expect"]))
    for case in tree["earlierRoot"]:
        root = earlier_root(case["from"], case["to"], bytes.fromhex(case["toRoot"]), hashes(case))
        said.append(told_of("%d of %d" % (case["from"], case["to"]), root and root.hex(), case["expect"]))
    return said


def look_at_checkpoints(vectors):
    log, witnesses = parse_key(vectors["log"]), [parse_key(vkey) for vkey in vectors["witnesses"]]

    def key(case):
        read = parse_key(case["vkey"])
        return {"id": read.id.hex(), "type": read.type, "publicKey": read.public.hex()}

    def named(witnessed):
        return [{"name": name, "time": time} for name, time in witnessed]

    def checkpoint(case):
        note = bytes.fromhex(case["noteHex"]) if "noteHex" in case else case["note"].encode()
        return {"witnesses": named(verify_checkpoint(parse_checkpoint(note), log, witnesses))}

    def evidence(case):
        try:
            return told_of(case["name"], proves_two_histories(case["evidence"].encode(), log), case["expect"])
        except Refused as refused:
            return told_of(case["name"], str(refused), case["expect"])

    def proof(case):
        leaf = bytes.fromhex(case["leaf"]) if "leaf" in case else None
        return {"index": check_inclusion_file(case["file"].encode(), log, witnesses, leaf)[0]}

    return [*(said_of(case, key) for case in vectors["verifierKeys"]),
            *(said_of(case, checkpoint) for case in vectors["checkpoints"]),
            *(evidence(case) for case in vectors["evidence"]),
            *(said_of(case, proof) for case in vectors["proofs"])]


def look_at_payloads(vectors, commitment):
    said = [told_of(case["commitment"], commitment(bytes.fromhex(case["salt"]), case["label"], bytes.fromhex(case["payload"])),
                    case["commitment"]) for case in vectors["commitments"]]
    said += [told_of(case["origin"], sha256(b"branchline/v1/genesis\0", case["origin"].encode()).hex(), case["prev"])
             for case in vectors["genesisPrev"]]
    for case in vectors["verifierKeys"]:
        read = parse_key(case["vkey"])
        made = key_of(case["origin"], 1, bytes.fromhex(case["publicKey"]))
        said.append(told_of(case["origin"], str(read), str(made)))
    return said


def look_at_continuations(vectors):
    said = [told_of(case["key"], statement(case["origin"], case["size"], bytes.fromhex(case["root"]), case["key"], case["reason"]),
                    case["text"]) for case in vectors["texts"]]

    def epochs(case):
        keys = Keys(read_key(case["genesisKey"]), [])
        for change in case["changes"]:
            keys.add(parse_record(change["line"].encode()), bytes.fromhex(change["root"]))
        if keys.unfollowed:
            raise Refused("KEY_CHANGE_WRONG")
        return {"epochs": [{"from": size, "vkey": vkey_of(key)} for size, key in keys.named]}

    return [*said, *(said_of(case, epochs) for case in vectors["chains"])]


def look_at_rosters(vectors):
    kinds = ("first", "after", "standing", "request")
    said = [told_of(case["name"], roster_rules.say(case), case["expect"]) for kind in kinds for case in vectors[kind]]
    return said + [told_of(case["key"], roster_rules.fingerprint(case["key"]), case["fingerprint"]) for case in vectors["fingerprint"]]


def look_at_places(cases):
    said = []
    for case in cases:
        try:
            told = {"told": read_places(bytes.fromhex(case["bytes"]))}
        except Refused as refused:
            told = {"refused": str(refused)}
        said.append({"name": case["name"], "says": told.get("refused", "accept"),
                     "agrees": all(case.get(name) == told.get(name) for name in ("told", "refused"))})
    return said


def look_at_contents(vectors):
    rules = content_rules
    accepted = [("contents", rules.look_at_content), ("conversations", lambda case: {"read": rules.read_conversation(case.get("conversation"))}),
                ("places", lambda case: {name: value for name, value in rules.read_place(case["detail"]).items() if value is not None}),
                ("said", lambda case: rules.say(case) or {}), ("partners", rules.partners)]
    return [*(said_of(case, look) for kind, look in accepted for case in vectors[kind]),
            *(told_of(case["name"], rules.thread_order(case["messages"]), case["order"]) for case in vectors["orders"]),
            *(told_of(case["name"], case["name"] in rules.PASSING, case["expect"]) for case in vectors["codes"])]


def look_at_pulls(cases):
    return [told_of(case["name"], content_rules.pull_state(case["asker"], case["steps"]), case["told"]) for case in cases]


def look_at_clocks(vectors):
    def time(case):
        nonce, answer = bytes.fromhex(case["nonce"]), bytes.fromhex(case["answer"])
        told = int.from_bytes(answer[16:], "big")
        if len(answer) != 24 or answer[:16] != nonce or told > 8640000000000000:
            raise Refused("FRAME_MALFORMED")
        return {"time": told}

    def skew(case):
        best = case["answers"][0]
        for each in case["answers"]:
            best = each if each["trip"] < best["trip"] else best
        return [best["time"] - best["sent"] - best["trip"] / 2, 1 + best["trip"] / 2]

    return [*(said_of(case, time) for case in vectors["answers"]),
            *(told_of(case["name"], skew(case), [case["offset"], case["error"]]) for case in vectors["skews"])]


def look_at_presence(vectors):
    names, said = ("off", "here", "busy", "away"), []
    for case in vectors["streams"]:
        told, refused = [], None
        for byte in bytes.fromhex(case["bytes"]):
            if byte > 3:
                refused = "FRAME_MALFORMED"
            elif told[-1:] in (["off"], [names[byte]]) or len(told) > 5:
                refused = "FRAME_UNEXPECTED"
            if refused:
                break
            told.append(names[byte])
        said.append({"name": case["name"], "says": refused or "accept", "agrees": (told, refused) == (case["told"], case.get("refused"))})
    for case in vectors["paces"]:
        taken, says = [], ""
        for at in case["seconds"]:
            fits = (len(taken) < 6 or taken[-6] <= at - 15) and (len(taken) < 60 or taken[-60] <= at - 3600)
            says += "01"[fits]
            taken += [at] * fits
        said.append(told_of(case["name"], says, case["believed"]))
    return said


def judge_vectors(judge, commitment):
    said = {"record": [said_of(case, look_at_record) for case in load("record")],
            "payload": look_at_payloads(load("payload"), commitment),
            "log": [look_at_log(case, judge) for case in load("log")],
            "tree": look_at_tree(load("tree")),
            "checkpoint": look_at_checkpoints(load("checkpoint")),
            "continuation": look_at_continuations(load("continuation")),
            "roster": look_at_rosters(load("roster")),
            "clock": look_at_clocks(load("clock")), "places": look_at_places(load("places")),
            "presence": look_at_presence(load("presence")),
            "queue": [told_of(case["name"], queue_rules.look_at_queue(case), {"waiting": case["waiting"], "damaged": case["damaged"]}) for case in load("queue")],
            "content": look_at_contents(load("content")), "pull": look_at_pulls(load("pull"))}
    return said, all(case["agrees"] for cases in said.values() for case in cases)

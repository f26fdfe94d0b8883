"""Makes record.json, payload.json and log.json from spec/audit-log.md alone (Python's standard library, no code of ours).

Run by hand when the specification changes: python3 spec/vectors/make.py
"""
import base64, hashlib, json, os, sys

sys.dont_write_bytecode = True
import ed25519

HERE = os.path.dirname(os.path.abspath(__file__))
ANN = "12D3KooWAnnAnnAnnAnnAnnAnnAnnAnnAnnAnnAnnAnnAnnAnnAn"
BEA = "12D3KooWBeaBeaBeaBeaBeaBeaBeaBeaBeaBeaBeaBeaBeaBeaBe"
BOOT = "000102030405060708090a0b0c0d0e0f"


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def leaf(line):
    return hashlib.sha256(b"\x00" + line.encode()).hexdigest()


def genesis_prev(origin):
    return hashlib.sha256(b"branchline/v1/genesis\x00" + origin.encode()).hexdigest()


def commitment(salt, label, payload):
    named = label.encode()
    return hashlib.sha256(b"branchline/v1/payload\x00" + salt + bytes([len(named)]) + named + payload).hexdigest()


def salt(number):
    return hashlib.sha256(b"salt %d" % number).digest()


def vkey(origin, public):
    key_id = hashlib.sha256(origin.encode() + b"\n\x01" + public).digest()[:4].hex()
    return "%s+%s+%s" % (origin, key_id, base64.b64encode(b"\x01" + public).decode())


def base(seq, prev, **more):
    return {"actor": ANN, "boot": BOOT, "mono": 1000 * seq, "prev": prev, "seq": seq, "time": 1764000000000 + seq, "v": 1, **more}


def genesis(who):
    origin = "branchline/" + who
    record = base(0, genesis_prev(origin), kind="genesis", detail={"origin": origin, "key": vkey(origin, hashlib.sha256(who.encode()).digest())})
    record["actor"] = who
    return record


def without(record, *names):
    return {name: value for name, value in record.items() if name not in names}


def record_vectors():
    zero = "0" * 64
    text = commitment(salt(1), "text", b"hello")
    sent = base(1, zero, kind="sent", peers=[BEA], payloads=[["text", 5, text]], detail={"name": "Ann"})
    received = base(2, zero, kind="received", peers=[BEA], message="ab" * 32, payloads=[["text", 5, text], ["record", 9, text]])
    outcome = base(3, zero, kind="outcome", peers=[BEA], message="ab" * 32, ref=1, detail={"result": "delivered"})
    key, director = genesis(ANN)["detail"]["key"], vkey("branchline/director/Dee", hashlib.sha256(b"Dee").digest())
    rotation = base(4, zero, kind="key-rotate", detail={"key": key, "signature": "ef" * 64}, reason="the yearly change")
    recovered = base(4, zero, kind="recovery", detail={"key": key, "signer": director, "signature": "ef" * 64}, reason="a backup was put back")
    found = base(4, zero, kind="recovery", detail={"found-from": 2, "found-to": 3}, reason="found")

    def with_detail(record, *less, **more):
        return {**record, "detail": {**without(record["detail"], *less), **{name.replace("_", "-"): value for name, value in more.items()}}}

    accept = {
        "genesis": genesis(ANN),
        "sent": sent,
        "sent to a room": {**sent, "conversation": "#reference"},
        "received": received,
        "outcome": outcome,
        "outcome with a reason": {**outcome, "detail": {"result": "refused"}, "reason": "AUDIT_STORE_FULL: caf\u00e9 \U0001f4da \"quoted\" \\ \n\t"},
        "session": base(4, zero, kind="session", detail={"event": "start", "name": "Ann"}),
        "refused": base(4, zero, kind="refused", peers=[BEA], message="ab" * 32, detail={"code": "MESSAGE_FORGED"}, reason="why"),
        "witnessed": base(4, zero, kind="witnessed", peers=[BEA], seen=[["branchline/" + BEA, 7, "cd" * 32, "ef" * 64]]),
        "witnessed with a continuation": base(4, zero, kind="witnessed", peers=[BEA], seen=[["branchline/" + BEA, 7, "cd" * 32, "ef" * 64]], payloads=[["continuation", 700, "ab" * 32]]),
        "redact": base(5, zero, kind="redact", ref=1, detail={"label": "text"}, reason="patron named"),
        "checkpoint of another log seen": {**received, "seen": [["branchline/" + BEA, 7, "cd" * 32, "ef" * 64]]},
        "key-rotate": rotation,
        "key-rotate, its reason in any script": {**rotation, "reason": "\u00e9\u2028\u202e\U0001f511"},
        "recovery by a director": recovered,
        "recovery by a director, of a log that had more": with_detail(recovered, known_size=9),
        "recovery by a director, with the head note found": {**recovered, "payloads": [["head-note", 5, text]]},
        "recovery of what was found": found,
        "recovery of what was found, with two lines of reason": {**found, "reason": "a\nb"},
        "largest integers": {**sent, "seq": 2**53 - 1, "time": 2**53 - 1, "mono": 2**53 - 1},
    }
    malformed = {
        "version 2": {**sent, "v": 2},
        "version as text": {**sent, "v": "1"},
        "unknown kind": {**sent, "kind": "shout"},
        "unknown member": {**sent, "colour": "red"},
        "member that the kind does not admit": {**sent, "reason": "because"},
        "null": {**sent, "conversation": None},
        "boolean": {**sent, "conversation": True},
        "actor with a space": {**sent, "actor": "ann smith"},
        "actor empty": {**sent, "actor": ""},
        "boot too short": {**sent, "boot": "00"},
        "prev in upper case": {**sent, "prev": "AB" * 32},
        "prev too short": {**sent, "prev": "ab" * 31},
        "seq negative": {**sent, "seq": -1},
        "seq too large": {**sent, "seq": 2**53},
        "ref not before seq": {**outcome, "ref": 3},
        "sent to nobody": {**sent, "peers": []},
        "sent without payload": {**sent, "payloads": []},
        "peer twice": {**sent, "peers": [BEA, BEA]},
        "received from two": {**received, "peers": [ANN, BEA]},
        "received without the sender's record": {**received, "payloads": [["text", 5, text]]},
        "outcome without result": {**outcome, "detail": {}},
        "outcome with an unknown result": {**outcome, "detail": {"result": "perhaps"}},
        "session without event": base(4, zero, kind="session", detail={"name": "Ann"}),
        "refused without code": base(4, zero, kind="refused", peers=[BEA], detail={}),
        "refused of two peers": base(4, zero, kind="refused", peers=[ANN, BEA], detail={"code": "MESSAGE_FORGED"}),
        "witnessed without a checkpoint": base(4, zero, kind="witnessed", peers=[BEA], seen=[]),
        "witnessed with words": base(4, zero, kind="witnessed", peers=[BEA], seen=[["branchline/" + BEA, 7, "cd" * 32, "ef" * 64]], reason="why"),
        "key-rotate without a reason": without(rotation, "reason"),
        "key-rotate with two lines of reason": {**rotation, "reason": "a\nb"},
        "key-rotate with a control character of Latin-1 in its reason": {**rotation, "reason": "a\u0085b"},
        "key-rotate without a key": with_detail(rotation, "key"),
        "key-rotate without a signature": with_detail(rotation, "signature"),
        "key-rotate with half a signature": with_detail(rotation, signature="ef" * 32),
        "key-rotate with a signature in upper case": with_detail(rotation, signature="EF" * 64),
        "key-rotate with a signer": with_detail(rotation, signer=director),
        "key-rotate with a known size": with_detail(rotation, known_size=9),
        "key-rotate with a number for a key": with_detail(rotation, key=7),
        "key-rotate with a peer": {**rotation, "peers": [BEA]},
        "recovery without a form": with_detail(found, "found-from", "found-to"),
        "recovery without detail": without(found, "detail"),
        "recovery of what was found, without its end": with_detail(found, "found-to"),
        "recovery of what was found, as text": with_detail(found, found_to="3"),
        "recovery of both forms": with_detail(recovered, found_from=2, found_to=3),
        "recovery by a director, without a reason": without(recovered, "reason"),
        "recovery by a director, with a tab in its reason": {**recovered, "reason": "a\tb"},
        "recovery by a director, with DEL in its reason": {**recovered, "reason": "a\x7fb"},
        "recovery without a signer": with_detail(recovered, "signer"),
        "recovery without a key": with_detail(recovered, "key"),
        "recovery with a known size as text": with_detail(recovered, known_size="9"),
        "recovery with one member more": with_detail(recovered, size=4),
        "recovery with a reference": {**recovered, "ref": 1},
        "genesis at a later place": base(1, zero, kind="genesis", detail={"origin": "o", "key": "k"}),
        "first record no genesis": {**sent, "seq": 0},
        "genesis without key": base(0, zero, kind="genesis", detail={"origin": "o"}),
        "payload label twice": {**sent, "payloads": [["text", 5, text], ["text", 5, text]]},
        "payload label in upper case": {**sent, "payloads": [["Text", 5, text]]},
        "payload without commitment": {**sent, "payloads": [["text", 5]]},
        "payload length negative": {**sent, "payloads": [["text", -5, text]]},
        "payload length a fraction": {**sent, "payloads": [["text", 0.5, text]]},
        "detail nested": {**sent, "detail": {"name": {"first": "Ann"}}},
        "detail name in upper case": {**sent, "detail": {"Name": "Ann"}},
        "detail value too long": {**sent, "detail": {"name": "x" * 1025}},
        "conversation empty": {**sent, "conversation": ""},
        "conversation too long": {**sent, "conversation": "\u00e9" * 65},
        "reason too long": {**outcome, "reason": "x" * 1025},
        "65 payloads": {**sent, "payloads": [["p%d" % n, 5, text] for n in range(65)]},
        "513 peers": {**sent, "peers": ["peer%d" % n for n in range(513)]},
        "seen without signature": {**received, "seen": [["branchline/" + BEA, 7, "cd" * 32]]},
        **{"without " + name: without(sent, name) for name in ("actor", "boot", "kind", "mono", "prev", "seq", "time", "v", "peers", "payloads")},
    }
    line = canonical(sent)
    raw = {
        "space after a colon": (line.replace('"v":1', '"v": 1'), "RECORD_NOT_CANONICAL"),
        "line feed at the end": (line + "\n", "RECORD_NOT_CANONICAL"),
        "members out of order": (json.dumps(dict(reversed(list(sent.items()))), separators=(",", ":")), "RECORD_NOT_CANONICAL"),
        "letter written as an escape": (line.replace("Ann\"", "\\u0041nn\""), "RECORD_NOT_CANONICAL"),
        "integer as 1.0": (line.replace('"v":1', '"v":1.0'), "RECORD_NOT_CANONICAL"),
        "integer as 1e0": (line.replace('"v":1', '"v":1e0'), "RECORD_NOT_CANONICAL"),
        "member twice": (line.replace('"v":1', '"v":1,"v":1'), "RECORD_NOT_CANONICAL"),
        "lone surrogate": (line.replace("Ann\"", "\\ud800\""), "RECORD_MALFORMED"),
        "negative zero": (line.replace('"mono":1000', '"mono":-0'), "RECORD_NOT_CANONICAL"),
        "__proto__": (line.replace('"actor"', '"__proto__":{},"actor"'), "RECORD_MALFORMED"),
        "no object": ("[]", "RECORD_MALFORMED"),
        "number": ("7", "RECORD_MALFORMED"),
        "empty": ("", "RECORD_MALFORMED"),
        "cut off": (line[:-1], "RECORD_MALFORMED"),
        "two records": (line + line, "RECORD_MALFORMED"),
    }
    cases = [{"name": n, "line": canonical(r), "expect": "accept", "leaf": leaf(canonical(r))} for n, r in accept.items()]
    cases += [{"name": n, "line": canonical(r), "expect": "RECORD_MALFORMED"} for n, r in malformed.items()]
    cases += [{"name": n, "line": text_, "expect": code} for n, (text_, code) in raw.items()]
    cases += [
        {"name": "invalid UTF-8", "lineHex": line.replace("Ann\"", "A\ufffd\"").encode().replace("\ufffd".encode(), b"\xff").hex(), "expect": "RECORD_NOT_CANONICAL"},
        {"name": "byte order mark", "lineHex": (b"\xef\xbb\xbf" + line.encode()).hex(), "expect": "RECORD_MALFORMED"},
        {"name": "65,536 bytes", "fill": {"prefix": '{"actor":"', "byte": "61", "length": 65536}, "expect": "RECORD_TOO_LARGE"},
    ]
    return cases


def payload_vectors():
    cases = []
    for number, (label, payload) in enumerate([("text", b"hello"), ("text", b""), ("text", "Pull 641.5 ROM, bitte \u2013 \U0001f4da".encode()), ("t", b"\x00" * 64), ("record", bytes(range(256))), ("a" * 32, b"x"), ("text", b"\xff\xfe not UTF-8")]):
        cases.append({"label": label, "salt": salt(number).hex(), "payload": payload.hex(), "commitment": commitment(salt(number), label, payload)})
    return {"commitments": cases,
            "genesisPrev": [{"origin": o, "prev": genesis_prev(o)} for o in ("branchline/" + ANN, "x", "o" * 255)],
            "verifierKeys": [{"origin": o, "publicKey": hashlib.sha256(o.encode()).hexdigest(), "vkey": vkey(o, hashlib.sha256(o.encode()).digest())} for o in ("branchline/" + ANN, "example.org/log")]}


def two_logs():
    """Ann says hello and asks for a book; Bea receives both; Ann holds Bea's receipts."""
    ann, bea = [], []

    def add(log, who, record, payloads=()):
        previous = leaf(log[-1]["line"]) if log else record["prev"]
        committed = [[label, len(data), commitment(s, label, data)] for label, s, data in payloads]
        full = {**record, "actor": who, "prev": previous, **({"payloads": committed} if payloads else {})}
        log.append({"line": canonical(full), "payloads": [{"label": label, "salt": s.hex(), "payload": data.hex()} for label, s, data in payloads]})
        return log[-1]["line"]

    add(ann, ANN, genesis(ANN))
    add(bea, BEA, genesis(BEA))
    for number, words in enumerate([b"Good morning from Northside", b"Please pull 641.5 ROM for us", b"\x1b[2Jnot cleared \xff"]):
        text = ("text", salt(100 + number), words)
        line = add(ann, ANN, base(len(ann), "", kind="sent", peers=[BEA], detail={"name": "Ann"}), [text])
        got = add(bea, BEA, base(len(bea), "", kind="received", peers=[ANN], message=leaf(line), detail={"name": "Ann"}), [text, ("record", salt(200 + number), line.encode())])
        add(ann, ANN, base(len(ann), "", kind="outcome", peers=[BEA], message=leaf(line), ref=len(ann) - 1, detail={"result": "delivered"}), [("receipt", salt(300 + number), got.encode())])
    return ann, bea


SEEDS = {number: hashlib.sha256(b"a log key %d" % number).digest() for number in range(3)}
DIRECTOR = hashlib.sha256(b"a director").digest()


def root_of(leaves):
    """RFC 6962 section 2.1."""
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return hashlib.sha256(b"\x01" + root_of(leaves[:half]) + root_of(leaves[half:])).digest()


def continued_log(*statements):
    """Ann's log: a genesis under key 0, then sessions and, at their places, statements (section 12)."""
    origin, log, names = "branchline/" + ANN, [], {n: vkey("branchline/" + ANN, ed25519.public(seed)) for n, seed in SEEDS.items()}
    first = {**genesis(ANN), "detail": {"origin": origin, "key": names[0]}}
    log.append({"line": canonical(first), "payloads": []})
    said = {seq: more for seq, *more in statements}
    for seq in range(1, 9):
        record = base(seq, leaf(log[-1]["line"]), kind="session", detail={"event": "notice"})
        if seq in said:
            kind, key, seed, more = said[seq]
            root = base64.b64encode(root_of([bytes.fromhex(leaf(entry["line"])) for entry in log])).decode()
            text = "branchline/v1/continuation\n%s\n%d\n%s\n%s\nwhy\n" % (origin, seq, root, names[key])
            detail = {"key": names[key], "signature": ed25519.sign(seed, text.encode()).hex(), **more}
            if kind == "recovery":
                detail["signer"] = vkey("branchline/director/Dee", ed25519.public(DIRECTOR))
            record = base(seq, record["prev"], kind=kind, reason="why", detail=detail)
        log.append({"line": canonical(record), "payloads": []})
    return log


def log_vectors():
    import copy
    ann, bea = two_logs()

    def case(name, log, verdict, finding=None, seq=None, size=None, head=None):
        entries = [{"seq": e.get("seq", n), "line": e["line"], "payloads": e["payloads"]} for n, e in enumerate(log)]
        result = {"name": name, "entries": entries, "expect": verdict}
        if finding:
            result.update(finding=finding, seq=seq)
        result["head"] = head or {"size": len(log) if size is None else size, "leaf": leaf(log[-1]["line"])}
        return result

    def edited(log, seq, old, new):
        changed = copy.deepcopy(log)
        assert old in changed[seq]["line"], old
        changed[seq]["line"] = changed[seq]["line"].replace(old, new, 1)
        return changed

    def cut(log, seq):
        whole = [{**e, "seq": n} for n, e in enumerate(log)]
        return whole[:seq] + whole[seq + 1:]

    def payload(log, seq, number, **change):
        changed = copy.deepcopy(log)
        changed[seq]["payloads"][number].update(change)
        return changed

    honest = {"size": len(ann), "leaf": leaf(ann[-1]["line"])}
    swapped = [ann[0], ann[1], ann[3], ann[2], *ann[4:]]
    missing = copy.deepcopy(ann)
    missing[3]["payloads"] = []
    redacted = copy.deepcopy(missing)
    redacted.append({"line": canonical(base(len(ann), leaf(ann[-1]["line"]), kind="redact", ref=3, detail={"label": "text"}, reason="patron named")), "payloads": []})
    extra = copy.deepcopy(ann)
    extra[2]["payloads"].append({"label": "note", "salt": salt(9).hex(), "payload": "00"})
    reversed_clock = copy.deepcopy(ann[:2])
    reversed_clock.append({"line": canonical({**base(2, leaf(ann[1]["line"]), kind="session", detail={"event": "stop"}), "mono": 1}), "payloads": []})
    repeated = copy.deepcopy(bea)
    second = {**json.loads(bea[1]["line"]), **{name: json.loads(bea[3]["line"])[name] for name in ("mono", "time")}, "seq": 4, "prev": leaf(bea[3]["line"])}
    repeated.append({"line": canonical(second), "payloads": copy.deepcopy(bea[1]["payloads"])})
    foreign = copy.deepcopy(bea)
    foreign_line = ann[3]["line"].encode()
    record = json.loads(foreign[1]["line"])
    record["payloads"][1] = ["record", len(foreign_line), commitment(salt(200), "record", foreign_line)]
    foreign[1] = {"line": canonical(record), "payloads": [foreign[1]["payloads"][0], {"label": "record", "salt": salt(200).hex(), "payload": foreign_line.hex()}]}
    foreign = foreign[:2]
    proven = copy.deepcopy(bea[:2])
    record, proof = json.loads(proven[1]["line"]), b"c2sp.org/tlog-proof@v1\nindex 1\n\n"
    record["payloads"].append(["proof", len(proof), commitment(salt(201), "proof", proof)])
    proven[1] = {"line": canonical(record), "payloads": [*proven[1]["payloads"], {"label": "proof", "salt": salt(201).hex(), "payload": proof.hex()}]}
    changed = continued_log((3, "key-rotate", 1, SEEDS[0], {}), (6, "key-rotate", 2, SEEDS[1], {}))
    recovered = (5, "recovery", 1, DIRECTOR, {"known-size": 9})
    return [
        case("Ann's log", ann, "INTACT"),
        case("Bea's log", bea, "INTACT"),
        case("a log whose key was changed twice", changed, "INTACT"),
        case("a log whose key was changed by one that was replaced", continued_log((3, "key-rotate", 1, SEEDS[0], {}), (6, "key-rotate", 2, SEEDS[0], {})), "TAMPERED", "CONTINUATION_WRONG", 6),
        case("a log whose key was changed by the new one", continued_log((3, "key-rotate", 1, SEEDS[1], {})), "TAMPERED", "CONTINUATION_WRONG", 3),
        case("a log whose key was changed to the one that it had", continued_log((3, "key-rotate", 0, SEEDS[0], {})), "TAMPERED", "CONTINUATION_WRONG", 3),
        case("a record altered before the key was changed", edited(changed, 1, '"time":1764000000001', '"time":1764000000009'), "TAMPERED", "RECORD_ALTERED", 1),
        case("a record lost before the key was changed", cut(changed, 1), "INCOMPLETE", "RECORDS_MISSING", 1, size=9),
        case("a log that a director let go on", continued_log((5, "recovery", 1, DIRECTOR, {})), "INTACT"),
        case("a log that a director let go on without records that it had", continued_log(recovered), "INCOMPLETE", "RECORDS_LOST", 5),
        case("a log that a director let go on with all records that it had", continued_log((5, "recovery", 0, DIRECTOR, {"known-size": 5})), "INTACT"),
        case("a log that somebody else let go on than it says", continued_log((5, "recovery", 1, SEEDS[0], {})), "TAMPERED", "CONTINUATION_WRONG", 5),
        case("a key changed after a director let the log go on", continued_log(recovered, (7, "key-rotate", 2, SEEDS[1], {})), "INCOMPLETE", "RECORDS_LOST", 5),
        case("a log with an erased payload and its redact record", redacted, "INTACT"),
        case("time changed", edited(ann, 2, '"time":1764000000002', '"time":1764000000009'), "TAMPERED", "RECORD_ALTERED", 2),
        case("prev changed", edited(ann, 3, '"prev":"' + json.loads(ann[3]["line"])["prev"][:1], '"prev":"' + ("0" if json.loads(ann[3]["line"])["prev"][0] != "0" else "1")), "TAMPERED", "RECORD_ALTERED", 3),
        case("last record changed", edited(ann, 6, '"time":1764000000006', '"time":1764000000001'), "TAMPERED", "RECORD_ALTERED", 6, head=honest),
        case("quote lost", edited(ann, 4, '"kind"', 'kind"'), "DAMAGED", "RECORD_UNREADABLE", 4),
        case("a record taken out", cut(ann, 3), "INCOMPLETE", "RECORDS_MISSING", 3, size=7),
        case("the last two lost, the head not", ann[:5], "INCOMPLETE", "RECORDS_MISSING", 5, head=honest),
        case("two records swapped", swapped, "TAMPERED", "RECORD_MISPLACED", 2),
        case("another genesis", [bea[0], *ann[1:]], "TAMPERED", "RECORD_ALTERED", 0),
        case("genesis for another origin", edited(ann[:1], 0, '"origin":"branchline/12D3KooWAnn', '"origin":"branchline/12D3KooWAnx'), "TAMPERED", "GENESIS_WRONG", 0),
        case("genesis with a key of another name", edited(ann[:1], 0, genesis(ANN)["detail"]["key"], genesis(BEA)["detail"]["key"]), "TAMPERED", "GENESIS_WRONG", 0),
        case("genesis with a key that is none", edited(ann[:1], 0, genesis(ANN)["detail"]["key"], "key"), "TAMPERED", "GENESIS_WRONG", 0),
        case("clock turned back", reversed_clock, "TAMPERED", "CLOCK_REVERSED", 2),
        case("text changed", payload(ann, 3, 0, payload=b"Please pull 641.6 ROM for us".hex()), "TAMPERED", "PAYLOAD_ALTERED", 3),
        case("text cut", payload(ann, 3, 0, payload=b"Please".hex()), "TAMPERED", "PAYLOAD_ALTERED", 3),
        case("salt changed", payload(ann, 1, 0, salt=salt(7).hex()), "TAMPERED", "PAYLOAD_ALTERED", 1),
        case("text silently removed", missing, "INCOMPLETE", "PAYLOAD_MISSING", 3),
        case("text added", extra, "TAMPERED", "PAYLOAD_UNCOMMITTED", 2),
        case("receipt changed", payload(ann, 2, 0, payload=ann[2]["payloads"][0]["payload"].replace("22", "23", 1)), "TAMPERED", "PAYLOAD_ALTERED", 2),
        case("message received a second time", repeated, "TAMPERED", "MESSAGE_REPEATED", 4),
        case("received record that keeps what proves it", proven, "INTACT"),
        case("received record that keeps another message's record", foreign, "TAMPERED", "SENDER_MISMATCH", 1),
    ]


def write(name, value):
    with open(os.path.join(HERE, name), "w") as file:
        json.dump(value, file, indent=1, ensure_ascii=True)
        file.write("\n")


write("record.json", record_vectors())
write("payload.json", payload_vectors())
write("log.json", log_vectors())

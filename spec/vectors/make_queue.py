"""Makes queue.json from spec/queue.md alone (Python's standard library, no code of ours). What each case expects is written
here by hand, and computed by nothing.

Run by hand when the specification changes: python3 spec/vectors/make_queue.py
"""
import base64, hashlib, json, sys

sys.dont_write_bytecode = True
from make_tree import write

ANN = "12D3KooWAnnAnn"


def body(number=1, **more):
    text = {"bytes": base64.b64encode(b"Is the atlas back?").decode(), "label": "text"}
    value = {"draft": "%032x" % number, "payloads": [text], "time": 1764000000000, "where": ANN, **more}
    return json.dumps({name: each for name, each in value.items() if each is not None}, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def slot(data, state=1, digest=None, length=None):
    return (len(data) if length is None else length).to_bytes(4, "big") + bytes([state]) + (digest or hashlib.sha256(data).digest()) + data


def done(data):
    return slot(bytes(len(data)), 2, hashlib.sha256(data).digest())


def case(name, *slots, waiting=(), damaged=0):
    return {"name": name, "begins": (b"branchline queue" + b"".join(slots)).hex(), "waiting": ["%032x" % each for each in waiting], "damaged": damaged}


def payloads(*each):
    return [{"bytes": base64.b64encode(data).decode(), "label": label} for label, data in each]


WRONG = bytes(32)
CASES = [
    case("nothing", waiting=[]),
    case("one", slot(body()), waiting=[1]),
    case("two, in their order", slot(body(2)), slot(body(1)), waiting=[2, 1]),
    case("one that is done", done(body())),
    case("one behind two that are done", done(body(1)), done(body(2)), slot(body(3)), waiting=[3]),
    case("one in a state that is none", slot(body(), 7), waiting=[1]),
    case("a room", slot(body(where="#reference")), waiting=[1]),
    case("a desk, spoken for, and whom it answers", slot(body(**{"where": "@Reference", "as": "Reference", "also": [ANN]})), waiting=[1]),
    case("a group", slot(body(where={"conversation": "+" + "0" * 32, "peers": [ANN]})), waiting=[1]),
    case("between two, by its people", slot(body(where={"peers": [ANN]})), waiting=[1]),
    case("a text and a content", slot(body(payloads=payloads(("text", b"now"), ("content", b'{"type":"urgent"}')))), waiting=[1]),
    case("the last is cut off", slot(body(1)), slot(body(2))[:60], waiting=[1]),
    case("the last has another hash", slot(body(1)), slot(body(2), digest=WRONG), waiting=[1]),
    case("one in the midst has another hash", slot(body(1)), slot(body(2), digest=WRONG), slot(body(3)), waiting=[1, 3], damaged=1),
    case("the first two are not as they were", slot(body(1), digest=WRONG), slot(body(2), digest=WRONG), slot(body(3)), waiting=[3], damaged=2),
    case("one that is not as it was, and one that is done", slot(body(1), digest=WRONG), done(body(2))),
    case("a length of nothing", slot(body(1)), slot(b""), slot(body(2)), waiting=[1]),
    case("a length that is too great", slot(body(1)), slot(b"", length=262145), slot(body(2)), waiting=[1]),
    case("what was before is behind the end", slot(body(3)), bytes(4), slot(body(2)), waiting=[3]),
    *(case("no body: " + why, slot(data), slot(body(9)), waiting=[9], damaged=1) for why, data in {
        "rubbish": b"rubbish",
        "a list": b"[]",
        "a space": body().replace(b'":', b'": ', 1),
        "a member that is not known": body(colour="red"),
        "no draft": body(draft=None),
        "a draft in capitals": body(draft="A" * 32),
        "a draft of 31 digits": body(draft="0" * 31),
        "a time with a point": body().replace(b"1764000000000", b"1764000000000.5"),
        "a time before all times": body(time=-1),
        "nowhere": body(where=None),
        "an empty place": body(where=""),
        "a place of 129 bytes": body(where="x" * 129),
        "nobody": body(where={"peers": []}),
        "501 people": body(where={"peers": ["x%d" % n for n in range(501)]}),
        "a conversation of 66 bytes": body(where={"conversation": "#" + "x" * 65, "peers": [ANN]}),
        "a place with more": body(where={"peers": [ANN], "colour": "red"}),
        "a desk of 65 bytes": body(**{"as": "x" * 65}),
        "somebody who is a number": body(also=[1]),
        "no payloads": body(payloads=[]),
        "four payloads": body(payloads=payloads(*[("text", b"x")] * 4)),
        "base64 with a line feed": body(payloads=[{"bytes": "eA==\n", "label": "text"}]),
        "a payload with a salt": body(payloads=[{"bytes": "eA==", "label": "text", "salt": ""}]),
        "what is no message": body(payloads=payloads(("text", b""))),
        "a payload that is not known": body(payloads=payloads(("picture", b"x"))),
    }.items()),
]

write("queue.json", CASES)

"""Makes content.json and pull.json from spec/content.md alone (Python's standard library, no code of ours). What each case
expects is written here by hand, and computed by nothing.

Run by hand when the specification changes: python3 spec/vectors/make_content.py
"""
import base64, json, sys

sys.dont_write_bytecode = True
from make_checkpoint import Party, b64, body
from make_tree import leaf_hash, mth, path, write
from tree import commitment

ANN, BEA, CY, DEE = ("12D3KooW" + name * 10 for name in ("Ann", "Bea", "Cyy", "Dee"))


def id_of(number):
    return "%064x" % number


A, B, C = id_of(10), id_of(11), id_of(12)
MANY = [id_of(n) for n in range(257)]


def quoted(ids):
    return "[" + ",".join('"%s"' % each for each in ids) + "]"


TEXT = {"label": "text", "text": "Is the atlas back?"}


def content(json, **more):
    return {"label": "content", "text": json, **more}


def accept(name, payloads, about):
    return {"name": name, "payloads": payloads, "expect": "accept", "about": about, "hasText": payloads[0]["label"] == "text"}


def file(name="atlas.pdf", size=1, digest=A):
    """In the form of RFC 8785; `name` as JSON has it between quotes."""
    return '{"name":"%s","sha256":"%s","size":%s,"type":"file"}' % (name, digest, size)


def offered(name="atlas.pdf", size=1):
    return {"type": "file", "name": name, "size": size, "sha256": A}


def answer(word, of=A):
    return '{"answer":"%s","of":"%s","type":"file-answer"}' % (word, of)


def reject(name, payloads, code="CONTENT_MALFORMED"):
    return {"name": name, "payloads": payloads, "expect": code}


def malformed(name, json, *before):
    return reject(name, [*before, content(json)])


def committed(*payloads):
    return [[each["label"], len(data), commitment(bytes.fromhex(each["salt"]), each["label"], data)]
            for each in payloads for data in [base64.b64decode(each["bytes"])]]


def words(label, data, number=1):
    return {"bytes": base64.b64encode(data).decode(), "label": label, "salt": id_of(number)}


def sent(*payloads, **more):
    """A line of Ann's, which she has said to Bea."""
    return json_of({"actor": ANN, "boot": "0" * 32, "kind": "sent", "mono": 3, "payloads": committed(*payloads), "peers": [BEA], "prev": C, "seq": 3, "time": 1764000000003, "v": 1, **more})


def json_of(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def proof_of(line, index=3, who=ANN, size=5, at=3, extra=""):
    leaves = [b"another %d" % n for n in range(size)]
    leaves[at] = line.encode()
    hashes = [leaf_hash(leaf) for leaf in leaves]
    party = Party("branchline/" + who)
    text = body(size, mth(hashes), party.name)
    steps = "".join(b64(each) + "\n" for each in path(at, hashes))
    return "c2sp.org/tlog-proof@v1\n%sindex %d\n%s\n%s\n%s" % (extra, index, steps, text, party.sign(text))


def passed(line, payloads, of=None, proof=None, **more):
    """The payloads of a message that passes on a line."""
    origin = {"payloads": payloads, "record": line, **({"proof": proof} if proof is not None else {}), **more}
    return [content('{"of":"%s","type":"pass-on"}' % (of or leaf_hash(line.encode()).hex())), {"label": "origin", "text": json_of(origin)}]


def said_before(*payloads):
    return passed(sent(*payloads), list(payloads))


ATLAS = words("text", b"Is the atlas back?")
LINE = sent(ATLAS)


CONTENTS = [
    accept("a text", [TEXT], {"type": "text"}),
    accept("a text of one byte that is no UTF-8", [{"label": "text", "hex": "ff"}], {"type": "text"}),
    accept("a text of 32,768 bytes", [{"label": "text", "text": "x", "times": 32768}], {"type": "text"}),
    accept("a reply", [TEXT, content('{"to":"%s","type":"reply"}' % A)], {"type": "reply", "to": A}),
    accept("an edit", [TEXT, content('{"of":"%s","type":"edit"}' % A)], {"type": "edit", "of": A}),
    accept("a retraction", [content('{"of":"%s","type":"retract"}' % A)], {"type": "retract", "of": A}),
    accept("an urgent message", [TEXT, content('{"type":"urgent"}')], {"type": "urgent"}),
    accept("read", [content('{"read":["%s"],"type":"mark"}' % A)], {"type": "mark", "read": [A], "acknowledged": []}),
    accept("acknowledged", [content('{"acknowledged":["%s","%s"],"type":"mark"}' % (B, A))], {"type": "mark", "read": [], "acknowledged": [B, A]}),
    accept("read and acknowledged", [content('{"acknowledged":["%s"],"read":["%s"],"type":"mark"}' % (A, A))], {"type": "mark", "read": [A], "acknowledged": [A]}),
    accept("256 read", [content('{"read":%s,"type":"mark"}' % quoted(MANY[:256]))], {"type": "mark", "read": MANY[:256], "acknowledged": []}),
    accept("a request", [content('{"branch":"Northside","item":"912 ATL","type":"pull"}')], {"type": "pull", "item": "912 ATL", "branch": "Northside"}),
    accept("a request with a text", [TEXT, content('{"branch":"Northside","item":"912 ATL","type":"pull"}')], {"type": "pull", "item": "912 ATL", "branch": "Northside"}),
    accept("a request for an item with a quote, of a script of its own", [content('{"branch":"N\u00f8rd","item":"\\"\u0416\\" \U0001f4da","type":"pull"}')], {"type": "pull", "item": "\"\u0416\" \U0001f4da", "branch": "N\u00f8rd"}),
    accept("a request with an item of 512 bytes", [content('{"branch":"x","item":"%s","type":"pull"}' % ("\u00e9" * 256))], {"type": "pull", "item": "\u00e9" * 256, "branch": "x"}),
    *(accept("a step: " + step, [content('{"after":[],"of":"%s","step":"%s","type":"pull-step"}' % (A, step))], {"type": "pull-step", "of": A, "step": step, "after": []})
      for step in ("claim", "release", "pulled", "not-found", "send", "cancel", "reopen")),
    accept("a step after 8, with a text", [TEXT, content('{"after":%s,"of":"%s","step":"claim","type":"pull-step"}' % (quoted(MANY[:8]), A))], {"type": "pull-step", "of": A, "step": "claim", "after": MANY[:8]}),
    accept("a file", [content(file())], offered()),
    accept("a file with a text", [TEXT, content(file("Gr\u00fc\u00dfe.txt", 123456))], offered("Gr\u00fc\u00dfe.txt", 123456)),
    accept("a file of 100 MiB", [content(file(size=104857600))], offered(size=104857600)),
    accept("a file with a name of 255 bytes", [content(file("\u00e9" * 127 + "x"))], offered("\u00e9" * 127 + "x")),
    accept("a file with dots and spaces in its name", [content(file("..  a.. b ..."))], offered("..  a.. b ...")),
    accept("a file by the name of a device", [content(file("CON"))], offered("CON")),
    *(accept("an answer: " + word, [content(answer(word))], {"type": "file-answer", "of": A, "answer": word})
      for word in ("accept", "decline", "withdraw", "received", "wrong")),
    accept("a message passed on, not proven", passed(LINE, [ATLAS]), {"type": "pass-on", "of": leaf_hash(LINE.encode()).hex()}),
    accept("a message passed on, proven, with a text", [TEXT, *passed(LINE, [ATLAS], proof=proof_of(LINE))], {"type": "pass-on", "of": leaf_hash(LINE.encode()).hex()}),
    *(accept("a message passed on: " + what, said_before(*payloads), {"type": "pass-on", "of": leaf_hash(sent(*payloads).encode()).hex()})
      for what, payloads in {
        "a text that is no UTF-8": [words("text", b"\xff\x00")],
        "a reply": [ATLAS, words("content", b'{"to":"%s","type":"reply"}' % A.encode(), 2)],
        "an edit": [ATLAS, words("content", b'{"of":"%s","type":"edit"}' % A.encode(), 2)],
        "an urgent message": [ATLAS, words("content", b'{"type":"urgent"}', 2)],
        "a request": [words("content", b'{"branch":"Northside","item":"912 ATL","type":"pull"}')],
      }.items()),
    accept("a name for a group", [content('{"name":"Summer reading","type":"group"}')], {"type": "group", "name": "Summer reading"}),
    accept("a name of 64 bytes", [content('{"name":"%s","type":"group"}' % ("\u00e9" * 32))], {"type": "group", "name": "\u00e9" * 32}),
    accept("sits down", [content('{"step":"on","type":"desk"}')], {"type": "desk", "step": "on"}),
    accept("gets up", [content('{"step":"off","type":"desk"}')], {"type": "desk", "step": "off"}),
    accept("hands over", [content('{"step":"hand-over","to":"%s","type":"desk"}' % BEA)], {"type": "desk", "step": "hand-over", "to": BEA}),
    reject("a payload that is not known", [{"label": "picture", "hex": "00"}], "MESSAGE_UNKNOWN"),
    reject("a payload that is not known beside a text", [TEXT, {"label": "picture", "hex": "00"}], "MESSAGE_UNKNOWN"),
    reject("a payload that is not known beside what is too large", [{"label": "text", "text": "x", "times": 32769}, {"label": "picture", "hex": "00"}], "MESSAGE_UNKNOWN"),
    reject("a type that is not known", [TEXT, content('{"type":"shout"}')], "MESSAGE_UNKNOWN"),
    reject("a type that is not known, not canonical", [content('{"type": "shout"}')], "MESSAGE_UNKNOWN"),
    reject("the type text", [TEXT, content('{"type":"text"}')], "MESSAGE_UNKNOWN"),
    reject("a type by a name that objects have", [TEXT, content('{"type":"constructor"}')], "MESSAGE_UNKNOWN"),
    reject("a type by a name that objects have, with underscores", [TEXT, content('{"type":"__proto__"}')], "MESSAGE_UNKNOWN"),
    reject("a text that is too large", [{"label": "text", "text": "x", "times": 32769}], "MESSAGE_TOO_LARGE"),
    reject("a text that is too large, and a type that is not known", [{"label": "text", "text": "x", "times": 32769}, content('{"type":"shout"}')], "MESSAGE_TOO_LARGE"),
    reject("a content that is too large", [content("x", times=20481)], "MESSAGE_TOO_LARGE"),
    reject("a content that is full, of rubbish", [content("[", times=20480)]),
    reject("no payload", []),
    reject("an empty text", [{"label": "text", "hex": ""}]),
    reject("an empty text beside a content", [{"label": "text", "hex": ""}, content('{"branch":"x","item":"y","type":"pull"}')]),
    reject("an empty text, and a content that is too large", [{"label": "text", "hex": ""}, content("x", times=20481)]),
    reject("an empty content", [{"label": "content", "hex": ""}]),
    reject("the content first", [content('{"to":"%s","type":"reply"}' % A), TEXT]),
    reject("two texts", [TEXT, TEXT]),
    reject("a text and two contents", [TEXT, content('{"type":"urgent"}'), content('{"type":"urgent"}')]),
    reject("no UTF-8", [TEXT, {"label": "content", "hex": "7b2274797065223a22ff227d"}]),
    reject("a byte order mark", [TEXT, {"label": "content", "hex": "efbbbf" + b'{"type":"urgent"}'.hex()}]),
    reject("an origin that is too large", [passed(LINE, [ATLAS])[0], {"label": "origin", "text": "x", "times": 98305}], "MESSAGE_TOO_LARGE"),
    reject("an origin that is full, of rubbish", [passed(LINE, [ATLAS])[0], {"label": "origin", "text": "[", "times": 98304}]),
    reject("passed on without an origin", passed(LINE, [ATLAS])[:1]),
    reject("an urgent message with an origin", [TEXT, content('{"type":"urgent"}'), passed(LINE, [ATLAS])[1]]),
    reject("an origin beside a text alone", [TEXT, passed(LINE, [ATLAS])[1]]),
    reject("an origin alone", passed(LINE, [ATLAS])[1:]),
    reject("an origin before the content", passed(LINE, [ATLAS])[::-1]),
    reject("two origins", [*passed(LINE, [ATLAS]), passed(LINE, [ATLAS])[1]]),
    reject("passed on: another message than it says", passed(LINE, [ATLAS], of=A)),
    reject("passed on: other words than its author recorded", passed(LINE, [words("text", b"Is the bible back?")])),
    reject("passed on: with another salt", passed(LINE, [words("text", b"Is the atlas back?", 2)])),
    reject("passed on: by another label", passed(LINE, [{**ATLAS, "label": "content"}])),
    reject("passed on: words are missing", passed(LINE, [])),
    reject("passed on: words too many", passed(LINE, [ATLAS, ATLAS])),
    reject("passed on: base64 without its end", passed(LINE, [{**ATLAS, "bytes": ATLAS["bytes"].rstrip("=") + "=" if ATLAS["bytes"].endswith("==") else ATLAS["bytes"] + "\n"}])),
    reject("passed on: a salt in capitals", passed(sent(words("text", b"x", 171)), [{**words("text", b"x", 171), "salt": id_of(171).upper()}])),
    reject("passed on: a record that is none", passed(LINE.replace('"kind":"sent"', '"kind":"said"'), [ATLAS])),
    reject("passed on: a record with a space", passed(LINE.replace('"v":1', '"v": 1'), [ATLAS])),
    reject("passed on: a record of another kind", passed(sent(words("text", b"x"), words("record", b"y", 2), kind="received", peers=[BEA], message=A), [words("text", b"x"), words("record", b"y", 2)])),
    *(reject("passed on: " + what, said_before(*payloads)) for what, payloads in {
        "a mark": [words("content", b'{"read":["%s"],"type":"mark"}' % A.encode())],
        "a retraction": [words("content", b'{"of":"%s","type":"retract"}' % A.encode())],
        "a file": [words("content", file().encode())],
        "a name for a group": [words("content", b'{"name":"x","type":"group"}')],
        "a desk": [words("content", b'{"step":"on","type":"desk"}')],
        "a text and a content that is none": [ATLAS, words("content", b"{}", 2)],
        "what is not known": [words("picture", b"x")],
        "what is itself passed on": [words(each["label"], each["text"].encode(), n) for n, each in enumerate(passed(LINE, [ATLAS]))],
      }.items()),
    reject("passed on: a member that is not known", passed(LINE, [ATLAS], colour="red")),
    reject("passed on: a record that is no string", passed(LINE, [ATLAS], record=1)),
    reject("passed on: payloads that are no list", passed(LINE, {"0": ATLAS})),
    reject("passed on: a payload that is null", passed(LINE, [None])),
    reject("passed on: a payload with more", passed(LINE, [{**ATLAS, "n": "1"}])),
    reject("passed on: a salt that is a number", passed(LINE, [{**ATLAS, "salt": 1}])),
    reject("passed on: an origin with a space", [passed(LINE, [ATLAS])[0], {"label": "origin", "text": passed(LINE, [ATLAS])[1]["text"] + " "}]),
    *(reject("passed on: a proof " + what, passed(LINE, [ATLAS], proof=proof)) for what, proof in {
        "that is empty": "",
        "of another place": proof_of(LINE, index=2),
        "of another log": proof_of(LINE, who=BEA),
        "of another record": proof_of(LINE + "x"),
        "with the record in it": proof_of(LINE, extra="extra %s\n" % b64(LINE.encode())),
        "that is cut": proof_of(LINE)[:-90],
      }.items()),
    malformed("no JSON", "{", TEXT),
    malformed("no object", '"urgent"', TEXT),
    malformed("a list", '["urgent"]', TEXT),
    malformed("null", "null", TEXT),
    malformed("no type", "{}", TEXT),
    malformed("a type that is no string", '{"type":1}', TEXT),
    malformed("a space", '{"type": "urgent"}', TEXT),
    malformed("a line feed at the end", '{"type":"urgent"}\n', TEXT),
    malformed("members out of order", '{"type":"reply","to":"%s"}' % A, TEXT),
    malformed("a member twice", '{"type":"urgent","type":"urgent"}', TEXT),
    malformed("an escape that need not be", '{"type":"\\u0075rgent"}', TEXT),
    malformed("a member that is not known", '{"colour":"red","type":"urgent"}', TEXT),
    malformed("a member by a name that objects have", '{"__proto__":{},"type":"urgent"}', TEXT),
    malformed("a member of another type", '{"of":"%s","type":"urgent"}' % A, TEXT),
    malformed("a reply without a text", '{"to":"%s","type":"reply"}' % A),
    malformed("a reply to nothing", '{"type":"reply"}', TEXT),
    malformed("a reply to null", '{"to":null,"type":"reply"}', TEXT),
    malformed("a reply to no ID", '{"to":"%s","type":"reply"}' % A.upper(), TEXT),
    malformed("a reply to half an ID", '{"to":"%s","type":"reply"}' % A[:32], TEXT),
    malformed("an edit without a text", '{"of":"%s","type":"edit"}' % A),
    malformed("an edit of nothing", '{"type":"edit"}', TEXT),
    malformed("a retraction with a text", '{"of":"%s","type":"retract"}' % A, TEXT),
    malformed("an urgent message without a text", '{"type":"urgent"}'),
    malformed("a mark with a text", '{"read":["%s"],"type":"mark"}' % A, TEXT),
    malformed("a mark of nothing", '{"type":"mark"}'),
    malformed("a mark with an empty list", '{"acknowledged":["%s"],"read":[],"type":"mark"}' % A),
    malformed("a mark of one twice", '{"read":["%s","%s"],"type":"mark"}' % (A, A)),
    malformed("a mark of no ID", '{"read":["x"],"type":"mark"}'),
    malformed("a mark of no list", '{"read":"%s","type":"mark"}' % A),
    malformed("a mark of an object", '{"read":{"0":"%s","length":1},"type":"mark"}' % A),
    malformed("257 read", '{"read":%s,"type":"mark"}' % quoted(MANY)),
    malformed("a request for nothing", '{"branch":"x","item":"","type":"pull"}'),
    malformed("a request for an item of 513 bytes", '{"branch":"x","item":"%s","type":"pull"}' % ("\u00e9" * 256 + "x")),
    malformed("a request with a control character", '{"branch":"x","item":"a\\nb","type":"pull"}'),
    malformed("a request with a control character of Latin-1", '{"branch":"x","item":"a\u0085b","type":"pull"}'),
    malformed("a request with a lone surrogate", '{"branch":"x","item":"\\ud800","type":"pull"}'),
    malformed("a request from nowhere", '{"item":"x","type":"pull"}'),
    malformed("a request with a branch of 65 bytes", '{"branch":"%s","item":"x","type":"pull"}' % ("x" * 65)),
    malformed("a request for a number", '{"branch":"x","item":912,"type":"pull"}'),
    malformed("a step that is not known", '{"after":[],"of":"%s","step":"steal","type":"pull-step"}' % A),
    malformed("a step by a name that objects have", '{"after":[],"of":"%s","step":"toString","type":"pull-step"}' % A),
    malformed("a step without what it comes after", '{"of":"%s","step":"claim","type":"pull-step"}' % A),
    malformed("a step of nothing", '{"after":[],"step":"claim","type":"pull-step"}'),
    malformed("a step after 9", '{"after":%s,"of":"%s","step":"claim","type":"pull-step"}' % (quoted(MANY[:9]), A)),
    malformed("a step after one twice", '{"after":["%s","%s"],"of":"%s","step":"claim","type":"pull-step"}' % (B, B, A)),
    malformed("a file without a name", file("")),
    malformed("a file with a name of 256 bytes", file("\u00e9" * 128)),
    malformed("a file with a path", file("a/b")),
    malformed("a file with a path of Windows", file("a\\\\b")),
    malformed("a file that climbs", file("../atlas.pdf")),
    malformed("a file by the name of this folder", file(".")),
    malformed("a file by the name of the folder above", file("..")),
    malformed("a file with NUL in its name", file("a\\u0000b")),
    malformed("a file with a line feed in its name", file("a\\nb")),
    malformed("a file with a control character of Latin-1 in its name", file("a\u0085b")),
    malformed("a file with a lone surrogate in its name", file("\\ud800")),
    malformed("a file without bytes", file(size=0)),
    malformed("a file of less than nothing", file(size=-1)),
    malformed("a file of 100 MiB and a byte", file(size=104857601)),
    malformed("a file of half a byte more", file(size=1.5)),
    malformed("a file of many bytes, in words", file(size='"many"')),
    malformed("a file with half a hash", file(digest=A[:32])),
    malformed("a file with a hash in upper case", file(digest=A.upper())),
    malformed("a file without a hash", '{"name":"x","size":1,"type":"file"}'),
    malformed("a file with a folder", '{"folder":"x","name":"x","sha256":"%s","size":1,"type":"file"}' % A),
    malformed("an answer with a text", answer("accept"), TEXT),
    malformed("an answer that is not known", answer("perhaps")),
    malformed("an answer by a name that objects have", answer("toString")),
    malformed("an answer to nothing", '{"answer":"accept","type":"file-answer"}'),
    malformed("no answer", '{"of":"%s","type":"file-answer"}' % A),
    malformed("a group with a text", '{"name":"x","type":"group"}', TEXT),
    malformed("a group without a name", '{"name":"","type":"group"}'),
    malformed("a group with a name of 65 bytes", '{"name":"%s","type":"group"}' % ("\u00e9" * 32 + "x")),
    malformed("a group with DEL in its name", '{"name":"a\x7fb","type":"group"}'),
    malformed("a desk with a text", '{"step":"on","type":"desk"}', TEXT),
    malformed("a desk without a step", '{"type":"desk"}'),
    malformed("a desk with a step that is not known", '{"step":"under","type":"desk"}'),
    malformed("sits down for somebody", '{"step":"on","to":"%s","type":"desk"}' % BEA),
    malformed("hands over to nobody", '{"step":"hand-over","type":"desk"}'),
    malformed("hands over to no peer ID", '{"step":"hand-over","to":"Bea Smith","type":"desk"}'),
]


def where(name, conversation, is_read=None):
    given = {} if conversation is None else {"conversation": conversation}
    return {"name": name, **given, **({"expect": "accept", "read": is_read} if is_read else {"expect": "CONTENT_MALFORMED"})}


CONVERSATIONS = [
    where("between two", None, {"kind": "direct"}),
    where("a room", "#reference", {"kind": "room", "name": "reference"}),
    where("the room of everyone", "#all-staff", {"kind": "room", "name": "all-staff"}),
    where("a room with a sign and a space in its name", "#@ reference", {"kind": "room", "name": "@ reference"}),
    where("a room with a name of 64 bytes", "#" + "\u00e9" * 32, {"kind": "room", "name": "\u00e9" * 32}),
    where("a desk", "@Circulation", {"kind": "desk", "name": "Circulation"}),
    where("a group", "+" + "0123456789abcdef" * 2, {"kind": "group", "id": "0123456789abcdef" * 2}),
    where("an empty one", ""),
    where("no sign", "reference"),
    where("another sign", "!reference"),
    where("a room without a name", "#"),
    where("a desk without a name", "@"),
    where("a room with a name of 65 bytes", "#" + "\u00e9" * 32 + "x"),
    where("a room with a tab", "#a\tb"),
    where("a desk with a control character of Latin-1", "@a\u009fb"),
    where("a group without an ID", "+"),
    where("a group with a name", "+reading"),
    where("a group in upper case", "+" + "0123456789ABCDEF" * 2),
    where("a group with a digit more", "+" + "0" * 33),
    where("a group with a line feed at the end", "+" + "0" * 32 + "\n"),
]


def place(name, detail, after=None, desk=None):
    told = {"expect": "CONTENT_MALFORMED"} if after is None else {"expect": "accept", "after": after, **({"as": desk} if desk else {})}
    return {"name": name, "detail": detail, **told}


PLACES = [
    place("none", {}, []),
    place("after one", {"after": A}, [A]),
    place("after four", {"after": " ".join(MANY[:4])}, MANY[:4]),
    place("as a desk", {"as": "Circulation", "after": A}, [A], "Circulation"),
    place("other members are let be", {"name": "Ann", "draft": "00" * 16}, []),
    place("after five", {"after": " ".join(MANY[:5])}),
    place("after one twice", {"after": A + " " + A}),
    place("after nothing", {"after": ""}),
    place("after a number", {"after": 7}),
    place("two spaces", {"after": A + "  " + B}),
    place("a space at the end", {"after": A + " "}),
    place("a comma", {"after": A + "," + B}),
    place("after what is no ID", {"after": A.replace("a", "A")}),
    place("after what ends with a line feed", {"after": A + "\n"}),
    place("as nothing", {"as": ""}),
    place("as a number", {"as": 7}),
    place("as a desk with a name of 65 bytes", {"as": "x" * 65}),
    place("as a desk with a line feed", {"as": "a\nb"}),
]


def member(who, rooms=(), desks=(), roles=(), **more):
    return {"peer": who, "rooms": list(rooms), "desks": list(desks), "roles": list(roles), **more}


TOWN = [member(ANN, ["reference"], ["Circulation"], ["may-urgent"]), member(BEA, ["reference"]), member(CY, ["archive"], ["Circulation"])]


def said(name, expect, conversation, author, reader, about={"type": "text"}, **more):
    given = {} if conversation is None else {"conversation": conversation}
    return {"name": name, "members": TOWN, **given, "author": author, "self": reader, "peers": [reader], "about": about, "expect": expect, **more}


GROUP = "+" + "0" * 32
ON, URGENT, NAMED = {"type": "desk", "step": "on"}, {"type": "urgent"}, {"type": "group", "name": "Reading"}
SAID = [
    said("between two", "accept", None, BEA, ANN),
    said("in a room of both", "accept", "#reference", BEA, ANN),
    said("in the room of everyone", "accept", "#all-staff", BEA, CY),
    said("to a desk", "accept", "@Circulation", BEA, ANN),
    said("from a desk", "accept", "@Circulation", ANN, BEA),
    said("from a desk, as it", "accept", "@Circulation", ANN, BEA, detail={"as": "Circulation"}),
    said("as a desk, between two", "accept", None, ANN, BEA, detail={"as": "Circulation"}),
    said("in a group of 65", "accept", GROUP, BEA, CY, peers=[CY] + ["peer%d" % n for n in range(63)]),
    said("a name for a group", "accept", GROUP, BEA, CY, NAMED),
    said("urgent", "accept", "#reference", ANN, BEA, URGENT),
    said("sits down", "accept", "@Circulation", ANN, CY, ON),
    said("between two, to three", "CONTENT_MALFORMED", None, BEA, ANN, peers=[ANN, CY]),
    said("in a group of 66", "CONTENT_MALFORMED", GROUP, BEA, CY, peers=[CY] + ["peer%d" % n for n in range(64)]),
    said("a name for a group, between two", "CONTENT_MALFORMED", None, BEA, ANN, NAMED),
    said("a name for a group, in a room", "CONTENT_MALFORMED", "#reference", BEA, ANN, NAMED),
    said("sits down in a room", "CONTENT_MALFORMED", "#reference", ANN, BEA, ON),
    said("sits down in a room of neither", "CONTENT_MALFORMED", "#cellar", ANN, BEA, ON),
    said("after nothing", "CONTENT_MALFORMED", "#reference", BEA, ANN, detail={"after": ""}),
    said("nowhere", "CONTENT_MALFORMED", "reference", BEA, ANN),
    said("in a room of the author alone", "CONVERSATION_UNKNOWN", "#reference", BEA, CY),
    said("in a room of the reader alone", "CONVERSATION_UNKNOWN", "#archive", BEA, CY),
    said("in a room of neither", "CONVERSATION_UNKNOWN", "#cellar", BEA, ANN),
    said("in the room of everyone, by nobody", "CONVERSATION_UNKNOWN", "#all-staff", DEE, ANN),
    said("at a desk of neither", "CONVERSATION_UNKNOWN", "@Archive", ANN, BEA),
    said("urgent, in a room of neither", "CONVERSATION_UNKNOWN", "#cellar", BEA, ANN, URGENT),
    said("urgent without the role", "ROLE_MISSING", "#reference", BEA, ANN, URGENT),
    said("urgent by nobody", "ROLE_MISSING", None, DEE, ANN, URGENT),
    said("as a desk of another", "ROLE_MISSING", "@Circulation", BEA, ANN, detail={"as": "Circulation"}),
    said("sits down at a desk of another", "ROLE_MISSING", "@Circulation", BEA, ANN, ON),
]


def to_whom(name, conversation, author, peers, now=1000, **more):
    told = {"expect": peers} if isinstance(peers, str) else {"expect": "accept", "peers": peers}
    return {"name": name, "members": TOWN_IN_TIME, "conversation": conversation, "self": author, "now": now, **told, **more}


TOWN_IN_TIME = [*TOWN, {**member(DEE, ["reference"], ["Circulation"]), "from": 500, "until": 2000}]
PARTNERS = [
    to_whom("a room", "#reference", ANN, [BEA, DEE]),
    to_whom("a room before somebody comes", "#reference", ANN, [BEA], 499),
    to_whom("a room when somebody comes", "#reference", ANN, [BEA, DEE], 500),
    to_whom("a room when somebody has gone", "#reference", ANN, [BEA], 2000),
    to_whom("a room with nobody else", "#archive", CY, []),
    to_whom("the room of everyone", "#all-staff", CY, [ANN, BEA, DEE]),
    to_whom("to a desk", "@Circulation", BEA, [ANN, CY, DEE]),
    to_whom("from a desk, to who is answered", "@Circulation", ANN, [BEA, CY], 2000, also=[BEA]),
    to_whom("from a desk, to who has gone and who never came", "@Circulation", ANN, [CY], 2000, also=[DEE, "nobody"]),
    to_whom("a room of others", "#archive", ANN, "CONVERSATION_UNKNOWN"),
    to_whom("a room of the past", "#reference", DEE, "CONVERSATION_UNKNOWN", 2000),
    to_whom("a desk of nobody", "@Archive", ANN, "CONVERSATION_UNKNOWN"),
]


def message(number, time, *after):
    return {"id": id_of(number), "after": [id_of(each) for each in after], "time": time}


def order(name, messages, *numbers):
    return {"name": name, "messages": messages, "order": [id_of(each) for each in numbers]}


ORDERS = [
    order("none", []),
    order("by time", [message(1, 30), message(2, 10), message(3, 20)], 2, 3, 1),
    order("by ID at one time", [message(3, 10), message(1, 10), message(2, 10)], 1, 2, 3),
    order("an answer stands below, whatever its clock says", [message(1, 5, 2), message(2, 900), message(3, 901)], 2, 3, 1),
    order("below the deepest of several", [message(1, 1), message(2, 2, 1), message(3, 3, 1, 2), message(4, 0, 3), message(5, 9, 1)], 1, 2, 5, 3, 4),
    order("what is not there does not count", [message(1, 9), message(2, 5, 77), message(3, 4, 2, 88)], 2, 1, 3),
    order("a clock far ahead pushes nothing to the end", [message(1, 2**53 - 1), message(2, 10, 1), message(3, 11, 2)], 1, 2, 3),
]

CODES = {
    True: "CONVERSATION_UNKNOWN ROLE_MISSING ROSTER_EXPIRED MEMBER_UNKNOWN MEMBER_EXPIRED AUDIT_UNAVAILABLE BUSY REFUSED_TOO_OFTEN",
    False: "CONTENT_MALFORMED MESSAGE_UNKNOWN MESSAGE_TOO_LARGE MESSAGE_FORGED MESSAGE_UNPROVEN MEMBER_REVOKED LOG_FORKED constructor busy",
}
write("content.json", {
    "contents": CONTENTS, "conversations": CONVERSATIONS, "places": PLACES, "said": SAID, "partners": PARTNERS, "orders": ORDERS,
    "codes": [{"name": code, "expect": passing} for passing, codes in CODES.items() for code in codes.split()],
})


def step(number, author, what, *after):
    return {"id": id_of(number), "author": author, "step": what, "after": [id_of(each) for each in after]}


def pull(name, steps, state, by=None, heads=(), counted=None, late=(), waiting=()):
    """ANN has asked. `counted`: as given, when None."""
    counted = [int(each["id"], 16) for each in steps] if counted is None else counted
    told = {"state": state, **({"by": by} if by else {})}
    for key, numbers in (("heads", heads), ("counted", counted), ("tooLate", late), ("waiting", waiting)):
        told[key] = [id_of(each) for each in numbers]
    return {"name": name, "asker": ANN, "steps": steps, "told": told}


CLAIM = step(1, BEA, "claim")
PULLED = [CLAIM, step(2, BEA, "pulled", 1)]
SENT = [*PULLED, step(3, BEA, "send", 2)]
NOT_FOUND = [step(1, BEA, "not-found")]
CANCELLED = [step(1, ANN, "cancel")]
write("pull.json", [
    pull("nothing was done", [], "open"),
    pull("claimed", [CLAIM], "claimed", BEA, [1]),
    pull("pulled", PULLED, "pulled", BEA, [2]),
    pull("sent", SENT, "sent", BEA, [3]),
    pull("released by whoever claimed it", [CLAIM, step(2, BEA, "release", 1)], "open", None, [2]),
    pull("released by whoever asked", [CLAIM, step(2, ANN, "release", 1)], "open", None, [2]),
    pull("released, and claimed by another", [CLAIM, step(2, BEA, "release", 1), step(3, CY, "claim", 2)], "claimed", CY, [3]),
    pull("not found by anybody", NOT_FOUND, "not-found", None, [1]),
    pull("not found by whoever claimed it", [CLAIM, step(2, BEA, "not-found", 1)], "not-found", None, [2]),
    pull("cancelled", CANCELLED, "cancelled", None, [1]),
    pull("cancelled when claimed", [CLAIM, step(2, ANN, "cancel", 1)], "cancelled", None, [2]),
    pull("cancelled when pulled", [*PULLED, step(3, ANN, "cancel", 2)], "cancelled", None, [3]),
    pull("cancelled when not found", [*NOT_FOUND, step(2, ANN, "cancel", 1)], "cancelled", None, [2]),
    pull("opened again when not found", [*NOT_FOUND, step(2, ANN, "reopen", 1)], "open", None, [2]),
    pull("opened again when cancelled, and claimed", [*CANCELLED, step(2, ANN, "reopen", 1), step(3, CY, "claim", 2)], "claimed", CY, [3]),
    pull("claimed by whoever asked", [step(1, ANN, "claim")], "claimed", ANN, [1]),
    pull("two claims at once: the smaller ID", [step(2, BEA, "claim"), step(1, CY, "claim")], "claimed", CY, [1, 2], [1, 2], [2]),
    pull("two claims, the one knowing of the other", [step(2, BEA, "claim"), step(1, CY, "claim", 2)], "claimed", BEA, [1], [2, 1], [1]),
    pull("a claim and a cancellation at once, the claim first", [step(1, BEA, "claim"), step(2, ANN, "cancel")], "cancelled", None, [1, 2]),
    pull("a claim and a cancellation at once, the claim after", [step(2, BEA, "claim"), step(1, ANN, "cancel")], "cancelled", None, [1, 2], [1, 2], [2]),
    pull("what rests on a claim that lost is too late", [step(1, CY, "claim"), step(2, BEA, "claim"), step(3, BEA, "pulled", 2)], "claimed", CY, [1, 3], [1, 2, 3], [2, 3]),
    pull("taken by depth, not by ID", [step(9, BEA, "claim"), step(1, BEA, "pulled", 9), step(5, BEA, "send", 1)], "sent", BEA, [5], [9, 1, 5]),
    pull("as deep as the deepest", [CLAIM, step(4, BEA, "release", 1), step(3, CY, "claim", 1, 4), step(2, CY, "claim", 1)], "claimed", CY, [2, 3], [1, 2, 4, 3], [2]),
    pull("came in another order", list(reversed(SENT)), "sent", BEA, [3], [1, 2, 3]),
    pull("came twice", [*SENT, *SENT], "sent", BEA, [3], [1, 2, 3]),
    pull("pulled by another", [CLAIM, step(2, CY, "pulled", 1)], "claimed", BEA, [2], None, [2]),
    pull("pulled by whoever asked", [CLAIM, step(2, ANN, "pulled", 1)], "claimed", BEA, [2], None, [2]),
    pull("pulled without a claim", [step(1, BEA, "pulled")], "open", None, [1], None, [1]),
    pull("sent before it is pulled", [CLAIM, step(2, BEA, "send", 1)], "claimed", BEA, [2], None, [2]),
    pull("sent by another", [*PULLED, step(3, CY, "send", 2)], "pulled", BEA, [3], None, [3]),
    pull("not found by another than who claimed it", [CLAIM, step(2, CY, "not-found", 1)], "claimed", BEA, [2], None, [2]),
    pull("not found when pulled", [*PULLED, step(3, BEA, "not-found", 2)], "pulled", BEA, [3], None, [3]),
    pull("released by another", [CLAIM, step(2, CY, "release", 1)], "claimed", BEA, [2], None, [2]),
    pull("released when open", [step(1, ANN, "release")], "open", None, [1], None, [1]),
    pull("released when pulled", [*PULLED, step(3, BEA, "release", 2)], "pulled", BEA, [3], None, [3]),
    pull("cancelled by another", [CLAIM, step(2, BEA, "cancel", 1)], "claimed", BEA, [2], None, [2]),
    pull("cancelled when sent", [*SENT, step(4, ANN, "cancel", 3)], "sent", BEA, [4], None, [4]),
    pull("cancelled twice", [*CANCELLED, step(2, ANN, "cancel", 1)], "cancelled", None, [2], None, [2]),
    pull("opened again by another", [*NOT_FOUND, step(2, BEA, "reopen", 1)], "not-found", None, [2], None, [2]),
    pull("opened again when claimed", [CLAIM, step(2, ANN, "reopen", 1)], "claimed", BEA, [2], None, [2]),
    pull("opened again when sent", [*SENT, step(4, ANN, "reopen", 3)], "sent", BEA, [4], None, [4]),
    pull("claimed when cancelled", [*CANCELLED, step(2, BEA, "claim", 1)], "cancelled", None, [2], None, [2]),
    pull("claimed when not found", [*NOT_FOUND, step(2, CY, "claim", 1)], "not-found", None, [2], None, [2]),
    pull("claimed when sent", [*SENT, step(4, CY, "claim", 3)], "sent", BEA, [4], None, [4]),
    pull("what is not there is waited for", [CLAIM, step(3, BEA, "send", 2)], "claimed", BEA, [1], [1], [], [3]),
    pull("what comes after what waits waits", [CLAIM, step(3, BEA, "send", 2), step(4, ANN, "cancel", 1, 3)], "claimed", BEA, [1], [1], [], [3, 4]),
    pull("a step after itself is never there", [CLAIM, step(2, ANN, "cancel", 2)], "claimed", BEA, [1], [1], [], [2]),
    pull("two steps after each other are never there", [CLAIM, step(2, ANN, "cancel", 3), step(3, ANN, "cancel", 2)], "claimed", BEA, [1], [1], [], [2, 3]),
    pull("of ten heads the last eight", [step(n, CY, "claim") for n in range(10)], "claimed", CY, range(2, 10), None, range(1, 10)),
])

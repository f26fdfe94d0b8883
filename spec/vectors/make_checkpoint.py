"""Makes checkpoint.json from spec/audit-log.md sections 6 and 7 and the C2SP specifications signed-note,
tlog-checkpoint, tlog-cosignature and tlog-proof alone (Python's standard library, no code of ours).

Run by hand when the specification changes: python3 spec/vectors/make_checkpoint.py
"""
import base64, hashlib, json, sys

sys.dont_write_bytecode = True
import ed25519
from make_tree import EMPTY, flipped, leaf_hash, mth, path, plain, subproof, write

def vkey(name, kind, public):
    key_id = hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]
    return "%s+%s+%s" % (name, key_id.hex(), base64.b64encode(bytes([kind]) + public).decode())


class Party:
    """A device: with one key it signs for its own log (type 1) and cosigns others (type 4)."""

    def __init__(self, name):
        self.name, self.seed = name, hashlib.sha256(name.encode()).digest()
        self.public = ed25519.public(self.seed)
        self.log, self.witness = vkey(name, 1, self.public), vkey(name, 4, self.public)

    def line(self, kind, signature, name=None):
        key_id = bytes.fromhex(vkey(self.name, kind, self.public).split("+")[1])
        return "\u2014 %s %s\n" % (name or self.name, base64.b64encode(key_id + signature).decode())

    def sign(self, text):
        return self.line(1, ed25519.sign(self.seed, text.encode()))

    def cosign(self, text, time, kind=4):
        return self.line(kind, time.to_bytes(8, "big") + ed25519.sign(self.seed, b"cosignature/v1\ntime %d\n" % time + text.encode()))


ANN, BEA, CAL, EVE = (Party("branchline/" + name) for name in ("Ann", "Bea", "Cal", "Eve"))
TIME = 1764000000


def b64(data):
    return base64.b64encode(data).decode()


def body(size, root, origin=None, more=""):
    return "%s\n%s\n%s\n%s" % (origin or ANN.name, size, b64(root), more)


def key_vectors():
    name, key_id, material = ANN.log.split("+", 2)
    refused = {
        "wrong key ID": "%s+00000000+%s" % (name, material),
        "key ID in upper case": "+".join([name, key_id.upper(), material]),
        "key ID of another name": "+".join([BEA.name, key_id, material]),
        "no name": vkey("", 1, ANN.public),
        "space in the name": vkey("branch line", 1, ANN.public),
        "next line (U+0085) in the name": vkey("branch\u0085line", 1, ANN.public),
        "ideographic space in the name": vkey("branch\u3000line", 1, ANN.public),
        "type 2": vkey(name, 2, ANN.public),
        "type 6": vkey(name, 6, ANN.public),
        "31 bytes": vkey(name, 1, ANN.public[:31]),
        "33 bytes": vkey(name, 1, ANN.public + b"\x00"),
        "no key": vkey(name, 1, b""),
        "padding that nothing needs": ANN.log + "====",
        "base64 cut": ANN.log[:-1],
        "base64 of URLs": vkey("name", 1, b"\xff" * 32).replace("/", "_"),
        "line feed at the end": ANN.log + "\n",
        "space in front": " " + ANN.log,
        "two parts": name + "+" + key_id,
        "empty": "",
    }
    return [{"name": "log", "vkey": ANN.log, "expect": "accept", "id": key_id, "type": 1, "publicKey": ANN.public},
            {"name": "witness", "vkey": ANN.witness, "expect": "accept", "id": ANN.witness.split("+")[1], "type": 4, "publicKey": ANN.public},
            *({"name": n, "vkey": v, "expect": "KEY_UNREADABLE"} for n, v in refused.items())]


def checkpoint_vectors(root):
    """Each case: a note, Ann's key, Bea's and Cal's as witnesses; what a reader gets, or the code."""
    text = body(7, root)
    good, bea, cal = ANN.sign(text), BEA.cosign(text, TIME), CAL.cosign(text, TIME + 60)
    wrong = ANN.line(1, flipped(ed25519.sign(ANN.seed, text.encode())))
    unknown = EVE.sign(text)
    base64_text = good.split(" ")[2]

    def note(content):
        return content + "\n" + ANN.sign(content)

    accept = {
        "log's signature alone": ([], text + "\n" + good),
        "two witnesses": ([("Bea", TIME), ("Cal", TIME + 60)], text + "\n" + good + bea + cal),
        "witness before log": ([("Bea", TIME)], text + "\n" + bea + good),
        "unknown signer": ([], text + "\n" + unknown + good),
        "unknown signer with a name beyond ASCII": ([], text + "\n" + EVE.line(1, bytes(64), "b\u00fccherei") + good),
        "unknown type of signature": ([], text + "\n" + EVE.line(1, bytes(2420)) + good),
        "another key ID under the log's name": ([], text + "\n" + "\u2014 %s %s\n" % (ANN.name, b64(b"\x00" * 68)) + good),
        "the log's key ID under another name": ([], text + "\n" + ANN.line(1, bytes(64), EVE.name) + good),
        "a witness twice counts once": ([("Bea", TIME)], text + "\n" + good + bea + BEA.cosign(text, TIME + 1)),
        "witness at time 0": ([("Bea", 0)], text + "\n" + good + BEA.cosign(text, 0)),
        "empty tree": ([], note(body(0, EMPTY))),
        "largest size": ([], note(body(2**53 - 1, root))),
        "64 signatures": ([], text + "\n" + good + unknown * 63),
    }
    unverified = {
        "signature changed": text + "\n" + wrong,
        "right and wrong signature of the log": text + "\n" + good + wrong,
        "wrong cosignature of a known witness": text + "\n" + good + BEA.line(4, TIME.to_bytes(8, "big") + bytes(64)),
        "cosignature's time changed": text + "\n" + good + BEA.line(4, (TIME + 1).to_bytes(8, "big") + base64.b64decode(bea.split(" ")[2])[12:]),
        "cosignature without time": text + "\n" + good + BEA.line(4, ed25519.sign(BEA.seed, text.encode())),
        "cosignature at 2^53": text + "\n" + good + BEA.cosign(text, 2**53),
        "cosignature at 2^63": text + "\n" + good + BEA.cosign(text, 2**63),
        "cosignature of another size": text + "\n" + good + BEA.cosign(body(8, root), TIME),
        "witnesses but no log": text + "\n" + bea + cal,
        "unknown signers alone": text + "\n" + unknown,
        "log's key as a cosignature": text + "\n" + ANN.cosign(text, TIME),
        "cosignature under the key ID of type 1": text + "\n" + ANN.cosign(text, TIME, kind=1),
        "signature of another text": body(8, root) + "\n" + good,
        "signature cut": text + "\n" + ANN.line(1, ed25519.sign(ANN.seed, text.encode())[:63]),
        "signature with S beyond the order": text + "\n" + ANN.line(1, beyond_order(ed25519.sign(ANN.seed, text.encode()))),
        "another log's origin": note(body(7, root, BEA.name)),
    }
    note_malformed = {
        "no signature": text + "\n",
        "no empty line": text + good,
        "no line feed at the end": (text + "\n" + good)[:-1],
        "empty line at the end": text + "\n" + good + "\n",
        "trailing data": text + "\n" + good + "x",
        "trailing line": text + "\n" + good + "x\n",
        "65 signatures": text + "\n" + good + unknown * 64,
        "hyphen for the dash": text + "\n" + good.replace("\u2014", "-"),
        "no space after the dash": text + "\n" + good.replace("\u2014 ", "\u2014"),
        "two spaces": text + "\n" + good.replace("\u2014 ", "\u2014  "),
        "space at the end of a line": text + "\n" + good.replace("\n", " \n"),
        "no name": text + "\n\u2014  " + base64_text,
        "plus in a name": text + "\n" + good + EVE.line(1, bytes(64), "branchline+eve"),
        "next line (U+0085) in a name": text + "\n" + good + EVE.line(1, bytes(64), "branch\u0085line"),
        "key ID alone": text + "\n" + good + EVE.line(1, b""),
        "no padding": text + "\n" + good + EVE.line(1, bytes(64)).replace("=", ""),
        "unused bits set in base64": text + "\n" + good + EVE.line(1, bytes(64)).replace("A=\n", "B=\n"),
        "base64 of URLs": text + "\n" + good + EVE.line(1, b"\xff" * 62).replace("/", "_"),
        "carriage returns": (text + "\n" + good).replace("\n", "\r\n"),
        "tab": note(body(7, root, more="\t\n")),
        "zero byte": note(body(7, root, more="\0\n")),
        "empty": "",
        "line feeds": "\n\n\n",
    }
    malformed = {
        "extension line": body(7, root, more="extension\n"),
        "empty line in the text": body(7, root, more="\n"),
        "no root": "%s\n7\n" % ANN.name,
        "no origin": body(7, root, "\n")[1:],
        "space in the origin": body(7, root, "branchline Ann"),
        "plus in the origin": body(7, root, "branchline+Ann"),
        "origin beyond ASCII": body(7, root, "b\u00fccherei"),
        "256 characters of origin": body(7, root, "o" * 256),
        "leading zero": body("07", root),
        "sign": body("+7", root),
        "negative": body("-7", root),
        "fraction": body("7.0", root),
        "exponent": body("1e3", root),
        "hexadecimal": body("0x7", root),
        "space before the size": body(" 7", root),
        "no size": body("", root),
        "digits of another script": body("\u0667", root),
        "2^53": body(2**53, root),
        "2^64": body(2**64, root),
        "31 bytes of root": body(7, root[:31]),
        "33 bytes of root": body(7, root + b"\0"),
        "root in hex": "%s\n7\n%s\n" % (ANN.name, root.hex()),
        "unused bits set in the root": text[:-3] + chr(ord(text[-3]) + 1) + "=\n",
        "line feed in front": "\n" + text,
        "some other text": "This is a message.\n",
    }
    cases = [{"name": n, "note": c, "expect": "accept", "witnesses": [{"name": "branchline/" + w, "time": t} for w, t in who]} for n, (who, c) in accept.items()]
    cases += [{"name": n, "note": c, "expect": "NOTE_UNVERIFIED"} for n, c in unverified.items()]
    cases += [{"name": n, "note": c, "expect": "NOTE_MALFORMED"} for n, c in note_malformed.items()]
    cases += [{"name": n, "note": note(c), "expect": "CHECKPOINT_MALFORMED"} for n, c in malformed.items()]
    cases += [{"name": n, "noteHex": h, "expect": "NOTE_MALFORMED"} for n, h in {
        "not UTF-8": (text + "\n" + good).encode().replace(b"Ann", b"A\xffn", 1).hex(),
        "surrogates in UTF-8": (text + "\n" + good).encode().replace(b"Ann", b"\xed\xa0\x80", 1).hex(),
        "overlong slash": (text + "\n" + good).encode().replace(b"/", b"\xc0\xaf", 1).hex()}.items()]
    assert len({c.get("note", c.get("noteHex")) for c in cases}) == len(cases), "each is another"
    return cases + [{"name": "byte order mark", "note": "\ufeff" + text + "\n" + good, "expect": "CHECKPOINT_MALFORMED"}]


def beyond_order(signature):
    return signature[:32] + (int.from_bytes(signature[32:], "little") + ed25519.ORDER).to_bytes(32, "little")


def evidence_vectors():
    """Two histories that Ann signed: they part after three records."""
    one = [leaf_hash(b"one %d" % n) for n in range(13)]
    two = one[:3] + [leaf_hash(b"two %d" % n) for n in range(3, 13)]

    def note(leaves, who=ANN, origin=None):
        text = body(len(leaves), mth(leaves), origin)
        return text + "\n" + who.sign(text)

    def case(name, held, shown, siblings, expect, change={}):
        return {"name": name, "evidence": {"held": held, "shown": shown, "path": [h.hex() for h in siblings], **change}, "expect": expect}

    at7, at8 = subproof(7, two, False), subproof(8, two, False)
    unknown = note(one[:7]).replace(ANN.sign(body(7, mth(one[:7]))), EVE.sign(body(7, mth(one[:7]))))
    bad = [
        ("a member more", {"note": "x"}), ("path as text", {"path": ""}), ("path of numbers", {"path": [1]}), ("path in upper case", {"path": [h.hex().upper() for h in at7]}),
        ("a hash too short", {"path": ["00"]}), ("65 hashes", {"path": ["00" * 32] * 65}), ("held as a number", {"held": 7}), ("held as null", {"held": None}),
    ]
    cases = [
        case("one size, two roots", note(one[:7]), note(two[:7]), [], True),
        case("7 and 13", note(one[:7]), note(two), at7, True),
        case("13 kept, 7 shown", note(two), note(one[:7]), at7, True),
        case("8 and 13: a power of two", note(one[:8]), note(two), at8, True),
        case("8 and 13 without the older root", note(one[:8]), note(two), at8[1:], False),
        case("4 and 5", note(one[:4]), note(two[:5]), subproof(4, two[:5], False), True),
        case("one checkpoint twice", note(one[:7]), note(one[:7]), [], False),
        case("one history", note(two[:7]), note(two), at7, False),
        case("one history, power of two", note(two[:8]), note(two), at8, False),
        case("sizes before they part", note(one[:3]), note(two), subproof(3, two, False), False),
        case("one size with a path", note(one[:7]), note(two[:7]), [EMPTY], False),
        case("path changed", note(one[:7]), note(two), [flipped(at7[0])] + at7[1:], False),
        case("path cut", note(one[:7]), note(two), at7[:-1], False),
        case("no path", note(one[:7]), note(two), [], False),
        case("nothing, and something", note([]), note(two), [], False),
        case("held by another key", unknown, note(two), at7, False),
        case("shown by another key", note(one[:7]), note(two, EVE, ANN.name), at7, False),
        case("two logs", note(one[:7], BEA, BEA.name), note(two), at7, False),
        case("held is no note", "x", note(two), at7, "NOTE_MALFORMED"),
        case("shown with an extension line", note(one[:7]), body(7, EMPTY, more="x\n") + "\n" + ANN.sign(body(7, EMPTY, more="x\n")), [], "CHECKPOINT_MALFORMED"),
        *(case(name, note(one[:7]), note(two), at7, "PROOF_MALFORMED", change) for name, change in bad),
    ]
    whole = json.dumps(cases[0]["evidence"])
    raw = {"cut off": whole[:-1], "two objects": whole + whole, "a list": "[" + whole + "]", "empty": "", "null": "null", "no path": '{"held":"","shown":""}'}
    return [{**c, "evidence": json.dumps(c["evidence"])} for c in cases] + [{"name": n, "evidence": r, "expect": "PROOF_MALFORMED"} for n, r in raw.items()]


def proof_vectors():
    """Files that prove record 4 of Ann's 7; witnesses as above."""
    lines = [b'{"seq":%d}' % n for n in range(7)]
    leaves = [leaf_hash(line) for line in lines]
    text = body(7, mth(leaves))
    signed = text + "\n" + ANN.sign(text) + BEA.cosign(text, TIME)
    siblings = [b64(h) for h in path(4, leaves)]
    first, extra, index = "c2sp.org/tlog-proof@v1", "extra " + b64(lines[4]), "index 4"
    head = [first, extra, index, *siblings]

    def file(*head_lines, note=signed):
        return "\n".join(head_lines) + "\n\n" + note

    leaf = leaves[4].hex()
    cases = [
        {"name": "stands alone", "file": file(*head), "expect": "accept", "index": 4},
        {"name": "with the leaf", "file": file(*head), "leaf": leaf, "expect": "accept", "index": 4},
        {"name": "without extra", "file": file(first, index, *siblings), "leaf": leaf, "expect": "accept", "index": 4},
        {"name": "neither record nor leaf", "file": file(first, index, *siblings), "expect": "PROOF_MALFORMED"},
        {"name": "another leaf", "file": file(*head), "leaf": leaves[3].hex(), "expect": "PROOF_UNVERIFIED"},
        {"name": "another record", "file": file(first, "extra " + b64(lines[3]), index, *siblings), "expect": "PROOF_UNVERIFIED"},
        {"name": "another place", "file": file(first, extra, "index 5", *siblings), "expect": "PROOF_UNVERIFIED"},
        {"name": "a place beyond the end", "file": file(first, extra, "index 7", *siblings), "expect": "PROOF_UNVERIFIED"},
        {"name": "path cut", "file": file(*head[:-1]), "expect": "PROOF_UNVERIFIED"},
        {"name": "path turned round", "file": file(first, extra, index, *siblings[::-1]), "expect": "PROOF_UNVERIFIED"},
        {"name": "a hash more", "file": file(*head, b64(EMPTY)), "expect": "PROOF_UNVERIFIED"},
        {"name": "signed by nobody known", "file": file(*head, note=text + "\n" + EVE.sign(text)), "expect": "NOTE_UNVERIFIED"},
        {"name": "of another log", "file": file(*head, note=body(7, mth(leaves), BEA.name) + "\n" + BEA.sign(body(7, mth(leaves), BEA.name))), "expect": "NOTE_UNVERIFIED"},
        {"name": "no note", "file": file(*head, note="x"), "expect": "NOTE_MALFORMED"},
        {"name": "two notes", "file": file(*head) + "\n" + signed, "expect": "CHECKPOINT_MALFORMED"},
        {"name": "an empty line more", "file": file(*head, note="\n" + signed), "expect": "CHECKPOINT_MALFORMED"},
        {"name": "trailing data", "file": file(*head) + "x", "expect": "NOTE_MALFORMED"},
    ]
    malformed = {
        "version 2": file("c2sp.org/tlog-proof@v2", *head[1:]), "no first line": file(*head[1:]), "space after the first line": file(first + " ", *head[1:]),
        "extra after index": file(first, index, extra, *siblings), "extra twice": file(first, extra, *head[1:]), "extra empty": file(first, "extra ", index, *siblings),
        "extra without padding": file(first, "extra " + b64(b"12345678").rstrip("="), index, *siblings),
        "no index": file(first, extra, *siblings), "leading zero": file(first, extra, "index 04", *siblings), "negative": file(first, extra, "index -4", *siblings),
        "index 2^53": file(first, extra, "index %d" % 2**53, *siblings), "index beyond all": file(first, extra, "index " + "9" * 400, *siblings), "tab after index": file(first, extra, "index\t4", *siblings),
        "hash of 31 bytes": file(first, extra, index, b64(EMPTY[:31])), "hash in hex": file(first, extra, index, EMPTY.hex()), "65 hashes": file(first, extra, index, *[b64(EMPTY)] * 65),
        "carriage returns": file(*(line + "\r" for line in head)), "byte order mark": "\ufeff" + file(*head), "first line alone": first + "\n", "empty": "", "no empty line": "\n".join(head) + "\n",
    }
    cases += [{"name": n, "file": f, "expect": "PROOF_MALFORMED"} for n, f in malformed.items()]
    assert len({(c["file"], c.get("leaf")) for c in cases}) == len(cases), "each is another"
    return cases


def checkpoint_json():
    keys = {"log": ANN.log, "witnesses": [BEA.witness, CAL.witness]}
    root = mth([leaf_hash(b"%d" % n) for n in range(7)])
    return plain({**keys, "verifierKeys": key_vectors(), "checkpoints": checkpoint_vectors(root), "evidence": evidence_vectors(), "proofs": proof_vectors()})


if __name__ == "__main__":
    write("checkpoint.json", checkpoint_json())

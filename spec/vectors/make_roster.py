"""Makes roster.json from spec/roster.md alone (Python's standard library, no code of ours).

Run by hand when the specification changes: python3 spec/vectors/make_roster.py
"""
import base64, hashlib, json, sys

sys.dont_write_bytecode = True
import ed25519
from make_checkpoint import Party, vkey
from make_tree import flipped, write

DEE, EVE, MAX = (Party("branchline/director/" + name) for name in ("Dee", "Eve", "Max"))
WATCH = Party("watch.example")
DAY, NOW = 86400000, 1764000000000
ANN, BEA, CY, ZOE = ("12D3KooW" + name * 14 for name in ("AnnA", "BeaB", "CyCy", "ZoeZ"))


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def log_key(peer):
    return ed25519.public(hashlib.sha256(peer.encode()).digest()).hex()


def member(peer, name, **more):
    return {"branch": "Northside", "desks": ["Reference"], "log": log_key(peer), "name": name, "peer": peer,
            "roles": [], "rooms": ["all staff"], **more}


BASE = {
    "directors": [DEE.log], "expires": NOW + 365 * DAY, "issued": NOW - DAY, "lan": "milltown", "library": "Milltown Public Library",
    "members": [member(ANN, "Ann"), member(BEA, "Bea", title="Branch manager", roles=["may-urgent"], **{"from": NOW - 9 * DAY, "until": NOW + 9 * DAY})],
    "relays": ["/ip4/10.1.0.9/tcp/4100/p2p/12D3KooWRe1ay"], "revoked": [{"peer": CY, "reason": "left the library", "time": NOW - 2 * DAY}],
    "serial": 7, "succession": [], "v": 1, "witnesses": [WATCH.witness],
}


def note(text, *signers):
    return text + "\n" + "".join(signer.sign(text) for signer in signers)


def roster(*signers, **change):
    content = {name: value for name, value in {**BASE, **change}.items() if value is not None}
    return note(canonical(content) + "\n", *(signers or [DEE]))


def succession_text(library, serial, directors):
    return "".join(line + "\n" for line in ["branchline/v1/directors", library, str(serial), *directors])


def step(by, serial, directors, said=None):
    """`said`: what the signature is over, where that is not what the step says."""
    text = said or succession_text(BASE["library"], serial, [each.log for each in directors])
    return {"by": by.log, "directors": [each.log for each in directors], "serial": serial, "signature": ed25519.sign(by.seed, text.encode()).hex()}


def with_member(**change):
    person = {name: value for name, value in {**member(ANN, "Ann"), **change}.items() if value is not None}
    return roster(members=[person])


def many(count, make):
    return [make(n) for n in range(count)]


def first_vectors():
    plain = roster()
    text = plain[:plain.index("\n\n") + 1]
    accept = {
        "a roster": plain,
        "nobody on it yet": roster(members=[], relays=[], revoked=[], witnesses=[], serial=1),
        "signed by two directors": roster(DEE, EVE, directors=[DEE.log, EVE.log]),
        "signed by one of two directors": roster(EVE, directors=[DEE.log, EVE.log]),
        "signed by somebody else, too": roster(DEE, MAX),
        "names in any script": with_member(name="Zo\u00eb \u674e \U0001f4da", branch="B\u00fccherei"),
        "quotes and backslashes": with_member(name='Ann "A" \\ Bee'),
        "the largest serial": roster(serial=2**53 - 1),
        "a name of 128 bytes": with_member(name="\u00e9" * 64),
        "8 directors": roster(directors=[DEE.log] + [Party("branchline/director/%d" % n).log for n in range(7)]),
        "16 relays": roster(relays=many(16, lambda n: "/ip4/10.1.0.9/tcp/%d/p2p/12D3KooWRe1ay" % (4000 + n))),
        "100 rooms": with_member(rooms=many(100, lambda n: "room %d" % n)),
        "a director in place of another": roster(EVE, directors=[EVE.log], succession=[step(DEE, 5, [EVE])]),
    }
    malformed = {
        "no note": text,
        "no signature": text + "\n",
        "no line feed at the end": plain[:-1],
        "two lines of text": note(text + text, DEE),
        "no JSON": note("roster\n", DEE),
        "null": note("null\n", DEE),
        "an array": note("[]\n", DEE),
        "spaces": note(text.replace(":", ": ", 1), DEE),
        "another order": note(canonical(BASE).replace(',"v":1', "", 1).replace("{", '{"v":1,', 1) + "\n", DEE),
        "a member of JSON twice": note(text.replace('"v":1', '"v":1,"v":1'), DEE),
        "an escape that need not be": note(text.replace("Milltown", "M\\u0069lltown", 1), DEE),
        "a carriage return": note(text.replace("Milltown", "Mill\rtown", 1), DEE),
        "a lone surrogate": note(text.replace("Milltown", "\\ud800town", 1), DEE),
        "a float": note(text.replace('"serial":7', '"serial":7.0'), DEE),
        "an exponent": note(text.replace('"serial":7', '"serial":7e0'), DEE),
        "minus nought": note(text.replace('"issued":%d' % BASE["issued"], '"issued":-0'), DEE),
        "an unknown member": roster(motto="read"),
        "a member named __proto__": note(text.replace('{"directors"', '{"__proto__":1,"directors"', 1), DEE),
        **{"without %s" % name: roster(**{name: None}) for name in BASE},
        "version 2": roster(v=2),
        "version true": roster(v=True),
        "serial 0": roster(serial=0),
        "serial -1": roster(serial=-1),
        "serial 2^53": roster(serial=2**53),
        "serial as text": roster(serial="7"),
        "no directors": roster(directors=[]),
        "9 directors": roster(directors=[DEE.log] + [Party("branchline/director/%d" % n).log for n in range(8)]),
        "a director twice": roster(directors=[DEE.log, DEE.log]),
        "a director's key for cosignatures": roster(directors=[DEE.log, EVE.witness]),
        "a director's key with another key ID": roster(directors=[DEE.log, EVE.log.replace(EVE.log.split("+")[1], "00000000")]),
        "a director's key whose name is no origin": roster(directors=[DEE.log, vkey("\u00e9", 1, EVE.public)]),
        "a director's key that is none": roster(directors=[DEE.log, "key"]),
        "a witness' key for notes": roster(witnesses=[WATCH.log]),
        "expires when it is issued": roster(issued=NOW, expires=NOW),
        "a time in words": roster(issued="today"),
        "an empty name of the library": roster(library=""),
        "a library's name of 129 bytes": roster(library="m" * 129),
        "a library's name of two lines": roster(library="Mill\ntown"),
        "a library's name with a C1 control": roster(library="Mill\u0085town"),
        "a LAN in capitals": roster(lan="Milltown"),
        "a LAN of 41 characters": roster(lan="m" * 41),
        "a relay without a peer ID": roster(relays=["/ip4/10.1.0.9/tcp/4100"]),
        "a relay that is a URL": roster(relays=["https://relay.example/p2p/12D3KooWRe1ay"]),
        "a relay of 257 characters": roster(relays=["/dns4/" + "r" * 233 + "/p2p/12D3KooWRe1ay"]),
        "a relay twice": roster(relays=BASE["relays"] * 2),
        "17 relays": roster(relays=many(17, lambda n: "/ip4/10.1.0.9/tcp/%d/p2p/12D3KooWRe1ay" % (4000 + n))),
        "members as an object": roster(members={}),
        "a member that is a name": roster(members=["Ann"]),
        "a member twice": roster(members=[member(ANN, "Ann"), {**member(ANN, "Ann Two"), "log": log_key(BEA)}]),
        "two members with one log key": roster(members=[member(ANN, "Ann"), {**member(BEA, "Bea"), "log": log_key(ANN)}]),
        "a member who is revoked": roster(members=[member(CY, "Cy")]),
        "a member without a log key": with_member(log=None),
        "a member with a log key in capitals": with_member(log=log_key(ANN).upper()),
        "a member with a peer ID of another alphabet": with_member(peer="12D3KooW-Ann"),
        "a member without a name": with_member(name=""),
        "a member with a name of 129 bytes": with_member(name="\u00e9" * 64 + "x"),
        "a member with a title that is empty": with_member(title=""),
        "a member with a branch of 65 bytes": with_member(branch="b" * 65),
        "a member with a desk twice": with_member(desks=["Reference", "Reference"]),
        "a member with 17 desks": with_member(desks=many(17, lambda n: "desk %d" % n)),
        "a member with 101 rooms": with_member(rooms=many(101, lambda n: "room %d" % n)),
        "101 rooms in all": roster(members=[member(ANN, "Ann", rooms=many(100, lambda n: "room %d" % n)), member(BEA, "Bea", rooms=["another"])]),
        "a role in capitals": with_member(roles=["May-urgent"]),
        "9 roles": with_member(roles=many(9, lambda n: "role-%d" % n)),
        "a member until before they come": with_member(**{"from": NOW, "until": NOW}),
        "a member from no time": with_member(**{"from": "now"}),
        "a member with something more": with_member(motto="read"),
        "a revocation without a reason": roster(revoked=[{"peer": CY, "time": NOW}]),
        "a revocation with an empty reason": roster(revoked=[{"peer": CY, "reason": "", "time": NOW}]),
        "a revocation with a reason of 257 bytes": roster(revoked=[{"peer": CY, "reason": "r" * 257, "time": NOW}]),
        "somebody revoked twice": roster(revoked=BASE["revoked"] * 2),
        "directors who are not those of the last succession": roster(succession=[step(DEE, 5, [EVE])]),
        "a succession of a later roster": roster(EVE, directors=[EVE.log], succession=[step(DEE, 8, [EVE])]),
        "successions in falling order": roster(EVE, directors=[EVE.log], succession=[step(DEE, 6, [MAX]), step(MAX, 5, [EVE])]),
        "two successions under one serial": roster(EVE, directors=[EVE.log], succession=[step(DEE, 5, [MAX]), step(MAX, 5, [EVE])]),
        "a succession with half a signature": roster(EVE, directors=[EVE.log], succession=[{**step(DEE, 5, [EVE]), "signature": "00" * 32}]),
        "17 successions": roster(succession=many(17, lambda n: {"by": DEE.log, "directors": [DEE.log], "serial": n + 1, "signature": "00" * 64}), serial=20),
    }
    data = base64.b64decode(plain.rstrip("\n").split(" ")[-1])
    changed = text + "\n\u2014 %s %s\n" % (DEE.name, base64.b64encode(flipped(data)).decode())
    unsigned = {
        "signed by somebody else alone": roster(EVE),
        "one letter changed": plain.replace("Ann", "Amn", 1),
        "a member added": note(text, DEE).replace('"members":[', '"members":[' + canonical(member(ZOE, "Zoe")) + ",", 1),
        "one bit of the signature changed": changed,
        "another's signature under a director's name": plain.replace(DEE.sign(text), DEE.line(1, ed25519.sign(EVE.seed, text.encode()))),
        "a director's signature and a wrong one of another director": note(canonical({**BASE, "directors": [DEE.log, EVE.log]}) + "\n", DEE)
            + EVE.line(1, bytes(64)),
        "signed as a cosignature": text + "\n" + DEE.line(4, ed25519.sign(DEE.seed, text.encode())),
    }
    cases = [{"name": name, "note": each, "now": NOW, "expect": "accept"} for name, each in accept.items()]
    cases += [{"name": name, "note": each, "now": NOW, "expect": "ROSTER_MALFORMED"} for name, each in malformed.items()]
    cases += [{"name": name, "note": each, "now": NOW, "expect": "ROSTER_UNSIGNED"} for name, each in unsigned.items()]
    cases += [{"name": "no UTF-8", "noteHex": plain.encode().replace(b"Ann", b"A\xffn", 1).hex(), "now": NOW, "expect": "ROSTER_MALFORMED"}]
    before, after = canonical({**BASE, "members": ["HERE"]}).split('"HERE"')
    end = after + "\n\n" + DEE.line(1, bytes(64))
    piece = canonical({**member("PEERNNN", "Member NNN"), "log": "00" * 30 + "0NNN"})
    thin = canonical({**member("PEERNNN", "Member NNN"), "log": "00" * 30 + "0NNN", "desks": many(16, lambda n: "d%d" % n + "d" * 60)})
    for name, times, each, code in [("500 members, signed by nobody", 500, piece, "ROSTER_UNSIGNED"), ("501 members", 501, piece, "ROSTER_MALFORMED"),
                                    ("more than 524,288 bytes", 450, thin, "ROSTER_MALFORMED")]:
        cases.append({"name": name, "repeat": {"before": before, "piece": each, "times": times, "after": end}, "now": NOW, "expect": code})
    cases.append({"name": "on its last millisecond", "note": plain, "now": BASE["expires"] - 1, "expect": "accept"})
    cases.append({"name": "on the moment it expires", "note": plain, "now": BASE["expires"], "expect": "ROSTER_EXPIRED"})
    return cases


def after_vectors():
    held, other = roster(), "Another Public Library"
    two = roster(DEE, directors=[DEE.log, EVE.log], succession=[step(DEE, 6, [DEE, EVE])])
    handed = [step(DEE, 8, [EVE])]
    chain = [step(DEE, 8, [EVE]), step(EVE, 9, [MAX])]
    eve = {"directors": [EVE.log], "succession": handed}
    cases = {
        "the same again": (held, held, "known"),
        "the same text, signed by another, too": (held, roster(DEE, MAX), "known"),
        "the next": (held, roster(serial=8), "accept"),
        "one much later": (held, roster(serial=9000), "accept"),
        "by the other director": (two, roster(EVE, directors=[DEE.log, EVE.log], succession=[step(DEE, 6, [DEE, EVE])], serial=8), "accept"),
        "by a new director": (held, roster(EVE, serial=8, **eve), "accept"),
        "by a new director, later": (held, roster(EVE, serial=12, **eve), "accept"),
        "by the newest of three directors": (held, roster(MAX, serial=12, directors=[MAX.log], succession=chain), "accept"),
        "a second director taken in": (held, roster(DEE, serial=8, directors=[DEE.log, EVE.log], succession=[step(DEE, 8, [DEE, EVE])]), "accept"),
        "after the succession is known": (roster(EVE, serial=8, **eve), roster(EVE, serial=9, **eve), "accept"),
        "of another library": (held, roster(serial=8, library=other), "ROSTER_FOREIGN"),
        "of another library by another director": (held, roster(EVE, serial=8, library=other, directors=[EVE.log]), "ROSTER_FOREIGN"),
        "a lower serial": (held, roster(serial=6), "ROSTER_STALE"),
        "a lower serial by nobody known": (held, roster(EVE, serial=6, directors=[EVE.log]), "ROSTER_STALE"),
        "by another director": (held, roster(EVE, serial=8, directors=[EVE.log]), "ROSTER_UNSIGNED"),
        "by another director in the known one's name": (held, roster(EVE, serial=8), "ROSTER_UNSIGNED"),
        "edited": (held, roster(serial=8).replace('"Ann"', '"Amn"', 1), "ROSTER_UNSIGNED"),
        "a director taken in without a succession": (held, roster(DEE, serial=8, directors=[DEE.log, EVE.log]), "ROSTER_UNSIGNED"),
        "a director left out without a succession": (two, roster(DEE, serial=8), "ROSTER_UNSIGNED"),
        "a succession by nobody known": (held, roster(EVE, serial=8, directors=[EVE.log], succession=[step(EVE, 8, [EVE])]), "ROSTER_UNSIGNED"),
        "a succession by nobody known in the known one's name": (
            held, roster(EVE, serial=8, directors=[EVE.log], succession=[{**step(EVE, 8, [EVE]), "by": DEE.log}]), "ROSTER_UNSIGNED"),
        "a succession of another library": (
            held, roster(EVE, serial=8, directors=[EVE.log], succession=[step(DEE, 8, [EVE], succession_text(other, 8, [EVE.log]))]), "ROSTER_UNSIGNED"),
        "a succession from another serial": (
            held, roster(EVE, serial=9, directors=[EVE.log], succession=[step(DEE, 9, [EVE], succession_text(BASE["library"], 8, [EVE.log]))]), "ROSTER_UNSIGNED"),
        "a succession that names another": (
            held, roster(EVE, serial=8, directors=[EVE.log], succession=[step(DEE, 8, [EVE], succession_text(BASE["library"], 8, [MAX.log]))]), "ROSTER_UNSIGNED"),
        "a succession without the last line feed": (
            held, roster(EVE, serial=8, directors=[EVE.log], succession=[step(DEE, 8, [EVE], succession_text(BASE["library"], 8, [EVE.log])[:-1])]), "ROSTER_UNSIGNED"),
        "a succession from before the roster held": (
            held, roster(EVE, serial=8, directors=[EVE.log], succession=[step(DEE, 7, [EVE])]), "ROSTER_UNSIGNED"),
        "by one who was a director": (roster(EVE, serial=8, **eve), roster(DEE, serial=9), "ROSTER_UNSIGNED"),
        "a succession by one who was a director": (
            roster(EVE, serial=8, **eve), roster(MAX, serial=9, directors=[MAX.log], succession=[step(DEE, 9, [MAX])]), "ROSTER_UNSIGNED"),
        "a step left out": (held, roster(MAX, serial=12, directors=[MAX.log], succession=chain[1:]), "ROSTER_UNSIGNED"),
        "another under the same serial": (held, roster(lan="elsewhere"), "ROSTER_FORKED"),
        "edited under the same serial": (held, held.replace('"Ann"', '"Amn"', 1), "ROSTER_UNSIGNED"),
        "the next, expired": (held, roster(serial=8, expires=NOW), "ROSTER_EXPIRED"),
        "malformed": (held, roster(serial=8, v=2), "ROSTER_MALFORMED"),
    }
    made = [{"name": name, "held": held, "note": offered, "now": NOW, "expect": says} for name, (held, offered, says) in cases.items()]
    expired = roster(expires=NOW - 1)
    return made + [{"name": "the next, after one that has expired", "held": expired, "note": roster(serial=8), "now": NOW, "expect": "accept"}]


def standing_vectors():
    person = BASE["members"][1]
    cases = [
        ("somebody on it", ANN, NOW, "accept"), ("somebody who is there for a time", BEA, NOW, "accept"),
        ("on the first millisecond", BEA, person["from"], "accept"), ("a millisecond too early", BEA, person["from"] - 1, "MEMBER_EXPIRED"),
        ("on the last millisecond", BEA, person["until"] - 1, "accept"), ("a millisecond too late", BEA, person["until"], "MEMBER_EXPIRED"),
        ("somebody who was revoked", CY, NOW, "MEMBER_REVOKED"), ("a stranger", ZOE, NOW, "MEMBER_UNKNOWN"),
        ("a relay", "12D3KooWRe1ay", NOW, "MEMBER_UNKNOWN"), ("a peer ID in other letters", ANN.lower(), NOW, "MEMBER_UNKNOWN"),
        ("anybody, when it has expired", ANN, BASE["expires"], "ROSTER_EXPIRED"),
    ]
    return [{"name": name, "note": roster(), "peer": peer, "now": now, "expect": says} for name, peer, now, says in cases]


def code_of(peer, log, name, version="branchline-request-1"):
    said = ".".join([version, peer, log, base64.urlsafe_b64encode(name).rstrip(b"=").decode()])
    return said + "." + hashlib.sha256(said.encode()).hexdigest()[:8]


def request_vectors():
    log, good = log_key(ANN), code_of(ANN, log_key(ANN), b"Ann")
    accept = {"a request": b"Ann", "a name in any script": "Zo\u00eb \u674e \U0001f4da".encode(), "a name of 128 bytes": b"x" * 128}
    refused = {
        "empty": "", "no check": good[:-9], "one letter changed": good.replace("Ann", "Amn", 1), "a check in capitals": good[:-8] + good[-8:].upper(),
        "a space before": " " + good, "a line feed after": good + "\n", "two in one": good + "." + good,
        "another version": code_of(ANN, log, b"Ann", "branchline-request-2"), "a log key of 31 bytes": code_of(ANN, log[2:], b"Ann"),
        "no name": code_of(ANN, log, b""), "a name of 129 bytes": code_of(ANN, log, b"x" * 129), "a name that is no UTF-8": code_of(ANN, log, b"\xff\xfe"),
        "a name of two lines": code_of(ANN, log, b"Ann\nBea"), "a peer ID of another alphabet": code_of("12D3-Ann", log, b"Ann"),
        "a peer ID of 129 characters": code_of("1" * 129, log, b"Ann"), "a name in padded base64": None, "a name with spare bits": None,
        "513 characters": code_of(ANN, log, b"x" * 300),
    }
    said = good[:-9]
    for name, end in [("a name in padded base64", "QQ=="), ("a name with spare bits", "QR")]:
        begun = said[:said.rindex(".") + 1] + end
        refused[name] = begun + "." + hashlib.sha256(begun.encode()).hexdigest()[:8]
    cases = [{"name": name, "code": code_of(ANN, log, each), "expect": {"accept": {"peer": ANN, "log": log, "name": each.decode()}}} for name, each in accept.items()]
    return cases + [{"name": name, "code": code, "expect": "REQUEST_MALFORMED"} for name, code in refused.items()]


def fingerprint_vectors():
    return [{"key": each.log, "fingerprint": hashlib.sha256(each.log.encode()).hexdigest()[:32]} for each in (DEE, EVE)]


if __name__ == "__main__":
    write("roster.json", {"first": first_vectors(), "after": after_vectors(), "standing": standing_vectors(), "request": request_vectors(),
                          "fingerprint": fingerprint_vectors()})

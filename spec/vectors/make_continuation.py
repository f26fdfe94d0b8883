"""Makes continuation.json from section 12 of spec/audit-log.md alone (Python's standard library, no code of ours).

Run by hand when the specification changes: python3 spec/vectors/make_continuation.py
"""
import hashlib, json, sys

sys.dont_write_bytecode = True
import ed25519
from make_checkpoint import Party, b64, vkey
from make_tree import write

LOG, OTHER = "branchline/Ann", "branchline/Bea"


class Key:
    """One of several keys under one name."""

    def __init__(self, name, number):
        self.seed = hashlib.sha256(b"%s %d" % (name.encode(), number)).digest()
        self.vkey = vkey(name, 1, ed25519.public(self.seed))


FIRST, SECOND, THIRD = (Key(LOG, number) for number in range(3))
DIRECTOR, STRANGER = Key("branchline/director/Dee", 0), Key("branchline/director/Eve", 0)


def text(size, root, key, reason, origin=LOG):
    return "branchline/v1/continuation\n%s\n%d\n%s\n%s\n%s\n" % (origin, size, b64(root), key, reason)


def change(seq, key, by, reason="why", kind="key-rotate", said=None, **more):
    """`said`: what the signature is over, where that is not what the record says."""
    root = hashlib.sha256(b"root %d" % seq).digest()
    signature = ed25519.sign(by.seed, (said or text(seq, root, key, reason)).encode()).hex()
    detail = {"key": key, "signature": signature, **({"signer": by.vkey} if kind == "recovery" else {}), **more}
    record = {"actor": "Ann", "boot": "00" * 16, "detail": detail, "kind": kind, "mono": seq, "prev": "00" * 32,
              "reason": reason, "seq": seq, "time": seq, "v": 1}
    return {"line": json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False), "root": root.hex()}


def recovery(seq, key, director=DIRECTOR, **more):
    return change(seq, key, director, kind="recovery", **more)


def vectors():
    root5 = hashlib.sha256(b"root 5").digest()
    rotated, forged = change(5, SECOND.vkey, FIRST), change(5, SECOND.vkey, SECOND)
    accept = {  # changes, and from which size on which key is in force
        "no change": ([], [(0, FIRST)]),
        "a rotation": ([rotated], [(0, FIRST), (6, SECOND)]),
        "two rotations": ([rotated, change(9, THIRD.vkey, SECOND)], [(0, FIRST), (6, SECOND), (10, THIRD)]),
        "a rotation right after another": ([rotated, change(6, THIRD.vkey, SECOND)], [(0, FIRST), (6, SECOND), (7, THIRD)]),
        "a rotation right after the genesis": ([change(1, SECOND.vkey, FIRST)], [(0, FIRST), (2, SECOND)]),
        "a reason in any script": ([change(5, SECOND.vkey, FIRST, reason="caf\u00e9 \u2028 \U0001f511")], [(0, FIRST), (6, SECOND)]),
        "a recovery under another key": ([recovery(5, SECOND.vkey)], [(0, FIRST), (6, SECOND)]),
        "a recovery under the same key": ([recovery(5, FIRST.vkey)], [(0, FIRST), (6, FIRST)]),
        "a recovery that knows of more": ([recovery(5, SECOND.vkey, **{"known-size": 9})], [(0, FIRST), (6, SECOND)]),
        "a recovery under the same key, then a rotation": (
            [recovery(5, FIRST.vkey), change(8, SECOND.vkey, FIRST)], [(0, FIRST), (6, FIRST), (9, SECOND)]),
        "recoveries by two directors": (
            [recovery(5, SECOND.vkey), recovery(8, THIRD.vkey, STRANGER)], [(0, FIRST), (6, SECOND), (9, THIRD)]),
    }
    wrong = {
        "signed by the new key": [forged],
        "signed by a key that was replaced": [rotated, change(9, THIRD.vkey, FIRST)],
        "signed by a director without saying so": [change(5, SECOND.vkey, DIRECTOR)],
        "signed by another director than it says": [recovery(5, SECOND.vkey, STRANGER, signer=DIRECTOR.vkey)],
        "signed for another size": [change(5, SECOND.vkey, FIRST, said=text(6, root5, SECOND.vkey, "why"))],
        "signed for another root": [change(5, SECOND.vkey, FIRST, said=text(5, bytes(32), SECOND.vkey, "why"))],
        "signed for another key": [change(5, SECOND.vkey, FIRST, said=text(5, root5, THIRD.vkey, "why"))],
        "signed for another reason": [change(5, SECOND.vkey, FIRST, said=text(5, root5, SECOND.vkey, "because"))],
        "signed for another log": [change(5, SECOND.vkey, FIRST, said=text(5, root5, SECOND.vkey, "why", OTHER))],
        "signed without the last line feed": [change(5, SECOND.vkey, FIRST, said=text(5, root5, SECOND.vkey, "why")[:-1])],
        "a key of another log": [change(5, Key(OTHER, 0).vkey, FIRST)],
        "a key that is none": [change(5, "key", FIRST)],
        "a key for cosignatures": [change(5, vkey(LOG, 4, ed25519.public(SECOND.seed)), FIRST)],
        "a rotation to the same key": [change(5, FIRST.vkey, FIRST)],
        "a key that comes back": [rotated, change(9, FIRST.vkey, SECOND)],
        "a key that comes back by recovery": [rotated, recovery(9, FIRST.vkey)],
        "two changes in one place": [rotated, change(5, THIRD.vkey, SECOND)],
        "changes in falling order": [change(9, SECOND.vkey, FIRST), change(5, THIRD.vkey, SECOND)],
        "a director's key for cosignatures": [recovery(5, SECOND.vkey, signer=vkey("branchline/director/Dee", 4, ed25519.public(DIRECTOR.seed)))],
    }
    cases = [{"name": name, "genesisKey": FIRST.vkey, "changes": changes, "expect": "accept",
              "epochs": [{"from": size, "vkey": key.vkey} for size, key in epochs]} for name, (changes, epochs) in accept.items()]
    cases += [{"name": name, "genesisKey": FIRST.vkey, "changes": changes, "expect": "KEY_CHANGE_WRONG"} for name, changes in wrong.items()]
    return {"texts": [{"origin": LOG, "size": 5, "root": root5.hex(), "key": SECOND.vkey, "reason": reason,
                       "text": text(5, root5, SECOND.vkey, reason)} for reason in ("why", "caf\u00e9 \U0001f511")],
            "chains": cases}


if __name__ == "__main__":
    write("continuation.json", vectors())

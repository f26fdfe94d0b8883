"""Makes places.json from spec/places.md alone (Python's standard library, no code of ours).

Run by hand when the specification changes: python3 spec/vectors/make_places.py
"""
import hashlib, sys

sys.dont_write_bytecode = True
import ed25519
from make_tree import write

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def base58(data):
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        text = BASE58[rest] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def peer(name):
    """An identity multihash of a protobuf with key type 1 (Ed25519) and the key."""
    key = ed25519.public(hashlib.sha256(name.encode()).digest())
    return base58(b"\x00\x24\x08\x01\x12\x20" + key)


def varint(number):
    out = b""
    while number >= 128:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def field(number, data):
    return varint(number << 3 | 2) + varint(len(data)) + data


def body(here=(), gone=()):
    return b"".join(field(1, each.encode()) for each in here) + b"".join(field(2, each.encode()) for each in gone)


def frame(data):
    return varint(len(data)) + data


ANN, BEA, CY = (peer(name) for name in ("ann", "bea", "cy"))
MANY = [peer(f"member {n}") for n in range(255)]

CASES = [
    ("nobody else holds a place", frame(b""), [{"here": [], "gone": []}]),
    ("a first frame", frame(body([ANN, BEA])), [{"here": [ANN, BEA], "gone": []}]),
    ("one came and one went", frame(body([CY], [ANN])), [{"here": [CY], "gone": [ANN]}]),
    ("two frames at once", frame(body([ANN])) + frame(body([], [ANN])), [{"here": [ANN], "gone": []}, {"here": [], "gone": [ANN]}]),
    ("255 others", frame(body(MANY)), [{"here": MANY, "gone": []}]),
    ("fields that are not known are skipped", frame(body([ANN]) + field(9, b"later") + b"\x50\x07"), [{"here": [ANN], "gone": []}]),
    ("a frame that is not whole yet", frame(body([ANN]))[:-1], []),
    ("a frame that is too large", varint(16385), "FRAME_TOO_LARGE"),
    ("a length that never ends", b"\xff" * 10, "FRAME_TOO_LARGE"),
    ("no protobuf", frame(b"\x0a\x7f"), "FRAME_MALFORMED"),
    ("no peer ID", frame(body(["Ann"])), "FRAME_MALFORMED"),
    ("an empty name", frame(body([""])), "FRAME_MALFORMED"),
    ("a name that is no text", frame(field(1, b"\xff\xfe")), "FRAME_MALFORMED"),
]

write("places.json", [{"name": name, "bytes": data.hex(), **({"refused": told} if isinstance(told, str) else {"told": told})} for name, data, told in CASES])

"""Reads what a relay tells of its places, from spec/places.md section 2 and protobuf's wire format alone."""
import re
from record_rules import Refused

MAX_FRAME = 16384
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
# An identity multihash of an Ed25519 key: the only peer IDs that a roster can hold.
KEY = b"\x00\x24\x08\x01\x12\x20"
VARINT, LENGTH = 0, 2


def varint(data, at):
    """(value, where it ends), or None where it is not whole."""
    value = 0
    for n, byte in enumerate(data[at:at + 10]):
        value |= (byte & 127) << 7 * n
        if byte < 128:
            return value, at + n + 1
    if len(data) - at >= 10:
        raise Refused("FRAME_TOO_LARGE")
    return None


def read_places(data):
    """What each whole frame tells."""
    told, at = [], 0
    while (length := varint(data, at)) is not None:
        size, start = length
        if size > MAX_FRAME:
            raise Refused("FRAME_TOO_LARGE")
        if start + size > len(data):
            break
        told.append(read_body(data[start:start + size]))
        at = start + size
    return told


def read_body(body):
    places, at = {1: [], 2: []}, 0
    while at < len(body):
        tag, at = whole(body, at)
        if tag & 7 == VARINT:
            _, at = whole(body, at)
        elif tag & 7 == LENGTH:
            size, at = whole(body, at)
            if at + size > len(body):
                raise Refused("FRAME_MALFORMED")
            if tag >> 3 in places:
                places[tag >> 3].append(peer_of(body[at:at + size]))
            at += size
        else:
            raise Refused("FRAME_MALFORMED")
    return {"here": places[1], "gone": places[2]}


def whole(body, at):
    read = varint(body, at)
    if read is None:
        raise Refused("FRAME_MALFORMED")
    return read


def peer_of(name):
    text = name.decode("latin1")
    if not re.fullmatch("[" + BASE58 + "]{1,64}", text):
        raise Refused("FRAME_MALFORMED")
    number = 0
    for letter in text:
        number = number * 58 + BASE58.index(letter)
    zeros = len(text) - len(text.lstrip("1"))
    key = bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")
    if key[:len(KEY)] != KEY or len(key) != len(KEY) + 32:
        raise Refused("FRAME_MALFORMED")
    return text

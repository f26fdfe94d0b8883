"""Sections 6 and 7 of spec/audit-log.md, with C2SP signed-note, tlog-checkpoint and tlog-cosignature: keys, notes,
checkpoints, cosignatures."""
import base64, binascii, functools, re
from collections import namedtuple
import ed25519
from record_rules import Refused, integer
from tree import sha256

LOG, WITNESS = 1, 4  # types of keys
WHITE = "\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"  # Unicode's spaces
NAME = "[^+%s]+" % WHITE
Key = namedtuple("Key", "name id type public")
Signature = namedtuple("Signature", "name id data")
Checkpoint = namedtuple("Checkpoint", "origin size root text signatures")  # text: what is signed

verified = functools.lru_cache(maxsize=None)(ed25519.verify)  # one signature is met in several logs


def decode64(encoded):
    try:
        data = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        return None
    return data if base64.b64encode(data).decode() == encoded else None


def key_of(name, kind, public):
    return Key(name, sha256(name.encode(), b"\n", bytes([kind]), public)[:4], kind, public)


def parse_key(vkey):
    parts = re.fullmatch("(%s)\\+([0-9a-f]{8})\\+(.+)" % NAME, vkey, re.DOTALL)
    material = decode64(parts[3]) if parts else None
    if material is None or len(material) != 33 or material[0] not in (LOG, WITNESS):
        raise Refused("KEY_UNREADABLE")
    key = key_of(parts[1], material[0], material[1:])
    if key.id.hex() != parts[2]:
        raise Refused("KEY_UNREADABLE")
    return key


def vkey_of(key):
    return "%s+%s+%s" % (key.name, key.id.hex(), base64.b64encode(bytes([key.type]) + key.public).decode())


def as_witness(key):
    """The key under which the owner of a log key cosigns."""
    return key_of(key.name, WITNESS, key.public)


def log_key(genesis):
    """The key that a genesis names; None when that is no verifier key of a log under its origin."""
    try:
        key = parse_key(genesis["detail"]["key"])
    except (Refused, UnicodeEncodeError):
        return None
    return key if key.type == LOG and key.name == genesis["detail"]["origin"] else None


def parse_note(note):
    """(text, signatures)"""
    try:
        whole = note.decode() if len(note) <= 65536 else ""
    except UnicodeDecodeError:
        whole = ""
    body, empty, tail = whole.rpartition("\n\n")
    lines = tail.split("\n")
    if not empty or lines.pop() != "" or not 1 <= len(lines) <= 64 or re.search("[\0-\t\x0b-\x1f]", whole):
        raise Refused("NOTE_MALFORMED")
    signatures = []
    for line in lines:
        parts = re.fullmatch("\u2014 (%s) ([0-9A-Za-z+/=]+)" % NAME, line)
        data = decode64(parts[2]) if parts else None
        if data is None or len(data) <= 4:
            raise Refused("NOTE_MALFORMED")
        signatures.append(Signature(parts[1], data[:4], data[4:]))
    return body + "\n", signatures


def parse_checkpoint(note):
    text, signatures = parse_note(note)
    lines = re.fullmatch("([!-*,-~]{1,255})\n(0|[1-9][0-9]{0,15})\n([^\n]{44})\n", text)
    root = decode64(lines[3]) if lines else None
    if root is None or len(root) != 32 or not integer(int(lines[2])):
        raise Refused("CHECKPOINT_MALFORMED")
    return Checkpoint(lines[1], int(lines[2]), root, text, signatures)


def checkpoint_of(origin, size, root):
    return Checkpoint(origin, size, root, "%s\n%d\n%s\n" % (origin, size, base64.b64encode(root).decode()), [])


def signed_by(checkpoint, data, key):
    """Whether the log whose key this is signed the checkpoint."""
    return key.type == LOG and key.name == checkpoint.origin and len(data) == 64 \
        and verified(key.public, checkpoint.text.encode(), data)


def cosigned_at(checkpoint, data, key):
    """The second at which a witness cosigned; None when it did not."""
    time = int.from_bytes(data[:8], "big")
    message = b"cosignature/v1\ntime %d\n" % time + checkpoint.text.encode()
    right = key.type == WITNESS and len(data) == 72 and integer(time) and verified(key.public, message, data[8:])
    return time if right else None


def bears(signature, key):
    return signature.name == key.name and signature.id == key.id


def log_signed(checkpoint, key):
    """Whether one of the checkpoint's signatures is the log's."""
    return any(bears(signature, key) and signed_by(checkpoint, signature.data, key) for signature in checkpoint.signatures)


def read_head_note(note):
    """Its checkpoint, by whomever signed; None when it is no head note."""
    try:
        checkpoint = parse_checkpoint(note.rstrip(b"\n") + b"\n" if note.endswith(b"\n") else note)
    except Refused:
        return None
    return checkpoint if len(note) <= 4096 else None


def verify_checkpoint(checkpoint, log, witnesses):
    """[(name, time)] of the witnesses known who cosigned; of each known key every signature must be right."""
    seen = {}
    for signature in checkpoint.signatures:
        key = next((key for key in [log, *witnesses] if bears(signature, key)), None)
        if key is None:
            continue
        time = signed_by(checkpoint, signature.data, log) if key == log else cosigned_at(checkpoint, signature.data, key)
        if time is None or time is False:
            raise Refused("NOTE_UNVERIFIED")
        seen.setdefault(key, time)
    if log not in seen:
        raise Refused("NOTE_UNVERIFIED")
    return [(key.name, time) for key, time in seen.items() if key != log]

"""Section 12 of spec/audit-log.md: which key signs for a log, and from which size on. For judge.py, in Python's standard
library."""
import base64, binascii, hashlib, re
import ed25519
from record_rules import is_continuation, origin


def decode64(encoded):
    try:
        data = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        return None
    return data if base64.b64encode(data).decode() == encoded else None


def read_key(vkey):
    """(name, key ID, public key) of a verifier key of type 1, else None."""
    parts = re.fullmatch("([^\\s+]+)\\+([0-9a-f]{8})\\+(\\S+)", vkey)
    material = decode64(parts[3]) if parts else None
    if material is None or len(material) != 33 or material[0] != 1:
        return None
    key_id = hashlib.sha256(parts[1].encode() + b"\n" + material).digest()[:4]
    return (parts[1], key_id, material[1:]) if key_id.hex() == parts[2] else None


class Keys:
    """The keys of one log, as its records name them. `first` and every key is what read_key gives."""

    def __init__(self, first, directors):
        self.directors = {read_key(vkey) for vkey in directors}
        self.named = [(0, first)] if first else []  # (smallest size, key), as the records say
        self.believed, self.unbelieved = list(self.named), []
        self.recoveries = {}  # seq of a known director's: the key before it
        self.known_sizes, self.unfollowed = {}, []

    def follow(self, read, root_of):
        """`read`: (seq, leaf, record); `root_of`: of a list of leaves."""
        for place, (seq, _, record) in enumerate(read):
            if self.named and record is not None and record["seq"] == seq and is_continuation(record):
                whole = place == seq
                self.add(record, root_of([bytes.fromhex(leaf) for _, leaf, _ in read[:seq]]) if whole else None)

    def add(self, record, root):
        (start, before), detail, seq = self.named[-1], record["detail"], record["seq"]
        key, replaced = read_key(detail["key"]), [each for _, each in self.named]
        signer = before
        if record["kind"] == "recovery":
            signer, replaced = read_key(detail["signer"]), [each for each in replaced if each != before]
        good = (root is not None and len(self.named) <= 1000 and seq >= max(1, start) and key is not None and key[0] == before[0] and key not in replaced
                and signer is not None and origin(signer[0]) and self.signed(record, root, signer))
        if not good:
            self.unfollowed.append((seq, key))
            return
        self.named.append((seq + 1, key))
        if detail.get("known-size", 0) > seq:
            self.known_sizes[seq] = detail["known-size"]
        if self.unbelieved or record["kind"] == "recovery" and signer not in self.directors:
            self.unbelieved.append((seq + 1, key))
            return
        self.believed.append((seq + 1, key))
        if record["kind"] == "recovery":
            self.recoveries[seq] = before

    def signed(self, record, root, signer):
        lines = ["branchline/v1/continuation", self.named[0][1][0], str(record["seq"]), base64.b64encode(root).decode(),
                 record["detail"]["key"], record["reason"]]
        return ed25519.verify(signer[2], ("\n".join(lines) + "\n").encode(), bytes.fromhex(record["detail"]["signature"]))

    def settle(self, first_break, find):
        for seq, key in self.unfollowed:
            if first_break >= seq:
                find("CONTINUATION_WRONG", seq)
            elif key is not None:
                self.believed += [(seq + 1, each) for each in self.in_force(2**53)] + [(seq + 1, key)]
        self.unfollowed = []

    def in_force(self, size):
        start = max((start for start, _ in self.believed if start <= size), default=None)
        return [key for each, key in self.believed if each == start]

    def standing(self, size, signer):
        """("signed" or "lost", the recovery that explains it), or None."""
        explained = [seq for seq, before in self.recoveries.items() if seq < size and before == signer]
        if signer in self.in_force(size):
            return "signed", max(explained, default=None)
        return ("lost", max(explained)) if explained else None

    def ever(self):
        return list(dict.fromkeys(key for _, key in self.named + self.believed))

"""Section 12 of spec/audit-log.md: which key signs for a log, and from which size on. For judge.py, in Python's standard
library."""
import base64
from collections import namedtuple
from notes import LOG, log_key, log_signed, parse_key, verified
from record_rules import Refused, is_continuation, origin


class Standing(namedtuple("Standing", "by recovery key")):
    """by: "signed", "lost" or "unbelieved"; recovery: the seq of the known director's that explains it, else None; key:
    None of "unbelieved"."""

    def explained_by(self, recovery):
        return self if self.recovery is not None else self._replace(recovery=recovery)


def read_key(vkey):
    """The key of a log or a director, None when the text is none."""
    try:
        key = parse_key(vkey)
    except (Refused, UnicodeEncodeError):
        return None
    return key if key.type == LOG else None


def statement(origin, size, root, key, reason):
    return "branchline/v1/continuation\n%s\n%d\n%s\n%s\n%s\n" % (origin, size, base64.b64encode(root).decode(), key, reason)


def keys_of(read, tree, directors):
    """`read`: (seq, leaf, record) and what else; `tree`: over the leaves from 0 on without a gap."""
    first = read[0][2] if read and read[0][0] == 0 else None
    keys = Keys(log_key(first) if first is not None and first["kind"] == "genesis" else None, directors)
    keys.follow(read, tree)
    return keys


class Keys:
    """The keys of one log, as its records name them. `first`: that of the genesis, None when it names none."""

    def __init__(self, first, directors):
        self.directors = set(directors)
        self.named = [(0, first)] if first else []  # (smallest size, key), as the records say
        self.believed, self.unbelieved = list(self.named), []
        self.recoveries = {}  # seq of a known director's: the key before it
        self.known_sizes, self.unfollowed = {}, []

    def follow(self, read, tree):
        for place, (seq, _, record, *_) in enumerate(read):
            if self.named and record is not None and record["seq"] == seq and is_continuation(record):
                self.add(record, tree.root(seq) if place == seq else None)

    def add(self, record, root):
        """`root`: of the records before it, None where some are missing."""
        (start, before), detail, seq = self.named[-1], record["detail"], record["seq"]
        key, replaced = read_key(detail["key"]), [each for _, each in self.named]
        signer = before
        if record["kind"] == "recovery":
            signer, replaced = read_key(detail["signer"]), [each for each in replaced if each != before]
        good = (root is not None and len(self.named) <= 1000 and seq >= max(1, start) and key is not None and key.name == before.name
                and key not in replaced and signer is not None and origin(signer.name) and self.signed(record, root, signer))
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
        said = statement(self.named[0][1].name, record["seq"], root, record["detail"]["key"], record["reason"])
        return verified(signer.public, said.encode(), bytes.fromhex(record["detail"]["signature"]))

    def settle(self, first_break=-1, find=None):
        """Tells of statements that are wrong; where a break lies before one nobody can tell, and both keys may sign."""
        for seq, key in self.unfollowed:
            if first_break >= seq:
                find("CONTINUATION_WRONG", seq)
            elif key is not None:
                self.believed += [(seq + 1, each) for each in self.in_force(2**53)] + [(seq + 1, key)]
        self.unfollowed = []

    def first(self):
        return self.named[0][1] if self.named else None

    def in_force(self, size):
        start = max((start for start, _ in self.believed if start <= size), default=None)
        return [key for each, key in self.believed if each == start]

    def standing(self, size, verifies):
        """Who signed a checkpoint, None when no key did that could have; `verifies`: whether it bears a key's signature."""
        signer = next((key for key in self.in_force(size) if verifies(key)), None)
        explained = [seq for seq, before in self.recoveries.items()
                     if seq < size and (verifies(before) if signer is None else signer == before)]
        recovery = max(explained, default=None)
        if signer is not None:
            return Standing("signed", recovery, signer)
        if recovery is not None:
            return Standing("lost", recovery, self.recoveries[recovery])
        unbelieved = any(start <= size and verifies(key) for start, key in self.unbelieved)
        return Standing("unbelieved", None, None) if unbelieved else None

    def standing_of(self, checkpoint):
        return self.standing(checkpoint.size, lambda key: log_signed(checkpoint, key))

    def recovery_under(self, key, size):
        """The known director's recovery before this size that left this key in force, None without such."""
        return max((seq for seq, before in self.recoveries.items() if seq < size and before == key), default=None)

    def ever(self):
        """All that were in force, or are said to have been."""
        return list(dict.fromkeys(key for _, key in self.named))

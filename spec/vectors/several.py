"""Section 10 of spec/audit-log.md: what several logs tell about each other. For judge.py."""
from claims import signed_claim
from join import Side, join
from notes import as_witness, checkpoint_of, log_key, open_head_note, parse_checkpoint, signed_by
from proofs import encoded, proves_two_histories
from record_rules import Refused, parse_json, parse_record
from tree import leaf_of


class Told:
    """What the others tell about one log: claims, findings (code, seq), keys of witnesses."""

    def __init__(self, witness_keys=(), given=()):
        self.claims, self.findings, self.witness_keys = [], [], list(witness_keys)
        self.given = given  # notes of checkpoints from elsewhere, of this log or others


def read_record(line):
    try:
        return parse_record(line)
    except Refused:
        return None


class Known:
    """A log at hand, read."""

    def __init__(self, log):
        self.log, self.origin, self.key = log, None, None
        self.read = [(seq, leaf_of(line).hex(), read_record(line), payloads) for seq, line, payloads in log.entries]
        self.leaves = [leaf for _, leaf, _, _ in self.read]
        first = self.read[0] if self.read else (None, None, None, None)
        if first[0] == 0 and first[2] is not None and first[2]["kind"] == "genesis":
            self.origin, self.key = first[2]["detail"]["origin"], log_key(first[2])


def tell(logs, given):
    """[(log, Told)] in the order of the logs, and how they join."""
    known = [Known(log) for log in logs]
    keys = {each.origin: each.key for each in known if each.key is not None}
    witness_keys = [as_witness(key) for key in keys.values()]
    told = [Told(witness_keys, given) for _ in known]

    def about(origin):
        return [told[n] for n, each in enumerate(known) if each.origin == origin]

    for n, each in enumerate(known):
        for seq, _, record, payloads in each.read:
            if record is None:
                continue
            for seen in record.get("seen", []):
                hear_seen(each.origin, seen, seq, keys, told[n], about)
            if record["kind"] == "refused":
                hear_evidence(payloads, keys, about)
    for n, each in enumerate(known):
        for other in known:
            if other is not each and each.key is not None and other.origin == each.origin:
                hear_copy(each, other, told[n])
    return list(zip(logs, told)), join([Side(each.read) for each in known])


def hear_seen(holder, seen, seq, keys, holders_own, about):
    origin, size, root, signature = seen
    if origin == holder or origin not in keys:
        return
    checkpoint = checkpoint_of(origin, size, bytes.fromhex(root))
    if signed_by(checkpoint, bytes.fromhex(signature), keys[origin]):
        for told in about(origin):
            told.claims.append(signed_claim(size, bytes.fromhex(root), holder))
    else:
        holders_own.findings.append(("SEEN_UNSIGNED", seq))


def hear_evidence(payloads, keys, about):
    """Evidence stands for itself, whoever holds it."""
    data = next((data for label, _, data in payloads if label == "evidence"), None)
    try:
        origin = data and parse_checkpoint(encoded(parse_json(data)["held"])).origin
        convicted = origin in keys and proves_two_histories(data, keys[origin])
    except (Refused, KeyError, TypeError, AttributeError):
        return
    for told in about(origin) if convicted else []:
        told.findings.append(("LOG_FORKED", 0))


def hear_copy(each, other, told):
    note = open_head_note(other.log.note or b"", each.key)
    if note is not None:
        pairs = zip(each.leaves, other.leaves)
        parts_at = next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(each.leaves), len(other.leaves)))
        told.claims.append(signed_claim(note.size, note.root, None, parts_at))

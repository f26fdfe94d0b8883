"""Section 10 of spec/audit-log.md: what several logs tell about each other. For judge.py."""
from claims import signed_claims
from join import Side, join
from key_epochs import keys_of
from notes import as_witness, checkpoint_of, log_signed, parse_checkpoint, read_head_note, signed_by
from proofs import encoded, proves_two_histories
from record_rules import Refused, parse_json, parse_record
from tree import Tree, leaf_of


class Told:
    """What the others tell about one log: claims, findings (code, seq), keys of witnesses."""

    def __init__(self, witness_keys=(), given=(), directors=()):
        self.claims, self.findings, self.witness_keys = [], [], list(witness_keys)
        self.given = given  # notes of checkpoints from elsewhere, of this log or others
        self.directors = directors  # keys of those who are believed


def read_record(line):
    try:
        return parse_record(line)
    except Refused:
        return None


class Known:
    """A log at hand, read."""

    def __init__(self, log, directors):
        self.log, self.origin = log, None
        self.read = [(seq, leaf_of(line).hex(), read_record(line), payloads) for seq, line, payloads in log.entries]
        self.leaves = [leaf for _, leaf, _, _ in self.read]
        first = self.read[0] if self.read else (None, None, None, None)
        if first[0] == 0 and first[2] is not None and first[2]["kind"] == "genesis":
            self.origin = first[2]["detail"]["origin"]
        self.keys = keys_of(self.read, tree_of(self.read), directors)
        self.keys.settle()  # nobody else is accused on the word of a statement that is in doubt


def tree_of(read):
    return Tree([bytes.fromhex(leaf) for n, (seq, leaf, *_) in enumerate(read) if seq == n])


def first_of(standings):
    return next((standing for standing in standings if standing is not None), None)


def tell(logs, given, directors):
    """[(log, Told)] in the order of the logs, and how they join."""
    known = [Known(log, directors) for log in logs]
    witness_keys = [as_witness(key) for each in known for key in each.keys.ever()]
    told = [Told(witness_keys, given, directors) for _ in known]

    def copies(origin):
        """[(Known, Told)] of the logs of an origin, when one of them names a key."""
        found = [(each, told[n]) for n, each in enumerate(known) if each.origin == origin]
        return found if any(each.keys.first() for each, _ in found) else []

    for n, each in enumerate(known):
        for seq, _, record, payloads in each.read:
            if record is None:
                continue
            for seen in record.get("seen", []):
                if seen[0] != each.origin:
                    hear_seen(each.origin, seen, seq, copies(seen[0]), told[n])
            if record["kind"] == "refused":
                hear_evidence(payloads, copies)
    for n, each in enumerate(known):
        for other in known:
            if other is not each and each.keys.first() and other.origin == each.origin:
                hear_copy(each, other, told[n])
    return list(zip(logs, told)), join([Side(each.read) for each in known])


def hear_seen(holder, seen, seq, copies, holders_own):
    origin, size, root, signature = seen
    checkpoint = checkpoint_of(origin, size, bytes.fromhex(root))

    def verifies(key):
        return signed_by(checkpoint, bytes.fromhex(signature), key)

    if copies and first_of(each.keys.standing(size, verifies) for each, _ in copies) is None:
        holders_own.findings.append(("SEEN_UNSIGNED", seq))
    for own, told in copies:
        standing = standing_among(own, [other for other, _ in copies if other is not own], size, verifies)
        told.claims += signed_claims(standing, size, checkpoint.root, holder)


def hear_evidence(payloads, copies):
    """Evidence stands for itself, whoever holds it."""
    data = next((data for label, _, data in payloads if label == "evidence"), None)
    try:
        both = [parse_checkpoint(encoded(parse_json(data)[name])) for name in ("held", "shown")] if data else []
        accused = copies(both[0].origin) if both else []
        key = next((key for each, _ in accused for key in each.keys.ever() if proves_two_histories(data, key)), None)
    except (Refused, KeyError, TypeError, AttributeError):
        return
    if key is None:
        return
    smaller = min(checkpoint.size for checkpoint in both)
    # What a director's recovery gave up and what came after it, under the one key that was kept.
    recovery = first_of([each.keys.recovery_under(key, smaller) for each, _ in accused])
    for _, told in accused:
        told.findings.append(("LOG_FORKED", 0) if recovery is None else ("RECORDS_LOST", recovery))


def hear_copy(each, other, told):
    note = read_head_note(other.log.note or b"")
    if note is None or note.origin != each.origin:
        return
    standing = standing_among(each, [other], note.size, lambda key: log_signed(note, key))
    told.claims += signed_claims(standing, note.size, note.root, None, parting(each, other))


def parting(one, other):
    """The first place at which two copies have different lines."""
    pairs = zip(one.leaves, other.leaves)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one.leaves), len(other.leaves)))


def standing_among(own, others, size, verifies):
    """Who signed, as far as one copy of a log knows, or else another does. What came instead of what a director gave up
    is no second history, be the one or the other at hand; two recoveries in one place make two."""
    def explained(other, by_own):
        place = parting(own, other)
        in_own, in_other = place in own.keys.recoveries, place in other.keys.recoveries
        return place if place < size and in_own != in_other and (in_other or by_own) else None

    standing = own.keys.standing(size, verifies)
    if standing is not None:
        return standing.explained_by(first_of(explained(other, False) for other in others))
    for other in others:
        standing = other.keys.standing(size, verifies)
        if standing is not None:
            return standing.explained_by(explained(other, True))
    return None

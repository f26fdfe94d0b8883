"""Section 10 of spec/audit-log.md: a log's tree held against what was signed of it. For judge.py."""
from collections import namedtuple
from notes import bears, cosigned_at, parse_checkpoint, read_head_note, verify_checkpoint
from record_rules import Refused

# `holder`: the colleague whose log holds it, else None. `parts_at`: of another copy of the log, the first place at which
# the two differ, else None. `recovery`: the one that explains it where it does not fit, else None; `lost`: it cannot fit.
Claim = namedtuple("Claim", "size root signed holder parts_at recovery lost")


def signed_claims(standing, size, root, holder=None, parts_at=None):
    """One, or none where no key that is believed signed."""
    if standing is None or standing.by == "unbelieved":
        return []
    return [Claim(size, root, True, holder, parts_at, standing.recovery, standing.by == "lost")]


def sound_cosignatures(cosigned, tree, key, witness_keys, found):
    """Checkpoints of the log's own `cosignature` payloads, given as (seq, bytes); tells of those that are wrong."""
    checkpoints, largest = [], {}
    for seq, data in cosigned:
        try:
            checkpoint = parse_checkpoint(data)
        except Refused:
            checkpoint = None
        reached = min(len(tree), seq + 1)
        if checkpoint is None or key is not None and checkpoint.origin != key.name:
            found.find("COSIGNATURE_WRONG", seq)
        elif checkpoint.size > reached:
            if reached == seq + 1:
                found.find("COSIGNATURE_WRONG", seq)
        else:
            checkpoints.append(checkpoint)
            if tree.root(checkpoint.size) == checkpoint.root:
                for signature in checkpoint.signatures:
                    if (key is None or signature.name != key.name) \
                            and checkpoint.size >= largest.get(signature.name, (0, 0))[0]:
                        largest[signature.name] = (checkpoint.size, seq, checkpoint, signature)
    for _, seq, checkpoint, signature in largest.values():
        witness = next((each for each in witness_keys if bears(signature, each)), None)
        if witness is not None and cosigned_at(checkpoint, signature.data, witness) is None:
            found.find("COSIGNATURE_WRONG", seq)
    return checkpoints


def cosigned_claims(checkpoints, keys):
    standings = [keys.standing_of(checkpoint) for checkpoint in checkpoints]
    return [Claim(checkpoint.size, checkpoint.root, standing is not None and standing.by == "signed", None, None, None, False)
            for checkpoint, standing in zip(checkpoints, standings)]


def given_claims(notes, keys, witness_keys):
    """Claims of checkpoints from elsewhere, as notes, and how many of them this log's key in force did not sign."""
    claims, unsigned, first = [], 0, keys.first()
    for note in notes:
        checkpoint = parse_checkpoint(note.rstrip(b"\n") + b"\n")
        if first is None or checkpoint.origin != first.name:
            continue
        standing = keys.standing_of(checkpoint)
        try:
            if standing is None or standing.by == "unbelieved":
                raise Refused("NOTE_UNVERIFIED")
            witnesses = verify_checkpoint(checkpoint, standing.key, witness_keys)
            holder = witnesses[0][0] if witnesses else "whoever gave it"
            claims += signed_claims(standing, checkpoint.size, checkpoint.root, holder)
        except Refused:
            unsigned += 1
    return claims, unsigned


def signed_for(log, told, keys):
    """Claims of the head note and of what was given; how much of that is not signed; whether the head note is the log's."""
    given, unsigned = given_claims(told.given, keys, told.witness_keys)
    note = read_head_note(log.note or b"")
    standing = keys.standing_of(note) if note else None
    own = signed_claims(standing, note.size, note.root) if note else []
    return [*own, *given], unsigned, standing is not None and standing.by == "signed"


def certain(claims, keys=None):
    """Those that may hold, and of which it is known who signed before it is known where the log is broken: no statement
    before their sizes is in doubt."""
    doubted = [seq for seq, _ in keys.unfollowed] if keys else []
    return [claim for claim in claims if not claim.lost and not any(seq < claim.size for seq in doubted)]


def largest_held(claims, tree):
    return max((claim.size for claim in claims if holds(claim, tree)), default=0)


def holds(claim, tree):
    return claim.size <= len(tree) and tree.root(claim.size) == claim.root


def check_claims(claims, tree, claimed, found):
    """`claimed`: number of records that the log claims, None where nobody can tell. Returns the recoveries to which
    records are lost."""
    first_break = min(found.breaks(), default=2**53)
    lost = {claim.recovery for claim in claims if claim.lost}
    claims = [claim for claim in claims if not claim.lost]
    wrong = [claim for claim in claims if claim.size <= min(len(tree), first_break) and not holds(claim, tree)]
    lost |= {claim.recovery for claim in wrong}
    wrong = sorted((claim for claim in wrong if claim.recovery is None), key=lambda claim: claim.size)
    fork = next((claim for claim in wrong if claim.parts_at is not None or has_rival(claim, claims)), None)
    if fork is not None and fork.parts_at is not None:
        found.find("LOG_FORKED", fork.parts_at)
    elif fork is not None:
        own = [claim for claim in claims if fork.holder is not None and claim.holder == fork.holder]
        parted = min((claim.size for claim in own if claim.size <= len(tree) and not holds(claim, tree)), default=0)
        found.find("LOG_FORKED", largest_held_below(parted, own, tree))
    elif wrong:
        found.find("LOG_REWRITTEN", largest_held_below(wrong[0].size, claims, tree))
    beyond = [claim for claim in claims if claimed is not None and claim.signed and claim.size > claimed]
    lost |= {claim.recovery for claim in beyond}
    beyond = [claim for claim in beyond if claim.recovery is None]
    if beyond:
        largest = max(beyond, key=lambda claim: claim.size)
        found.find("LOG_ROLLED_BACK", claimed)
        if has_rival(largest, beyond):
            found.find("LOG_FORKED", claimed)
    return lost - {None}


def largest_held_below(size, claims, tree):
    return largest_held([claim for claim in claims if claim.size < size], tree)


def has_rival(claim, claims):
    """Whether another signed claim, which no recovery explains, has another root for the same size."""
    return claim.signed and any(other.signed and other.recovery is None and other.size == claim.size
                                and other.root != claim.root for other in claims)

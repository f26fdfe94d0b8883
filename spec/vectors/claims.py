"""Section 10 of spec/audit-log.md: a log's tree held against what was signed of it. For judge.py."""
from collections import namedtuple
from notes import bears, cosigned_at, log_signed, parse_checkpoint, verify_checkpoint
from record_rules import Refused

# `holder`: the colleague whose log holds it, else None. `parts_at`: of another copy of the log, the first place at which
# the two differ, else None.
Claim = namedtuple("Claim", "size root signed holder parts_at")


def signed_claim(size, root, holder=None, parts_at=None):
    return Claim(size, root, True, holder, parts_at)


def own_claims(cosigned, tree, key, witness_keys, found):
    """Claims of the log's own `cosignature` payloads, given as (seq, bytes); tells of those that are wrong."""
    claims, largest = [], {}
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
            signed = key is not None and log_signed(checkpoint, key)
            claims.append(Claim(checkpoint.size, checkpoint.root, signed, None, None))
            if tree.root(checkpoint.size) == checkpoint.root:
                for signature in checkpoint.signatures:
                    if (key is None or signature.name != key.name) \
                            and checkpoint.size >= largest.get(signature.name, (0, 0))[0]:
                        largest[signature.name] = (checkpoint.size, seq, checkpoint, signature)
    for _, seq, checkpoint, signature in largest.values():
        witness = next((each for each in witness_keys if bears(signature, each)), None)
        if witness is not None and cosigned_at(checkpoint, signature.data, witness) is None:
            found.find("COSIGNATURE_WRONG", seq)
    return claims


def given_claims(notes, key, witness_keys):
    """Claims of checkpoints from elsewhere, as notes, and how many of them are not signed by this log's key."""
    claims, unsigned = [], 0
    for note in notes:
        checkpoint = parse_checkpoint(note.rstrip(b"\n") + b"\n")
        if key is not None and checkpoint.origin == key.name:
            try:
                witnesses = verify_checkpoint(checkpoint, key, witness_keys)
                holder = witnesses[0][0] if witnesses else "whoever gave it"
                claims.append(signed_claim(checkpoint.size, checkpoint.root, holder))
            except Refused:
                unsigned += 1
    return claims, unsigned


def largest_held(claims, tree):
    return max((claim.size for claim in claims if holds(claim, tree)), default=0)


def holds(claim, tree):
    return claim.size <= len(tree) and tree.root(claim.size) == claim.root


def check_claims(claims, tree, claimed, found):
    """`claimed`: number of records that the log claims, None where nobody can tell."""
    first_break = min(found.breaks(), default=2**53)
    wrong = [claim for claim in claims if claim.size <= min(len(tree), first_break) and not holds(claim, tree)]
    wrong.sort(key=lambda claim: claim.size)
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
    if beyond:
        largest = max(beyond, key=lambda claim: claim.size)
        found.find("LOG_ROLLED_BACK", claimed)
        if has_rival(largest, beyond):
            found.find("LOG_FORKED", claimed)


def largest_held_below(size, claims, tree):
    return largest_held([claim for claim in claims if claim.size < size], tree)


def has_rival(claim, claims):
    """Whether another signed claim has another root for the same size."""
    return claim.signed and any(
        other.signed and other.size == claim.size and other.root != claim.root for other in claims)

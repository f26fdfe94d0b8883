"""What proves by itself: evidence of two histories (section 7 of spec/audit-log.md), and C2SP tlog-proof files."""
import re
from notes import decode64, parse_checkpoint, verify_checkpoint
from record_rules import Refused, digest, parse_json
from tree import MAX_PATH, earlier_root, includes, leaf_of


def encoded(string):
    """As UTF-8, halves of characters as U+FFFD."""
    return string.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def proves_two_histories(data, key):
    """Whether the evidence convicts the owner of this key."""
    value = parse_json(data) if len(data.decode("utf-8", "replace").encode("utf-16-le")) <= 2 * 262144 else None
    if not isinstance(value, dict) or value.keys() != {"held", "path", "shown"} \
            or not isinstance(value["held"], str) or not isinstance(value["shown"], str) \
            or not isinstance(value["path"], list) or len(value["path"]) > MAX_PATH or not all(map(digest, value["path"])):
        raise Refused("PROOF_MALFORMED")
    both = [parse_checkpoint(encoded(value[name])) for name in ("held", "shown")]
    try:
        for checkpoint in both:
            verify_checkpoint(checkpoint, key, [])
    except Refused:
        return False
    older, newer = sorted(both, key=lambda checkpoint: checkpoint.size)
    root = earlier_root(older.size, newer.size, newer.root, [bytes.fromhex(item) for item in value["path"]])
    return root is not None and root != older.root


def parse_inclusion_file(data):
    """(extra, index, path, note) of a `.tlog-proof` file."""
    head, empty, note = data.partition(b"\n\n")
    if not empty or len(head) > 100_000 or len(data) > 100_000 + 65536:
        raise Refused("PROOF_MALFORMED")
    first, *lines = head.decode("latin-1").split("\n")
    extra = decode64(lines.pop(0)[6:]) or bytes(65536) if lines and lines[0].startswith("extra ") else None
    index = re.fullmatch("index (0|[1-9][0-9]{0,15})", lines.pop(0)) if lines else None
    path = [decode64(line) for line in lines]
    if first != "c2sp.org/tlog-proof@v1" or extra is not None and len(extra) > 65535 or index is None \
            or int(index[1]) >= 2**53 or len(path) > MAX_PATH or any(item is None or len(item) != 32 for item in path):
        raise Refused("PROOF_MALFORMED")
    return extra, int(index[1]), path, note


def check_inclusion_file(data, log, witnesses, leaf=None):
    """(index, witnesses) of a `.tlog-proof` file; `leaf`: of the record asked for, None where the file must tell."""
    extra, index, path, note = parse_inclusion_file(data)
    checkpoint = parse_checkpoint(note)
    if extra is None and leaf is None:
        raise Refused("PROOF_MALFORMED")
    if extra is not None and leaf not in (None, leaf_of(extra)):
        raise Refused("PROOF_UNVERIFIED")
    witnessed = verify_checkpoint(checkpoint, log, witnesses)
    if not includes(leaf if extra is None else leaf_of(extra), index, checkpoint.size, checkpoint.root, path):
        raise Refused("PROOF_UNVERIFIED")
    return index, witnessed

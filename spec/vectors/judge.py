"""A foreign judge of Branchline logs: written from spec/audit-log.md alone, in Python's standard library.

    python3 judge.py FOLDER [--director KEY]...
                                 an export (section 11); prints {"findings": [{code, seq}], "records", "verdict"}
    python3 judge.py --vectors   record.json, log.json and roster.json beside this file; prints what it says of each case

Exit code: 0 INTACT (or all vectors as they expect), 10 INCOMPLETE, 11 DAMAGED, 12 anything graver, 1 a vector differs.
"""
import bisect, hashlib, json, os, re, stat, sys
import ed25519
from key_epochs import Keys, decode64, read_key
from record_rules import Refused, canonical, integer, parse_json, parse_record
import roster_rules

HERE = os.path.dirname(os.path.abspath(__file__))
VERDICTS = {  # section 10
    "REWRITTEN": ["LOG_REWRITTEN"],
    "ROLLED_BACK": ["LOG_ROLLED_BACK"],
    "TAMPERED": ["RECORD_ALTERED", "RECORD_MISPLACED", "GENESIS_WRONG", "CLOCK_REVERSED", "PAYLOAD_ALTERED",
                 "PAYLOAD_UNCOMMITTED", "SENDER_MISMATCH", "HEAD_NOTE_WRONG", "CONTINUATION_WRONG"],
    "DAMAGED": ["LOG_UNREADABLE", "RECORD_UNREADABLE", "HEAD_MISMATCH"],
    "INCOMPLETE": ["RECORDS_MISSING", "PAYLOAD_MISSING", "HEAD_NOTE_MISSING", "RECORDS_LOST"],
}
BREAKS = {"LOG_UNREADABLE", "RECORDS_MISSING", "RECORD_ALTERED", "RECORD_MISPLACED", "RECORD_UNREADABLE"}
EXIT_CODES = {"INTACT": 0, "INCOMPLETE": 10, "DAMAGED": 11}


# Sections 4 to 7: hashes, tree, checkpoint

def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def leaf_of(line):
    return sha256(b"\0", line)


def commitment(salt, name, payload):
    return sha256(b"branchline/v1/payload\0", salt, bytes([len(name)]), name.encode(), payload).hex()


def root_of(leaves):
    if not leaves:
        return sha256()
    level = leaves  # a last hash without a sibling goes up as it is: that is RFC 6962's split
    while len(level) > 1:
        pairs = [sha256(b"\1", level[n], level[n + 1]) for n in range(0, len(level) - 1, 2)]
        level = pairs + level[len(pairs) * 2:]
    return level[0]


def log_key(genesis):
    """(name, key ID, public key) of the genesis; None when that is no verifier key for its origin."""
    key = read_key(genesis["detail"]["key"])
    return key if key is not None and key[0] == genesis["detail"]["origin"] else None


def open_checkpoint(note, key):
    """(size, root) of a note that this log's key signed, else None."""
    try:
        whole_note = note.decode().rstrip("\n") + "\n" if note.endswith(b"\n") else ""
    except UnicodeDecodeError:
        return None
    body, empty, tail = whole_note.rpartition("\n\n")
    lines = [re.fullmatch("\u2014 ([^\\s+]+) (\\S+)", line) for line in tail.split("\n")[:-1]]
    checkpoint = re.fullmatch("([!-*,-~]{1,255})\n(0|[1-9][0-9]{0,15})\n([0-9A-Za-z+/=]{44})", body)
    if key is None or len(note) > 4096 or not empty or not lines or not all(lines) or checkpoint is None:
        return None
    root, signatures = decode64(checkpoint[3]), [(line[1], decode64(line[2])) for line in lines]
    if root is None or checkpoint[1] != key[0] or any(data is None or len(data) <= 4 for _, data in signatures):
        return None
    signed = any(name == key[0] and data[:4] == key[1] and ed25519.verify(key[2], (body + "\n").encode(), data[4:])
                 for name, data in signatures)
    return (int(checkpoint[2]), root) if signed and int(checkpoint[2]) < 2**53 else None


# Section 10: entries are (seq, line, payloads), payloads (label, salt, bytes), the head (size, leaf in hex) or None

class Judgement:
    def __init__(self):
        self.findings = []

    def find(self, code, seq):
        self.findings.append({"code": code, "seq": seq})

    def breaks(self):
        return [finding["seq"] for finding in self.findings if finding["code"] in BREAKS]

    def report(self, records):
        codes = {finding["code"] for finding in self.findings}
        verdict = next((v for v, found in VERDICTS.items() if codes & set(found)), "INTACT")
        return {"findings": sorted(self.findings, key=lambda f: f["seq"]), "records": records, "verdict": verdict}


def judge(entries, head, unreadable=None, note=None, directors=()):
    """What section 10 says of a log. `unreadable`: the place at which reading failed; `note`: None where none is due,
    b"" where it is not there; `directors`: verifier keys of those who are believed."""
    found, read = Judgement(), []
    for seq, line, payloads in entries:
        try:
            record = parse_record(line)
        except Refused:
            record = None
            found.find("RECORD_UNREADABLE", seq)
        if record is not None and record["seq"] != seq:
            found.find("RECORD_MISPLACED", seq)
        read.append((seq, leaf_of(line).hex(), record))
    leaves = [bytes.fromhex(leaf) for n, (seq, leaf, _) in enumerate(read) if seq == n]
    check_genesis(read, found)
    keys = keys_of(read, directors)
    checkpoint = opened_note(note, keys)
    signed = checkpoint is not None and checkpoint[0] <= len(leaves) and root_of(leaves[:checkpoint[0]]) == checkpoint[1]
    certain = signed and checkpoint[2][0] == "signed" and not any(seq < checkpoint[0] for seq, _ in keys.unfollowed)
    check_chain(read, head, found, unreadable, checkpoint[0] if certain else 0)
    keys.settle(min(found.breaks(), default=2**53), found.find)
    checkpoint = opened_note(note, keys)
    claimed = max(head[0] if head else 0, read[-1][0] + 1 if read else 0) if unreadable is None else None
    check_losses(checkpoint, keys, leaves, claimed, found)
    if note is not None and not note_may_wait(keys, claimed):
        check_head_note(note, checkpoint, signed, len(leaves), claimed, found)
    check_payloads([(seq, record, payloads) for (seq, _, record), (_, _, payloads) in zip(read, entries)], found)
    return found.report(len(read))


def check_genesis(read, found):
    if read and read[0][0] == 0 and read[0][2] is not None:
        record = read[0][2]
        first = sha256(b"branchline/v1/genesis\0", str(record.get("detail", {}).get("origin")).encode()).hex()
        if record["kind"] != "genesis" or record["prev"] != first:
            found.find("GENESIS_WRONG", 0)


def keys_of(read, directors):
    genesis = read[0][2] if read and read[0][0] == 0 and read[0][2] is not None and read[0][2]["kind"] == "genesis" else None
    keys = Keys(genesis and log_key(genesis), directors)
    keys.follow(read, root_of)
    return keys


def opened_note(note, keys):
    """(size, root, standing) of a head note that a key of the log signed for a size for which it could, else None."""
    for key in keys.ever() if note else []:
        opened = open_checkpoint(note, key)
        standing = opened and keys.standing(opened[0], key)
        if standing:
            return (*opened, standing)
    return None


def check_losses(checkpoint, keys, leaves, claimed, found):
    lost = set(keys.known_sizes)
    if checkpoint is not None and checkpoint[2][1] is not None:
        size, root, (kind, recovery) = checkpoint
        beyond = claimed is not None and size > claimed
        other = size <= min(len(leaves), *found.breaks(), 2**53) and root_of(leaves[:size]) != root
        lost |= {recovery} if kind == "lost" or beyond or other else set()
    for seq in lost:
        found.find("RECORDS_LOST", seq)


def note_may_wait(keys, claimed):
    """Whether the last record is a known director's recovery (section 9)."""
    return claimed is not None and claimed - 1 in keys.recoveries


def check_chain(read, head, found, unreadable, signed_size):
    links = {}  # by the place into which they lead: True, False (broken), absent where nothing can be said
    before, following = None, 0
    for seq, leaf, record in read:
        if seq > following:
            found.find("RECORDS_MISSING", following)
        if before is not None and seq == following and record is not None and record["seq"] == seq:
            holds, sound = record["prev"] == before[1], before[2] is not None and before[2]["seq"] == before[0]
            if holds or sound:
                links[seq] = holds
            if holds and before[2] is not None and before[2]["boot"] == record["boot"] and record["mono"] < before[2]["mono"]:
                found.find("CLOCK_REVERSED", seq)
        before, following = (seq, leaf, record), seq + 1
    if unreadable is not None:
        found.find("LOG_UNREADABLE", unreadable)
    elif head is None:
        found.find("HEAD_MISMATCH", following)
    elif head[0] > following:
        found.find("RECORDS_MISSING", following)
    elif head[0] < following:
        found.find("HEAD_MISMATCH", following - 1)
    elif before is not None and before[2] is not None and before[2]["seq"] == before[0]:
        links[following] = head[1] == before[1] or signed_size >= following
        if head[1] != before[1] and signed_size >= following:
            found.find("HEAD_MISMATCH", before[0])
    explained = set()
    for place in sorted(place for place, holds in links.items() if not holds):
        if place in explained:
            continue
        between = links.get(place + 1) is False
        explained.add(place + 1 if between else place)
        found.find("RECORD_ALTERED", place if between else place - 1)


def check_head_note(note, checkpoint, signed, reached, claimed, found):
    """`reached`: records from 0 on without a gap; `claimed`: None where nobody can tell."""
    first_break = min(found.breaks(), default=2**53)
    if checkpoint is not None and checkpoint[2][0] == "lost":
        checkpoint = None
    explained = checkpoint is not None and checkpoint[2][1] is not None
    if claimed == 0:
        if note:
            found.find("LOG_ROLLED_BACK", 0)
    elif checkpoint is None:
        if first_break > 0 and claimed is not None and (note or claimed > 1):
            found.find("HEAD_NOTE_WRONG" if note else "HEAD_NOTE_MISSING", claimed)
    elif explained:
        pass  # what does not fit is lost, and that is told
    elif claimed is not None and checkpoint[0] > claimed:
        found.find("LOG_ROLLED_BACK", claimed)
    elif checkpoint[0] <= min(reached, first_break) and not signed:
        found.find("LOG_REWRITTEN", 0)


def check_payloads(entries, found):
    missing = {}
    for seq, record, payloads in entries:
        if record is None:
            continue
        if record["kind"] == "redact":
            missing.pop((record["ref"], record["detail"]["label"]), None)
        stored, committed = {}, record.get("payloads", [])
        for name, salt, data in payloads:
            stored.setdefault(name, (salt, data))
        for name, length, digest_ in committed:
            if name not in stored:
                missing[seq, name] = seq
            elif len(stored[name][0]) != 32 or len(stored[name][1]) != length \
                    or commitment(stored[name][0], name, stored[name][1]) != digest_:
                found.find("PAYLOAD_ALTERED", seq)
        if len(payloads) > len(committed) or not stored.keys() <= {item[0] for item in committed}:
            found.find("PAYLOAD_UNCOMMITTED", seq)
        if record["kind"] == "received" and "record" in stored and not agrees(record, stored["record"][1]):
            found.find("SENDER_MISMATCH", seq)
    last_break = max(found.breaks(), default=-1)
    for seq in missing.values():
        if seq >= last_break:
            found.find("PAYLOAD_MISSING", seq)


def agrees(received, line):
    try:
        sent = parse_record(line)
    except Refused:
        return False
    own = [item for item in received["payloads"] if item[0] != "record"]
    return (leaf_of(line).hex() == received["message"] and sent["kind"] == "sent" and sent["actor"] == received["peers"][0]
            and received["actor"] in sent["peers"] and sent["payloads"] == own
            and all(sent.get(name) == received.get(name) for name in ("conversation", "detail")))


# Section 11: an export

class Unreadable(Exception):
    pass


def read_file(most, *path):
    """The bytes of a file, None when there is none. Pipes and giants are not read."""
    name = os.path.join(*map(str, path))
    try:
        found = os.stat(name)
        if not stat.S_ISREG(found.st_mode) or found.st_size > most:
            raise Unreadable(name)
        with open(name, "rb") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None


def names_in(pattern, *path):
    try:
        return sorted(name for name in os.listdir(os.path.join(*map(str, path))) if re.fullmatch(pattern, name))
    except (FileNotFoundError, NotADirectoryError):
        return []


def tile_path(index, width=256):
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[n:n + 3] for n in range(0, len(digits), 3)]
    return "/".join(["x" + group for group in groups[:-1]] + groups[-1:]) + ("" if width == 256 else ".p/%d" % width)


def indexes(folder, depth=1, before=0):
    """All places for which there is a tile or a bundle, rising."""
    found = {before * 1000 + int(name[:3]) for name in names_in("[0-9]{3}(\\.p)?", folder)} if depth == 1 or before else set()
    for name in names_in("x[0-9]{3}", folder) if depth < 5 else []:
        if before or name != "x000":
            found |= set(indexes(os.path.join(folder, name), depth + 1, before * 1000 + int(name[1:])))
    return sorted(index for index in found if index < 2**45)


def widest(folder, index, most):
    """(width, bytes) of the widest tile of a place, None when there is none."""
    full = read_file(most, folder, tile_path(index))
    if full is not None:
        return 256, full
    widths = [int(name) for name in names_in("[1-9][0-9]{0,2}", folder, tile_path(index) + ".p") if int(name) < 256]
    data = read_file(most, folder, tile_path(index, max(widths))) if widths else None
    return None if data is None else (max(widths), data)


def head_of(folder):
    for index in reversed(indexes(os.path.join(folder, "tile", "0"))):
        tile = widest(os.path.join(folder, "tile", "0"), index, 8192)
        if tile is not None:
            width, data = tile
            return (index * 256 + width, data[-32:].hex()) if len(data) == 32 * width else None
    return None


def read_lines(folder):
    """([(seq, line)], whether reading failed)."""
    entries, bundles = [], os.path.join(folder, "tile", "entries")
    for index in indexes(bundles):
        try:
            bundle = widest(bundles, index, 256 * 65537)
        except (Unreadable, OSError):
            return entries, True
        if bundle is None:
            continue
        (width, data), at, count = bundle, 0, 0
        while count < width and at < len(data):
            start = at + 2
            at = start + int.from_bytes(data[at:start], "big") if start <= len(data) else start
            at = len(data) if count == width - 1 else at
            entries.append((index * 256 + count, data[start:at]))
            count += 1
    return entries, False


def read_payloads(folder, places, size):
    """({seq: [(label, salt, bytes)]}, whether a line lies beyond all records). A stray line is there as (None, ...)."""
    payloads, beyond, reached = {seq: [] for seq in places}, False, 0
    lines = (read_file(2**62, folder, "payloads.jsonl") or b"").split(b"\n")
    for number, line in enumerate(lines):
        if number == len(lines) - 1 and not line:
            break
        value = parse_payload(line) if number < len(lines) - 1 else None
        if value is not None and value[0] >= reached:
            reached = value[0]
            if reached not in payloads and reached < size:
                continue  # its record is missing, and that is told
        else:
            value = None
        beside = payloads.get(reached, [])
        if value and reached in payloads and sum(name is not None for name, _, _ in beside) < 64 and all(value[1] != name for name, _, _ in beside):
            beside.append(value[1:])
            continue
        at = bisect.bisect_left(places, reached)
        if at < len(places):
            payloads[places[at]].append((None, b"", b""))
        else:
            beyond = True
    return payloads, beyond


def parse_payload(line):
    """(seq, label, salt, bytes), or None."""
    value = parse_json(line) if len(line) <= 1_500_000 else None
    if not isinstance(value, dict) or value.keys() != {"bytes", "label", "salt", "seq"} or not integer(value["seq"]) \
            or not all(isinstance(value[name], str) for name in ("bytes", "label", "salt")) \
            or not re.fullmatch("([0-9a-f]{2})*", value["salt"]) or not is_canonical(value, line):
        return None
    data = decode64(value["bytes"])
    return None if data is None else (value["seq"], value["label"], bytes.fromhex(value["salt"]), data)


def is_canonical(value, line):
    try:
        return canonical(value) == line
    except UnicodeEncodeError:
        return False


def tiles_differ(folder, leaves, ended):
    """Whether a tile over the leaves is not in the folder as they give it; `ended`: no more leaves follow."""
    level, hashes = 0, leaves
    while hashes:
        for start in range(0, len(hashes), 256):
            tile = hashes[start:start + 256]
            if len(tile) == 256 or ended:
                try:
                    found = read_file(8192, folder, "tile", level, tile_path(start // 256, len(tile)))
                except (Unreadable, OSError):
                    found = None
                if found != b"".join(tile):
                    return True
        hashes = [root_of(hashes[n:n + 256]) for n in range(0, len(hashes) - 255, 256)]
        level += 1
    return False


def judge_export(folder, directors=()):
    try:
        note = next((n for n in (read_file(4096, folder, name) for name in ("checkpoint", "head-note")) if n is not None), b"")
        head = head_of(folder)
    except (Unreadable, OSError):
        return judge([], None, 0)
    lines, failed = read_lines(folder)
    size = max(head[0] if head else 0, lines[-1][0] + 1 if lines else 0)
    payloads, beyond = read_payloads(folder, [seq for seq, _ in lines], size)
    leaves = [leaf_of(line) for n, (seq, line) in enumerate(lines) if seq == n]
    failed = failed or beyond or tiles_differ(folder, leaves, len(leaves) == len(lines))
    return judge([(seq, line, payloads[seq]) for seq, line in lines], head, len(lines) if failed else None, note, directors)


def judge_vectors():
    """Says of each case what it is; `agrees`: whether the case expects just that."""
    def load(name):
        with open(os.path.join(HERE, name + ".json")) as file:
            return json.load(file)

    def say(case):
        try:
            fill = case.get("fill")
            line = fill["prefix"].encode().ljust(fill["length"], bytes.fromhex(fill["byte"])) if fill else \
                bytes.fromhex(case["lineHex"]) if "lineHex" in case else case["line"].encode("utf-8", "surrogatepass")
            parse_record(line)
            return {"name": case["name"], "says": "accept", "agrees": case["expect"] == "accept" and case["leaf"] == leaf_of(line).hex()}
        except Refused as refused:
            return {"name": case["name"], "says": str(refused), "agrees": case["expect"] == str(refused)}

    def look(case):
        entries = [(e["seq"], e["line"].encode(), [(p["label"], bytes.fromhex(p["salt"]), bytes.fromhex(p["payload"]))
                                                  for p in e["payloads"]]) for e in case["entries"]]
        report = judge(entries, (case["head"]["size"], case["head"]["leaf"]))
        first = (report["findings"] or [{"code": None, "seq": None}])[0]
        agrees = (report["verdict"], first["code"], first["seq"]) == (case["expect"], case.get("finding"), case.get("seq"))
        return {"name": case["name"], **report, "agrees": agrees}

    def call(case):
        says = roster_rules.say(case)
        return {"name": case["name"], "says": says, "agrees": says == case["expect"]}

    rosters = load("roster")
    said = {"record": [say(case) for case in load("record")], "log": [look(case) for case in load("log")],
            "roster": [call(case) for kind in ("first", "after", "standing", "request") for case in rosters[kind]]}
    return said, all(case["agrees"] for cases in said.values() for case in cases)


def main(arguments):
    folder, flags, directors = arguments[:1], arguments[1::2], arguments[2::2]
    if not folder or len(flags) != len(directors) or not set(flags) <= {"--director"}:
        sys.exit(__doc__)
    if arguments == ["--vectors"]:
        said, agreed = judge_vectors()
        print(json.dumps(said))
        return 0 if agreed else 1
    result = judge_export(folder[0], directors)
    print(json.dumps(result))
    return EXIT_CODES.get(result["verdict"], 12)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

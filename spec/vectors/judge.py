"""A foreign judge of Branchline logs: written from spec/audit-log.md alone, in Python's standard library.

    python3 judge.py FOLDER         an export (section 11); prints {"findings": [{code, seq}], "records", "verdict"}
    python3 judge.py FOLDER FOLDER  several, also against each other; prints {"join", "logs": [as above], "verdict"}
    python3 judge.py ... --director KEY ...     after folders: verifier keys of those whose recoveries are believed
    python3 judge.py ... --checkpoint FILE ...  after folders: signed notes that were kept elsewhere
    python3 judge.py --vectors      the vectors beside this file; prints what it says of each case

Exit code: 0 INTACT (or all vectors as they expect), 10 INCOMPLETE, 11 DAMAGED, 12 anything graver, 1 a vector differs.
"""
import json, sys
from claims import certain, check_claims, cosigned_claims, largest_held, signed_for, sound_cosignatures
from export import read_export
from key_epochs import keys_of, read_key
from notes import log_key
from record_rules import Refused, parse_record
from several import Told, tell, tree_of
from tree import commitment, leaf_of, sha256

VERDICTS = {  # section 10
    "FORKED": ["LOG_FORKED"],
    "REWRITTEN": ["LOG_REWRITTEN"],
    "ROLLED_BACK": ["LOG_ROLLED_BACK"],
    "TAMPERED": ["RECORD_ALTERED", "RECORD_MISPLACED", "GENESIS_WRONG", "CLOCK_REVERSED", "PAYLOAD_ALTERED",
                 "PAYLOAD_UNCOMMITTED", "SENDER_MISMATCH", "MESSAGE_REPEATED", "HEAD_NOTE_WRONG", "CONTINUATION_WRONG",
                 "COSIGNATURE_WRONG", "SEEN_UNSIGNED", "CHECKPOINT_UNSIGNED"],
    "DAMAGED": ["LOG_UNREADABLE", "RECORD_UNREADABLE", "HEAD_MISMATCH"],
    "INCOMPLETE": ["RECORDS_MISSING", "PAYLOAD_MISSING", "HEAD_NOTE_MISSING", "RECORDS_LOST"],
}
BREAKS = {"LOG_UNREADABLE", "RECORDS_MISSING", "RECORD_ALTERED", "RECORD_MISPLACED", "RECORD_UNREADABLE"}
EXIT_CODES = {"INTACT": 0, "INCOMPLETE": 10, "DAMAGED": 11}


# Section 10: a log is as export.py reads it

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


def judge(log, told=Told()):
    """What section 10 says of a log. `told`: what other logs tell about it."""
    found, read = Judgement(), []
    for seq, line, payloads in log.entries:
        try:
            record = parse_record(line)
        except Refused:
            record = None
            found.find("RECORD_UNREADABLE", seq)
        if record is not None and record["seq"] != seq:
            found.find("RECORD_MISPLACED", seq)
        read.append((seq, leaf_of(line).hex(), record))
    for code, seq in told.findings:
        found.find(code, seq)
    check_genesis(read, found)
    tree = tree_of(read)
    keys = keys_of(read, tree, told.directors)
    beside = [(seq, record, payloads) for (seq, _, record), (_, _, payloads) in zip(read, log.entries)]
    cosigned = sound_cosignatures(opened_cosignatures(beside), tree, keys.first(), told.witness_keys, found)
    early = certain(signed_for(log, told, keys)[0], keys)
    check_chain(read, log.head, found, log.unreadable, largest_held([*certain(told.claims), *early, *cosigned], tree))
    claimed = max(log.head[0] if log.head else 0, read[-1][0] + 1 if read else 0) if log.unreadable is None else None
    keys.settle(min(found.breaks(), default=2**53), found.find)
    own, unsigned, has_note = signed_for(log, told, keys)
    lost = check_claims([*told.claims, *own, *cosigned_claims(cosigned, keys)], tree, claimed, found)
    for seq in lost | keys.known_sizes.keys():
        found.find("RECORDS_LOST", seq)
    if unsigned and claimed != 0 and min(found.breaks(), default=1) > 0:
        found.find("CHECKPOINT_UNSIGNED", 0)
    if log.note is not None and (claimed is None or claimed - 1 not in keys.recoveries):  # section 9: it may wait
        check_head_note(log.note, has_note, claimed, found)
    check_payloads(beside, found)
    check_repeats(read, found)
    return found.report(len(read))


def check_genesis(read, found):
    if read and read[0][0] == 0 and read[0][2] is not None:
        record = read[0][2]
        first = sha256(b"branchline/v1/genesis\0", str(record.get("detail", {}).get("origin")).encode()).hex()
        if record["kind"] != "genesis" or record["prev"] != first or log_key(record) is None:
            found.find("GENESIS_WRONG", 0)


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


def check_head_note(note, is_own, claimed, found):
    """`is_own`: whether the log's key in force signed it; `claimed`: number of records that the log claims, None where nobody can tell."""
    if claimed == 0:
        if note:
            found.find("LOG_ROLLED_BACK", 0)
    elif not is_own and min(found.breaks(), default=2**53) > 0 and claimed is not None and (note or claimed > 1):
        found.find("HEAD_NOTE_WRONG" if note else "HEAD_NOTE_MISSING", claimed)


def check_repeats(read, found):
    messages = set()
    for seq, _, record in read:
        if record is not None and record["seq"] == seq and record["kind"] == "received":
            if record["message"] in messages:
                found.find("MESSAGE_REPEATED", seq)
            messages.add(record["message"])


def opened_cosignatures(beside):
    """(seq, bytes) of the payloads `cosignature` of `outcome` records that open their commitments."""
    opened = []
    for seq, record, payloads in beside:
        if record is not None and record["kind"] == "outcome":
            for name, length, committed in record.get("payloads", []):
                salt, data = next(((s, d) for n, s, d in payloads if n == name), (b"", b""))
                if name == "cosignature" and opens(salt, name, data, length, committed):
                    opened.append((seq, data))
    return opened


def opens(salt, name, data, length, committed):
    return len(salt) == 32 and len(data) == length and commitment(salt, name, data) == committed


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
            elif not opens(stored[name][0], name, stored[name][1], length, digest_):
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
    own = [item for item in received["payloads"] if item[0] not in ("record", "proof")]
    return (leaf_of(line).hex() == received["message"] and sent["kind"] == "sent" and sent["actor"] == received["peers"][0]
            and received["actor"] in sent["peers"] and sent["payloads"] == own
            and all(sent.get(name) == received.get(name) for name in ("conversation", "detail")))


def judge_several(logs, given, directors):
    told, joined = tell(logs, given, directors)
    reports = [judge(log, about) for log, about in told]
    verdicts = {report["verdict"] for report in reports}
    if joined["provedMissingAtReceiver"] or joined["provedMissingAtSender"]:
        verdicts.add("INCOMPLETE")
    return {"join": joined, "logs": reports, "verdict": next((v for v in VERDICTS if v in verdicts), "INTACT")}


def sorted_out(arguments):
    """{option: [argument]}, where None stands for what comes before the first option."""
    sorts, option = {None: [], "--director": [], "--checkpoint": []}, None
    for argument in arguments:
        if argument in sorts:
            option = argument
        else:
            sorts[option].append(argument)
    return sorts


def main(arguments):
    if arguments == ["--vectors"]:
        from vectors import judge_vectors
        said, agreed = judge_vectors(judge, commitment)
        print(json.dumps(said))
        return 0 if agreed else 1
    sorts = sorted_out(arguments)
    folders, directors, given = sorts[None], [read_key(vkey) for vkey in sorts["--director"]], []
    if not folders or None in directors or any(folder.startswith("--") for folder in folders):
        sys.exit(__doc__)
    for name in sorts["--checkpoint"]:
        with open(name, "rb") as file:
            given.append(file.read())
    logs = [read_export(folder) for folder in folders]
    several = len(logs) > 1
    result = judge_several(logs, given, directors) if several else judge(logs[0], Told((), given, directors))
    print(json.dumps(result))
    return EXIT_CODES.get(result["verdict"], 12)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

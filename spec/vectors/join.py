"""Section 10 of spec/audit-log.md: logs joined on message ID, each taken at its word. For judge.py."""
from tree import leaf_of


class Side:
    """One log; `read`: (seq, leaf in hex, record or None, payloads)."""

    def __init__(self, read):
        self.owner, self.leaves, self.sent, self.received, self.receipts = "", set(), {}, {}, {}
        self.repeated = []  # (message, seq of its first record, seq)
        for seq, leaf, record, payloads in read:
            self.leaves.add(leaf)
            if record is not None:
                self.owner = self.owner or record["actor"]
                self.add(seq, leaf, record, payloads)

    def add(self, seq, leaf, record, payloads):
        kind, message = record["kind"], record.get("message")
        if kind == "sent":
            self.sent[leaf] = record
        elif kind == "received" and record["seq"] == seq:
            if message in self.received:
                self.repeated.append((message, self.received[message]["seq"], seq))
            self.received.setdefault(message, record)
        elif kind == "outcome" and record["detail"]["result"] == "delivered":
            receipt = next((data for label, _, data in payloads if label == "receipt"), None)
            if receipt is not None:
                self.receipts[message, record["peers"][0]] = leaf_of(receipt).hex()


def join(sides):
    """Of two copies of one log the later counts. Messages are (message, from, to)."""
    logs = {side.owner: side for side in sides}
    told = {"both": 0, "provedMissingAtReceiver": [], "provedMissingAtSender": [], "unconfirmed": [],
            "repeated": [repeat for side in logs.values() for repeat in side.repeated]}
    absent = set()
    for sender in logs.values():
        for message, record in sender.sent.items():
            for peer in record["peers"]:
                receipt = sender.receipts.get((message, peer))
                if peer not in logs:
                    absent.add(peer)
                elif receipt is not None and receipt not in logs[peer].leaves:
                    told["provedMissingAtReceiver"].append((message, sender.owner, peer))
                elif message not in logs[peer].received:
                    told["unconfirmed"].append((message, sender.owner, peer))
                else:
                    told["both"] += 1
    for receiver in logs.values():
        for message, record in receiver.received.items():
            sender = record["peers"][0]
            if sender not in logs:
                absent.add(sender)
            elif message not in logs[sender].sent:
                told["provedMissingAtSender"].append((message, sender, receiver.owner))
    return {**told, "absentLogs": sorted(absent)}

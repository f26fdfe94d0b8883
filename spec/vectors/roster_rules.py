"""spec/roster.md: what a roster may say, who takes part, and which one is taken after which. For judge.py, in Python's
standard library."""
import base64, hashlib, re
import ed25519
from notes import decode64
from record_rules import Refused, canonical, integer, listed, matches, parse_json, peer, text as bytes_between

TYPES = {"director": 1, "witness": 4}


def plain(most):
    return lambda value: bytes_between(1, most)(value) and not re.search("[\0-\x1f\x7f-\x9f]", value)


def key_of(kind):
    """(name, key ID, public key) of a verifier key of that type, else None."""
    def read(vkey):
        parts = re.fullmatch("([!-*,-~]{1,255})\\+([0-9a-f]{8})\\+([0-9A-Za-z+/=]{44})", vkey) if isinstance(vkey, str) else None
        material = decode64(parts[3]) if parts else None
        if material is None or len(material) != 33 or material[0] != TYPES[kind]:
            return None
        key_id = hashlib.sha256(parts[1].encode() + b"\n" + material).digest()[:4]
        return (parts[1], key_id, material[1:]) if key_id.hex() == parts[2] else None
    return read


director_key, witness_key = key_of("director"), key_of("witness")


def some(check, most, key=lambda item: item):
    return lambda value: isinstance(value, list) and len(value) > 0 and listed(check, most, key)(value)


def shaped(must, may):
    return lambda value: isinstance(value, dict) and must.keys() <= value.keys() and all(
        (must.get(name) or may.get(name) or (lambda _: False))(each) for name, each in value.items())


def no_two(*names):
    return lambda items: all(len({item[name] for item in items}) == len(items) for name in names)


serial = lambda value: integer(value) and value > 0
place, directors = plain(64), some(lambda value: director_key(value) is not None, 8)
log = matches("[0-9a-f]{64}")
address = matches("(/[0-9A-Za-z.:_-]+)+/p2p/[0-9A-Za-z]{1,128}")
MEMBER = shaped({
    "branch": place, "desks": listed(place, 16), "log": log, "name": plain(128), "peer": peer,
    "roles": listed(matches("[a-z][a-z0-9-]{0,31}"), 8), "rooms": listed(place, 100),
}, {"from": integer, "title": plain(128), "until": integer})
REVOCATION = shaped({"peer": peer, "reason": plain(256), "time": integer}, {})
SUCCESSION = shaped({"by": lambda value: director_key(value) is not None, "directors": directors, "serial": serial,
                     "signature": matches("[0-9a-f]{128}")}, {})
ROSTER = shaped({
    "directors": directors, "expires": integer, "issued": integer, "lan": matches("[a-z0-9-]{1,40}"), "library": plain(128),
    "members": lambda value: listed(MEMBER, 500, None)(value) and no_two("peer", "log")(value),
    "relays": listed(lambda value: address(value) and len(value) <= 256, 16),
    "revoked": lambda value: listed(REVOCATION, 1000, None)(value) and no_two("peer")(value),
    "serial": serial, "succession": listed(SUCCESSION, 16, None), "v": lambda value: type(value) is int and value == 1,
    "witnesses": listed(lambda value: witness_key(value) is not None, 16),
}, {})


def holds_together(roster):
    people, gone, steps = roster["members"], {each["peer"] for each in roster["revoked"]}, roster["succession"]
    serials = [step["serial"] for step in steps]
    return (roster["issued"] < roster["expires"]
            and all(each["from"] < each["until"] for each in people if "from" in each and "until" in each)
            and not any(each["peer"] in gone for each in people)
            and len({room for each in people for room in each["rooms"]}) <= 100
            and serials == sorted(set(serials)) and all(each <= roster["serial"] for each in serials)
            and (not steps or steps[-1]["directors"] == roster["directors"]))


def parse_roster(signed):
    """(roster, text, signature lines as (name, key ID, signature)); Refused when it is none."""
    try:
        note = signed.decode() if len(signed) <= 524288 else ""
    except UnicodeDecodeError:
        note = ""
    body, empty, tail = note.rpartition("\n\n")
    lines = [re.fullmatch("\u2014 ([^\\s+]+) (\\S+)", line) for line in tail.split("\n")[:-1]]
    if not empty or not tail.endswith("\n") or not 1 <= len(lines) <= 64 or not all(lines) or re.search("[\0-\x09\x0b-\x1f]", note):
        raise Refused("ROSTER_MALFORMED")
    signatures = [(line[1], decode64(line[2])) for line in lines]
    text = (body + "\n").encode()
    roster = parse_json(text)
    if any(data is None or len(data) <= 4 for _, data in signatures) or not ROSTER(roster) or not holds_together(roster) \
            or canonical(roster) + b"\n" != text:
        raise Refused("ROSTER_MALFORMED")
    return roster, text, [(name, data[:4], data[4:]) for name, data in signatures]


def refuse_unsigned(roster, text, signatures):
    keys = {key[:2]: key[2] for key in map(director_key, roster["directors"])}
    known = [(keys[name, key_id], data) for name, key_id, data in signatures if (name, key_id) in keys]
    if not known or not all(ed25519.verify(key, text, data) for key, data in known):
        raise Refused("ROSTER_UNSIGNED")


def refuse_expired(roster, now):
    if now >= roster["expires"]:
        raise Refused("ROSTER_EXPIRED")


def succession_text(library, step):
    return "".join(line + "\n" for line in ["branchline/v1/directors", library, str(step["serial"]), *step["directors"]]).encode()


def leads_on(held, offered):
    now = held["directors"]
    for step in offered["succession"]:
        if step["serial"] > held["serial"]:
            key = director_key(step["by"])[2]
            if step["by"] not in now or not ed25519.verify(key, succession_text(offered["library"], step), bytes.fromhex(step["signature"])):
                return False
            now = step["directors"]
    return now == offered["directors"]


def first(signed, now):
    """What whoever holds no roster says of one: "accept", else Refused."""
    parsed = parse_roster(signed)
    refuse_unsigned(*parsed)
    refuse_expired(parsed[0], now)
    return "accept"


def after(held_signed, signed, now):
    """"accept" or "known", else Refused."""
    (held, held_text, _), parsed = parse_roster(held_signed), parse_roster(signed)
    roster, text, _ = parsed
    if roster["library"] != held["library"]:
        raise Refused("ROSTER_FOREIGN")
    if roster["serial"] < held["serial"]:
        raise Refused("ROSTER_STALE")
    if not leads_on(held, roster):
        raise Refused("ROSTER_UNSIGNED")
    refuse_unsigned(*parsed)
    if roster["serial"] == held["serial"]:
        if text == held_text:
            return "known"
        raise Refused("ROSTER_FORKED")
    refuse_expired(roster, now)
    return "accept"


def standing(signed, who, now):
    roster, _, _ = parse_roster(signed)
    refuse_expired(roster, now)
    if any(each["peer"] == who for each in roster["revoked"]):
        raise Refused("MEMBER_REVOKED")
    member = next((each for each in roster["members"] if each["peer"] == who), None)
    if member is None:
        raise Refused("MEMBER_UNKNOWN")
    if now < member.get("from", 0) or now >= member.get("until", 2**53):
        raise Refused("MEMBER_EXPIRED")
    return "accept"


def parse_request(code):
    parts = re.fullmatch("(branchline-request-1\\.([0-9A-Za-z]{1,128})\\.([0-9a-f]{64})\\.([0-9A-Za-z_-]+))\\.([0-9a-f]{8})", code)
    if len(code) > 512 or not parts or hashlib.sha256(parts[1].encode()).hexdigest()[:8] != parts[5]:
        raise Refused("REQUEST_MALFORMED")
    try:
        raw = base64.urlsafe_b64decode(parts[4] + "=" * (-len(parts[4]) % 4))
        name = raw.decode()
    except (ValueError, UnicodeDecodeError):
        raise Refused("REQUEST_MALFORMED")
    if not plain(128)(name) or base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != parts[4]:
        raise Refused("REQUEST_MALFORMED")
    return {"peer": parts[2], "log": parts[3], "name": name}


def bytes_of(case):
    """A case gives a note as text, in hex, or as a piece that is repeated."""
    if "noteHex" in case:
        return bytes.fromhex(case["noteHex"])
    if "repeat" in case:
        given = case["repeat"]
        return (given["before"] + ",".join(given["piece"].replace("NNN", "%03d" % n) for n in range(given["times"])) + given["after"]).encode()
    return case["note"].encode()


def fingerprint(vkey):
    return hashlib.sha256(vkey.encode()).hexdigest()[:32]


def say(case):
    """What this judge says of one case of roster.json."""
    try:
        if "code" in case:
            return {"accept": parse_request(case["code"])}
        if "held" in case:
            return after(case["held"].encode(), case["note"].encode(), case["now"])
        if "peer" in case:
            return standing(case["note"].encode(), case["peer"], case["now"])
        return first(bytes_of(case), case["now"])
    except Refused as refused:
        return str(refused)

"""A panel for a service desk, in Python and its standard library alone.

It starts `branchline serve --stdio`, shows what colleagues say, and sends what is typed:

    python3 desk_panel.py branchline serve --stdio --profile FOLDER
    @Reference: is QA76.73 in?          to a desk; #reference: to a room, Ann: to a colleague
    pull @Reference: QA76.73            asks for an item to be pulled

branchline reads one JSON object a line, and writes one JSON object a line (spec/stdio.md):
we send   {"id": 1, "method": "post", "params": {"where": "Ann", "text": "Good morning"}}
it says   {"id": 1, "result": {...}}  or  {"id": 1, "error": {"code": "PEER_UNKNOWN", ...}}
and       {"event": "message", "data": {"from": ..., "text": ...}}  whenever something happens.
"""

import itertools
import json
import subprocess
import sys
import threading
import unicodedata

COMMAND = sys.argv[1:] or ["branchline", "serve", "--stdio"]
# What is on standard error of branchline is for people: it goes where ours goes.
branchline = subprocess.Popen(
    COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8", bufsize=1
)
numbers = itertools.count(1)


def request(method, **params):
    """Asks for something. Its answer comes with the same id, later, among other lines."""
    line = json.dumps({"id": next(numbers), "method": method, "params": params})
    try:
        branchline.stdin.write(line + "\n")
        branchline.stdin.flush()
    except BrokenPipeError:
        pass  # It has ended; it has said why, and the reader below ends, too.


def plain(text):
    """Text from others may hold control characters, which a terminal would obey."""
    return "".join(c if unicodedata.category(c)[0] != "C" else "\N{REPLACEMENT CHARACTER}" for c in text)


def show(*words):
    print(*words, flush=True)


def words_of(about, text):
    """What a message says, and what it does beside that."""
    if about["type"] == "pull":
        return f"please pull {about['item']} for {about['branch']}. {text}"
    if about["type"] == "pull-step":
        return f"[{about['step']}] {text}"
    return text


def on_event(event, data):
    if event == "ready":
        show(f"You are {plain(data['name'])}, of {plain(data['roster']['library'])}.")
    elif event == "message" and data["about"]["type"] not in ("mark", "desk"):
        speaker = data.get("as") or data.get("name") or data["from"]
        show(plain(f"{speaker}: {words_of(data['about'], data['text'])}"))
    elif event == "outcome" and data["result"] != "delivered":
        show(plain(f"Not delivered ({data['result']}): {data.get('reason', '')}"))
    elif event == "audit:failed":
        show(plain(f"NOTHING CAN BE SAID NOW: {data['code']}: {data['message']}"))


def listen():
    """Reads to the end. Read all the time: branchline ends when nobody reads what it says."""
    for line in branchline.stdout:
        said = json.loads(line)
        if "event" in said:
            on_event(said["event"], said["data"])
        elif "error" in said:
            show(plain(f"{said['error']['code']}: {said['error']['message']}"))


listener = threading.Thread(target=listen)
listener.start()
for typed in sys.stdin:
    where, colon, text = typed.strip().partition(": ")
    if not colon:
        show("Say to whom: @Reference: is QA76.73 in?")
    elif where.startswith("pull "):
        request("post", where=where[5:], about={"type": "pull", "item": text, "branch": "Main"})
    else:
        # `post` keeps it until it is delivered; `send` would be now or never.
        request("post", where=where, text=text)
branchline.stdin.close()  # It does what is under way, and ends.
listener.join()
sys.exit(branchline.wait())

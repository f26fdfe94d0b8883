"""Says one thing and waits until it is on record there: python3 say.py WHOM TEXT branchline serve --stdio"""

import json
import subprocess
import sys

whom, text, *command = sys.argv[1:]
branchline = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
request = {"id": 1, "method": "post", "params": {"where": whom, "text": text}}
branchline.stdin.write(json.dumps(request) + "\n")
branchline.stdin.flush()
posted = None
for line in branchline.stdout:
    said = json.loads(line)
    if "error" in said:
        print(said["error"]["code"])
        break
    if said.get("id") == 1:
        posted = said["result"]["id"]
    elif said.get("event") == "outcome" and said["data"]["id"] == posted:
        print(said["data"]["result"])
        break
branchline.stdin.close()
branchline.stdout.read()
sys.exit(branchline.wait())

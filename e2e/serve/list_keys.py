"""A front end of hexuser in another language, written from docs/serve.md alone.

    python3 list_keys.py HEXUSER KEY_NAME

Makes a key of that name, asking for what the call needs on standard input, lists the names of all
keys, and revokes the new one. It prints what it does, and never a secret.
"""

import json
import subprocess
import sys


class Hexuser:
    def __init__(self, program):
        self.process = subprocess.Popen(
            [program, "serve", "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.requests = 0

    def send(self, method, call_input, answers):
        self.requests += 1
        params = {"input": call_input, "answers": answers}
        request = {"jsonrpc": "2.0", "id": self.requests, "method": method, "params": params}
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()
        for line in self.process.stdout:
            message = json.loads(line)
            if message.get("method") == "event":
                print("event:", message["params"]["event"]["type"])
            elif message.get("id") == self.requests:
                return message
        raise SystemExit("hexuser has ended")

    def call(self, method, **call_input):
        answers = {}
        for _ in range(4):
            message = self.send(method, call_input, answers)
            if "result" in message:
                return message["result"]
            needs = message["error"].get("data", {}).get("needs")
            if not needs:
                raise SystemExit(f"{method}: {message['error']['message']}")
            for need in needs:
                name = need.get("answer") or need["input"]
                print(f"{name} is {need['because']}:", flush=True)
                given = sys.stdin.readline().strip()
                (answers if "answer" in need else call_input)[name] = given
        raise SystemExit(f"{method}: too many tries")

    def close(self):
        self.process.stdin.close()
        return self.process.wait()


hexuser = Hexuser(sys.argv[1])
print("signed in as", hexuser.call("whoami")["username"])
made = hexuser.call("key.generate", keyName=sys.argv[2])
print("made", made["name"])
print("keys:", ", ".join(sorted(key["name"] for key in hexuser.call("key.list")["keys"])))
print("revoked", ", ".join(hexuser.call("key.revoke", name=made["name"])["revoked"]))
print("ended with", hexuser.close())

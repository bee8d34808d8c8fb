# SPDX-License-Identifier: BSD-3-Clause
"""Put in the place of aws-role-broker: replies to the module with what a test has written down.

The test writes {"replies": [hex, …], "then": "wait"|"die", "descriptor": bool} to /run/reply.json.
"""

import array
import json
import os
import socket

LIFELINE = 3


def main():
    """Reads WHO and OPEN, replies, and stays until the application ends the session."""
    with open("/run/reply.json", encoding="utf-8") as file:
        plan = json.load(file)
    lifeline = socket.socket(fileno=LIFELINE)
    for _ in range(2):
        lifeline.recv(65536)
    lifeline.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    for reply in plan["replies"]:
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0]))]
        lifeline.sendmsg([bytes.fromhex(reply)], rights if plan["descriptor"] else [])
    while plan["then"] == "wait" and lifeline.recv(65536):
        pass
    os._exit(0)


main()

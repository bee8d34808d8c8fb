# SPDX-License-Identifier: BSD-3-Clause
"""aws-role-fence and containers: packets of other network namespaces, which have no uid."""

import os
import subprocess
import sys

from . import machine
from .fence import AT_ONCE, HAS_IPV6, FenceTest, ask, known

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# The namespaces beside this machine's: number of the network to each.
GUEST, CLOUD = 1, 2
NAMES = {GUEST: "guest", CLOUD: "cloud"}
SERVE = """
import socket, sys, threading
sys.path.insert(0, sys.argv[1])
from system.fence import serve
for address, port in zip(*[iter(sys.argv[2:])] * 2):
    serve("tcp", address, int(port))
print("listening", flush=True)
sys.stdin.read()
"""


def inside(name, *words):
    """Runs a command in one of the namespaces."""
    machine.run("ip", "netns", "exec", name, *words)


def make_namespace(net):
    """A namespace with a network to this machine, which is its way to everywhere."""
    name = NAMES[net]
    machine.run("ip", "netns", "add", name)
    machine.run("ip", "link", "add", f"to-{name}", "type", "veth", "peer", "name", "eth0", "netns",
                name)
    machine.run("ip", "address", "add", f"10.9.{net}.1/24", "dev", f"to-{name}")
    machine.run("ip", "link", "set", f"to-{name}", "up")
    inside(name, "ip", "link", "set", "lo", "up")
    inside(name, "ip", "address", "add", f"10.9.{net}.2/24", "dev", "eth0")
    inside(name, "ip", "link", "set", "eth0", "up")
    inside(name, "ip", "route", "add", "default", "via", f"10.9.{net}.1")
    if HAS_IPV6:
        machine.run("ip", "address", "add", f"fd09:{net}::1/64", "dev", f"to-{name}", "nodad")
        inside(name, "ip", "address", "add", f"fd09:{net}::2/64", "dev", "eth0", "nodad")
        inside(name, "ip", "-6", "route", "add", "default", "via", f"fd09:{net}::1")


def forward():
    """This machine forwards packets, until the sandbox ends."""
    for switch in ("ipv4/ip_forward", "ipv6/conf/all/forwarding"):
        path = f"/proc/sys/net/{switch}"
        if os.path.exists(path):
            with open(path, "w", encoding="ascii") as file:
                file.write("1")


class Forwarded(FenceTest):
    """guest - this machine - cloud, where some of the services are."""

    def setUp(self):
        super().setUp()
        self.moved = [address for address in ("169.254.170.23", "fd00:ec2::23") if known(address)]
        for net, name in NAMES.items():
            make_namespace(net)
            self.addCleanup(machine.run, "ip", "netns", "del", name)
        forward()
        for address in self.moved:
            self.move(address)
        places = [str(word) for address in self.moved for port in (80, 53)
                  for word in (address, port)]
        cloud = subprocess.Popen(["ip", "netns", "exec", NAMES[CLOUD], sys.executable, "-c", SERVE,
                                  TESTS, *places], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(cloud.communicate)
        self.assertEqual(b"listening\n", cloud.stdout.readline())

    def move(self, address):
        """An address of this machine becomes one of the cloud's."""
        family, size, gateway = (("-6", 128, f"fd09:{CLOUD}::2") if ":" in address else
                                 ("-4", 32, f"10.9.{CLOUD}.2"))
        words = [f"{address}/{size}", "dev", "lo"]
        machine.run("ip", "address", "del", *words)
        self.addCleanup(machine.run, "ip", "address", "add", *words)
        inside(NAMES[CLOUD], "ip", "address", "add", *words)
        machine.run("ip", family, "route", "add", f"{address}/{size}", "via", gateway)
        self.addCleanup(machine.run, "ip", family, "route", "del", f"{address}/{size}")

    def test_forwarded(self):
        """What this machine forwards to the services is refused at once; its own is not touched"""
        guest = ("ip", "netns", "exec", NAMES[GUEST])
        places = [("tcp", address, 80) for address in self.moved]
        self.assertEqual(["answer"] * len(places), [said for said, _ in ask(places, before=guest)])
        self.load()
        for said, seconds in ask(places, before=guest):
            self.assertEqual("ECONNREFUSED", said)
            self.assertLess(seconds, AT_ONCE)
        # DNS there, and an agent on this machine that a container asks for its own role.
        others = [("tcp", address, 53) for address in self.moved] + [("tcp", "169.254.170.2", 80)]
        self.assertEqual(["answer"] * len(others), [said for said, _ in ask(others, before=guest)])
        self.assertEqual(["answer"] * len(places), [said for said, _ in ask(places)])

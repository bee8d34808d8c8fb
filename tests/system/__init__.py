# SPDX-License-Identifier: BSD-3-Clause
"""System tests: real logins on a private copy of the machine.

    sandbox     namespaces, and what is private in them
    machine     what an administrator does there: installs, adds users, configures, starts sshd
    doors       the programs through which people come in: door_ground, door_session, door_probe
    login       logins: a PAM application of our own, ssh
    processes   which of our processes run
    directory   names from a directory that hangs or fails
    case        what the tests share
"""

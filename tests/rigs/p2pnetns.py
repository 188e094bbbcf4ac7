# gst-plugins-p2p
#
# This library is free software; you can redistribute it and/or
# modify it under the terms of the GNU Lesser General Public
# License as published by the Free Software Foundation; either
# version 2.1 of the License, or (at your option) any later version.
"""Network namespaces in a star around p2p-shaper, for rigs with real processes.

    with Net(shaper, nodes=3, seed=1) as net:
        net.path(delay_ms=20, loss=0.01)        # every pair, each way
        p = net.spawn(1, ['some', 'command'])   # in node 1, 10.77.0.1
        net.down(1); net.up(1); net.kill(p, signal.SIGSTOP)

The namespaces have no names: they end with the shaper and the processes in
them, and both end with this one, even when it is killed.
"""
import ctypes
import os
import signal
import socket
import subprocess
import time

SKIP = 77
NICE = -10              # what is measured is the network, not the machine's load
CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class Unavailable(Exception):
    """No right to make namespaces here, or no TUN device."""


def _die_with_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


class Net:
    def __init__(self, shaper, nodes, seed=1):
        self.nodes = nodes
        self.processes = []
        self._shaper = subprocess.Popen(
            [shaper, str(nodes), str(seed)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            preexec_fn=_die_with_parent)
        self.shaper_pid = self._shaper.pid
        words = self._shaper.stdout.readline().split()
        if words[:1] != ['ready']:
            reason = self._shaper.stderr.read().strip()
            status = self._shaper.wait()
            if status == SKIP:
                raise Unavailable(reason)
            raise RuntimeError(reason or f'shaper ended with {status}')
        self._spaces = [os.open(f'/proc/{words[1]}/fd/{fd}', os.O_RDONLY)
                        for fd in words[2:]]

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    @staticmethod
    def address(node):
        return f'10.77.0.{node}'

    def _say(self, text):
        lines = []
        self._shaper.stdin.write(text + '\n')
        self._shaper.stdin.flush()
        while True:
            line = self._shaper.stdout.readline().strip()
            if line == 'ok':
                return lines
            if line in ('error', ''):
                raise RuntimeError(f'shaper refuses: {text}')
            lines.append(line)

    def path(self, a=0, b=0, delay_ms=0.0, loss=0.0, rate=0):
        """Sets one way from a to b; 0 = all nodes."""
        self._say(f'path {a} {b} {round(delay_ms * 1000)} '
                  f'{round(loss * 1e6)} {round(rate)}')

    def cut(self, node):
        """The cable: every packet is dropped, the interface stays up."""
        self._say(f'cut {node}')

    def mend(self, node):
        self._say(f'mend {node}')

    def down(self, node):
        """The interface itself."""
        self._say(f'down {node}')

    def up(self, node):
        self._say(f'up {node}')

    def log(self, path):
        """Every UDP datagram from now on: packets.py reads it."""
        self._say(f'log {path}')

    def nat(self, node, kind):
        """A translator before the node: none, full, restricted,
        port-restricted, symmetric."""
        self._say(f'nat {node} {kind}')

    def ipv6(self, node):
        """Its address is ipv6_address() now, and no other."""
        self._say(f'ipv6 {node}')
        for _ in range(500):
            try:
                self.socket(node, socket.AF_INET6,
                            address=self.ipv6_address(node)).close()
                return
            except OSError:     # the kernel needs some ms before it is used
                time.sleep(0.01)
        raise RuntimeError('no IPv6')

    @staticmethod
    def ipv6_address(node):
        return f'fd77::{node:x}'

    def mtu(self, node, size):
        """Of its interface: tunnels and dial-up lines take less than 1500."""
        process = self.spawn(node, ['ip', 'link', 'set', 'dev', 'p2p0', 'mtu',
                                    str(size)])
        if process.wait() != 0:
            raise RuntimeError(f'ip link set mtu ended with {process.returncode}')

    def reset(self):
        self._say('reset')

    def counts(self):
        """{node: {'udp_out': bytes with IP headers, ..., 'peak_2s': bytes}}"""
        result = {}
        for line in self._say('counts'):
            words = line.split()
            result[int(words[1])] = {
                words[i]: int(words[i + 1]) for i in range(2, len(words), 2)}
        return result

    def spawn(self, node, command, **kwargs):
        """subprocess.Popen in that node's namespace."""
        space = self._spaces[node - 1]

        def enter():
            if _libc.setns(space, CLONE_NEWNET) != 0:
                os._exit(126)
            os.setsid()
            _die_with_parent()
            try:
                os.nice(NICE)
            except OSError:
                pass            # not permitted: then the load is measured, too

        process = subprocess.Popen(command, preexec_fn=enter, **kwargs)
        self.processes.append(process)
        return process

    def socket(self, node, family=socket.AF_INET, port=0, address=''):
        """A UDP socket in that namespace, where it stays."""
        home = os.open('/proc/self/ns/net', os.O_RDONLY)
        try:
            if _libc.setns(self._spaces[node - 1], CLONE_NEWNET) != 0:
                raise RuntimeError('no way into the namespace')
            made = socket.socket(family, socket.SOCK_DGRAM)
            made.bind((address, port))
            return made
        finally:
            _libc.setns(home, CLONE_NEWNET)
            os.close(home)

    def kill(self, process, sig=signal.SIGKILL):
        if process.poll() is None:
            os.kill(process.pid, sig)

    def close(self):
        for process in self.processes:
            if process.poll() is None:
                # a stopped process takes no other signal
                os.kill(process.pid, signal.SIGKILL)
        for process in self.processes:
            process.wait()
        self.processes = []
        for space in self._spaces:
            os.close(space)
        self._spaces = []
        if self._shaper.poll() is None:
            self._shaper.stdin.close()
            self._shaper.wait()

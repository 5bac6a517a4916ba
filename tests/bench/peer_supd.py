"""Adapter of supd for a side-by-side benchmark of supervisors: writes its configuration, names its command lines.

$SUPD_BIN is the directory of supd and supctl."""
import os
import shlex

from peers.base import Peer, out_of, write


class Supd(Peer):
    name = "supd"
    note = "restart=always, restart_delay=0, no start limit; scopes by cgroup v2 where writable"
    cgroup = "auto"

    def bin(self, program):
        return os.path.join(os.environ["SUPD_BIN"], program)

    def available(self):
        return "SUPD_BIN" in os.environ and os.path.exists(self.bin("supd"))

    def version(self):
        return out_of([self.bin("supd"), "--version"])

    def service(self, run, spec):
        if spec.notify:
            raise NotImplementedError("no readiness protocol yet")
        if spec.deps:
            raise NotImplementedError("no dependencies yet")
        lines = ["[service:%s]" % spec.name, "command = " + shlex.join(spec.argv),
                 "restart = " + ("always" if spec.restart else "no")]
        if spec.log:
            os.makedirs(run.path("log", spec.name), exist_ok=True)
            lines += ["stdout = " + run.path("log", spec.name, "current"), "log_max_size = 10000000", "log_keep = 5"]
        return "\n".join(lines)

    def gen(self, run):
        head = ["[supd]", "log_directory = " + run.path("supd-log"), "cgroup = " + self.cgroup, "[defaults]",
                "stdout = null", "restart_delay = 0", "restart_delay_max = 0", "start_limit_burst = 0"]
        write(run.path("supd.ini"), "\n".join(head + [self.service(run, s) for s in run.specs]) + "\n")

    def cmd(self, run):
        return [self.bin("supd"), "--foreground", "-c", run.path("supd.ini"), "--runtime-dir", run.path("run")]

    def pid1_cmd(self, run):
        return self.cmd(run)

    def status_cmd(self, run, name):
        return [self.bin("supctl"), "--runtime-dir", run.path("run"), "status", name]


class SupdWithoutCgroups(Supd):
    "the same where no cgroup is writable: scopes by session, descent and environment"
    name = "supd-process"
    cgroup = "no"

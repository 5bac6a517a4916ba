"""What is compared: supd with and without cgroups, and bare, which makes the same system calls and nothing else."""
import os

from run import write_text


class Tools:
    "Where the programs are: those of the benchmarks in one directory, supd and supctl in another or in a build tree."
    def __init__(self, directory, supd_directory):
        self.bare, self.service, self.stopwatch = (
            self._find(name, [directory]) for name in ("bare", "service", "stopwatch"))
        below = [os.path.join(supd_directory, d) for d in ("", "daemon", "ctl")]
        self.supd, self.supctl = (self._find(name, below) for name in ("supd", "supctl"))

    @staticmethod
    def _find(name, directories):
        for d in directories:
            path = os.path.abspath(os.path.join(d, name))
            if os.access(path, os.X_OK) and os.path.isfile(path):
                return path
        raise SystemExit("bench.py: no %s in %s (build the target bench-tools; see README.md)" % (name, directories[0]))


class Bare:
    def __init__(self, name, options=(), cgroup=False):
        self.name, self.options, self.cgroup = name, options, cgroup

    def command(self, tools, run, services):
        lines = ["%s %s %s %s %s %s" % (s.name, "always" if s.restart else "no", tools.service, run.out, s.name,
                                        " ".join(s.arguments)) for s in services]
        write_text(run.path("services"), "\n".join(lines) + "\n")
        options = list(self.options)
        if self.cgroup:
            directory = os.path.join(run.cgroup, "services")
            os.mkdir(directory)
            options = ["--cgroup", directory]
        return [tools.bare, *options, run.path("socket"), run.path("services")]

    def status_command(self, tools, run, name):
        return [tools.bare, "--status", run.path("socket"), name]


class Supd:
    def __init__(self, name, cgroup):
        self.name, self.cgroup = name, cgroup

    def command(self, tools, run, services):
        lines = ["[supd]", "cgroup = " + self.cgroup, "log_directory = " + run.path("log"), "[defaults]", "stdout = null",
                 "restart_delay = 0", "restart_delay_max = 0", "start_limit_burst = 0"]
        for s in services:
            lines += ["[service:%s]" % s.name, "restart = " + ("always" if s.restart else "no"),
                      "command = " + " ".join([tools.service, run.out, s.name, *s.arguments])]
        write_text(run.path("supd.ini"), "\n".join(lines) + "\n")
        return [tools.supd, "--foreground", "-c", run.path("supd.ini"), "--runtime-dir", run.path("runtime")]

    def status_command(self, tools, run, name):
        return [tools.supctl, "--runtime-dir", run.path("runtime"), "status", name]


MINIMAL = Bare("minimal", ["--minimal"])
BARE = Bare("bare")
BARE_CGROUP = Bare("bare, cgroups", cgroup=True)
SUPD = Supd("supd, cgroup=no", "no")
SUPD_CGROUP = Supd("supd, cgroup=auto", "auto")

# In the order of the table. Each supd is held against the bare that makes the same system calls, and against the minimum.
VARIANTS = [MINIMAL, BARE, SUPD, BARE_CGROUP, SUPD_CGROUP]
YARDSTICK = {SUPD: BARE, SUPD_CGROUP: BARE_CGROUP}

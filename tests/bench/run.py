"""One run of one supervisor: in a cgroup and a directory of its own, both gone afterwards.

The cgroup gives an exact moment of "all gone" (cgroup.events), the CPU time of everything together, and an end that cannot
hit a stranger (cgroup.kill). The directory is in shared memory, so that no disk is measured.
"""
import collections
import os
import select
import shutil
import signal
import tempfile
import time

RECORD_SIZE = 64
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

Record = collections.namedtuple("Record", "nsec pid name")
Service = collections.namedtuple("Service", "name arguments restart", defaults=((), True))


class Failed(Exception):
    "what was to be measured did not happen; the text says what did"


def now():
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC)


def read_text(path):
    with open(path) as f:
        return f.read()


def write_text(path, text):
    with open(path, "w") as f:
        f.write(text)


def wait_until(condition, seconds, step=0.005):
    "Polls: nothing that is measured is measured by it. False: not in time."
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(step)
    return True


class Load:
    "What else goes on: the share of all processors, 0 to 1, that was used neither by us nor by our runs."
    def __init__(self):
        self.begin = self._sample()

    @staticmethod
    def _sample():
        user, nice, system, idle, iowait, irq, softirq, steal = (
            int(x) for x in read_text("/proc/stat").split("\n", 1)[0].split()[1:9])
        all_busy = (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")
        return all_busy, all_busy + (idle + iowait) / os.sysconf("SC_CLK_TCK"), time.process_time() + Run.cpu_seconds

    def foreign(self):
        all_busy, total, own = (b - a for a, b in zip(self.begin, self._sample()))
        return max(0, all_busy - own) / max(total, 0.01)


def wait_for_quiet(limit, seconds):
    "Until little else runs on this machine, but not for ever."
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        load = Load()
        time.sleep(0.2)
        if load.foreign() < limit:
            break


def own_cgroup():
    "The directory of our own cgroup in the unified hierarchy, or None where we may not make others below it."
    mounts = [l.split(" - ") for l in read_text("/proc/self/mountinfo").splitlines()]
    points = [m[0].split()[4] for m in mounts if m[1].startswith("cgroup2 ")]
    paths = [l[3:] for l in read_text("/proc/self/cgroup").splitlines() if l.startswith("0::")]
    for point in points:
        directory = os.path.normpath(point + "/" + (paths[0] if paths else ""))
        if os.access(directory + "/cgroup.procs", os.W_OK):
            return directory
    return None


class Run:
    n_runs = 0
    cpu_seconds = 0.0  # of all runs that are over

    def __init__(self):
        Run.n_runs += 1
        tag = "supd-bench-%d-%d" % (os.getpid(), Run.n_runs)
        self.directory = tempfile.mkdtemp(prefix=tag + "-", dir="/dev/shm")
        self.cgroup = os.path.join(own_cgroup(), tag)
        os.mkdir(self.cgroup)
        self.out = self.path("out")
        self.child = 0       # what we started: the supervisor, or the unshare(1) around it
        self.supervisor = 0  # its pid
        self.launched = 0    # when, in ns

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill_all()
        Run.cpu_seconds += self.cpu_usec() / 1e6
        for directory, _, _ in os.walk(self.cgroup, topdown=False):
            os.rmdir(directory)
        shutil.rmtree(self.directory, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.directory, name)

    # --- life ---

    def launch(self, argv, as_pid1=False):
        if as_pid1:
            argv = ["/usr/bin/unshare", "--pid", "--fork", "--mount-proc", "--kill-child", *argv]
        r, w = os.pipe()
        self.child = os.fork()
        if self.child == 0:
            try:
                self._become(argv, w)
            finally:
                os._exit(127)
        os.close(w)
        with open(r) as f:
            self.launched = int(f.read() or 0)
        self.supervisor = self._only_child() if as_pid1 else self.child

    def _become(self, argv, fd):
        "In the child. The clock starts in the process that is the supervisor a moment later."
        write_text(self.cgroup + "/cgroup.procs", "0")
        os.setsid()
        null = os.open("/dev/null", os.O_RDONLY)
        log = os.open(self.path("daemon.log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        for target, source in enumerate((null, log, log)):
            os.dup2(source, target)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        environment = {"PATH": PATH, "HOME": self.directory, "LANG": "C"}
        os.write(fd, b"%d" % now())
        os.execve(argv[0], argv, environment)

    def _only_child(self):
        if not wait_until(lambda: self.children_of(self.child), 5, 0.001):
            raise Failed("unshare did not start anything: " + self.log_tail())
        return self.children_of(self.child)[0]

    def ended(self):
        "The supervisor itself; reaps it."
        if self.child and os.waitpid(self.child, os.WNOHANG)[0]:
            self.child = 0
        return self.child == 0

    def kill_all(self):
        "Whatever is left. All of it is in our cgroup, and only what we started is."
        write_text(self.cgroup + "/cgroup.kill", "1")
        self.wait_empty(10)
        wait_until(self.ended, 10)

    def wait_empty(self, seconds):
        "When the last process was gone, in ns; None: not in time."
        end = time.monotonic() + seconds
        with open(self.cgroup + "/cgroup.events", "rb", buffering=0) as f:
            poll = select.poll()
            poll.register(f, select.POLLPRI)
            while True:
                f.seek(0)
                if b"populated 0" in f.read(256):
                    return now()
                if time.monotonic() > end:
                    return None
                poll.poll(50)  # the kernel holds back an event that follows another within 10 ms

    # --- what it did ---

    def n_records(self):
        try:
            return os.stat(self.out).st_size // RECORD_SIZE
        except FileNotFoundError:
            return 0

    def records(self, begin=0):
        if self.n_records() <= begin:
            return []
        with open(self.out) as f:
            f.seek(begin * RECORD_SIZE)
            return [Record(int(l[:20]), int(l[21:31]), l[32:].strip()) for l in f]

    def wait_records(self, n, seconds):
        if not wait_until(lambda: self.n_records() >= n, seconds):
            raise Failed("%d of %d starts in %d s; log: %s" % (self.n_records(), n, seconds, self.log_tail()))

    def log_tail(self):
        try:
            return " | ".join(read_text(self.path("daemon.log")).splitlines()[-3:])
        except FileNotFoundError:
            return ""

    def cpu_usec(self):
        "Of everything in the run: the supervisor and its services."
        return int(read_text(self.cgroup + "/cpu.stat").split()[1])

    def supervisor_cpu_nsec(self):
        return int(read_text("/proc/%d/schedstat" % self.supervisor).split()[0])

    def supervisor_memory_kb(self):
        "Proportional and private."
        fields = dict(l.split(":", 1) for l in read_text("/proc/%d/smaps_rollup" % self.supervisor).splitlines()[1:])
        kb = {k: int(v.split()[0]) for k, v in fields.items()}
        return kb["Pss"], kb["Private_Clean"] + kb["Private_Dirty"]

    def supervisor_wakeups(self):
        "How often it went to sleep, over all threads."
        n = 0
        for thread in os.listdir("/proc/%d/task" % self.supervisor):
            for line in read_text("/proc/%d/task/%s/status" % (self.supervisor, thread)).splitlines():
                if line.startswith("voluntary_ctxt_switches"):
                    n += int(line.split()[1])
        return n

    @staticmethod
    def children_of(pid):
        "With those that ended and were not reaped yet."
        return [int(x) for x in read_text("/proc/%d/task/%d/children" % (pid, pid)).split()]

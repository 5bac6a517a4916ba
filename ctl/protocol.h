/* The control protocol: the one header that daemon/ takes from ctl/.
 *
 * D-Bus, peer to peer, on the unix stream socket RUNTIME_DIR/control.sock (mode 0660; group control_group). No bus daemon takes
 * part; `busctl --address=unix:path=... introspect` and `call` work. A caller is judged once, by SO_PEERCRED and SO_PEERGROUPS
 * at accept: root, supd's own user and members of control_group may do everything, others are told so by their first call.
 *
 * Names are patterns: a service ("web"), an instance ("web@2"), all instances of a template ("web"), a group ("backend"), a
 * shell glob (fnmatch(3): "w*"), or "all". Several patterns mean their union, each service once, in configuration order. A
 * pattern that matches nothing is SUPD_ERROR_NO_SUCH_SERVICE and nothing is done.
 * Times: usec since the epoch where the name says realtime, else microseconds of span. */
#pragma once

#define SUPD_CONTROL_SOCKET "control.sock" /* in the runtime directory */
#define SUPD_BUS_PATH "/org/supd"
#define SUPD_BUS_NAME "org.supd" /* only where a tool insists on a destination */
#define SUPD_BUS_INTERFACE "org.supd.Manager1"

/* Methods: name, in signature -> out signature */

/* ListServices(as patterns) -> a(ssssssuttttub); no pattern means all. Per service:
 *  s name, s phase, s goal, s result ("success", "exit-code", ...), s description,
 *  s note        (one short line, may be empty: "killed by signal KILL", "directory /x: No such file or directory")
 *  u main pid (0: none), t phase since, realtime, t next start in (usec; UINT64_MAX: none is planned)
 *  t started realtime (0: never), t uptime (usec; 0 while not running), u automatic restarts,
 *  b pending restart */
#define SUPD_LIST_ITEM "ssssssuttttub"
#define SUPD_LIST_SIGNATURE "a(" SUPD_LIST_ITEM ")"

/* GetService(s name) -> a{sv}: what ListServices tells, by the keys
 *  "Name" "Phase" "Goal" "Result" "Description" "Note" "MainPID" "PhaseSinceRealtime" "NextStartIn" "StartedRealtime" "Uptime"
 *  "Restarts" "PendingRestart", and
 *  "Frozen" b, "InvocationID" s (32 hex digits), "ConfigFile" s, "ConfigLine" u, "Command" s,
 *  "MemoryBytes" t, "CPUUsec" t (each missing where unknown), "StdoutPath" s, "StderrPath" s (missing: not a file),
 *  "Decision" s: why it is in that state, in words, one line,
 *  "Request" s: what last made it so ("autostart", "start", "stop", "restart", "reload", "shutdown"; "": nothing yet),
 *  "RequestRealtime" t, "RequestPID" u (0: supd itself), "RequestUID" u, "RequestCommand" s: when, and who asked,
 *  "Processes" a(uuss): pid, ppid, state letter, command, parents first,
 *  "Exits" a(ttsssb): realtime, run time, status in words, result, spawn error in words, requested; newest first.
 * The name is a full name, not a pattern. */
#define SUPD_PROCESS_ITEM "uuss"
#define SUPD_EXIT_ITEM "ttsssb"

/* Start(as patterns)                   -> a(us): job id, service, for all that is not done yet; in configuration order
 * Stop(as patterns, s mode)            -> a(us)  mode: "graceful", "normal", "now"; in reverse order
 * Restart(as patterns, s mode)         -> a(us)
 *   The outcome of each job comes in a JobDone signal to this peer, sent after the reply. A peer that disconnects loses
 *   only the news. Done already and not in the reply: what was up (down) before, and what could be had at once. */
#define SUPD_JOB_ITEM "us"
#define SUPD_JOBS_SIGNATURE "a(" SUPD_JOB_ITEM ")"

/* ReloadServices(as patterns)          -> as signalled, a(ss) not signalled: service, reason
 * Kill(as patterns, i signo, s whom)   -> the same; whom: "main", "all". Nothing signalled at all is SUPD_ERROR_NOT_RUNNING
 *                                         or SUPD_ERROR_NOT_SUPPORTED
 * ReloadConfiguration()                -> a(ssa(sssb)), as: per changed service its name, the change ("added", "removed",
 *                                         "changed", "changed-restart") and its keys: name, old, new, needs restart ("": not
 *                                         set); then the warnings, one line each
 * PlanConfiguration()                  -> the same of a reload that is not made
 * GetEvents(b follow)                  -> a(tsss): the last changes of any service, oldest first: realtime, service, phase, note;
 *                                         with follow all that come after the reply are told in Events signals
 * ReadLog(s name, s stream, u lines)   -> ay  stream: "stdout", "stderr"; the last lines of the current log file, at most
 *                                         SUPD_READ_LOG_MAX bytes
 * Subscribe(), Unsubscribe()           -> nothing; see StateChanged
 * GetVersion()                         -> s
 * GetStatus()                          -> a{sv}: "Version" s, "PID" u, "StartedRealtime" t, "ConfigFile" s, "Services" u,
 *                                                "Running" u, "Failed" u, "OrphansReaped" t, "ShuttingDown" b, "Scope" s
 *                                                ("cgroup", "process")
 * Shutdown(s mode)                     -> nothing; mode "normal", "now". The connection closes when supd is gone. */
#define SUPD_CHANGES_SIGNATURE "a(ssa(sssb))"
#define SUPD_NOT_SIGNALLED_SIGNATURE "a(ss)"

/* Signals: JobDone(a(usss)): id, service, result ("done", "failed", "canceled"), message - all jobs of this peer that ended in
 *          one turn of the event loop, so that stopping a thousand services is not a thousand messages
 *          Events(a(tsss)): what happened in one turn of the event loop, as GetEvents tells it, every phase on the way too, to
 *          peers that called GetEvents(true)
 *          StateChanged(s service, s phase, s note), to peers that called Subscribe() */
#define SUPD_SIGNAL_JOB_DONE "JobDone"
#define SUPD_JOB_DONE_ITEM "usss"
#define SUPD_JOB_DONE_SIGNATURE "a(" SUPD_JOB_DONE_ITEM ")"
#define SUPD_SIGNAL_STATE_CHANGED "StateChanged"
#define SUPD_SIGNAL_EVENTS "Events"
#define SUPD_EVENT_ITEM "tsss"
#define SUPD_EVENTS_SIGNATURE "a(" SUPD_EVENT_ITEM ")"

/* Errors. The message is for people and says what to do next. */
#define SUPD_ERROR_NO_SUCH_SERVICE "org.supd.Error.NoSuchService"
#define SUPD_ERROR_NOT_RUNNING "org.supd.Error.NotRunning"
#define SUPD_ERROR_NOT_SUPPORTED "org.supd.Error.NotSupported"
#define SUPD_ERROR_CONFIG_INVALID "org.supd.Error.ConfigInvalid" /* message: all diagnostics, one per line */
#define SUPD_ERROR_SHUTTING_DOWN "org.supd.Error.ShuttingDown"
#define SUPD_ERROR_ACCESS_DENIED "org.freedesktop.DBus.Error.AccessDenied"
#define SUPD_ERROR_LIMITS_EXCEEDED "org.freedesktop.DBus.Error.LimitsExceeded"

/* Limits of the server; beyond them a peer is disconnected, never the daemon harmed. */
#define SUPD_PEERS_MAX 256                        /* connections in all; further ones wait in the backlog */
#define SUPD_PEERS_RESERVED 16                    /* of these, for root and supd's own user alone */
#define SUPD_PEERS_PER_UID_MAX 64                 /* for uids other than root and supd's own */
#define SUPD_PEER_QUEUE_MAX 256                   /* messages that a peer has not read */
#define SUPD_PEER_QUEUE_BYTES_MAX (16UL << 20)    /* and their size, roughly */
#define SUPD_READ_LOG_MAX (1UL << 20)

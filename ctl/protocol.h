/* The control protocol: the one header that daemon/ takes from ctl/.
 *
 * D-Bus, peer to peer, on the unix stream socket RUNTIME_DIR/control.sock (mode 0660; group control_group). No bus daemon takes
 * part; `busctl --address=unix:path=... introspect` and `call` work. A caller is judged once, by SO_PEERCRED and SO_PEERGROUPS
 * at accept: root, supd's own user and members of control_group may do everything, others are told so by their first call.
 *
 * Names are patterns: a service ("web"), an instance ("web@2"), all instances of a template ("web"), a group ("backend"), a
 * shell glob (fnmatch(3): "w*"), or "all". A pattern that matches nothing is SUPD_ERROR_NO_SUCH_SERVICE and nothing is done.
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
#define SUPD_LIST_SIGNATURE "a(ssssssuttttub)"
#define SUPD_LIST_ITEM "ssssssuttttub"

/* GetService(s name) -> a{sv}: what ListServices tells, by the keys
 *  "Name" "Phase" "Goal" "Result" "Description" "Note" "MainPID" "PhaseSinceRealtime" "NextStartIn" "StartedRealtime" "Uptime"
 *  "Restarts" "PendingRestart", and
 *  "Frozen" b, "InvocationID" s (32 hex digits), "ConfigFile" s, "ConfigLine" u, "Command" s,
 *  "MemoryBytes" t, "CPUUsec" t (each missing where unknown), "StdoutPath" s, "StderrPath" s (missing: not a file),
 *  "Processes" a(uuss): pid, ppid, state letter, command, parents first,
 *  "Exits" a(ttsssb): realtime, run time, status in words, result, spawn error in words, requested; newest first */

/* Start(as patterns, b by_hand)        -> a(us): job id, service, for all that is not done yet
 * Stop(as patterns, s mode)            -> a(us)  mode: "graceful", "normal", "now"
 * Restart(as patterns, s mode)         -> a(us)
 *   The outcome of each job comes as one JobDone signal to this peer, sent after the reply. A peer that disconnects
 *   loses only the news. */
#define SUPD_JOBS_SIGNATURE "a(us)"

/* ReloadServices(as patterns)          -> as     services that were signalled
 * Kill(as patterns, i signo, s whom)   -> as     whom: "main", "all"
 * ReloadConfiguration()                -> a(ssa(ssbs)): service, change ("added", "removed", "changed", "changed-restart"),
 *                                                keys: name, old -> new as "old" s... (name s, old s, needs restart b, new s)
 * ReadLog(s name, s stream, u lines)   -> ay     stream: "stdout", "stderr"; the last lines of the current log file
 * GetVersion()                         -> s
 * GetStatus()                          -> a{sv}: "Version" s, "PID" u, "StartedRealtime" t, "ConfigFile" s, "Services" u,
 *                                                "Running" u, "Failed" u, "OrphansReaped" t, "ShuttingDown" b, "Scope" s
 *                                                ("cgroup", "process")
 * Shutdown(s mode)                     -> nothing; mode "normal", "now" */

/* Signals: JobDone(u id, s service, s result ("done", "failed", "canceled"), s message)
 *          StateChanged(s service, s phase, s note), to peers that called Subscribe() */
#define SUPD_SIGNAL_JOB_DONE "JobDone"
#define SUPD_SIGNAL_STATE_CHANGED "StateChanged"

/* Errors. The message is for people and says what to do next. */
#define SUPD_ERROR_NO_SUCH_SERVICE "org.supd.Error.NoSuchService"
#define SUPD_ERROR_NOT_RUNNING "org.supd.Error.NotRunning"
#define SUPD_ERROR_NOT_SUPPORTED "org.supd.Error.NotSupported"
#define SUPD_ERROR_CONFIG_INVALID "org.supd.Error.ConfigInvalid" /* message: all diagnostics, one per line */
#define SUPD_ERROR_SHUTTING_DOWN "org.supd.Error.ShuttingDown"
#define SUPD_ERROR_ACCESS_DENIED "org.freedesktop.DBus.Error.AccessDenied"

/* Limits of the server; beyond them a peer is disconnected, never the daemon harmed. */
#define SUPD_PEERS_MAX 256         /* connections in all; further ones wait in the backlog */
#define SUPD_PEERS_PER_UID_MAX 64  /* for uids other than root and supd's own */
#define SUPD_PEER_QUEUE_MAX 256    /* messages that a peer has not read */

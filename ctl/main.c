/* supctl, the command line of supd. */
#include <signal.h>

#include "ctl/verbs.h"

int main(int argc, char **argv) {
        /* Writing into a pipe that nobody reads is an error to be seen, not a death: `supctl status | head`. */
        (void) signal(SIGPIPE, SIG_IGN);
        return supctl_run(argc, argv);
}

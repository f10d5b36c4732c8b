/* What the screen costs, measured through a pseudo-terminal of 120x40:
 *
 *     terminal HARRIER LOG...
 *
 * First paint: from the start to the first bytes of a screen. Key to paint while the log is read:
 * from a key (cursor down, then up) to the next bytes; the screen paints progress meanwhile, too,
 * so that this is what the eye sees, not what the key alone costs. The same at rest, and how many
 * bytes are written until the screen is still again.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/instant.h"

#define KEYS 100

/* Bytes that came within `seconds`; 0: none. -1: the program has ended. */
static long take(int fd, double seconds)
{
    char bytes[65536];
    struct pollfd p = {.fd = fd, .events = POLLIN};

    if (poll(&p, 1, (int)(seconds * 1000)) <= 0)
        return 0;
    ssize_t n = read(fd, bytes, sizeof bytes);
    return n > 0 ? (long)n : -1;
}

/* Until nothing has come for that long. */
static long take_all(int fd, double still)
{
    long sum = 0, n;

    while ((n = take(fd, still)) > 0)
        sum += n;
    return sum;
}

static int compare(const void *x, const void *y)
{
    const double *a = x, *b = y;
    return (*a > *b) - (*a < *b);
}

static void show(const char *what, double *times, size_t n)
{
    if (n == 0) {
        printf("%s: not measured, the log was read too soon\n", what);
        return;
    }
    qsort(times, n, sizeof *times, compare);
    printf("%s: %.1f ms median, %.1f ms p95, %.1f ms worst of %zu\n", what, times[n / 2] * 1e3,
           times[n * 95 / 100] * 1e3, times[n - 1] * 1e3, n);
}

static int start(char **argv, pid_t *pid)
{
    struct winsize size = {.ws_row = 40, .ws_col = 120};
    int fd = posix_openpt(O_RDWR | O_NOCTTY);

    if (fd < 0 || grantpt(fd) || unlockpt(fd) || ioctl(fd, TIOCSWINSZ, &size))
        return -1;
    *pid = fork();
    if (*pid)
        return fd;
    setsid();
    int tty = open(ptsname(fd), O_RDWR);
    if (tty < 0)
        _exit(127);
    ioctl(tty, TIOCSCTTY, 0);
    for (int i = 0; i < 3; i++)
        dup2(tty, i);
    close(fd);
    setenv("TERM", "xterm-256color", 1);
    execv(argv[0], argv);
    _exit(127);
}

/* From a key to the next bytes, and how many these are; < 0: none came. */
static double key(int fd, int i, long *bytes)
{
    double began = monotonic_seconds();

    if (write(fd, i % 2 ? "k" : "j", 1) != 1)
        return -1;
    *bytes = take(fd, 1);
    return *bytes > 0 ? monotonic_seconds() - began : -1;
}

int main(int argc, char **argv)
{
    double busy[KEYS], rest[KEYS];
    size_t n_busy = 0, n_rest = 0;
    long bytes, most = 0;
    pid_t pid;

    if (argc < 3) {
        fprintf(stderr, "usage: terminal HARRIER LOG...\n");
        return 2;
    }
    double began = monotonic_seconds();
    int fd = start(argv + 1, &pid);
    if (fd < 0) {
        fprintf(stderr, "terminal: no pseudo-terminal: %s\n", strerror(errno));
        return 2;
    }
    while (take(fd, 5) == 0 && monotonic_seconds() - began < 5)
        continue;
    printf("first paint: %.1f ms\n", (monotonic_seconds() - began) * 1e3);
    /* while it reads, something comes at least every tenth of a second by itself */
    take_all(fd, 0.02);
    for (int i = 0; i < KEYS; i++) {
        double took = key(fd, i, &bytes);
        if (took < 0)
            break;
        busy[n_busy++] = took;
        if (take_all(fd, 0.005) == 0 && take(fd, 1) <= 0) {
            n_busy--;
            break; /* still: the log has been read */
        }
    }
    show("key to paint while the log is read", busy, n_busy);
    while (take_all(fd, 1.5) > 0)
        continue;
    for (int i = 0; i < KEYS; i++) {
        double took = key(fd, i, &bytes);
        if (took < 0)
            continue;
        rest[n_rest++] = took;
        bytes += take_all(fd, 0.05);
        most = bytes > most ? bytes : most;
    }
    show("key to paint at rest", rest, n_rest);
    printf("written for a move of the cursor by one row: %ld bytes at most\n", most);
    kill(pid, SIGTERM);
    waitpid(pid, NULL, 0);
    close(fd);
    return 0;
}

// Runs a command a number of times and writes, per run, one line to a report file:
//   wall_ns user_us sys_us peak_rss_kib exit_status
//
// A program of its own because the peak resident size that wait4() reports includes that of the
// process that forked; this one is small, a Python interpreter is not. The command's output goes
// where ours goes.
//
//   measure REPORT COUNT COMMAND [ARGUMENT]...
#define _GNU_SOURCE
#include <errno.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char** environ;

static int64_t NowNs(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int64_t Microseconds(struct timeval t) {
  return t.tv_sec * INT64_C(1000000) + t.tv_usec;
}

int main(int argc, char** argv) {
  if (argc < 4) {
    fprintf(stderr, "usage: measure REPORT COUNT COMMAND [ARGUMENT]...\n");
    return 2;
  }
  FILE* report = fopen(argv[1], "we");
  if (report == NULL) {
    perror(argv[1]);
    return 2;
  }
  for (int left = atoi(argv[2]); left > 0; --left) {
    const int64_t start = NowNs();
    pid_t child;
    const int error = posix_spawnp(&child, argv[3], NULL, NULL, argv + 3, environ);
    if (error != 0) {
      fprintf(stderr, "%s: %s\n", argv[3], strerror(error));
      return 2;
    }
    int status;
    struct rusage usage;
    while (wait4(child, &status, 0, &usage) < 0) {
      if (errno != EINTR) return 2;
    }
    const int64_t wall = NowNs() - start;
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    fprintf(report, "%lld %lld %lld %ld %d\n", (long long)wall,
            (long long)Microseconds(usage.ru_utime), (long long)Microseconds(usage.ru_stime),
            usage.ru_maxrss, code);
  }
  return fclose(report) == 0 ? 0 : 2;
}

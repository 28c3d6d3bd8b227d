// Everything a C program asks of the system: arguments, environment, standard streams, files and
// directories, clocks, random bytes, sleep. What it prints is the same on every system.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static void check(const char* what, long result) {
  if (result < 0)
    printf("%s: %s\n", what, strerror(errno));
  else
    printf("%s: %ld\n", what, result);
}

static int by_name(const void* a, const void* b) {
  return strcmp(*(char* const*)a, *(char* const*)b);
}

static void list(const char* path) {
  DIR* dir = opendir(path);
  if (dir == NULL) {
    check("opendir", -1);
    return;
  }
  char* names[512];
  int count = 0;
  for (int pass = 0; pass < 2; ++pass) {  // once more from the start
    for (int i = 0; i < count; ++i) free(names[i]);
    count = 0;
    rewinddir(dir);
    for (struct dirent* entry; (entry = readdir(dir)) != NULL && count < 512;) {
      char text[300];
      const char* type = entry->d_type == DT_DIR   ? "directory"
                         : entry->d_type == DT_REG ? "file"
                         : entry->d_type == DT_LNK ? "link"
                                                   : "other";
      snprintf(text, sizeof text, "%s (%s)", entry->d_name, type);
      names[count++] = strdup(text);
    }
  }
  closedir(dir);
  qsort(names, (size_t)count, sizeof *names, by_name);
  printf("%s has %d entries, from %s to %s\n", path, count, names[0], names[count - 1]);
  for (int i = 0; i < count; ++i) free(names[i]);
}

static void files(void) {
  check("mkdir", mkdir("box", 0755));
  check("mkdir again", mkdir("box", 0755));
  FILE* file = fopen("box/lines.txt", "w+");
  if (file == NULL) {
    check("fopen", -1);
    return;
  }
  for (int i = 0; i < 30000; ++i) fprintf(file, "line %d\n", i);
  fseek(file, 70, SEEK_SET);
  char text[100];
  printf("at 70: %s", fgets(text, sizeof text, file));
  fseek(file, -4, SEEK_END);
  printf("at the end: %s", fgets(text, sizeof text, file));
  printf("position %ld\n", ftell(file));
  fclose(file);
  file = fopen("box/lines.txt", "a");
  fputs("appended\n", file);
  fclose(file);

  const int fd = open("box/lines.txt", O_RDWR);
  struct iovec out[] = {{"<one>", 5}, {"", 0}, {"<two>", 5}};
  check("pwrite", pwrite(fd, "PWRITE", 6, 14));
  check("lseek", (long)lseek(fd, 21, SEEK_SET));
  check("writev", writev(fd, out, 3));
  static char second[200000];
  char first[16];
  struct iovec in[] = {{first, sizeof first}, {second, sizeof second}};
  check("lseek", (long)lseek(fd, 0, SEEK_SET));
  check("readv", readv(fd, in, 2));
  printf("%.16s|%.20s\n", first, second);
  check("pread", pread(fd, text, 9, 300));
  check("ftruncate", ftruncate(fd, 100));
  struct stat status;
  check("fstat", fstat(fd, &status));
  printf("size %lld, a file: %d\n", (long long)status.st_size, S_ISREG(status.st_mode));
  check("read beyond", (lseek(fd, 500, SEEK_SET), read(fd, text, 10)));
  check("seek before", (long)lseek(fd, -1, SEEK_SET));
  check("fsync", fsync(fd));
  close(fd);
  check("read closed", read(fd, text, 1));

  check("symlink", symlink("lines.txt", "box/link"));
  memset(text, 0, sizeof text);
  check("readlink", readlink("box/link", text, sizeof text));
  puts(text);
  check("lstat", lstat("box/link", &status));
  printf("a link: %d\n", S_ISLNK(status.st_mode));
  check("link", link("box/lines.txt", "box/hard"));
  struct stat other;
  stat("box/lines.txt", &status);
  stat("box/hard", &other);
  printf("the same file: %d, links: %d\n", status.st_ino == other.st_ino, (int)other.st_nlink);
  const struct timespec times[2] = {{1000000000, 5}, {1234567890, 250000000}};
  check("utimensat", utimensat(AT_FDCWD, "box/hard", times, 0));
  stat("box/lines.txt", &status);
  printf("modified %lld\n", (long long)status.st_mtime);
  list("box");
  for (int i = 0; i < 300; ++i) {
    snprintf(text, sizeof text, "box/a-file-with-a-rather-long-name-%03d", i);
    close(open(text, O_CREAT | O_WRONLY | O_EXCL, 0644));
  }
  check("open exclusively", open(text, O_CREAT | O_WRONLY | O_EXCL, 0644));
  list("box");
  check("rmdir", rmdir("box"));
  check("rename", rename("box/hard", "moved"));
  check("unlink", unlink("box/link"));
  check("unlink a directory", unlink("box") == 0 ? 0 : 1);
  check("stat what is gone", stat("box/hard", &status));
  check("open a directory to write", open("box", O_WRONLY));
  check("a file as a directory", open("moved/x", O_RDONLY));
}

static void clocks(void) {
  struct timespec before, after, wait = {0, 15000000};
  clock_gettime(CLOCK_MONOTONIC, &before);
  check("nanosleep", nanosleep(&wait, NULL));
  clock_gettime(CLOCK_MONOTONIC, &after);
  const long long ns =
      (after.tv_sec - before.tv_sec) * 1000000000ll + after.tv_nsec - before.tv_nsec;
  printf("slept long enough: %d\n", ns >= 15000000);
  clock_gettime(CLOCK_REALTIME, &before);
  printf("after 2020: %d\n", before.tv_sec > 1577836800);
  printf("resolution: %d\n", clock_getres(CLOCK_MONOTONIC, &after) == 0 && after.tv_nsec > 0);
  struct pollfd fds[] = {{1, POLLOUT, 0}};
  printf("stdout is ready: %d\n", poll(fds, 1, 1000) == 1 && (fds[0].revents & POLLOUT) != 0);
}

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) printf("argument %d: [%s]\n", i, argv[i]);
  const char* variable = getenv("AIRWASM_GREETING");
  printf("environment: %s\n", variable != NULL ? variable : "nothing");
  unsigned char bytes[200] = {0};
  printf("random: %d\n", getentropy(bytes, sizeof bytes));
  int zeros = 0;
  for (size_t i = 0; i < sizeof bytes; ++i) zeros += bytes[i] == 0;
  printf("mostly not zero: %d\n", zeros < 20);
  files();
  clocks();
  for (int c, line = 1, start = 1; (c = getchar()) != EOF; start = c == '\n') {
    if (start) printf("input %d: ", line++);
    putchar(c);
  }
  fputs("\nthe end\n", stderr);
  printf("\n");
  return 7;
}

// A guest that does what it is told, one line of standard input after the other, and answers each
// with a line: the error code, and what was read. It calls WASI itself: the C library would look at
// paths before the host does.
//
//   WORD<TAB>WORD...   in words \xHH stands for a byte, so that names can hold any
//   CODE<TAB>BYTES     bytes other than printable ones are written as \xHH
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WASI(name) \
  __attribute__((import_module("wasi_snapshot_preview1"), import_name(#name))) extern int32_t name
typedef struct {
  const void* bytes;
  size_t length;
} Buffer;
WASI(path_open)(int32_t, int32_t, const char*, size_t, int32_t, int64_t, int64_t, int32_t,
                int32_t*);
WASI(path_create_directory)(int32_t, const char*, size_t);
WASI(path_remove_directory)(int32_t, const char*, size_t);
WASI(path_unlink_file)(int32_t, const char*, size_t);
WASI(path_filestat_get)(int32_t, int32_t, const char*, size_t, void*);
WASI(path_filestat_set_times)(int32_t, int32_t, const char*, size_t, int64_t, int64_t, int32_t);
WASI(path_link)(int32_t, int32_t, const char*, size_t, int32_t, const char*, size_t);
WASI(path_rename)(int32_t, const char*, size_t, int32_t, const char*, size_t);
WASI(path_symlink)(const char*, size_t, int32_t, const char*, size_t);
WASI(path_readlink)(int32_t, const char*, size_t, char*, size_t, size_t*);
WASI(fd_read)(int32_t, const Buffer*, size_t, size_t*);
WASI(fd_pread)(int32_t, const Buffer*, size_t, int64_t, size_t*);
WASI(fd_write)(int32_t, const Buffer*, size_t, size_t*);
WASI(fd_pwrite)(int32_t, const Buffer*, size_t, int64_t, size_t*);
WASI(fd_seek)(int32_t, int64_t, int32_t, int64_t*);
WASI(fd_close)(int32_t);
WASI(fd_renumber)(int32_t, int32_t);
WASI(fd_allocate)(int32_t, int64_t, int64_t);
WASI(fd_fdstat_set_flags)(int32_t, int32_t);
WASI(fd_filestat_get)(int32_t, void*);
WASI(fd_filestat_set_size)(int32_t, int64_t);
WASI(fd_filestat_set_times)(int32_t, int64_t, int64_t, int32_t);
WASI(fd_readdir)(int32_t, char*, size_t, int64_t, size_t*);

enum { kMaxWords = 12, kFollow = 1, kCreate = 1, kModifiedTo = 4 };
static const int64_t kRead = 1 << 1, kSeek = 1 << 2, kWrite = 1 << 6;

typedef struct {
  char* text;
  size_t length;
} Word;

static Word words[kMaxWords];
static char data[1 << 16];
static size_t length;  // of what is answered

static int HexValue(char c) {
  return c <= '9' ? c - '0' : c - 'a' + 10;
}

static void Split(char* line) {
  memset(words, 0, sizeof words);
  char* rest = line;
  for (int i = 0; i < kMaxWords && rest != NULL; ++i) {
    char* const from = strsep(&rest, "\t");
    char* to = from;
    for (const char* c = from; *c != '\0'; ++c) {
      if (c[0] == '\\' && c[1] == 'x') {
        *to++ = (char)(HexValue(c[2]) * 16 + HexValue(c[3]));
        c += 3;
      } else {
        *to++ = *c;
      }
    }
    words[i] = (Word){from, (size_t)(to - from)};
    *to = '\0';
  }
}

static int64_t Number(int word) {
  return words[word].text == NULL ? 0 : strtoll(words[word].text, NULL, 0);
}

// The names of a directory with their cookies; one entry for each call where `step` says so.
static int32_t List(int32_t fd, int64_t cookie) {
  static char entries[1 << 15];
  size_t used = 0;
  const int32_t e = fd_readdir(fd, entries, sizeof entries, cookie, &used);
  if (e != 0) return e;
  for (size_t at = 0; at + 24 <= used;) {
    uint64_t next;
    uint32_t name_length;
    memcpy(&next, entries + at, sizeof next);
    memcpy(&name_length, entries + at + 16, sizeof name_length);
    if (at + 24 + name_length > used || length + name_length + 32 > sizeof data) break;
    length += (size_t)sprintf(data + length, "%.*s:%llu ", (int)name_length, entries + at + 24,
                              (unsigned long long)next);
    at += 24 + name_length;
  }
  return 0;
}

static int32_t Open(int32_t dir, Word path, int32_t lookup, int32_t flags, int64_t rights,
                    int32_t fd_flags, int32_t* fd) {
  return path_open(dir, lookup, path.text, path.length, flags, rights, 0x3fffffff, fd_flags, fd);
}

static void Keep(const char* bytes, size_t count) {
  if (count == 0 || memmem(data, length, bytes, count) != NULL || length + count > sizeof data)
    return;
  memcpy(data + length, bytes, count);
  length += count;
}

// Everything that can be done to the name, again and again: what was read is answered, each kind of
// it once. Words: directory, path, a name of the guest's own beside it, seconds, what to write.
static int32_t Race(int32_t dir, Word path, Word own, int64_t seconds, Word text) {
  static char buffer[4096];
  const time_t end = time(NULL) + seconds;
  long rounds = 0, opened = 0;
  do {
    for (int lookup = 0; lookup <= kFollow; ++lookup) {
      int32_t fd;
      size_t n = 0;
      const Buffer in = {buffer, sizeof buffer}, out = {text.text, text.length};
      if (Open(dir, path, lookup, 0, kRead, 0, &fd) == 0) {
        ++opened;
        if (fd_read(fd, &in, 1, &n) == 0) Keep(buffer, n);
        fd_close(fd);
      }
      if (Open(dir, path, lookup, kCreate, kRead | kWrite | kSeek, 0, &fd) == 0) {
        ++opened;
        if (fd_read(fd, &in, 1, &n) == 0) Keep(buffer, n);
        fd_pwrite(fd, &out, 1, 0, &n);
        fd_close(fd);
      }
      if (Open(dir, path, lookup, 8, kWrite, 0, &fd) == 0) fd_close(fd);
      path_filestat_set_times(dir, lookup, path.text, path.length, 0, 1000, kModifiedTo);
    }
    if (path_link(dir, 0, path.text, path.length, dir, own.text, own.length) == 0) {
      int32_t fd;
      size_t n = 0;
      const Buffer in = {buffer, sizeof buffer};
      if (Open(dir, own, kFollow, 0, kRead, 0, &fd) == 0) {
        if (fd_read(fd, &in, 1, &n) == 0) Keep(buffer, n);
        fd_close(fd);
      }
      path_unlink_file(dir, own.text, own.length);
    }
    if (path_rename(dir, path.text, path.length, dir, own.text, own.length) == 0)
      path_rename(dir, own.text, own.length, dir, path.text, path.length);
    path_unlink_file(dir, path.text, path.length);
    path_create_directory(dir, path.text, path.length);
    path_remove_directory(dir, path.text, path.length);
    ++rounds;
  } while (time(NULL) < end);
  length += (size_t)sprintf(data + length, " rounds=%ld opened=%ld", rounds, opened);
  return 0;
}

static int32_t Do(const char* op) {
  const Word* const w = words;
  static char stat[64];
  int32_t fd = 0;
  int64_t position = 0;
  size_t n = 0;
  int32_t e;
#define IS(name) (strcmp(op, name) == 0)
  if (IS("open")) {  // directory path lookup oflags rights fdflags
    e = Open((int32_t)Number(1), w[2], (int32_t)Number(3), (int32_t)Number(4), Number(5),
             (int32_t)Number(6), &fd);
    if (e == 0) length = (size_t)sprintf(data, "%d", fd);
    return e;
  }
  if (IS("read") || IS("pread")) {
    const Buffer in = {data, sizeof data};
    e = IS("read") ? fd_read((int32_t)Number(1), &in, 1, &n)
                   : fd_pread((int32_t)Number(1), &in, 1, Number(2), &n);
    if (e == 0) length = n;
    return e;
  }
  if (IS("write") || IS("pwrite")) {
    const Buffer out = {w[2].text, w[2].length};
    return IS("write") ? fd_write((int32_t)Number(1), &out, 1, &n)
                       : fd_pwrite((int32_t)Number(1), &out, 1, Number(3), &n);
  }
  if (IS("seek")) return fd_seek((int32_t)Number(1), Number(2), (int32_t)Number(3), &position);
  if (IS("close")) return fd_close((int32_t)Number(1));
  if (IS("renumber")) return fd_renumber((int32_t)Number(1), (int32_t)Number(2));
  if (IS("allocate")) return fd_allocate((int32_t)Number(1), Number(2), Number(3));
  if (IS("setflags")) return fd_fdstat_set_flags((int32_t)Number(1), (int32_t)Number(2));
  if (IS("setsize")) return fd_filestat_set_size((int32_t)Number(1), Number(2));
  if (IS("fdtimes")) return fd_filestat_set_times((int32_t)Number(1), 0, 1000, kModifiedTo);
  if (IS("fdstat")) return fd_filestat_get((int32_t)Number(1), stat);
  if (IS("list")) return List((int32_t)Number(1), Number(2));
  if (IS("mkdir")) return path_create_directory((int32_t)Number(1), w[2].text, w[2].length);
  if (IS("rmdir")) return path_remove_directory((int32_t)Number(1), w[2].text, w[2].length);
  if (IS("unlink")) return path_unlink_file((int32_t)Number(1), w[2].text, w[2].length);
  if (IS("stat"))
    return path_filestat_get((int32_t)Number(1), (int32_t)Number(3), w[2].text, w[2].length, stat);
  if (IS("times"))
    return path_filestat_set_times((int32_t)Number(1), (int32_t)Number(3), w[2].text, w[2].length,
                                   0, 1000, kModifiedTo);
  if (IS("readlink"))
    return path_readlink((int32_t)Number(1), w[2].text, w[2].length, data, sizeof data, &length);
  if (IS("symlink"))
    return path_symlink(w[1].text, w[1].length, (int32_t)Number(2), w[3].text, w[3].length);
  if (IS("link"))
    return path_link((int32_t)Number(1), (int32_t)Number(5), w[2].text, w[2].length,
                     (int32_t)Number(3), w[4].text, w[4].length);
  if (IS("rename"))
    return path_rename((int32_t)Number(1), w[2].text, w[2].length, (int32_t)Number(3), w[4].text,
                       w[4].length);
  if (IS("race")) return Race((int32_t)Number(1), w[2], w[3], Number(4), w[5]);
#undef IS
  return -1;
}

int main(void) {
  static char line[1 << 16];
  while (fgets(line, sizeof line, stdin) != NULL) {
    line[strcspn(line, "\n")] = '\0';
    Split(line);
    length = 0;
    printf("%d\t", Do(words[0].text));
    for (size_t i = 0; i < length; ++i) {
      const unsigned char c = (unsigned char)data[i];
      if (c < ' ' || c > '~' || c == '\\') {
        printf("\\x%02x", c);
      } else {
        putchar(c);
      }
    }
    putchar('\n');
    fflush(stdout);
  }
}

// Looks for a text in all files beneath a directory: what a program does that lives on host calls.
//
//   search DIRECTORY TEXT TIMES
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static long files, lines, found;

static void Fail(const char* path) {
  perror(path);
  exit(1);
}

static void SearchFile(const char* path, const char* text) {
  static char line[1 << 16];
  FILE* const file = fopen(path, "r");
  if (file == NULL) Fail(path);
  ++files;
  while (fgets(line, sizeof line, file) != NULL) {
    ++lines;
    if (strstr(line, text) != NULL) ++found;
  }
  fclose(file);
}

static void SearchDirectory(const char* path, const char* text) {
  DIR* const directory = opendir(path);
  if (directory == NULL) Fail(path);
  for (const struct dirent* entry; (entry = readdir(directory)) != NULL;) {
    if (entry->d_name[0] == '.') continue;
    char inner[1024];
    snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
    struct stat status;
    if (stat(inner, &status) != 0) Fail(inner);
    if (S_ISDIR(status.st_mode)) SearchDirectory(inner, text);
    if (S_ISREG(status.st_mode)) SearchFile(inner, text);
  }
  closedir(directory);
}

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  for (int left = atoi(argv[3]); left > 0; --left) SearchDirectory(argv[1], argv[2]);
  printf("%ld files, %ld lines, %ld with '%s'\n", files, lines, found, argv[2]);
  return 0;
}

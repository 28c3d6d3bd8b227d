// Branches on bytes: a text of JSON is written, parsed into a tree by recursive descent, and the
// tree is walked.
#include "kernel.h"

enum { kLargest = 1 << 16, kMostNodes = 1 << 14 };
typedef enum { kNull, kBool, kNumber, kString, kArray, kObject } Kind;
typedef struct Node {
  Kind kind;
  uint32_t length;   // bytes of a string
  const char* text;  // a string, without quotes, escapes as they stand
  double number;     // also 0 and 1 of a bool
  struct Node *first,
      *next;  // members; a member of an object is a string whose `first` is the value
} Node;

static char text[kLargest];
static Node nodes[kMostNodes];
static uint32_t node_count;
static const char* at;

static Node* NewNode(Kind kind) {
  Node* node = &nodes[node_count++];
  memset(node, 0, sizeof *node);
  node->kind = kind;
  return node;
}

static void SkipSpace(void) {
  while (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r') ++at;
}

static Node* ParseString(void) {
  Node* node = NewNode(kString);
  node->text = ++at;
  while (*at != '"') {
    if (*at == 0) return NULL;
    at += *at == '\\' ? 2 : 1;
  }
  node->length = (uint32_t)(at++ - node->text);
  return node;
}

static Node* ParseNumber(void) {
  Node* node = NewNode(kNumber);
  const int negative = *at == '-';
  at += negative;
  double value = 0;
  for (; *at >= '0' && *at <= '9'; ++at) value = value * 10 + (*at - '0');
  if (*at == '.') {
    double unit = 1;
    for (++at; *at >= '0' && *at <= '9'; ++at) {
      value = value * 10 + (*at - '0');
      unit *= 10;
    }
    value /= unit;
  }
  node->number = negative ? -value : value;
  return node;
}

static Node* ParseWord(const char* word, Kind kind, double number) {
  const size_t length = strlen(word);
  if (strncmp(at, word, length) != 0) return NULL;
  at += length;
  Node* node = NewNode(kind);
  node->number = number;
  return node;
}

NOINLINE static Node* ParseValue(void);

// Members up to `close`; those of an object have names.
static Node* ParseMembers(Kind kind, char close) {
  Node* node = NewNode(kind);
  Node** end = &node->first;
  ++at;
  SkipSpace();
  if (*at == close) {
    ++at;
    return node;
  }
  for (;;) {
    Node* member;
    if (kind == kObject) {
      SkipSpace();
      if (*at != '"' || (member = ParseString()) == NULL) return NULL;
      SkipSpace();
      if (*at++ != ':' || (member->first = ParseValue()) == NULL) return NULL;
    } else if ((member = ParseValue()) == NULL) {
      return NULL;
    }
    *end = member;
    end = &member->next;
    SkipSpace();
    if (*at == close) {
      ++at;
      return node;
    }
    if (*at++ != ',') return NULL;
  }
}

NOINLINE static Node* ParseValue(void) {
  SkipSpace();
  switch (*at) {
    case '{':
      return ParseMembers(kObject, '}');
    case '[':
      return ParseMembers(kArray, ']');
    case '"':
      return ParseString();
    case 't':
      return ParseWord("true", kBool, 1);
    case 'f':
      return ParseWord("false", kBool, 0);
    case 'n':
      return ParseWord("null", kNull, 0);
    default:
      return (*at >= '0' && *at <= '9') || *at == '-' ? ParseNumber() : NULL;
  }
}

NOINLINE static uint64_t Walk(const Node* node) {
  uint64_t sum = (uint64_t)node->kind * 31 + node->length;
  if (node->kind == kNumber) sum += (uint64_t)(int64_t)(node->number * 100);
  for (const Node* member = node->first; member != NULL; member = member->next) {
    sum = sum * 33 + Walk(member);
    if (node->kind == kString) break;
  }
  return sum;
}

static uint32_t Write(uint32_t random) {
  uint32_t length = 0;
  length += (uint32_t)sprintf(text, "[");
  for (int i = 0; i < 300; ++i) {
    const uint32_t r = NextRandom(&random);
    length += (uint32_t)sprintf(
        text + length,
        "%s\n  {\"id\": %d, \"name\": \"user %u\\n\", \"score\": %d.%02u, \"tags\": [\"a%u\", "
        "\"quite a long tag, %u\", []],\n   \"active\": %s, \"parent\": null, \"at\": {\"x\": %u, "
        "\"y\": "
        "-%u}}",
        i ? "," : "", i, r & 0xFFFF, (int)(r >> 20) - 2048, r % 100, r & 7, r >> 9,
        r & 1 ? "true" : "false", r >> 16, r & 0xFFF);
  }
  length += (uint32_t)sprintf(text + length, "\n]\n");
  return length;
}

int main(int argc, char** argv) {
  uint64_t sum = Write(31);
  for (int n = Iterations(argc, argv, 300); n > 0; --n) {
    at = text;
    node_count = 0;
    const Node* root = ParseValue();
    if (root == NULL) return 1;
    sum = Mix(sum, Walk(root) + node_count);
  }
  return Report("json", sum);
}

// malloc and free, and pointers that are followed: complete binary trees are built, walked and
// dropped.
#include "kernel.h"

typedef struct Node {
  struct Node *left, *right;
} Node;

NOINLINE static Node* Build(int depth) {
  Node* node = malloc(sizeof *node);
  if (node == NULL) abort();
  node->left = depth > 0 ? Build(depth - 1) : NULL;
  node->right = depth > 0 ? Build(depth - 1) : NULL;
  return node;
}

NOINLINE static uint32_t Count(const Node* node) {
  return node == NULL ? 0 : 1 + Count(node->left) + Count(node->right);
}

NOINLINE static void Drop(Node* node) {
  if (node == NULL) return;
  Drop(node->left);
  Drop(node->right);
  free(node);
}

int main(int argc, char** argv) {
  const int rounds = Iterations(argc, argv, 100);
  Node* kept = Build(12);
  uint64_t sum = 0;
  for (int i = 0; i < rounds; ++i) {
    Node* tree = Build(12 + (i & 1));
    sum = Mix(sum, Count(tree));
    Drop(tree);
  }
  sum = Mix(sum, Count(kept));
  Drop(kept);
  return Report("alloc", sum);
}

static __attribute__((noinline)) int Half(int x) {
  return x / 2;
}

/*
 * The merge as a C compiler compiles it: the limit of the machine that this runs on.
 *
 *     cc -O3 -march=native -ffp-contract=off -o loop loop.c && ./loop N
 *
 * Without -ffp-contract=off the compiler fuses the multiply and the add where the machine can, which rounds once
 * instead of twice and thus gives other bits than float32 arithmetic does everywhere else.
 *
 * Reads N floats of start and N of end, and writes N of out. After that, it reads a number of nanoseconds on each line,
 * runs for that long, and answers with a line of samples: nanoseconds for each run.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* A real call each time, like that of the WebAssembly export, and no assumption that WebAssembly cannot make. */
__attribute__((noinline)) static void lerp(float *out, const float *start, const float *end, size_t n, float weight) {
  for (size_t i = 0; i < n; ++i) out[i] = start[i] + weight * (end[i] - start[i]);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

int main(int argc, char **argv) {
  const double sample_ns = 50e3; /* far above the resolution of the clock */
  const float weight = 0.5f;
  if (argc != 2) return 2;
  size_t n = strtoull(argv[1], NULL, 10);

  /* One after the other from the start of a page, as in WebAssembly memory. */
  float *out = NULL;
  if (posix_memalign((void **)&out, 65536, 3 * n * sizeof(float)) != 0) return 3;
  float *start = out + n;
  float *end = start + n;
  if (fread(start, sizeof(float), 2 * n, stdin) != 2 * n) return 4;
  lerp(out, start, end, n, weight);
  if (fwrite(out, sizeof(float), n, stdout) != n) return 5;
  fflush(stdout);

  double budget;
  while (scanf("%lf", &budget) == 1) {
    double before = now();
    lerp(out, start, end, n, weight);
    double once = now() - before;
    long runs = once < sample_ns ? (long)(sample_ns / (once + 1)) + 1 : 1;
    double begin = now();
    for (int samples = 0; samples < 2 || now() - begin < budget; ++samples) {
      before = now();
      for (long i = 0; i < runs; ++i) lerp(out, start, end, n, weight);
      printf("%.2f ", (now() - before) / (double)runs);
    }
    printf("\n");
    fflush(stdout);
  }
  free(out);
  return 0;
}

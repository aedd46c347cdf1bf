/* The three-stock epidemic by hand: vectors across runs, everything in registers.
 *
 * inputs: 3 x runs (contacts, infectivity x, recovery time), out: saved value x saved time x runs,
 * as Headwater stores an ensemble. Several vectors at a time hide the latency of the division.
 */
#include <stdint.h>

#ifdef __AVX512F__
#define WIDTH 8
#else
#define WIDTH 4
#endif
#define VECTORS 4

typedef double vector __attribute__((vector_size(8 * WIDTH), aligned(8)));

void simulate_all(const double *inputs, int64_t runs, double *out, int64_t steps, int64_t stride,
                  double dt, double people) {
  int64_t times = steps / stride + 1;
  for (int64_t first = 0; first + WIDTH * VECTORS <= runs; first += WIDTH * VECTORS) {
    vector s[VECTORS], i[VECTORS], r[VECTORS], contacts[VECTORS], infectivity[VECTORS];
    vector recovery[VECTORS];
    for (int k = 0; k < VECTORS; k++) {
      const double *at = inputs + first + k * WIDTH;
      contacts[k] = *(const vector *)at;
      infectivity[k] = *(const vector *)(at + runs);
      recovery[k] = *(const vector *)(at + 2 * runs);
      i[k] = recovery[k] * 0.0 + 1.0;
      s[k] = recovery[k] * 0.0 + (people - 1.0);
      r[k] = recovery[k] * 0.0;
    }
    for (int64_t step = 0, saved = 0; step <= steps; step++) {
      if (step % stride == 0) {
        for (int k = 0; k < VECTORS; k++) {
          double *to = out + saved * runs + first + k * WIDTH;
          *(vector *)to = s[k];
          *(vector *)(to + times * runs) = i[k];
          *(vector *)(to + 2 * times * runs) = r[k];
        }
        saved++;
      }
      for (int k = 0; k < VECTORS; k++) {
        vector infection = contacts[k] * s[k] * infectivity[k] * i[k] / people;
        vector leaving = i[k] / recovery[k];
        s[k] += dt * -infection;
        i[k] += dt * (infection - leaving);
        r[k] += dt * leaving;
      }
    }
  }
}

/* Predators and prey by the classical Runge-Kutta method, by hand: vectors across runs.
 *
 * inputs: 4 x runs (birth, predation, efficiency, death), out: saved value x saved time x runs.
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
                  double dt, double unused) {
  int64_t times = steps / stride + 1;
  (void)unused;
  for (int64_t first = 0; first + WIDTH * VECTORS <= runs; first += WIDTH * VECTORS) {
    vector x[VECTORS], y[VECTORS], p[4][VECTORS];
    for (int k = 0; k < VECTORS; k++) {
      for (int n = 0; n < 4; n++) {
        p[n][k] = *(const vector *)(inputs + n * runs + first + k * WIDTH);
      }
      x[k] = p[0][k] * 0.0 + 10.0;
      y[k] = p[0][k] * 0.0 + 5.0;
    }
    for (int64_t step = 0, saved = 0; step <= steps; step++) {
      if (step % stride == 0) {
        for (int k = 0; k < VECTORS; k++) {
          double *to = out + saved * runs + first + k * WIDTH;
          *(vector *)to = x[k];
          *(vector *)(to + times * runs) = y[k];
        }
        saved++;
      }
#define PREY(a, b) (p[0][k] * (a) - p[1][k] * (a) * (b))
#define PREDATORS(a, b) (p[2][k] * p[1][k] * (a) * (b) - p[3][k] * (b))
      for (int k = 0; k < VECTORS; k++) {
        vector x1 = PREY(x[k], y[k]), y1 = PREDATORS(x[k], y[k]);
        vector xa = x[k] + dt / 2 * x1, ya = y[k] + dt / 2 * y1;
        vector x2 = PREY(xa, ya), y2 = PREDATORS(xa, ya);
        vector xb = x[k] + dt / 2 * x2, yb = y[k] + dt / 2 * y2;
        vector x3 = PREY(xb, yb), y3 = PREDATORS(xb, yb);
        vector xc = x[k] + dt * x3, yc = y[k] + dt * y3;
        vector x4 = PREY(xc, yc), y4 = PREDATORS(xc, yc);
        x[k] += dt / 6 * (x1 + 2.0 * x2 + 2.0 * x3 + x4);
        y[k] += dt / 6 * (y1 + 2.0 * y2 + 2.0 * y3 + y4);
      }
    }
  }
}

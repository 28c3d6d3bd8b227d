// f64 arithmetic with square roots and divisions: planets about a sun.
#include <math.h>

#include "kernel.h"

typedef struct {
  double x, y, z, vx, vy, vz, mass;
} Body;

enum { kBodies = 5 };
static Body bodies[kBodies];

NOINLINE static void Advance(double dt) {
  for (int i = 0; i < kBodies; ++i) {
    Body* a = &bodies[i];
    for (int j = i + 1; j < kBodies; ++j) {
      Body* b = &bodies[j];
      const double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
      const double square = dx * dx + dy * dy + dz * dz;
      const double pull = dt / (square * sqrt(square));
      a->vx -= dx * b->mass * pull;
      a->vy -= dy * b->mass * pull;
      a->vz -= dz * b->mass * pull;
      b->vx += dx * a->mass * pull;
      b->vy += dy * a->mass * pull;
      b->vz += dz * a->mass * pull;
    }
  }
  for (int i = 0; i < kBodies; ++i) {
    bodies[i].x += dt * bodies[i].vx;
    bodies[i].y += dt * bodies[i].vy;
    bodies[i].z += dt * bodies[i].vz;
  }
}

int main(int argc, char** argv) {
  bodies[0].mass = 40;
  for (int i = 1; i < kBodies; ++i) {
    // Circular orbits, tilted a little against each other.
    const double radius = 1.5 * i * i;
    const double speed = sqrt(bodies[0].mass / radius);
    bodies[i] = (Body){radius, 0, 0.01 * i, 0, speed, 0.02 * i, 0.01 / i};
  }
  for (int i = Iterations(argc, argv, 250000); i > 0; --i) Advance(0.001);
  uint64_t sum = 0;
  for (int i = 0; i < kBodies; ++i) {
    sum = MixDouble(MixDouble(MixDouble(sum, bodies[i].x), bodies[i].y), bodies[i].z);
  }
  return Report("nbody", sum);
}

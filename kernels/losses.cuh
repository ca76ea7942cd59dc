// Losses other than the outputs' own, logit by logit. d is the derivative by the logit.
#pragma once

#include "output.cuh"

// What a number costs, and half its squared error.
struct NumberLoss {
  double cost;
  double d;
  double square;
};

__device__ __forceinline__ NumberLoss huber_loss(float z, float y, double most) {
  const double error = (double)z - y;
  const double d = error > most ? most : error < -most ? -most : error;
  return {d * (error - d / 2), d, error * error / 2};
}

__device__ __forceinline__ NumberLoss quantile_loss(float z, float y, double level) {
  const double error = (double)z - y;
  const double d = error < 0 ? -level : error > 0 ? 1 - level : error;
  return {d * error, d, error * error / 2};
}

// The exponential output's own: its derivative is a - y.
__device__ __forceinline__ NumberLoss poisson_loss(float z, float y) {
  // In double, as float's range ends at e^88.
  const double a = exp((double)z);
  const double error = a - y;
  return {a - (double)y * z, error, error * error / 2};
}

// What a logit of a class costs, and whether it is right.
struct ClassLoss {
  double cost;
  double d;
  bool right;
};

// A sigmoid's target, half an epsilon closer to the other one.
__device__ __forceinline__ ClassLoss smoothed_loss(float z, float y, double epsilon) {
  const double wanted = (1 - epsilon) * y + epsilon / 2;
  const float e = expf(-fabsf(z));
  return {(z <= 0 ? 0.0f : z) - z * wanted + log1pf(e), (z >= 0 ? 1 : e) / (1 + e) - wanted,
          (z > 0) == (y == 1)};
}

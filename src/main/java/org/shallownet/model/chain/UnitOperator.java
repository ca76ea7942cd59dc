package org.shallownet.model.chain;

/**
 * What a step of a {@link UnitFunction} computes of one or two numbers {@code a} and {@code b} and
 * of its settings {@code p} and {@code q}.
 */
enum UnitOperator {
  ADD {
    @Override
    double of(double a, double b, double p, double q) {
      return a + b;
    }
  },
  MULTIPLY {
    @Override
    double of(double a, double b, double p, double q) {
      return a * b;
    }
  },
  DIVIDE {
    @Override
    double of(double a, double b, double p, double q) {
      return a / b;
    }
  },
  MINIMUM {
    @Override
    double of(double a, double b, double p, double q) {
      return Math.min(a, b);
    }
  },
  MAXIMUM {
    @Override
    double of(double a, double b, double p, double q) {
      return Math.max(a, b);
    }
  },
  /** 1 where {@code a} is larger than {@code b}, else 0. */
  GREATER {
    @Override
    double of(double a, double b, double p, double q) {
      return a > b ? 1 : 0;
    }
  },
  GREATER_OR_EQUAL {
    @Override
    double of(double a, double b, double p, double q) {
      return a >= b ? 1 : 0;
    }
  },
  /** {@code b} where {@code a} is not 0, else 0. */
  KEEP_IF {
    @Override
    double of(double a, double b, double p, double q) {
      return a != 0 ? b : 0;
    }
  },
  /** {@code b} where {@code a} is 0, else 0. */
  KEEP_UNLESS {
    @Override
    double of(double a, double b, double p, double q) {
      return a == 0 ? b : 0;
    }
  },
  SIGN {
    @Override
    double of(double a, double b, double p, double q) {
      return Math.signum(a);
    }
  },
  /** {@code a}, or {@code b} where {@code a} is negative: ReLU with any slope below 0. */
  RELU_ELSE {
    @Override
    double of(double a, double b, double p, double q) {
      return a < 0 ? b : a;
    }
  },
  RELU {
    @Override
    double of(double a, double b, double p, double q) {
      return Math.max(0, a);
    }
  },
  TANH {
    @Override
    double of(double a, double b, double p, double q) {
      return Math.tanh(a);
    }
  },
  /** {@code 1 / (1 + e^-a)}. */
  SIGMOID {
    @Override
    double of(double a, double b, double p, double q) {
      return 1 / (1 + Math.exp(-a));
    }
  },
  /** {@code p (e^(a/q) - 1)} where {@code a} is negative, else {@code a}: ELU and CELU. */
  ELU {
    @Override
    double of(double a, double b, double p, double q) {
      return a < 0 ? p * Math.expm1(a / q) : a;
    }
  },
  /** {@code log(1 + e^a)} without overflow. */
  SOFTPLUS {
    @Override
    double of(double a, double b, double p, double q) {
      return Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a)));
    }
  },
  /** {@code a / (1 + |a|)}. */
  SOFTSIGN {
    @Override
    double of(double a, double b, double p, double q) {
      return a / (1 + Math.abs(a));
    }
  },
  /** Not below {@code p}, and then not above {@code q}. */
  CLIP {
    @Override
    double of(double a, double b, double p, double q) {
      return Math.min(q, Math.max(p, a));
    }
  },
  /** {@code a} where it is above {@code p}, else 0. */
  THRESHOLD {
    @Override
    double of(double a, double b, double p, double q) {
      return a > p ? a : 0;
    }
  },
  ERF {
    @Override
    double of(double a, double b, double p, double q) {
      return ErrorFunction.erf(a);
    }
  },
  EXP {
    @Override
    double of(double a, double b, double p, double q) {
      return Math.exp(a);
    }
  },
  LOG {
    @Override
    double of(double a, double b, double p, double q) {
      return Math.log(a);
    }
  },
  SQRT {
    @Override
    double of(double a, double b, double p, double q) {
      return Math.sqrt(a);
    }
  },
  ABS {
    @Override
    double of(double a, double b, double p, double q) {
      return Math.abs(a);
    }
  },
  /** {@code a^p}. */
  POWER {
    @Override
    double of(double a, double b, double p, double q) {
      return Math.pow(a, p);
    }
  };

  abstract double of(double a, double b, double p, double q);
}

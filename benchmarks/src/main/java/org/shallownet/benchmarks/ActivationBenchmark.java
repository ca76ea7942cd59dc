package org.shallownet.benchmarks;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.shallownet.backend.Reference;
import org.shallownet.backend.device.ElementwiseOperation.ActivationBackward;
import org.shallownet.backend.device.ElementwiseOperation.BiasActivate;
import org.shallownet.backend.device.ElementwiseOperation.Copy;
import org.shallownet.backend.device.Matrix;
import org.shallownet.network.Activation;

/** The activations and their derivatives, which work in place. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ActivationBenchmark extends BackendBenchmark {
  @Param({"relu", "leaky-relu", "tanh", "sigmoid", "identity"})
  public String activation = "";

  @Param({"4096", "1000000"})
  public int samples;

  @Param("64")
  public int units;

  private Activation f;
  private Matrix bias;
  private Matrix z;
  private Matrix a;
  private Matrix delta;

  @Setup(Level.Trial)
  public void prepare() {
    open();
    f = Activation.of(activation);
    // Not zeros: a value that shrinks from call to call would end among the slow denormal numbers.
    bias = random(1, units);
    z = random(samples, units);
    a = zeros(samples, units);
    delta = random(samples, units);
    double[] activated = Reference.widen(host(z));
    float[] biases = host(bias);
    for (int i = 0; i < activated.length; i++) {
      activated[i] = Reference.activate(f, activated[i] + biases[i % units]);
    }
    biasActivate();
    verify("biasActivate", activated, host(z), 0);
    device.run(new Copy(z, a));
    double[] derived = Reference.widen(host(delta));
    float[] outputs = host(a);
    for (int i = 0; i < derived.length; i++) {
      derived[i] *= Reference.slope(f, outputs[i]);
    }
    backward();
    verify("activationBackward", derived, host(delta), 0);
    // Derivatives below 1 would make denormal numbers of it, zeros stay and cost the same.
    device.run(new Copy(zeros(samples, units), delta));
  }

  /** {@code Z = f(Z + b)}. */
  @Benchmark
  public void biasActivate() {
    device.run(new BiasActivate(f, bias, z));
    device.synchronize();
  }

  /** {@code Δ = Δ ∘ f′}. */
  @Benchmark
  public void backward() {
    device.run(new ActivationBackward(f, a, delta));
    device.synchronize();
  }
}

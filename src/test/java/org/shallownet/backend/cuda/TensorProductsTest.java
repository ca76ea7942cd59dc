package org.shallownet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shallownet.backend.cuda.compile.KernelLoader;
import org.shallownet.backend.cuda.compile.KernelSource;
import org.shallownet.backend.cuda.driver.CudaDevice;
import org.shallownet.backend.cuda.driver.DeviceMemory;

/** The products of {@code mma.cuh}: on a card its tensor cores, else their twins in C++. */
@Tag("cuda")
class TensorProductsTest {
  private static final String KERNELS =
      """
      #include "mma.cuh"
      extern "C" __global__ void round_bf16(const float* x, unsigned* words) {
        words[threadIdx.x] = to_bf16(x[2 * threadIdx.x], x[2 * threadIdx.x + 1]);
      }
      // Registers as the comments of mma.cuh say: a is 16 × 8 or 16 × 16, b has 8 columns.
      extern "C" __global__ void product_tf32(const float* a, const float* b, float* c) {
        const int g = threadIdx.x / 4, t = threadIdx.x % 4;
        unsigned left[4], right[2];
        float sums[4];
        for (int i = 0; i < 4; i++) {
          left[i] = to_tf32(a[(g + i % 2 * 8) * 8 + t + i / 2 * 4]);
          sums[i] = c[(g + i / 2 * 8) * 8 + 2 * t + i % 2];
        }
        for (int i = 0; i < 2; i++) right[i] = to_tf32(b[(t + 4 * i) * 8 + g]);
        multiply_tf32(sums, left, right);
        for (int i = 0; i < 4; i++) c[(g + i / 2 * 8) * 8 + 2 * t + i % 2] = sums[i];
      }
      extern "C" __global__ void product_bf16(const float* a, const float* b, float* c) {
        const int g = threadIdx.x / 4, t = threadIdx.x % 4;
        unsigned left[4], right[2];
        float sums[4];
        for (int i = 0; i < 4; i++) {
          const float* pair = a + (g + i % 2 * 8) * 16 + 2 * t + i / 2 * 8;
          left[i] = to_bf16(pair[0], pair[1]);
          sums[i] = c[(g + i / 2 * 8) * 8 + 2 * t + i % 2];
        }
        for (int i = 0; i < 2; i++) {
          const float* pair = b + (2 * t + 8 * i) * 8 + g;
          right[i] = to_bf16(pair[0], pair[8]);
        }
        multiply_bf16(sums, left, right);
        for (int i = 0; i < 4; i++) c[(g + i / 2 * 8) * 8 + 2 * t + i % 2] = sums[i];
      }
      """;

  private final List<DeviceMemory> memory = new ArrayList<>();
  private CudaDevice device;
  private CUmodule module;

  @BeforeEach
  void load() {
    CudaTests.require();
    device = new CudaDevice(0);
    device.enter("load");
    KernelSource header = KernelSource.read("one_pass_bf16.cu");
    KernelSource source =
        new KernelSource("products.cu", KERNELS, header.headers(), header.defines());
    module = new KernelLoader(device.major(), device.minor(), Optional.empty()).load(source);
  }

  @AfterEach
  void unload() {
    if (module != null) {
      memory.forEach(device::free);
      KernelLoader.unload(module);
      device.close();
    }
  }

  /** Small whole numbers, whose products and sums are exact in any order. */
  @ParameterizedTest
  @CsvSource({"product_tf32, 8", "product_bf16, 16"})
  void sumsOfProductsOfWholeNumbers(String kernel, int inner) {
    Random random = new Random(inner);
    float[] a = wholeNumbers(random, 16 * inner);
    float[] b = wholeNumbers(random, inner * 8);
    float[] c = wholeNumbers(random, 16 * 8);
    float[] expected = c.clone();
    for (int i = 0; i < expected.length; i++) {
      for (int k = 0; k < inner; k++) {
        expected[i] += a[i / 8 * inner + k] * b[k * 8 + i % 8];
      }
    }
    CUdeviceptr sums = upload(c);
    launch(kernel, upload(a), upload(b), sums);
    JCudaDriver.cuMemcpyDtoH(Pointer.to(c), sums, (long) Float.BYTES * c.length);
    assertThat(c).isEqualTo(expected);
  }

  private static float[] wholeNumbers(Random random, int count) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = random.nextInt(257) - 128;
    }
    return numbers;
  }

  @Test
  void roundsToTheNearestEvenNumberOfSevenBits() {
    Object[][] cases = {
      {1f, 0x3f80},
      {-1f, 0xbf80},
      {0f, 0},
      {-0f, 0x8000},
      {1 + 0x1p-7f, 0x3f81},
      {1 + 0x1p-8f, 0x3f80},
      {1 + 0x1p-8f + 0x1p-23f, 0x3f81},
      {1 + 3 * 0x1p-8f, 0x3f82},
      {-(1 + 3 * 0x1p-8f) + 0x1p-23f, 0xbf81},
      {0x1p-126f, 0x0080},
      {0x1p-133f, 0x0001},
      {0x1p-134f, 0},
      {3 * 0x1p-134f, 0x0002},
      {2 - 0x1p-8f, 0x4000},
      {0x1.fep127f, 0x7f7f},
      {Float.MAX_VALUE, 0x7f80},
      {-Float.MAX_VALUE, 0xff80},
      {Float.POSITIVE_INFINITY, 0x7f80},
      {Float.NEGATIVE_INFINITY, 0xff80},
      {Float.NaN, 0x7fff},
      {Float.intBitsToFloat(0xff800001), 0x7fff}
    };
    // A word for each lane: the number in its low half, the next one in its high half.
    float[] numbers = new float[64];
    int[] expected = new int[32];
    for (int i = 0; i < 32; i++) {
      Object[] low = cases[i % cases.length];
      Object[] high = cases[(i + 1) % cases.length];
      numbers[2 * i] = (float) low[0];
      numbers[2 * i + 1] = (float) high[0];
      expected[i] = (int) low[1] | ((int) high[1] << 16);
    }
    int[] words = new int[32];
    CUdeviceptr results = upload(new float[32]);
    launch("round_bf16", upload(numbers), results);
    JCudaDriver.cuMemcpyDtoH(Pointer.to(words), results, (long) Integer.BYTES * words.length);
    assertThat(words).isEqualTo(expected);
  }

  private CUdeviceptr upload(float[] values) {
    long bytes = (long) Float.BYTES * values.length;
    DeviceMemory allocated = device.allocate(bytes);
    memory.add(allocated);
    device.synchronize();
    JCudaDriver.cuMemcpyHtoD(allocated.pointer(), Pointer.to(values), bytes);
    return allocated.pointer();
  }

  private void launch(String kernel, CUdeviceptr... arguments) {
    CUfunction function = KernelLoader.function(module, kernel);
    Pointer[] addresses = new Pointer[arguments.length];
    for (int i = 0; i < arguments.length; i++) {
      addresses[i] = Pointer.to(arguments[i]);
    }
    JCudaDriver.cuLaunchKernel(
        function, 1, 1, 1, 32, 1, 1, 0, device.stream(), Pointer.to(addresses), null);
    device.synchronize();
  }
}

package org.shallownet.backend.cuda;

import static jcuda.driver.JCudaDriver.cuCtxSetCurrent;
import static jcuda.driver.JCudaDriver.cuCtxSynchronize;
import static jcuda.driver.JCudaDriver.cuDeviceGet;
import static jcuda.driver.JCudaDriver.cuDevicePrimaryCtxRetain;
import static jcuda.driver.JCudaDriver.cuInit;
import static jcuda.driver.JCudaDriver.cuLaunchKernel;
import static jcuda.driver.JCudaDriver.cuMemAlloc;
import static jcuda.driver.JCudaDriver.cuMemFree;
import static jcuda.driver.JCudaDriver.cuMemcpyDtoH;
import static jcuda.driver.JCudaDriver.cuMemcpyHtoD;
import static jcuda.driver.JCudaDriver.cuModuleGetFunction;
import static jcuda.driver.JCudaDriver.cuModuleLoadData;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;
import jcuda.nvrtc.JNvrtc;
import jcuda.nvrtc.nvrtcProgram;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The emulation itself: kernels run, faults are caught. */
class CudaEmulatorTest {
  private static final String SOURCE =
      """
      extern "C" __global__ void block_sum(float* out, const float* x, int n) {
        __shared__ float part[32];
        float v = 0.0f;
        for (int i = threadIdx.x; i < n; i += blockDim.x) v += x[i];
        for (int o = 16; o > 0; o >>= 1) v += __shfl_down_sync(0xffffffffu, v, o);
        if ((threadIdx.x & 31) == 0) part[threadIdx.x >> 5] = v;
        __syncthreads();
        if (threadIdx.x == 0) {
          v = 0.0f;
          for (int w = 0; w < blockDim.x / 32; w++) v += part[w];
          out[0] = v;
        }
      }
      """;

  @BeforeEach
  void open() throws Exception {
    assumeTrue(CudaEmulator.available(), CudaEmulator::unavailableReason);
    CudaEmulator.load();
    CudaEmulator.reset();
    JCudaDriver.setExceptionsEnabled(true);
    JNvrtc.setExceptionsEnabled(true);
    cuInit(0);
    CUdevice device = new CUdevice();
    cuDeviceGet(device, 0);
    CUcontext context = new CUcontext();
    cuDevicePrimaryCtxRetain(context, device);
    cuCtxSetCurrent(context);
  }

  @Test
  void runsAKernelWithBarrierShuffleAndSharedMemory() {
    nvrtcProgram program = new nvrtcProgram();
    JNvrtc.nvrtcCreateProgram(program, SOURCE, "sum.cu", 0, null, null);
    JNvrtc.nvrtcCompileProgram(program, 1, new String[] {"--gpu-architecture=sm_90"});
    long[] size = new long[1];
    JNvrtc.nvrtcGetCUBINSize(program, size);
    byte[] cubin = new byte[(int) size[0]];
    JNvrtc.nvrtcGetCUBIN(program, cubin);
    CUmodule module = new CUmodule();
    cuModuleLoadData(module, cubin);
    CUfunction sum = new CUfunction();
    cuModuleGetFunction(sum, module, "block_sum");
    float[] x = new float[1000];
    java.util.Arrays.fill(x, 0.5f);
    CUdeviceptr in = new CUdeviceptr();
    CUdeviceptr out = new CUdeviceptr();
    cuMemAlloc(in, 4000);
    cuMemAlloc(out, 4);
    cuMemcpyHtoD(in, Pointer.to(x), 4000);
    Pointer arguments =
        Pointer.to(Pointer.to(out), Pointer.to(in), Pointer.to(new int[] {x.length}));
    cuLaunchKernel(sum, 1, 1, 1, 256, 1, 1, 0, null, arguments, null);
    cuCtxSynchronize();
    float[] result = new float[1];
    cuMemcpyDtoH(Pointer.to(result), out, 4);
    assertThat(result[0]).isEqualTo(500);
    cuMemFree(in);
    assertThat(CudaEmulator.liveAllocations()).isEqualTo(1);
    assertThat(CudaEmulator.liveBytes()).isEqualTo(4);
    cuMemFree(out);
    assertThat(CudaEmulator.liveAllocations()).isZero();
  }
}

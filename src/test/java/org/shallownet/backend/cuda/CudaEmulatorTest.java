package org.shallownet.backend.cuda;

import static jcuda.driver.JCudaDriver.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Map;
import jcuda.CudaException;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUfunction;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasOperation;
import jcuda.nvrtc.JNvrtc;
import jcuda.nvrtc.nvrtcProgram;
import jcuda.nvrtc.nvrtcResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.shallownet.backend.cuda.CudaEmulator.Resource;

/** The emulation itself: what is right runs, what is wrong is found. */
class CudaEmulatorTest {
  private static final String KERNELS =
      """
      extern "C" __global__ void __launch_bounds__(256) block_sum(
          float* out, const float* x, int n) {
        __shared__ float part[8];
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
      extern "C" __global__ void reverse(float* x, int n) {
        extern __shared__ __align__(16) float copy[];
        copy[threadIdx.x] = x[threadIdx.x];
        __syncthreads();
        x[threadIdx.x] = copy[n - 1 - threadIdx.x];
      }
      extern "C" __global__ void add(float* x, float amount, int first) {
        x[first + blockIdx.x * blockDim.x + threadIdx.x] += amount;
      }
      extern "C" __global__ void uninitialised_shared(float* x) {
        __shared__ float nothing[32];
        if (x[threadIdx.x] > 0.0f) nothing[threadIdx.x] = 0.0f;
        x[threadIdx.x] = nothing[threadIdx.x];
      }
      extern "C" __global__ void beyond_shared(float* x) {
        __shared__ float few[16];
        few[threadIdx.x] = x[threadIdx.x];
        __syncthreads();
        x[threadIdx.x] = few[15 - threadIdx.x];
      }
      extern "C" __global__ void divergent(float* x) {
        if (threadIdx.x < 16) __syncthreads();
        else x[threadIdx.x] = __shfl_sync(0xffffffffu, 1.0f, 0);
      }
      extern "C" __global__ void misaligned(float* x) {
        *reinterpret_cast<float4*>(x + 1) = make_float4(1.0f, 2.0f, 3.0f, 4.0f);
      }
      extern "C" __global__ void overflow(float* x, int rows) { x[0] = rows * rows; }
      __global__ void mangled(float* x) { x[0] = 1.0f; }
      """;

  /** A module serves a whole test class: compiling takes a second. */
  private static byte[] image;

  private CUmodule module;

  @BeforeEach
  void open() {
    assumeTrue(CudaEmulator.available(), CudaEmulator::unavailableReason);
    CudaEmulator.load();
    CudaEmulator.reset();
    JCudaDriver.setExceptionsEnabled(true);
    JNvrtc.setExceptionsEnabled(true);
    JCublas2.setExceptionsEnabled(true);
    cuInit(0);
    CUdevice device = new CUdevice();
    cuDeviceGet(device, 0);
    CUcontext context = new CUcontext();
    cuDevicePrimaryCtxRetain(context, device);
    cuCtxSetCurrent(context);
    if (image == null) {
      image = compile(KERNELS);
    }
    module = new CUmodule();
    cuModuleLoadData(module, image);
  }

  @AfterEach
  void reset() {
    if (CudaEmulator.available()) {
      CudaEmulator.reset();
    }
  }

  @Test
  void runsBarriersShufflesAndStaticSharedMemory() {
    float[] x = new float[1000];
    Arrays.fill(x, 0.5f);
    CUdeviceptr out = allocate(1);
    launch("block_sum", 1, 256, 0, null, Pointer.to(out), Pointer.to(upload(x)), number(1000));
    assertThat(download(out, 1)).containsExactly(500);
  }

  @Test
  void runsDynamicSharedMemory() {
    CUdeviceptr x = upload(1, 2, 3, 4);
    launch("reverse", 1, 4, 16, null, Pointer.to(x), number(4));
    assertThat(download(x, 4)).containsExactly(4, 3, 2, 1);
  }

  @Test
  void memoryHoldsNaNUntilWritten() {
    assertThat(download(allocate(3), 3)).containsOnly(Float.NaN);
    CUdeviceptr x = upload(new float[32]);
    launch("uninitialised_shared", 1, 32, 0, null, Pointer.to(x));
    assertThat(download(x, 32)).containsOnly(Float.NaN);
  }

  /** Large pieces are filled by other means than small ones. */
  @Test
  void largeMemoryHoldsNaNUntilFilled() {
    int floats = 1 << 20;
    CUdeviceptr x = allocate(floats);
    assertThat(download(x, floats)).containsOnly(Float.NaN);
    int first = 1001;
    int count = floats - 2 * first;
    cuMemsetD8(x.withByteOffset(4L * first), (byte) 0, 4L * count);
    float[] expected = new float[floats];
    Arrays.fill(expected, Float.NaN);
    Arrays.fill(expected, first, first + count, 0);
    assertThat(download(x, floats)).isEqualTo(expected);
    assertThatThrownBy(
            () -> launch("add", 1, 1, 0, null, Pointer.to(x), number(1f), number(floats)))
        .hasMessageContaining("ILLEGAL_ADDRESS");
  }

  @Test
  void findsAccessesOutsideAllocations() {
    CUdeviceptr x = upload(new float[61]);
    assertThatThrownBy(() -> launch("add", 1, 62, 0, null, Pointer.to(x), number(1f), number(0)))
        .isInstanceOf(CudaException.class)
        .hasMessageContaining("ILLEGAL_ADDRESS");
    assertThat(CudaEmulator.lastComplaint())
        .contains("kernel add: block (0,0,0) thread (61,0,0)")
        .contains("of 4 bytes");
    assertThatThrownBy(() -> allocate(1)).hasMessageContaining("ILLEGAL_ADDRESS");
  }

  @Test
  void findsAccessesToFreedMemoryAndFarAway() {
    CUdeviceptr freed = upload(1, 2);
    cuMemFree(freed);
    assertThatThrownBy(() -> launch("add", 1, 2, 0, null, Pointer.to(freed), number(1f), number(0)))
        .hasMessageContaining("ILLEGAL_ADDRESS");
    CudaEmulator.reset();
    open();
    CUdeviceptr x = upload(1, 2);
    assertThatThrownBy(
            () -> launch("add", 1, 2, 0, null, Pointer.to(x), number(1f), number(-2_000_000_000)))
        .hasMessageContaining("ILLEGAL_ADDRESS");
  }

  @Test
  void findsIndicesOutsideSharedArrays() {
    CUdeviceptr x = upload(new float[32]);
    assertThatThrownBy(() -> launch("beyond_shared", 1, 32, 0, null, Pointer.to(x)))
        .hasMessageContaining("LAUNCH_FAILED");
    assertThat(CudaEmulator.lastComplaint()).contains("index 16 is outside the array");
  }

  @Test
  void findsDivergentBarriers() {
    CUdeviceptr x = upload(new float[32]);
    assertThatThrownBy(() -> launch("divergent", 1, 32, 0, null, Pointer.to(x)))
        .hasMessageContaining("LAUNCH_FAILED");
    assertThat(CudaEmulator.lastComplaint()).contains("is stuck", "16 wait at __syncthreads");
  }

  @Test
  void findsMisalignedVectorsAndOverflow() {
    CUdeviceptr x = upload(new float[8]);
    assertThatThrownBy(() -> launch("misaligned", 1, 1, 0, null, Pointer.to(x)))
        .hasMessageContaining("LAUNCH_FAILED");
    assertThat(CudaEmulator.lastComplaint()).contains("misaligned access");
    CudaEmulator.reset();
    open();
    CUdeviceptr y = upload(0);
    assertThatThrownBy(() -> launch("overflow", 1, 1, 0, null, Pointer.to(y), number(70_000)))
        .hasMessageContaining("LAUNCH_FAILED");
    assertThat(CudaEmulator.lastComplaint()).contains("signed integer overflow");
  }

  @Test
  void refusesWhatACardRefuses() throws InterruptedException {
    CUdeviceptr x = upload(new float[8]);
    assertThatThrownBy(() -> launch("add", 1, 1025, 0, null, Pointer.to(x), number(1f), number(0)))
        .hasMessageContaining("INVALID_VALUE");
    assertThatThrownBy(() -> launch("reverse", 1, 1, 48 * 1024 + 1, null, Pointer.to(x), number(1)))
        .hasMessageContaining("INVALID_VALUE");
    assertThatThrownBy(() -> cuModuleGetFunction(new CUfunction(), module, "mangled"))
        .hasMessageContaining("NOT_FOUND");
    assertThatThrownBy(() -> cuMemcpyDtoH(Pointer.to(new float[9]), x, 36))
        .hasMessageContaining("INVALID_VALUE");
    assertThatThrownBy(() -> cuModuleLoadData(new CUmodule(), new byte[100]))
        .hasMessageContaining("INVALID_IMAGE");
    assertThatThrownBy(() -> cuModuleLoad(new CUmodule(), "file.cubin"))
        .hasMessageContaining("NOT_SUPPORTED");
    assertThat(CudaEmulator.lastComplaint()).isEqualTo("cuModuleLoad is not emulated");
    Throwable[] thrown = new Throwable[1];
    Thread other = new Thread(() -> allocate(1));
    other.setUncaughtExceptionHandler((thread, e) -> thrown[0] = e);
    other.start();
    other.join();
    assertThat(thrown[0]).hasMessageContaining("INVALID_CONTEXT");
  }

  @Test
  void tellsWhereSourcesDoNotCompile() {
    JNvrtc.setExceptionsEnabled(false);
    nvrtcProgram program = new nvrtcProgram();
    JNvrtc.nvrtcCreateProgram(
        program,
        "extern \"C\" __global__ void f(float* x) {\n  x[0] = y;\n}",
        "f.cu",
        0,
        null,
        null);
    assertThat(JNvrtc.nvrtcCompileProgram(program, 0, null))
        .isEqualTo(nvrtcResult.NVRTC_ERROR_COMPILATION);
    String[] log = new String[1];
    JNvrtc.nvrtcGetProgramLog(program, log);
    assertThat(log[0]).contains("f.cu:2");
    JNvrtc.nvrtcDestroyProgram(program);
  }

  @Test
  void countsWhatIsNotGivenBack() {
    Map<Resource, Long> before = CudaEmulator.live();
    assertThat(before).isEqualTo(Map.of(Resource.MODULE, 1L, Resource.CONTEXT, 1L));
    CUstream stream = stream();
    CUdeviceptr x = allocate(25);
    assertThat(CudaEmulator.live())
        .containsEntry(Resource.STREAM, 1L)
        .containsEntry(Resource.DEVICE_MEMORY, 1L);
    assertThat(CudaEmulator.liveBytes()).isEqualTo(100);
    cuMemFree(x);
    cuStreamDestroy(stream);
    assertThat(CudaEmulator.live()).isEqualTo(before);
  }

  @Test
  void failsTheNthCall() {
    CudaEmulator.failAt(2, CUresult.CUDA_ERROR_OUT_OF_MEMORY);
    CUdeviceptr x = allocate(1);
    assertThatThrownBy(() -> cuMemcpyHtoD(x, Pointer.to(new float[1]), 4))
        .hasMessageContaining("OUT_OF_MEMORY");
    assertThat(CudaEmulator.failedCall()).isEqualTo("cuMemcpyHtoD_v2");
    cuMemcpyHtoD(x, Pointer.to(new float[1]), 4);

    CudaEmulator.failAt("cublasCreate_v2", 1, CUresult.CUDA_ERROR_OUT_OF_MEMORY);
    cuCtxSynchronize();
    assertThatThrownBy(() -> JCublas2.cublasCreate(new cublasHandle()))
        .hasMessageContaining("CUBLAS_STATUS_ALLOC_FAILED");

    CudaEmulator.failAt(1, CUresult.CUDA_ERROR_LAUNCH_FAILED);
    assertThatThrownBy(() -> cuCtxSynchronize()).hasMessageContaining("LAUNCH_FAILED");
    assertThatThrownBy(() -> allocate(1)).hasMessageContaining("LAUNCH_FAILED");
    assertThatThrownBy(() -> cuMemFree(x)).hasMessageContaining("LAUNCH_FAILED");
    assertThat(CudaEmulator.liveAllocations()).isZero();
  }

  @Test
  void limitsMemory() {
    CudaEmulator.memoryLimit(1000);
    CUdeviceptr x = allocate(200);
    long[] free = new long[1];
    long[] total = new long[1];
    cuMemGetInfo(free, total);
    assertThat(free[0]).isEqualTo(200);
    assertThat(total[0]).isEqualTo(1000);
    assertThatThrownBy(() -> allocate(51)).hasMessageContaining("OUT_OF_MEMORY");
    cuMemFree(x);
    allocate(250);
  }

  @Test
  void deferredWorkRunsWhenItIsWaitedFor() {
    CUdeviceptr x = upload(1);
    Pointer result = new Pointer();
    cuMemAllocHost(result, 4);
    CUstream first = stream();
    CUstream second = stream();
    CudaEmulator.deferStreams(0);
    launch("add", 1, 1, 0, first, Pointer.to(x), number(1f), number(0));
    cuMemcpyDtoHAsync(result, x, 4, second);
    cuStreamSynchronize(second);
    assertThat(pinned(result)).as("without waiting for the first stream").isEqualTo(1);

    CUevent added = new CUevent();
    cuEventCreate(added, 0);
    cuEventRecord(added, first);
    cuStreamWaitEvent(second, added, 0);
    cuMemcpyDtoHAsync(result, x, 4, second);
    assertThat(pinned(result)).as("without waiting for the second stream").isEqualTo(1);
    cuStreamSynchronize(second);
    assertThat(pinned(result)).isEqualTo(2);
  }

  @Test
  void deferredWorkOfIndependentStreamsRunsInAnyOrder() {
    boolean early = false;
    boolean late = false;
    for (int seed = 1; seed <= 20; seed++) {
      CUdeviceptr x = upload(1);
      Pointer result = new Pointer();
      cuMemAllocHost(result, 4);
      CUstream first = stream();
      CUstream second = stream();
      CudaEmulator.deferStreams(seed);
      launch("add", 1, 1, 0, first, Pointer.to(x), number(1f), number(0));
      cuMemcpyDtoHAsync(result, x, 4, second);
      cuStreamSynchronize(second);
      early |= pinned(result) == 2;
      late |= pinned(result) == 1;
    }
    assertThat(early).isTrue();
    assertThat(late).isTrue();
  }

  @Test
  void aModuleIsUnloadedAfterItsKernels() {
    CUdeviceptr x = upload(1);
    CUstream stream = stream();
    CudaEmulator.deferStreams(0);
    launch("add", 1, 1, 0, stream, Pointer.to(x), number(1f), number(0));
    cuStreamSynchronize(stream);
    CUmodule other = new CUmodule();
    cuModuleLoadData(other, image);
    cuModuleUnload(other);
    assertThat(CudaEmulator.lastComplaint()).isEmpty();
    launch("add", 1, 1, 0, stream, Pointer.to(x), number(1f), number(0));
    cuModuleUnload(module);
    assertThat(CudaEmulator.lastComplaint())
        .isEqualTo("a module was unloaded before its kernels had ended");
    assertThat(download(x, 1)).containsExactly(3);
  }

  @Test
  void replaysGraphs() {
    CUdeviceptr x = upload(0);
    CUstream stream = stream();
    cuStreamBeginCapture(stream, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_GLOBAL);
    launch("add", 1, 1, 0, stream, Pointer.to(x), number(2f), number(0));
    CUgraph graph = new CUgraph();
    cuStreamEndCapture(stream, graph);
    assertThat(download(x, 1)).as("captured, not run").containsExactly(0);
    CUgraphExec executable = new CUgraphExec();
    cuGraphInstantiate(executable, graph, 0L);
    cuGraphLaunch(executable, stream);
    cuGraphLaunch(executable, stream);
    cuStreamSynchronize(stream);
    assertThat(download(x, 1)).containsExactly(4);
  }

  @Test
  void multipliesColumnMajorMatrices() {
    cublasHandle blas = new cublasHandle();
    JCublas2.cublasCreate(blas);
    // A is 2 x 3 with a gap in every column, or its transpose; B is 3 x 2, or its transpose.
    CUdeviceptr a = upload(1, 4, -9, 2, 5, -9, 3, 6, -9);
    CUdeviceptr at = upload(1, 2, 3, 4, 5, 6);
    CUdeviceptr b = upload(1, 0, 2, 0, 1, 3);
    CUdeviceptr bt = upload(1, 0, 0, 1, 2, 3);
    int none = cublasOperation.CUBLAS_OP_N;
    int transposed = cublasOperation.CUBLAS_OP_T;
    for (int ta : new int[] {none, transposed}) {
      for (int tb : new int[] {none, transposed}) {
        CUdeviceptr c = allocate(4);
        JCublas2.cublasSgemm(
            blas,
            ta,
            tb,
            2,
            2,
            3,
            number(1f),
            ta == none ? a : at,
            3,
            tb == none ? b : bt,
            tb == none ? 3 : 2,
            number(0f),
            c,
            2);
        assertThat(download(c, 4)).containsExactly(7, 16, 11, 23);
      }
    }
    CUdeviceptr c = upload(1, 1, 1, 1);
    JCublas2.cublasSgemmStridedBatched(
        blas, none, none, 1, 1, 2, number(2f), at, 1, 2, b, 2, 0, number(3f), c, 1, 2, 2);
    assertThat(download(c, 4)).containsExactly(5, 1, 9, 1);
    assertThatThrownBy(
            () ->
                JCublas2.cublasSgemm(
                    blas, none, none, 2, 2, 3, number(1f), a, 1, b, 3, number(0f), c, 2))
        .hasMessageContaining("INVALID_VALUE");
    assertThatThrownBy(
            () ->
                JCublas2.cublasSgemm(
                    blas, none, none, 2, 2, 3, number(1f), b, 3, b, 3, number(0f), c, 2))
        .hasMessageContaining("EXECUTION_FAILED");
    assertThat(CudaEmulator.lastComplaint()).contains("A is not wholly in allocated memory");
  }

  private static byte[] compile(String source) {
    nvrtcProgram program = new nvrtcProgram();
    JNvrtc.nvrtcCreateProgram(program, source, "kernels.cu", 0, null, null);
    JNvrtc.nvrtcCompileProgram(program, 1, new String[] {"--gpu-architecture=sm_90"});
    long[] size = new long[1];
    JNvrtc.nvrtcGetCUBINSize(program, size);
    byte[] cubin = new byte[Math.toIntExact(size[0])];
    JNvrtc.nvrtcGetCUBIN(program, cubin);
    JNvrtc.nvrtcDestroyProgram(program);
    return cubin;
  }

  private void launch(
      String kernel, int grid, int block, int shared, CUstream stream, Pointer... arguments) {
    CUfunction function = new CUfunction();
    cuModuleGetFunction(function, module, kernel);
    cuLaunchKernel(function, grid, 1, 1, block, 1, 1, shared, stream, Pointer.to(arguments), null);
  }

  private static CUstream stream() {
    CUstream stream = new CUstream();
    cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING);
    return stream;
  }

  private static CUdeviceptr allocate(int floats) {
    CUdeviceptr memory = new CUdeviceptr();
    cuMemAlloc(memory, 4L * floats);
    return memory;
  }

  private static CUdeviceptr upload(float... values) {
    CUdeviceptr memory = allocate(values.length);
    cuMemcpyHtoD(memory, Pointer.to(values), 4L * values.length);
    return memory;
  }

  private static float[] download(CUdeviceptr memory, int floats) {
    float[] values = new float[floats];
    cuMemcpyDtoH(Pointer.to(values), memory, 4L * floats);
    return values;
  }

  private static float pinned(Pointer memory) {
    return memory.getByteBuffer(0, 4).order(ByteOrder.nativeOrder()).getFloat(0);
  }

  private static Pointer number(int value) {
    return Pointer.to(new int[] {value});
  }

  private static Pointer number(float value) {
    return Pointer.to(new float[] {value});
  }
}

package org.shallownet.backend.cuda;

import jcuda.Pointer;
import jcuda.cudaDataType;
import jcuda.driver.CUdeviceptr;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasComputeType;
import jcuda.jcublas.cublasGemmAlgo;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasMath;
import jcuda.jcublas.cublasOperation;
import jcuda.jcublas.cublasPointerMode;
import jcuda.runtime.cudaStream_t;
import org.shallownet.backend.BackendOptions.Precision;
import org.shallownet.backend.cuda.driver.CudaDevice;
import org.shallownet.backend.cuda.driver.CudaMatrix;
import org.shallownet.backend.cuda.driver.DeviceMemory;
import org.shallownet.backend.cuda.driver.DriverCalls;
import org.shallownet.backend.cuda.driver.HostBuffer;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.MatrixStack;
import org.shallownet.backend.device.ProductOperation;

/**
 * Matrix products by cuBLAS.
 *
 * <p>cuBLAS reads memory column by column, so it takes our matrices for their transposes. {@code C
 * = op(A) op(B)} is asked for as {@code Cᵀ = op(B)ᵀ op(A)ᵀ}: the operands are swapped, and nothing
 * needs to be transposed.
 *
 * <p>One handle with one workspace on one stream, so that equal calls give equal bits.
 */
final class CudaBlas implements AutoCloseable {
  /** What NVIDIA recommends from Hopper on, and for the cards before it. */
  private static final long WORKSPACE_BYTES = 32L << 20;

  private static final long SMALL_WORKSPACE_BYTES = 8L << 20;

  private final CudaDevice device;
  private final Precision precision;
  private final int mostRows;
  private final cublasHandle handle = new cublasHandle();
  private final DeviceMemory workspace;
  private final HostBuffer scalars;
  private final Pointer alphaPointer;
  private final Pointer betaPointer;

  /**
   * Products on a card's stream.
   *
   * @param mostRows how many rows one call of cuBLAS, whose sizes are 32-bit numbers, is given
   */
  CudaBlas(CudaDevice device, Precision precision, int mostRows) {
    this.device = device;
    this.precision = precision;
    this.mostRows = mostRows;
    scalars = new HostBuffer(2 * Long.BYTES);
    alphaPointer = scalars.pointer();
    betaPointer = alphaPointer.withByteOffset(Long.BYTES);
    try {
      workspace = device.allocate(device.major() >= 9 ? WORKSPACE_BYTES : SMALL_WORKSPACE_BYTES);
    } catch (RuntimeException | Error e) {
      scalars.free();
      throw e;
    }
    try {
      DriverCalls.runBlas("cublasCreate", () -> JCublas2.cublasCreate(handle));
    } catch (RuntimeException | Error e) {
      freeMemory();
      throw e;
    }
    try {
      configure();
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private void configure() {
    cudaStream_t stream = new cudaStream_t(device.stream());
    DriverCalls.runBlas("cublasSetStream", () -> JCublas2.cublasSetStream(handle, stream));
    DriverCalls.runBlas(
        "cublasSetWorkspace",
        () -> JCublas2.cublasSetWorkspace(handle, workspace.pointer(), workspace.bytes()));
    DriverCalls.runBlas(
        "cublasSetPointerMode",
        () -> JCublas2.cublasSetPointerMode(handle, cublasPointerMode.CUBLAS_POINTER_MODE_HOST));
    // Nothing below float32 unless a call asks for it by its compute type.
    DriverCalls.runBlas(
        "cublasSetMathMode",
        () -> JCublas2.cublasSetMathMode(handle, cublasMath.CUBLAS_DEFAULT_MATH));
  }

  /** cuBLAS's version, such as 12.6.3, for people. */
  String describe() {
    int[] version = new int[1];
    DriverCalls.runBlas("cublasGetVersion", () -> JCublas2.cublasGetVersion(handle, version));
    int number = version[0];
    return "cuBLAS " + number / 10_000 + "." + number / 100 % 100 + "." + number % 100;
  }

  /** Performs a product; with {@code β = 0} cuBLAS does not read C. */
  void multiply(ProductOperation.Gemm product) {
    boolean transposeA = product.transposeA();
    Matrix a = product.a();
    Matrix c = product.c();
    // Numbers of rows are 64 bits wide, of columns 32. The rows of C are many only if A is not
    // transposed, the sum's terms are many only if A is transposed and B is not.
    if (a.rows() <= mostRows || (transposeA && product.transposeB())) {
      multiplyPiece(product);
      return;
    }
    for (long row = 0; row < a.rows(); row += mostRows) {
      long count = Math.min(mostRows, a.rows() - row);
      boolean sums = transposeA;
      multiplyPiece(
          new ProductOperation.Gemm(
              transposeA,
              product.transposeB(),
              product.alpha(),
              a.rows(row, count),
              sums ? product.b().rows(row, count) : product.b(),
              sums && row > 0 ? 1 : product.beta(),
              sums ? c : c.rows(row, count)));
    }
  }

  /** Performs products, in one call where cuBLAS can. */
  void multiply(ProductOperation.StackedGemm products) {
    boolean transposeA = products.transposeA();
    boolean transposeB = products.transposeB();
    float alpha = products.alpha();
    float beta = products.beta();
    MatrixStack a = products.a();
    MatrixStack b = products.b();
    MatrixStack c = products.c();
    // More rows than a call takes: each product is work enough.
    boolean many = a.get(0).rows() > mostRows || c.get(0).rows() > mostRows;
    if (c.count() == 1 || many) {
      for (int i = 0; i < c.count(); i++) {
        multiply(
            new ProductOperation.Gemm(
                transposeA, transposeB, alpha, a.get(i), b.get(i), beta, c.get(i)));
      }
      return;
    }
    scalars.bytes().putFloat(0, alpha).putFloat(Long.BYTES, beta);
    int rows = (int) c.get(0).rows();
    int columns = c.get(0).columns();
    int depth = transposeA ? (int) a.get(0).rows() : a.get(0).columns();
    int columnsA = a.get(0).columns();
    int columnsB = b.get(0).columns();
    int opA = operation(transposeA);
    int opB = operation(transposeB);
    CUdeviceptr pa = ((CudaMatrix) a.get(0)).pointer();
    CUdeviceptr pb = ((CudaMatrix) b.get(0)).pointer();
    CUdeviceptr pc = ((CudaMatrix) c.get(0)).pointer();
    int f32 = cudaDataType.CUDA_R_32F;
    DriverCalls.runBlas(
        device.operation(),
        () ->
            precision == Precision.FP32
                ? JCublas2.cublasSgemmStridedBatched(
                    handle,
                    opB,
                    opA,
                    columns,
                    rows,
                    depth,
                    alphaPointer,
                    pb,
                    columnsB,
                    b.distance(),
                    pa,
                    columnsA,
                    a.distance(),
                    betaPointer,
                    pc,
                    columns,
                    c.distance(),
                    c.count())
                : JCublas2.cublasGemmStridedBatchedEx_new(
                    handle,
                    opB,
                    opA,
                    columns,
                    rows,
                    depth,
                    alphaPointer,
                    pb,
                    f32,
                    columnsB,
                    b.distance(),
                    pa,
                    f32,
                    columnsA,
                    a.distance(),
                    betaPointer,
                    pc,
                    f32,
                    columns,
                    c.distance(),
                    c.count(),
                    computeType(),
                    cublasGemmAlgo.CUBLAS_GEMM_DEFAULT));
  }

  private void multiplyPiece(ProductOperation.Gemm product) {
    boolean transposeA = product.transposeA();
    CudaMatrix a = (CudaMatrix) product.a();
    CudaMatrix b = (CudaMatrix) product.b();
    CudaMatrix c = (CudaMatrix) product.c();
    scalars.bytes().putFloat(0, product.alpha()).putFloat(Long.BYTES, product.beta());
    int rows = Math.toIntExact(c.rows());
    int columns = c.columns();
    int depth = transposeA ? Math.toIntExact(a.rows()) : a.columns();
    int opA = operation(transposeA);
    int opB = operation(product.transposeB());
    CUdeviceptr pa = a.pointer();
    CUdeviceptr pb = b.pointer();
    CUdeviceptr pc = c.pointer();
    int f32 = cudaDataType.CUDA_R_32F;
    DriverCalls.runBlas(
        device.operation(),
        () ->
            precision == Precision.FP32
                ? JCublas2.cublasSgemm(
                    handle,
                    opB,
                    opA,
                    columns,
                    rows,
                    depth,
                    alphaPointer,
                    pb,
                    b.columns(),
                    pa,
                    a.columns(),
                    betaPointer,
                    pc,
                    columns)
                : JCublas2.cublasGemmEx_new(
                    handle,
                    opB,
                    opA,
                    columns,
                    rows,
                    depth,
                    alphaPointer,
                    pb,
                    f32,
                    b.columns(),
                    pa,
                    f32,
                    a.columns(),
                    betaPointer,
                    pc,
                    f32,
                    columns,
                    computeType(),
                    cublasGemmAlgo.CUBLAS_GEMM_DEFAULT));
  }

  private static int operation(boolean transpose) {
    return transpose ? cublasOperation.CUBLAS_OP_T : cublasOperation.CUBLAS_OP_N;
  }

  private int computeType() {
    return precision == Precision.TF32
        ? cublasComputeType.CUBLAS_COMPUTE_32F_FAST_TF32
        : cublasComputeType.CUBLAS_COMPUTE_32F_FAST_16BF;
  }

  @Override
  public void close() {
    DriverCalls.release("cublasDestroy", () -> JCublas2.cublasDestroy(handle));
    freeMemory();
  }

  private void freeMemory() {
    device.free(workspace);
    scalars.free();
  }
}

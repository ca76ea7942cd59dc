// cuBLAS: matrix products in single precision, column-major, on the stream of the handle.
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "calls.h"
#include "library_handles.h"
#include "memory.h"
#include "noise.h"
#include "streams.h"

using namespace emulator;

namespace {

// cublasStatus_t, as far as used.
enum Status {
  kBlasSuccess = 0,
  kBlasNotInitialized = 1,
  kBlasAllocFailed = 3,
  kBlasInvalidValue = 7,
  kBlasExecutionFailed = 13,
  kBlasNotSupported = 15,
};

constexpr int kReal32 = 0;  // CUDA_R_32F
constexpr int kDevicePointers = 1;
constexpr size_t kWorkspaceAlignment = 256;

int status(int result) {
  return result == kSuccess       ? kBlasSuccess
         : result == kOutOfMemory ? kBlasAllocFailed
                                  : kBlasExecutionFailed;
}

#define BEGIN_BLAS_CALL                                               \
  std::lock_guard<std::recursive_mutex> call_guard(emulator::lock()); \
  if (int code = emulator::count_call(__func__)) return status(code); \
  if (!blas_handles().holds(handle)) return kBlasNotInitialized

// One product or a batch of them at constant distances.
struct Product {
  bool transpose_a, transpose_b;
  int m, n, k;
  const float* a;
  int lda;
  int64_t stride_a;
  const float* b;
  int ldb;
  int64_t stride_b;
  float* c;
  int ldc;
  int64_t stride_c;
  int batch;
};

// C = alpha op(A) op(B) + beta C; with beta = 0, C is not read.
void multiply(const Product& p, float alpha, const float* a, const float* b, float beta, float* c) {
  const auto m = static_cast<size_t>(p.m), n = static_cast<size_t>(p.n),
             k = static_cast<size_t>(p.k);
  const auto lda = static_cast<size_t>(p.lda), ldb = static_cast<size_t>(p.ldb),
             ldc = static_cast<size_t>(p.ldc);
  std::vector<float> columns(m *
                             k);  // op(A) without gaps, so that the inner loop runs down a column
  for (size_t l = 0; l < k; l++) {
    for (size_t i = 0; i < m; i++)
      columns[l * m + i] = p.transpose_a ? a[i * lda + l] : a[l * lda + i];
  }
  const bool backwards = p.batch > 1 && noisy(kNoisyBatches);
  std::vector<float> sums(m);
  for (size_t j = 0; j < n; j++) {
    std::fill(sums.begin(), sums.end(), 0.0f);
    for (size_t term = 0; term < k; term++) {
      const size_t l = backwards ? k - 1 - term : term;
      const float factor = p.transpose_b ? b[l * ldb + j] : b[j * ldb + l];
      const float* column = columns.data() + l * m;
      for (size_t i = 0; i < m; i++) sums[i] += column[i] * factor;
    }
    float* out = c + j * ldc;
    for (size_t i = 0; i < m; i++) out[i] = alpha * sums[i] + (beta == 0.0f ? 0.0f : beta * out[i]);
  }
}

bool covers(const void* matrix, int rows, int columns, int ld, int64_t stride, int batch) {
  if (rows == 0 || columns == 0) return true;
  const size_t floats =
      static_cast<size_t>(stride) * (batch - 1) + static_cast<size_t>(ld) * (columns - 1) + rows;
  return reachable(reinterpret_cast<Address>(matrix), floats * sizeof(float));
}

const char* unreachable_operand(const Product& p) {
  if (!covers(p.a, p.transpose_a ? p.k : p.m, p.transpose_a ? p.m : p.k, p.lda, p.stride_a,
              p.batch))
    return "A";
  if (!covers(p.b, p.transpose_b ? p.n : p.k, p.transpose_b ? p.k : p.n, p.ldb, p.stride_b,
              p.batch))
    return "B";
  if (!covers(p.c, p.m, p.n, p.ldc, p.stride_c, p.batch)) return "C";
  return nullptr;
}

int run(const Product& p, float alpha, float beta) {
  if (const char* operand = unreachable_operand(p)) {
    complain(std::string("cuBLAS: ") + operand + " is not wholly in allocated memory");
    return kIllegalAddress;
  }
  for (int i = 0; i < p.batch; i++) {
    multiply(p, alpha, p.a + i * p.stride_a, p.b + i * p.stride_b, beta, p.c + i * p.stride_c);
  }
  return kSuccess;
}

int submit_product(BlasHandle* handle, int operation_a, int operation_b, Product p,
                   const float* alpha, const float* beta) {
  constexpr int kMostOperation = 2;  // N, T, C
  auto at_least = [](int ld, int rows) { return ld >= (rows > 1 ? rows : 1); };
  if (operation_a < 0 || operation_a > kMostOperation || operation_b < 0 ||
      operation_b > kMostOperation || p.m < 0 || p.n < 0 || p.k < 0 || p.batch < 0 || !alpha ||
      !beta) {
    return kBlasInvalidValue;
  }
  p.transpose_a = operation_a != 0;
  p.transpose_b = operation_b != 0;
  if (!at_least(p.lda, p.transpose_a ? p.k : p.m) || !at_least(p.ldb, p.transpose_b ? p.n : p.k) ||
      !at_least(p.ldc, p.m)) {
    complain("cuBLAS: a leading dimension is smaller than its matrix has rows");
    return kBlasInvalidValue;
  }
  if (p.m == 0 || p.n == 0 || p.batch == 0) return kBlasSuccess;
  // The library has many kernels and chooses among them by the sizes.
  std::string name = "cuBLAS";
  for (const int part : {operation_a, operation_b, p.m, p.n, p.k, p.batch})
    name += ' ' + std::to_string(part);
  if (!load_on_use(name, handle->stream)) return kBlasExecutionFailed;
  if (handle->pointer_mode == kDevicePointers) {
    return status(submit(handle->stream, [p, alpha, beta] {
      if (!reachable(reinterpret_cast<Address>(alpha), sizeof *alpha) ||
          !reachable(reinterpret_cast<Address>(beta), sizeof *beta)) {
        return static_cast<int>(kIllegalAddress);
      }
      return run(p, *alpha, *beta);
    }));
  }
  return status(submit(handle->stream, [p, a = *alpha, b = *beta] { return run(p, a, b); }));
}

}  // namespace

EMULATED cublasCreate_v2(BlasHandle** handle) {
  std::lock_guard<std::recursive_mutex> guard(lock());
  if (int code = count_call(__func__)) return status(code);
  *handle = blas_handles().create();
  (*handle)->stream = find_stream(nullptr);
  return kBlasSuccess;
}

EMULATED cublasDestroy_v2(BlasHandle* handle) {
  BEGIN_RELEASE;
  if (!blas_handles().destroy(handle)) return kBlasNotInitialized;
  return status(planned);
}

EMULATED cublasGetVersion_v2(BlasHandle* handle, int* version) {
  BEGIN_BLAS_CALL;
  *version = 120603;
  return kBlasSuccess;
}

EMULATED cublasSetStream_v2(BlasHandle* handle, Stream* stream) {
  BEGIN_BLAS_CALL;
  Stream* const found = find_stream(stream);
  if (!found) return kBlasInvalidValue;
  handle->stream = found;
  return kBlasSuccess;
}

EMULATED cublasSetPointerMode_v2(BlasHandle* handle, int mode) {
  BEGIN_BLAS_CALL;
  if (mode != 0 && mode != kDevicePointers) return kBlasInvalidValue;
  handle->pointer_mode = mode;
  return kBlasSuccess;
}

EMULATED cublasSetMathMode(BlasHandle* handle, int mode) {
  BEGIN_BLAS_CALL;
  handle->math_mode = mode;
  return kBlasSuccess;
}

EMULATED cublasGetMathMode(BlasHandle* handle, int* mode) {
  BEGIN_BLAS_CALL;
  *mode = handle->math_mode;
  return kBlasSuccess;
}

EMULATED cublasSetWorkspace_v2(BlasHandle* handle, void* workspace, size_t bytes) {
  BEGIN_BLAS_CALL;
  const auto address = reinterpret_cast<Address>(workspace);
  if (address % kWorkspaceAlignment != 0 || !reachable(address, bytes)) return kBlasInvalidValue;
  return kBlasSuccess;
}

EMULATED cublasSgemm_v2(BlasHandle* handle, int operation_a, int operation_b, int m, int n, int k,
                        const float* alpha, const float* a, int lda, const float* b, int ldb,
                        const float* beta, float* c, int ldc) {
  BEGIN_BLAS_CALL;
  return submit_product(handle, operation_a, operation_b,
                        {false, false, m, n, k, a, lda, 0, b, ldb, 0, c, ldc, 0, 1}, alpha, beta);
}

EMULATED cublasSgemmStridedBatched(BlasHandle* handle, int operation_a, int operation_b, int m,
                                   int n, int k, const float* alpha, const float* a, int lda,
                                   long long stride_a, const float* b, int ldb, long long stride_b,
                                   const float* beta, float* c, int ldc, long long stride_c,
                                   int batch) {
  BEGIN_BLAS_CALL;
  return submit_product(
      handle, operation_a, operation_b,
      {false, false, m, n, k, a, lda, stride_a, b, ldb, stride_b, c, ldc, stride_c, batch}, alpha,
      beta);
}

namespace {

// Whatever precision is asked for (68 is fp32, 77 TF32, 75 bf16), products are computed in fp32.
bool computes(int type_a, int type_b, int type_c, int compute_type) {
  constexpr int kFloat = 68, kFastHalf = 74, kFastTf32 = 77;
  return type_a == kReal32 && type_b == kReal32 && type_c == kReal32 &&
         (compute_type == kFloat || (compute_type >= kFastHalf && compute_type <= kFastTf32));
}

}  // namespace

EMULATED cublasGemmEx(BlasHandle* handle, int operation_a, int operation_b, int m, int n, int k,
                      const float* alpha, const float* a, int type_a, int lda, const float* b,
                      int type_b, int ldb, const float* beta, float* c, int type_c, int ldc,
                      int compute_type, int) {
  BEGIN_BLAS_CALL;
  if (!computes(type_a, type_b, type_c, compute_type)) return kBlasNotSupported;
  return submit_product(handle, operation_a, operation_b,
                        {false, false, m, n, k, a, lda, 0, b, ldb, 0, c, ldc, 0, 1}, alpha, beta);
}

EMULATED cublasGemmStridedBatchedEx(BlasHandle* handle, int operation_a, int operation_b, int m,
                                    int n, int k, const float* alpha, const float* a, int type_a,
                                    int lda, long long stride_a, const float* b, int type_b,
                                    int ldb, long long stride_b, const float* beta, float* c,
                                    int type_c, int ldc, long long stride_c, int batch,
                                    int compute_type, int) {
  BEGIN_BLAS_CALL;
  if (!computes(type_a, type_b, type_c, compute_type)) return kBlasNotSupported;
  return submit_product(
      handle, operation_a, operation_b,
      {false, false, m, n, k, a, lda, stride_a, b, ldb, stride_b, c, ldc, stride_c, batch}, alpha,
      beta);
}

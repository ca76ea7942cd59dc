/**
 * The backend for NVIDIA cards: JCuda's driver API, cuBLAS, and kernels of our own that NVRTC
 * compiles on the user's machine.
 *
 * <p>Reached only through {@link org.shallownet.backend.BackendProvider}, and the only package that
 * uses JCuda. Everything compiles and the products run where JCuda's natives, CUDA or a card are
 * missing: no class of JCuda is initialised before the libraries that it needs have been loaded.
 */
@NullMarked
package org.shallownet.backend.cuda;

import org.jspecify.annotations.NullMarked;

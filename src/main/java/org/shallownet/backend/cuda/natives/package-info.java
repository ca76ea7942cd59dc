/**
 * Finds NVIDIA's libraries on this machine and loads JCuda's bridges to them, made to fit CUDA 13
 * where that is what there is.
 */
@NullMarked
package org.shallownet.backend.cuda.natives;

import org.jspecify.annotations.NullMarked;

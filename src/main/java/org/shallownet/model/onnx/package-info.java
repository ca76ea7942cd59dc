/**
 * The part of the ONNX file format that chains of dense layers need: plain values for its messages,
 * written to and read from protobuf's wire format. Not meant for users of the library.
 *
 * <p>Field numbers and types are those of the public {@code onnx.proto3}. Uses {@code data} for its
 * errors, whose sentences don't name the file: {@code model} adds that.
 */
@NullMarked
package org.shallownet.model.onnx;

import org.jspecify.annotations.NullMarked;

package org.shallownet.data.arrow;

import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.compression.CompressionCodec;
import org.apache.arrow.vector.compression.CompressionUtil.CodecType;
import org.apache.arrow.vector.compression.NoCompressionCodec;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/** Checks and unpacks a record batch before Arrow makes columns of it. */
final class BatchLoading {
  /** LZ4 packs no better than this. */
  private static final long BEST_LZ4 = 255;

  private BatchLoading() {}

  /**
   * The batch with its buffers unpacked, by all cores at once, where Arrow does it one by one.
   *
   * @param batch is given up
   * @throws IllegalArgumentException if it contradicts itself
   */
  static ArrowRecordBatch prepared(
      ArrowRecordBatch batch, BufferAllocator allocator, List<Field> fields) {
    try (batch) {
      requireLengths(batch, fields);
      CodecType type = CodecType.fromCompressionType(batch.getBodyCompression().getCodec());
      CompressionCodec codec = CompressionCodec.Factory.INSTANCE.createCodec(type);
      List<ArrowBuf> packed = batch.getBuffers();
      AtomicReference<Throwable> failure = new AtomicReference<>();
      List<ArrowBuf> buffers =
          IntStream.range(0, packed.size())
              .parallel()
              .mapToObj(i -> unpacked(packed.get(i), type, codec, allocator, failure))
              .toList();
      rethrow(failure.get());
      return new ArrowRecordBatch(
          batch.getLength(),
          batch.getNodes(),
          buffers,
          NoCompressionCodec.DEFAULT_BODY_COMPRESSION,
          batch.getVariadicBufferCounts(),
          true,
          false);
    }
  }

  /** Keeps a failure for later, when no thread uses memory any more that is then given back. */
  private static ArrowBuf unpacked(
      ArrowBuf packed,
      CodecType type,
      CompressionCodec codec,
      BufferAllocator allocator,
      AtomicReference<Throwable> failure) {
    packed.getReferenceManager().retain();
    if (type == CodecType.NO_COMPRESSION || packed.writerIndex() == 0) {
      return packed;
    }
    try {
      if (type == CodecType.LZ4_FRAME && packed.getLong(0) > BEST_LZ4 * packed.writerIndex()) {
        throw new IllegalArgumentException("a buffer is too small for what is said to be in it");
      }
      return codec.decompress(allocator, packed);
    } catch (RuntimeException | Error e) {
      failure.compareAndSet(null, e);
      return packed;
    }
  }

  private static void rethrow(@Nullable Throwable failure) {
    if (failure instanceof RuntimeException exception) {
      throw exception;
    } else if (failure instanceof Error error) {
      throw error;
    }
  }

  /** Arrow would add cells to columns that are too short. */
  private static void requireLengths(ArrowRecordBatch batch, List<Field> fields) {
    Iterator<ArrowFieldNode> nodes = batch.getNodes().iterator();
    for (Field field : fields) {
      if (nodes.next().getLength() != batch.getLength()) {
        throw new IllegalArgumentException("its columns differ in length");
      }
      skip(nodes, field.getChildren());
    }
  }

  private static void skip(Iterator<ArrowFieldNode> nodes, List<Field> fields) {
    for (Field field : fields) {
      nodes.next();
      skip(nodes, field.getChildren());
    }
  }
}

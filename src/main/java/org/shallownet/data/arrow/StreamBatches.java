package org.shallownet.data.arrow;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.Field;

/** The record batches of a stream that was saved in a file. */
final class StreamBatches extends ArrowStreamReader {
  /** What the parts of a stream are padded to. */
  private static final int ALIGNMENT = 8;

  private final FileChannel channel;

  StreamBatches(FileChannel channel, BufferAllocator allocator) {
    super(channel, allocator);
    this.channel = channel;
  }

  @Override
  public boolean loadNextBatch() throws IOException {
    boolean found = super.loadNextBatch();
    if (!found && channel.position() < channel.size()) {
      throw new IOException("more follows behind the end of its stream");
    }
    // Arrow takes the beginning of a part for the end of the stream.
    if (!found && channel.size() % ALIGNMENT != 0) {
      throw new IOException("it ends within a part");
    }
    return found;
  }

  @Override
  protected void loadRecordBatch(ArrowRecordBatch batch) {
    super.loadRecordBatch(BatchLoading.prepared(batch, allocator, fields()));
  }

  private List<Field> fields() {
    try {
      return getVectorSchemaRoot().getSchema().getFields();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package org.shallownet.data.arrow;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.ipc.ArrowFileReader;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.Field;

/** The record batches of a file that ends with a directory of them. */
final class FileBatches extends ArrowFileReader {
  private boolean hasAllWords;

  FileBatches(FileChannel channel, BufferAllocator allocator) {
    super(channel, allocator);
  }

  @Override
  public boolean loadNextBatch() throws IOException {
    if (!hasAllWords) {
      hasAllWords = true;
      readFurtherDictionaries();
    }
    return super.loadNextBatch();
  }

  /** The first part of each dictionary is read with the schema; parts added later are not. */
  private void readFurtherDictionaries() throws IOException {
    int read = getDictionaryVectors().size();
    if (!getRecordBlocks().isEmpty()) {
      for (int i = read; i < getDictionaryBlocks().size(); i++) {
        loadDictionary(readDictionary());
      }
    }
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

package org.shallownet.data;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Reads CSV: comma separated UTF-8, the first line names the columns, fields may be quoted, lines
 * end with LF, CRLF or CR. Blanks around names, numbers and labels don't count. Blank lines may
 * stand at the end only: elsewhere they would shift rows or hide a missing value.
 *
 * <p>The first block of the file is read as it comes, the following ones on all processors, each
 * apart, and put together in the file's order. From the first block on with which something is
 * wrong, the rest is read as it comes again, so that what is said about it doesn't depend on
 * blocks.
 */
final class CsvTableReader {
  /** Large enough to outweigh a task, small enough for a processor's own cache. */
  private static final int BLOCK_BYTES = 1 << 18;

  /** U+FEFF in UTF-8, which some tools write before the text. */
  private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

  private final RecordBlocks blocks;
  private final CsvRecords records;
  private final int threads;

  /** Blocks that are being read, in the file's order. */
  private final Queue<Pending> pending = new ArrayDeque<>();

  /** A block's text and the rows that will be read from it. */
  private record Pending(InputStream block, Future<@Nullable CsvRows> rows) {}

  private CsvTableReader(RecordBlocks blocks, CsvRecords records, int threads) {
    this.blocks = blocks;
    this.records = records;
    this.threads = threads;
  }

  static Table read(Path path, Columns wanted) throws IOException {
    return read(path, wanted, BLOCK_BYTES, Runtime.getRuntime().availableProcessors());
  }

  static Table read(Path path, Columns wanted, int blockBytes, int threads) throws IOException {
    MessageDigest digest = Fingerprint.newDigest();
    CsvRecords records = new CsvRecords(path.toString(), wanted);
    try (InputStream file = Files.newInputStream(path);
        InputStream stream = new DigestInputStream(file, digest)) {
      RecordBlocks blocks = new RecordBlocks(withoutByteOrderMark(stream), blockBytes);
      new CsvTableReader(blocks, records, threads).read();
    }
    return records.table(Fingerprint.of(digest));
  }

  private static InputStream withoutByteOrderMark(InputStream stream) throws IOException {
    byte[] start = stream.readNBytes(BYTE_ORDER_MARK.length);
    return Arrays.equals(start, BYTE_ORDER_MARK)
        ? stream
        : new SequenceInputStream(new ByteArrayInputStream(start), stream);
  }

  private void read() throws IOException {
    byte[] first = blocks.next();
    if (first != null) {
      records.read(new ByteArrayInputStream(first));
    }
    if (records.expectsRows()) {
      readBlocks();
    }
    List<InputStream> rest = new ArrayList<>();
    pending.forEach(each -> rest.add(each.block));
    rest.add(blocks.rest());
    records.read(new SequenceInputStream(Collections.enumeration(rest)));
  }

  /** Reads blocks up to the first with which something is wrong; the last ones are left pending. */
  private void readBlocks() throws IOException {
    byte[] block = blocks.next();
    if (block == null) {
      return;
    }
    ExecutorService workers = Executors.newFixedThreadPool(threads, CsvTableReader::worker);
    try {
      boolean well = true;
      while (well && block != null) {
        byte[] current = block;
        Future<@Nullable CsvRows> rows = workers.submit(() -> records.rowsOf(current));
        pending.add(new Pending(new ByteArrayInputStream(current), rows));
        well = pending.size() < 2 * threads || addFirst();
        block = well ? blocks.next() : null;
      }
      while (well && !pending.isEmpty()) {
        well = addFirst();
      }
    } finally {
      workers.shutdownNow();
    }
  }

  /** Adds the rows of the first pending block; false if something is wrong with it. */
  private boolean addFirst() throws IOException {
    CsvRows rows = result(pending.element().rows);
    if (rows == null) {
      return false;
    }
    pending.remove();
    records.add(rows);
    return true;
  }

  private static @Nullable CsvRows result(Future<@Nullable CsvRows> rows) throws IOException {
    try {
      return rows.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while reading a table");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  private static Thread worker(Runnable task) {
    Thread thread = new Thread(task, "shallownet-csv");
    thread.setDaemon(true);
    return thread;
  }
}

package org.shallownet.data.csv;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.PushbackInputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.DataException;
import org.shallownet.data.Fingerprint;
import org.shallownet.data.Table;
import org.shallownet.data.TableOptions;

/**
 * Reads CSV: UTF-8, perhaps packed by gzip, the first line names the columns, fields may be quoted,
 * lines end with LF, CRLF or CR. Blanks around names, numbers and labels don't count. Blank lines
 * are skipped.
 *
 * <p>The first block of the file is read as it comes, the following ones on all processors, each
 * apart, and put together in the file's order. From the first block on with which something is
 * wrong, the rest is read as it comes again, so that what is said about it doesn't depend on
 * blocks.
 */
final class CsvTableReader {
  /** Large enough to outweigh a task, small enough for a processor's own cache. */
  private static final int BLOCK_BYTES = 1 << 18;

  /** The first block has the header and shows what columns hold; it is read by one thread. */
  private static final int FIRST_BLOCK_BYTES = 1 << 14;

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

  /** A file and what it is called in messages. */
  record Named(String name, Path path) {}

  static Table read(List<Named> files, TableOptions options) throws IOException {
    return read(files, options, BLOCK_BYTES, Runtime.getRuntime().availableProcessors());
  }

  /** Reads a file. */
  static Table read(String name, Path path, TableOptions options, int blockBytes, int threads)
      throws IOException {
    return read(List.of(new Named(name, path)), options, blockBytes, threads);
  }

  private static Table read(List<Named> files, TableOptions options, int blockBytes, int threads)
      throws IOException {
    try {
      return readUnpacked(files, options, blockBytes, threads);
    } catch (ZipException | EOFException e) {
      throw new DataException(
          (files.size() == 1 ? files.get(0).name : "one of the files")
              + " is a damaged gzip file, cut off or changed; pack it again",
          e);
    }
  }

  /**
   * Reads files as one table.
   *
   * @param files at least one; the first shows how all are written
   */
  private static Table readUnpacked(
      List<Named> files, TableOptions options, int blockBytes, int threads) throws IOException {
    Named first = files.get(0);
    CsvSniffer.Finding found;
    try (InputStream stream = open(first.path)) {
      byte[] start = stream.readNBytes(BLOCK_BYTES);
      found = CsvSniffer.look(first.name, start, start.length == BLOCK_BYTES, options);
    }
    TableOptions decided = options.withFormat(found.format());
    int more = files.size() - 1;
    String together = more == 0 ? first.name : first.name + " and " + more + " more";
    // Columns are taken for numbers until a cell is none; then all is read again.
    Set<String> wordColumns = new HashSet<>();
    while (true) {
      MessageDigest digest = Fingerprint.newDigest();
      CsvRecords records = new CsvRecords(together, decided, wordColumns);
      for (Named each : files) {
        records.begin(each.name, found.columns());
        try (InputStream file = Files.newInputStream(each.path);
            InputStream stream = unpacked(new DigestInputStream(file, digest))) {
          RecordBlocks blocks =
              new RecordBlocks(
                  withoutByteOrderMark(stream),
                  found.format().fieldSeparator(),
                  Math.min(FIRST_BLOCK_BYTES, blockBytes),
                  blockBytes);
          new CsvTableReader(blocks, records, decided.format().comment() == null ? threads : 0)
              .read();
        }
        if (records.isToBeReadAgain()) {
          break;
        }
      }
      if (!records.isToBeReadAgain()) {
        return records.table(Fingerprint.of(digest)).withFormat(found.format());
      }
    }
  }

  /** The text of a file, unpacked and without a byte order mark. */
  static InputStream open(Path path) throws IOException {
    return withoutByteOrderMark(unpacked(Files.newInputStream(path)));
  }

  /** The text of a gzip file, told by its first bytes, or the stream as it is. */
  private static InputStream unpacked(InputStream stream) throws IOException {
    PushbackInputStream pushback = new PushbackInputStream(stream, 2);
    byte[] start = pushback.readNBytes(2);
    pushback.unread(start);
    boolean packed = start.length == 2 && start[0] == 0x1F && start[1] == (byte) 0x8B;
    return packed ? new GZIPInputStream(pushback, 1 << 16) : pushback;
  }

  private static InputStream withoutByteOrderMark(InputStream stream) throws IOException {
    byte[] start = stream.readNBytes(BYTE_ORDER_MARK.length);
    return Arrays.equals(start, BYTE_ORDER_MARK)
        ? stream
        : new SequenceInputStream(new ByteArrayInputStream(start), stream);
  }

  private void read() throws IOException {
    // Quotes in comments would mislead the blocks.
    byte[] first = threads > 0 ? blocks.next() : null;
    if (first != null) {
      records.read(new ByteArrayInputStream(first));
    }
    if (records.isToBeReadAgain()) {
      return;
    }
    if (records.expectsRows() && threads > 0) {
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

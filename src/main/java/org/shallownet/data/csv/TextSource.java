package org.shallownet.data.csv;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.DataException;

/**
 * The text of a UTF-8 file or of the rest of one. Invalid bytes and NUL characters are errors that
 * say their line.
 */
final class TextSource extends Reader {
  private static final int BUFFER_BYTES = 1 << 16;

  private final LongFunction<String> where;
  private final InputStream stream;
  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT);
  private final ByteBuffer bytes = ByteBuffer.allocate(BUFFER_BYTES).limit(0);
  private final CharBuffer chars = CharBuffer.allocate(BUFFER_BYTES).limit(0);
  private boolean endOfFile;

  /** What is wrong right after the characters. */
  private @Nullable String problem;

  /** The line ends so far. */
  private long lines;

  private boolean lastWasReturn;

  /**
   * The text of a stream.
   *
   * @param where says where a line is, for errors
   * @param lines how many lines come before it
   */
  TextSource(LongFunction<String> where, InputStream stream, long lines) {
    this.where = where;
    this.stream = stream;
    this.lines = lines;
  }

  /** The number of line ends that were read, with those before the stream. */
  long lines() {
    return lines;
  }

  /** The number of line ends in what was handed on, with those before the stream. */
  long linesTaken() {
    return lines - CsvGrammar.lineEnds(chars.array(), chars.position(), chars.remaining());
  }

  @Override
  public int read(char[] destination, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, destination.length);
    if (length == 0) {
      return 0;
    }
    while (!chars.hasRemaining()) {
      if (problem != null) {
        throw new DataException(where.apply(lines + 1) + ": " + problem);
      }
      if (endOfFile) {
        return -1;
      }
      decodeMore();
    }
    int n = Math.min(length, chars.remaining());
    chars.get(destination, offset, n);
    return n;
  }

  private void decodeMore() throws IOException {
    bytes.compact();
    int read = stream.read(bytes.array(), bytes.position(), bytes.remaining());
    if (read < 0) {
      endOfFile = true;
    } else {
      bytes.position(bytes.position() + read);
    }
    bytes.flip();
    chars.clear();
    CoderResult result = decoder.decode(bytes, chars, endOfFile);
    chars.flip();
    if (result.isError()) {
      problem =
          String.format("the byte 0x%02X is not valid UTF-8; ", bytes.get(bytes.position()))
              + "save the file as UTF-8 text";
    }
    countLines();
  }

  /** Counts line ends up to the first NUL, where the characters are made to end. */
  private void countLines() {
    char[] array = chars.array();
    for (int i = chars.position(); i < chars.limit(); i++) {
      char c = array[i];
      if (c <= '\r') {
        if (c == '\r' || (c == '\n' && !lastWasReturn)) {
          lines++;
        } else if (c == 0) {
          problem = "there is a NUL character, which no text has; save the table as CSV in UTF-8";
          chars.limit(i);
        }
        lastWasReturn = c == '\r';
      } else {
        lastWasReturn = false;
      }
    }
  }

  @Override
  public void close() throws IOException {
    stream.close();
  }
}

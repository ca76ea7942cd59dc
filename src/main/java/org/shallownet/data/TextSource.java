package org.shallownet.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Objects;

/**
 * The text of a UTF-8 file without its byte order mark. Invalid bytes and NUL characters are errors
 * that say their line; all bytes go through a digest.
 */
final class TextSource extends Reader {
  private static final int BUFFER_BYTES = 1 << 16;
  private static final char BYTE_ORDER_MARK = '\uFEFF';

  private final String file;
  private final InputStream stream;
  private final MessageDigest digest;
  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT);
  private final ByteBuffer bytes = ByteBuffer.allocate(BUFFER_BYTES).limit(0);
  private final CharBuffer chars = CharBuffer.allocate(BUFFER_BYTES).limit(0);
  private boolean endOfFile;
  private boolean started;
  private boolean malformed;

  /** The line of the next character to decode. */
  private long line = 1;

  private boolean lastWasReturn;

  TextSource(String file, InputStream stream, MessageDigest digest) {
    this.file = file;
    this.stream = stream;
    this.digest = digest;
  }

  @Override
  public int read(char[] destination, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, destination.length);
    if (length == 0) {
      return 0;
    }
    while (!chars.hasRemaining()) {
      if (malformed) {
        throw new DataException(
            at()
                + String.format("the byte 0x%02X is not valid UTF-8; ", bytes.get(bytes.position()))
                + "save the file as UTF-8 text");
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
      digest.update(bytes.array(), bytes.position(), read);
      bytes.position(bytes.position() + read);
    }
    bytes.flip();
    chars.clear();
    // What comes before an invalid byte is handed out first, so that errors come in file order.
    CoderResult result = decoder.decode(bytes, chars, endOfFile);
    malformed = result.isError();
    chars.flip();
    if (!started && chars.hasRemaining()) {
      started = true;
      if (chars.get(0) == BYTE_ORDER_MARK) {
        chars.get();
      }
    }
    countLines();
  }

  private void countLines() {
    char[] array = chars.array();
    for (int i = chars.position(); i < chars.limit(); i++) {
      char c = array[i];
      if (c <= '\r') {
        if (c == '\r' || (c == '\n' && !lastWasReturn)) {
          line++;
        } else if (c == 0) {
          throw new DataException(at() + "there is a NUL character; is this a text file?");
        }
        lastWasReturn = c == '\r';
      } else {
        lastWasReturn = false;
      }
    }
  }

  private String at() {
    return file + ", line " + line + ": ";
  }

  @Override
  public void close() throws IOException {
    stream.close();
  }
}

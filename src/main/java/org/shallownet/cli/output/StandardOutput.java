package org.shallownet.cli.output;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.file.FileSystemException;

/**
 * Standard output whose failures end the command. They are unchecked, since a {@code PrintStream}
 * swallows any {@code IOException} and the command would report success.
 */
public final class StandardOutput extends OutputStream {
  private final OutputStream destination;

  /** Writes to any stream as to standard output. */
  public StandardOutput(OutputStream destination) {
    this.destination = destination;
  }

  /** The process's own. */
  static StandardOutput ofProcess() {
    return new StandardOutput(new FileOutputStream(FileDescriptor.out));
  }

  /** Who read the output wants no more of it, as {@code head} does: no failure. */
  public static final class ReaderGoneException extends RuntimeException {
    private static final long serialVersionUID = 1;

    ReaderGoneException(IOException cause) {
      super(cause);
    }
  }

  @Override
  public void write(int b) {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    try {
      destination.write(bytes, offset, length);
    } catch (IOException e) {
      if (saysThatReaderIsGone(e)) {
        throw new ReaderGoneException(e);
      }
      throw new UncheckedIOException(
          new FileSystemException(
              "standard output", null, "it can't be written: " + e.getMessage()));
    }
  }

  /**
   * Java has no type for a pipe that nobody reads, only the system's words, in the language of the
   * locale. So they are compared with those about a pipe of our own that nobody reads.
   */
  private static boolean saysThatReaderIsGone(IOException failure) {
    try {
      Pipe pipe = Pipe.open();
      try (Pipe.SinkChannel sink = pipe.sink()) {
        pipe.source().close();
        sink.write(ByteBuffer.allocate(1));
        return false;
      } catch (IOException unread) {
        return unread.getMessage() != null && unread.getMessage().equals(failure.getMessage());
      }
    } catch (IOException noPipe) {
      return false;
    }
  }
}

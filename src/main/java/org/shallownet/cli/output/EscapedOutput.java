package org.shallownet.cli.output;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.shallownet.data.text.Printable;

/**
 * Passes on lines of UTF-8 with what is not seen in them escaped, but for tabs: what a table holds
 * must not drive a terminal. A line is passed on once its end is written.
 */
final class EscapedOutput extends OutputStream {
  private final OutputStream destination;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();

  EscapedOutput(OutputStream destination) {
    this.destination = destination;
  }

  @Override
  public void write(int b) throws IOException {
    if (b != '\n') {
      line.write(b);
      return;
    }
    String escaped =
        Arrays.stream(line.toString(StandardCharsets.UTF_8).split("\t", -1))
            .map(Printable::text)
            .collect(Collectors.joining("\t", "", "\n"));
    line.reset();
    destination.write(escaped.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void flush() throws IOException {
    destination.flush();
  }
}

package org.shallownet.cli.tensorboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RecordStreamTest {
  @Test
  void theChecksumIsMaskedCrc32c() {
    byte[] digits = "123456789".getBytes(StandardCharsets.US_ASCII);
    int checksum = 0xE3069283; // of these digits, as in RFC 3720 and elsewhere
    int masked = ((checksum >>> 15) | (checksum << 17)) + 0xa282ead8;
    assertThat(RecordStream.masked(digits, digits.length)).isEqualTo(masked);
  }

  @Test
  void aRecordIsLengthChecksumBytesChecksum() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] record = {1, 2, 3};
    try (RecordStream stream = new RecordStream(out)) {
      stream.write(record);
      stream.write(new byte[0]);
    }
    ByteBuffer bytes = ByteBuffer.wrap(out.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(bytes.remaining()).isEqualTo(3 + 16 + 16);
    assertThat(bytes.getLong()).isEqualTo(3);
    assertThat(bytes.getInt())
        .isEqualTo(RecordStream.masked(new byte[] {3, 0, 0, 0, 0, 0, 0, 0}, 8));
    byte[] read = new byte[3];
    bytes.get(read);
    assertThat(read).isEqualTo(record);
    assertThat(bytes.getInt()).isEqualTo(RecordStream.masked(record, 3));
    assertThat(bytes.getLong()).isZero();
  }

  @Test
  void anEventHasTimeStepAndValues() {
    byte[] event = EventMessages.scalars(2, 300, Map.of("a", 1.5));
    assertThat(event)
        .containsExactly(
            // field 1, float64 2.0
            0x09,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0x40,
            // field 2, integer 300
            0x10,
            0xac,
            0x02,
            // field 5: a summary of 10 bytes, of which field 1 is a value of 8: tag "a", 1.5f
            0x2a,
            10,
            0x0a,
            8,
            0x0a,
            1,
            'a',
            0x15,
            0,
            0,
            0xc0,
            0x3f);
  }

  @Test
  void aFileBeginsWithItsVersion() {
    String text = new String(EventMessages.version(0), StandardCharsets.ISO_8859_1);
    assertThat(text).endsWith("\u001a\rbrain.Event:2");
  }
}

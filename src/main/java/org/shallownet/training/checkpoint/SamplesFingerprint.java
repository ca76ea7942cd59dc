package org.shallownet.training.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import org.shallownet.backend.SampleSource;
import org.shallownet.data.Fingerprint;

/** What tells samples from others: the SHA-256 of all numbers as a network is trained on them. */
public final class SamplesFingerprint {
  /** Numbers that are read at a time, about. */
  private static final int BLOCK = 1 << 16;

  private SamplesFingerprint() {}

  /** Reads all samples. */
  public static String of(SampleSource source) {
    MessageDigest digest = Fingerprint.newDigest();
    int columns = source.featureColumns();
    int targets = source.targetColumns();
    int rows = (int) Math.min(source.rows(), Math.max(1, BLOCK / (columns + targets)));
    float[] x = new float[rows * columns];
    float[] y = new float[rows * targets];
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.max(16, Float.BYTES * Math.max(x.length, y.length)))
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(source.rows()).putInt(columns).putInt(targets);
    digest.update(bytes.flip());
    for (long first = 0; first < source.rows(); first += rows) {
      int count = (int) Math.min(rows, source.rows() - first);
      source.read(first, count, x, y);
      update(digest, x, count * columns, bytes);
      update(digest, y, count * targets, bytes);
    }
    return Fingerprint.of(digest);
  }

  private static void update(MessageDigest digest, float[] values, int count, ByteBuffer bytes) {
    bytes.clear();
    bytes.asFloatBuffer().put(values, 0, count);
    digest.update(bytes.limit(Float.BYTES * count));
  }
}

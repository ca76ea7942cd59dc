package org.shallownet.training.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import org.shallownet.data.Fingerprint;
import org.shallownet.network.Weights;

/** What tells a network's weights from others: the SHA-256 of all parameters in their order. */
public final class WeightsFingerprint {
  /** Numbers that are hashed at a time. */
  private static final int BLOCK = 1 << 16;

  private WeightsFingerprint() {}

  /** Reads all weights. */
  public static String of(Weights weights) {
    MessageDigest digest = Fingerprint.newDigest();
    float[] values = weights.toArray();
    ByteBuffer bytes =
        ByteBuffer.allocate(Float.BYTES * Math.min(BLOCK, values.length))
            .order(ByteOrder.LITTLE_ENDIAN);
    int first = 0;
    while (first < values.length) {
      int count = Math.min(BLOCK, values.length - first);
      bytes.clear();
      bytes.asFloatBuffer().put(values, first, count);
      digest.update(bytes.limit(Float.BYTES * count));
      first += count;
    }
    return Fingerprint.of(digest);
  }
}

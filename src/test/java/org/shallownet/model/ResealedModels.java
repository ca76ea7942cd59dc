package org.shallownet.model;

import com.google.protobuf.InvalidProtocolBufferException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.shallownet.model.onnx.OnnxAttribute;
import org.shallownet.model.onnx.OnnxDecoder;
import org.shallownet.model.onnx.OnnxEncoder;
import org.shallownet.model.onnx.OnnxModel;

/** Changed models of ours whose checksum says that they are whole. */
public final class ResealedModels {
  private ResealedModels() {}

  /** The model with the checksum of what is in it; null if it is none of ours. */
  public static byte @Nullable [] reseal(byte[] bytes) throws IOException {
    OnnxModel model;
    try {
      model = OnnxDecoder.decode(bytes);
    } catch (InvalidProtocolBufferException e) {
      return null;
    }
    boolean writable =
        model.graph().nodes().stream()
            .flatMap(node -> node.attributes().stream())
            .noneMatch(attribute -> attribute.kind() == OnnxAttribute.Kind.OTHER);
    if (!writable || !ModelReader.isOurs(model)) {
      return null;
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    OnnxEncoder.encode(ContentChecksum.addTo(model)).writeTo(out);
    return out.toByteArray();
  }
}

package org.shallownet.model;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** A model in ONNX Runtime, the judge of what our files mean. */
public final class Judge implements AutoCloseable {
  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;

  public Judge(byte[] model) throws OrtException {
    session = environment.createSession(model);
  }

  /** The outputs by their names: {@code float[][]} or {@code String[]}. */
  public Map<String, Object> score(float[][] features) throws OrtException {
    Map<String, Object> outputs = new HashMap<>();
    String input = session.getInputNames().iterator().next();
    try (OnnxTensor tensor = OnnxTensor.createTensor(environment, features);
        OrtSession.Result result = session.run(Map.of(input, tensor))) {
      for (var output : result) {
        outputs.put(output.getKey(), Objects.requireNonNull(output.getValue().getValue()));
      }
    }
    return outputs;
  }

  @Override
  public void close() throws OrtException {
    session.close();
  }
}

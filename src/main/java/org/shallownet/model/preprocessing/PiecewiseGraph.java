package org.shallownet.model.preprocessing;

import java.util.List;
import org.shallownet.data.preprocessing.PiecewiseLinear;
import org.shallownet.data.preprocessing.Standardizer;
import org.shallownet.model.onnx.OnnxAttribute;
import org.shallownet.model.onnx.OnnxNode;
import org.shallownet.model.onnx.OnnxTensor;

/**
 * The part of a model's graph that makes piecewise-linear inputs: {@code (Clip((x[column] - start)
 * factor, 0, 1) - mean) scale}.
 */
public final class PiecewiseGraph {
  public static final String COLUMN = "piece_column";
  public static final String START = "piece_start";
  public static final String FACTOR = "piece_factor";
  public static final String MEAN = "piece_mean";
  public static final String SCALE = "piece_scale";

  /** The plain inputs and behind them those of the intervals. */
  static final String ALL = "plain_and_pieces";

  private static final String NONE = "piece_none";
  private static final String WHOLE = "piece_whole";

  private PiecewiseGraph() {}

  /**
   * Adds nodes to a graph.
   *
   * @param raw the value that holds the plain inputs, not standardised
   * @param plain the value that holds them as networks read them
   * @return the value that holds all inputs
   */
  public static String add(
      PiecewiseLinear pieces,
      String raw,
      String plain,
      List<OnnxNode> nodes,
      List<OnnxTensor> constants) {
    int[] columns = pieces.columns();
    long[] wide = new long[columns.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = columns[i];
    }
    constants.add(OnnxTensor.ofIntegers(COLUMN, wide));
    constants.add(OnnxTensor.ofFloats(START, pieces.starts(), columns.length));
    constants.add(OnnxTensor.ofFloats(FACTOR, pieces.factors(), columns.length));
    constants.add(OnnxTensor.ofFloats(NONE, new float[] {0}));
    constants.add(OnnxTensor.ofFloats(WHOLE, new float[] {1}));
    OnnxAttribute axis = OnnxAttribute.integer("axis", 1);
    nodes.add(OnnxNode.of("Gather", "piece_gather", List.of(raw, COLUMN), "piece_raw", axis));
    nodes.add(OnnxNode.of("Sub", "piece_from", List.of("piece_raw", START), "piece_above"));
    nodes.add(OnnxNode.of("Mul", "piece_part", List.of("piece_above", FACTOR), "piece_share"));
    List<String> clip = List.of("piece_share", NONE, WHOLE);
    nodes.add(OnnxNode.of("Clip", "piece_clip", clip, "piece_clipped"));
    String result = "piece_clipped";
    Standardizer standardizer = pieces.standardizer();
    if (standardizer != null) {
      constants.add(OnnxTensor.ofFloats(MEAN, standardizer.mean(), columns.length));
      constants.add(OnnxTensor.ofFloats(SCALE, standardizer.factor(), columns.length));
      nodes.add(OnnxNode.of("Sub", "piece_center", List.of(result, MEAN), "piece_centered"));
      nodes.add(OnnxNode.of("Mul", "piece_rescale", List.of("piece_centered", SCALE), "pieces"));
      result = "pieces";
    }
    nodes.add(OnnxNode.of("Concat", "join_pieces", List.of(plain, result), ALL, axis));
    return ALL;
  }
}

package org.shallownet.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.shallownet.data.DataException;
import org.shallownet.model.onnx.OnnxGraph;
import org.shallownet.model.onnx.OnnxNode;
import org.shallownet.network.Activation;
import org.shallownet.network.HiddenLayer;
import org.shallownet.network.Weights;

/**
 * Checks that a graph of ours that another tool rewrote still applies the functions of its layers:
 * they are no numbers, which the checksum covers.
 */
final class GraphFunctions {
  /** ONNX Runtime's dense layer with its activation as an attribute. */
  private static final String FUSED = "FusedGemm";

  private static final Set<String> KNOWN =
      Set.of(
          "Relu",
          "LeakyRelu",
          "Tanh",
          "Sigmoid",
          "Softmax",
          "LogSoftmax",
          "Elu",
          "Celu",
          "Selu",
          "Gelu",
          "HardSigmoid",
          "HardSwish",
          "Mish",
          "PRelu",
          "Softplus",
          "Softsign",
          "Swish",
          "ThresholdedRelu",
          "Erf",
          "Exp",
          "Log",
          "Sqrt",
          "Clip",
          "Abs",
          "Hardmax");

  private GraphFunctions() {}

  /**
   * Compares the functions.
   *
   * @throws DataException if the graph applies others than the model
   */
  static void check(OnnxGraph graph, Model model) {
    List<String> found = new ArrayList<>();
    for (OnnxNode node : graph.nodes()) {
      String operator =
          node.operator().equals(FUSED) ? node.text("activation", FUSED) : node.operator();
      if (KNOWN.contains(operator)) {
        found.add(operator);
      }
    }
    List<String> expected = expected(model);
    Collections.sort(found);
    Collections.sort(expected);
    if (!found.equals(expected)) {
      throw new DataException(
          "its graph applies the functions "
              + found
              + ", but its layers "
              + expected
              + ": it is damaged or another tool changed it; restore it from a copy or train"
              + " again");
    }
  }

  private static List<String> expected(Model model) {
    List<String> functions = new ArrayList<>();
    if (model.preprocessing().pieces() != null) {
      functions.add("Clip");
    }
    for (Weights network : model.parts()) {
      for (HiddenLayer layer : network.spec().hidden()) {
        if (layer.activation() != Activation.IDENTITY) {
          functions.add(ModelWriter.operator(layer.activation()));
        }
      }
    }
    switch (model.output()) {
      case SIGMOID_CROSS_ENTROPY -> functions.add("Sigmoid");
      case SOFTMAX_CROSS_ENTROPY -> functions.add("Softmax");
      case EXPONENTIAL_POISSON -> functions.add("Exp");
      case IDENTITY_SQUARED_ERROR -> {}
    }
    return functions;
  }
}

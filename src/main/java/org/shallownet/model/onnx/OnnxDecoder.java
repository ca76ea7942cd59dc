package org.shallownet.model.onnx;

import static org.shallownet.model.onnx.WireReader.number;

import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.text.Printable;

/**
 * Reads models from ONNX's wire format in time that is linear in their size; fields that are not
 * needed are skipped. Each message is collected in a small class of its own, field by field, since
 * a file may hold them in any order.
 */
public final class OnnxDecoder {
  private final WireReader in;

  private OnnxDecoder(byte[] bytes) {
    in = new WireReader(bytes);
  }

  /**
   * The model in these bytes, which are not to change as long as it is used.
   *
   * @throws InvalidProtocolBufferException if they are not a whole ONNX file
   */
  public static OnnxModel decode(byte[] bytes) throws InvalidProtocolBufferException {
    try {
      return new OnnxDecoder(bytes).model();
    } catch (InvalidProtocolBufferException e) {
      throw e;
    } catch (IOException e) {
      throw new InvalidProtocolBufferException(e);
    }
  }

  private OnnxModel model() throws IOException {
    ModelFields model = new ModelFields();
    in.fields(model);
    in.end();
    return model.build();
  }

  private final class ModelFields implements WireReader.Field {
    private final Map<String, Long> opsets = new HashMap<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private long irVersion;
    private String producerName = "";
    private String producerVersion = "";
    private @Nullable OnnxGraph graph;

    @Override
    public void read(int tag) throws IOException {
      switch (number(tag)) {
        case 1 -> irVersion = in.integer(tag);
        case 2 -> producerName = in.text(tag);
        case 3 -> producerVersion = in.text(tag);
        case 7 -> graph = graph(tag);
        case 8 -> opset(tag);
        case 14 -> entry(tag, metadata);
        default -> in.skip(tag);
      }
    }

    private void opset(int tag) throws IOException {
      OpsetFields opset = new OpsetFields();
      in.message(tag, opset);
      opsets.put(ownDomain(opset.domain), opset.version);
    }

    OnnxModel build() throws InvalidProtocolBufferException {
      if (graph == null) {
        throw new InvalidProtocolBufferException("it has no graph");
      }
      return new OnnxModel(irVersion, producerName, producerVersion, opsets, graph, metadata);
    }
  }

  private final class OpsetFields implements WireReader.Field {
    private String domain = "";
    private long version;

    @Override
    public void read(int tag) throws IOException {
      switch (number(tag)) {
        case 1 -> domain = in.text(tag);
        case 2 -> version = in.integer(tag);
        default -> in.skip(tag);
      }
    }
  }

  /** ONNX's own operators have two names for their domain. */
  private static String ownDomain(String domain) {
    return domain.equals("ai.onnx") ? "" : domain;
  }

  private final class EntryFields implements WireReader.Field {
    private String key = "";
    private String value = "";

    @Override
    public void read(int tag) throws IOException {
      switch (number(tag)) {
        case 1 -> key = in.text(tag);
        case 2 -> value = in.text(tag);
        default -> in.skip(tag);
      }
    }
  }

  /** Reads a pair of texts into a map. */
  private void entry(int tag, Map<String, String> entries) throws IOException {
    EntryFields entry = new EntryFields();
    in.message(tag, entry);
    entries.put(entry.key, entry.value);
  }

  private OnnxGraph graph(int tag) throws IOException {
    GraphFields graph = new GraphFields();
    in.message(tag, graph);
    return new OnnxGraph(graph.name, graph.nodes, graph.initializers, graph.inputs, graph.outputs);
  }

  private final class GraphFields implements WireReader.Field {
    private final List<OnnxNode> nodes = new ArrayList<>();
    private final List<OnnxTensor> initializers = new ArrayList<>();
    private final List<OnnxValue> inputs = new ArrayList<>();
    private final List<OnnxValue> outputs = new ArrayList<>();
    private String name = "";

    @Override
    public void read(int tag) throws IOException {
      switch (number(tag)) {
        case 1 -> nodes.add(node(tag));
        case 2 -> name = in.text(tag);
        case 5 -> initializers.add(tensor(tag));
        case 11 -> inputs.add(value(tag));
        case 12 -> outputs.add(value(tag));
        default -> in.skip(tag);
      }
    }
  }

  private OnnxNode node(int tag) throws IOException {
    NodeFields node = new NodeFields();
    in.message(tag, node);
    return new OnnxNode(
        node.operator, node.domain, node.name, node.inputs, node.outputs, node.attributes);
  }

  private final class NodeFields implements WireReader.Field {
    private final List<String> inputs = new ArrayList<>();
    private final List<String> outputs = new ArrayList<>();
    private final List<OnnxAttribute> attributes = new ArrayList<>();
    private String operator = "";
    private String domain = "";
    private String name = "";

    @Override
    public void read(int tag) throws IOException {
      switch (number(tag)) {
        case 1 -> inputs.add(in.text(tag));
        case 2 -> outputs.add(in.text(tag));
        case 3 -> name = in.text(tag);
        case 4 -> operator = in.text(tag);
        case 5 -> attributes.add(attribute(tag));
        case 7 -> domain = ownDomain(in.text(tag));
        default -> in.skip(tag);
      }
    }
  }

  private OnnxAttribute attribute(int tag) throws IOException {
    AttributeFields attribute = new AttributeFields();
    in.message(tag, attribute);
    return attribute.build();
  }

  private final class AttributeFields implements WireReader.Field {
    private final NumberBytes reals = new NumberBytes();
    private final List<Long> integers = new ArrayList<>();
    private final List<String> texts = new ArrayList<>();
    private String name = "";
    private float real;
    private long integer;
    private String text = "";
    private @Nullable OnnxTensor tensor;
    private OnnxAttribute.Kind kind = OnnxAttribute.Kind.OTHER;

    @Override
    public void read(int tag) throws IOException {
      switch (number(tag)) {
        case 1 -> name = in.text(tag);
        case 2 -> real = in.real(tag);
        case 3 -> integer = in.integer(tag);
        case 4 -> text = in.text(tag);
        case 5 -> tensor = tensor(tag);
        case 7 -> in.reals(tag, reals);
        case 8 -> in.integers(tag, integers);
        case 9 -> texts.add(in.text(tag));
        case 20 -> kind = OnnxAttribute.Kind.of(in.code(tag));
        default -> in.skip(tag);
      }
    }

    OnnxAttribute build() throws InvalidProtocolBufferException {
      if (kind == OnnxAttribute.Kind.REALS) {
        return OnnxAttribute.reals(name, reals.buffer());
      } else if (kind == OnnxAttribute.Kind.TENSOR && tensor == null) {
        throw new InvalidProtocolBufferException(
            "attribute " + Printable.quoted(name) + " lacks its tensor");
      }
      return new OnnxAttribute(name, kind, real, integer, text, tensor, integers, texts);
    }
  }

  private OnnxTensor tensor(int tag) throws IOException {
    TensorFields tensor = new TensorFields();
    in.message(tag, tensor);
    return tensor.build();
  }

  private final class TensorFields implements WireReader.Field {
    private final List<Long> dimensions = new ArrayList<>();
    private final List<String> strings = new ArrayList<>();
    private final Map<String, String> external = new LinkedHashMap<>();
    private String name = "";
    private int type;
    private boolean isExternal;
    private NumberBytes numbers = new NumberBytes();
    private int numbersField;

    @Override
    public void read(int tag) throws IOException {
      switch (number(tag)) {
        case 1 -> in.integers(tag, dimensions);
        case 2 -> type = in.code(tag);
        case 4, 10 -> in.reals(tag, numbersOf(tag));
        case 5 -> in.integers(tag, Integer.BYTES, numbersOf(tag));
        case 6 -> strings.add(in.text(tag));
        case 7 -> in.integers(tag, Long.BYTES, numbersOf(tag));
        case 8 -> name = in.text(tag);
        case 9 -> {
          numbers = new NumberBytes(); // of bytes that are there twice, protobuf takes the last
          numbersOf(tag).add(in.bytes(tag));
        }
        case 13 -> {
          isExternal = true;
          entry(tag, external);
        }
        case 14 -> isExternal |= in.integer(tag) != 0;
        default -> in.skip(tag);
      }
    }

    /** What collects the numbers, which must all be of one field. */
    private NumberBytes numbersOf(int tag) throws InvalidProtocolBufferException {
      if (numbersField != 0 && numbersField != number(tag)) {
        throw new InvalidProtocolBufferException(
            "tensor " + Printable.quoted(name) + " holds its numbers twice");
      }
      numbersField = number(tag);
      return numbers;
    }

    OnnxTensor build() {
      return OnnxTensor.of(
          name, dimensions, type, numbers, numbersField, strings, isExternal ? external : null);
    }
  }

  private OnnxValue value(int tag) throws IOException {
    ValueFields value = new ValueFields();
    in.message(tag, value);
    return new OnnxValue(value.name, value.type, value.shape);
  }

  private final class ValueFields implements WireReader.Field {
    private String name = "";
    private int type;
    private @Nullable List<Long> shape;

    @Override
    public void read(int tag) throws IOException {
      switch (number(tag)) {
        case 1 -> name = in.text(tag);
        case 2 -> in.message(tag, this::readType);
        default -> in.skip(tag);
      }
    }

    private void readType(int tag) throws IOException {
      if (number(tag) == 1) {
        in.message(tag, this::readTensorType);
      } else {
        in.skip(tag);
      }
    }

    private void readTensorType(int tag) throws IOException {
      switch (number(tag)) {
        case 1 -> type = in.code(tag);
        case 2 -> {
          List<Long> dimensions = new ArrayList<>();
          in.message(tag, inner -> readDimension(inner, dimensions));
          shape = dimensions;
        }
        default -> in.skip(tag);
      }
    }

    private void readDimension(int tag, List<Long> dimensions) throws IOException {
      if (number(tag) != 1) {
        in.skip(tag);
        return;
      }
      int index = dimensions.size();
      dimensions.add(OnnxValue.ANY);
      in.message(
          tag,
          inner -> {
            if (number(inner) == 1) {
              dimensions.set(index, in.integer(inner));
            } else {
              in.skip(inner);
            }
          });
    }
  }
}

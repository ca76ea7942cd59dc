"""What ci/test-model-files.sh does in Python: makes tables, scores model files with ONNX Runtime and OpenCV as a user
would, and rewrites them as other tools do. Each command ends with an error if a number differs."""

import csv
import math
import random
import sys


def write(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def tables(folder):
    """For each model a table to learn from, one of 100,000 rows to score, and one with its first row alone."""
    for name, features, target in MAKERS:
        draw = random.Random(name)
        rows = [features(draw, True) for _ in range(400)]
        header = HEADERS[name]
        write(f"{folder}/{name}.csv", [header + ["y"]] + [row + [target(row)] for row in rows])
        many = [features(draw, False) for _ in range(100_000)]
        write(f"{folder}/{name}-many.csv", [header] + many)
        write(f"{folder}/{name}-one.csv", [header] + many[:1])
        write(f"{folder}/{name}-few.csv", [header] + many[:200])


HEADERS = {
    "numbers": ["a", "b", "c"],
    "gaps": ["height", "weight"],
    "mixed": ["größe", "цвет", "label", "n"],
    "price": ["area", "district"],
}


def numbers(draw, training):
    return [f"{draw.gauss(0, 1):.4f}", f"{draw.gauss(0, 1):.4f}", f"{draw.gauss(5000, 20):.2f}"]


def gaps(draw, training):
    return ["" if draw.random() < 0.1 else f"{draw.gauss(170, 10):.1f}", f"{draw.gauss(70, 9):.1f}"]


def mixed(draw, training):
    colours = ["красный", "синий", "grün", ""] + ([] if training else ["unseen", "RED"])
    size = "" if draw.random() < 0.1 else f"{draw.gauss(170, 10):.1f}"
    return [size, draw.choice(colours), draw.choice(["yes", "no"]), str(draw.randrange(5))]


def price(draw, training):
    return [f"{draw.gauss(80, 20):.1f}", draw.choice(["north", "south", "east"] + ([] if training else ["moon"]))]


MAKERS = [
    ("numbers", numbers, lambda row: "да" if float(row[0]) + float(row[1]) ** 2 > 0.7 else "нет"),
    ("gaps", gaps, lambda row: "tall" if float(row[0] or 165) > 175 else "heavy" if float(row[1]) > 72 else "other"),
    ("mixed", mixed, lambda row: "A" if float(row[0] or 170) > 175 else "B" if row[1] == "синий" else "C"),
    ("price", price, lambda row: f"{1e5 + 2000 * float(row[0]) - (30000 if row[1] == 'south' else 0):.0f}"),
]


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    return rows[0], rows[1:]


def compare(name, header, predictions, labels, values):
    """Compares what a runtime gives with the rows that `shallownet predict --probabilities` wrote."""
    assert len(values) == len(predictions), f"{name}: {len(values)} rows instead of {len(predictions)}"
    worst = 0.0
    for r, row in enumerate(predictions):
        expected = [float(cell) for cell in (row[1:] if len(header) > 1 else row)]
        for theirs, ours in zip(values[r], expected, strict=True):
            worst = max(worst, abs(float(theirs) - ours) / max(1.0, abs(ours)))
        if labels is not None and labels[r] != row[0]:
            first, second = sorted(expected)[-2:][::-1]
            assert first - second < 1e-5, f"{name}: row {r} is {labels[r]} instead of {row[0]}"
    assert worst <= 1e-5 and not math.isnan(worst), f"{name}: the largest difference is {worst}"
    print(f"  {name}: {len(predictions)} rows, largest difference {worst:.1e}")


def feeds(session, header, rows):
    """The inputs of a session: one table, or a column each by its name."""
    import numpy

    def number(cell):
        return float(cell) if cell else math.nan

    inputs = session.get_inputs()
    if len(inputs) == 1:
        return {inputs[0].name: numpy.array([[number(cell) for cell in row] for row in rows], numpy.float32)}
    columns = {}
    for c, given in enumerate(inputs):
        # A column by the name of a value of the graph has _input after it.
        assert given.name in (header[c], header[c] + "_input"), f"{given.name} is not {header[c]}"
        cells = [[row[c]] for row in rows]
        columns[given.name] = (
            numpy.array(cells, object)
            if given.type == "tensor(string)"
            else numpy.array([[number(cell)] for [cell] in cells], numpy.float32)
        )
    return columns


def score(model, table, predictions):
    import onnxruntime

    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    header, rows = read(table)
    outputs = dict(zip([output.name for output in session.get_outputs()], session.run(None, feeds(session, header, rows))))
    expected_header, expected = read(predictions)
    values = outputs["prediction"] if "prediction" in outputs else outputs["probabilities"]
    compare(f"ONNX Runtime for Python, {model}", expected_header, expected, outputs.get("label"), values)


def opencv(model, table, predictions):
    import cv2
    import numpy

    net = cv2.dnn.readNetFromONNX(model)
    _, rows = read(table)
    net.setInput(numpy.array(rows, numpy.float32))
    expected_header, expected = read(predictions)
    compare(f"OpenCV {cv2.__version__}, {model}", expected_header, expected, None, net.forward())


def rewrite(model, folder):
    """Writes the model as other tools do without changing a number, and once with a weight changed."""
    import onnx
    import onnxruntime
    from onnx import numpy_helper, version_converter

    def load():
        return onnx.load(model)

    annotated = load()
    annotated.metadata_props.add(key="author", value="somebody")
    annotated.doc_string = "a model with a note"
    onnx.save(annotated, f"{folder}/annotated.onnx")
    onnx.save(version_converter.convert_version(load(), 21), f"{folder}/opset-21.onnx")
    onnx.save(load(), f"{folder}/external.onnx", save_as_external_data=True, location="external.bin", size_threshold=0)
    listed = load()
    for tensor in listed.graph.initializer:
        if tensor.data_type == onnx.TensorProto.FLOAT:
            values = numpy_helper.to_array(tensor).flatten().tolist()
            tensor.ClearField("raw_data")
            tensor.float_data.extend(values)
    onnx.save(listed, f"{folder}/listed.onnx")
    for level in ("BASIC", "EXTENDED"):
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = getattr(onnxruntime.GraphOptimizationLevel, f"ORT_ENABLE_{level}")
        options.optimized_model_filepath = f"{folder}/optimized-{level.lower()}.onnx"
        options.log_severity_level = 3
        onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    changed = load()
    weights = next(tensor for tensor in changed.graph.initializer if tensor.name == "W1")
    numbers = numpy_helper.to_array(weights).copy()
    numbers[0, 0] += 1e-3
    weights.raw_data = numbers.tobytes()
    onnx.save(changed, f"{folder}/damaged.onnx")


def archives(folder):
    """A table as NumPy's own archives, compressed and not."""
    import numpy

    draw = numpy.random.default_rng(7)
    features = draw.normal(size=(300, 3))
    classes = (features.sum(axis=1) > 0).astype(numpy.int64)
    numpy.savez(f"{folder}/plain.npz", X=features, y=classes)
    numpy.savez_compressed(f"{folder}/compressed.npz", X=features.astype(numpy.float32), y=classes)


if __name__ == "__main__":
    commands = {f.__name__: f for f in (tables, score, opencv, rewrite, archives)}
    commands[sys.argv[1]](*sys.argv[2:])

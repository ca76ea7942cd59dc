"""Makes the chains of dense layers beside this script and what ONNX Runtime says about them.

Run with Python 3.11, torch 2.13.0, onnx 1.23.1, onnxruntime 1.30.0, numpy 2.4.6:
    python make_chains.py
Each NAME.csv holds rows of inputs followed by the outputs that ONNX Runtime computed from NAME.onnx.
"""

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper

rng = np.random.default_rng(5)


def exported(name, network, features, dynamic):
    """A network as PyTorch's exporter writes it, with a free or a fixed number of samples."""
    torch.onnx.export(
        network, (torch.zeros(1, features),), name + ".onnx", dynamo=False,
        input_names=["x"], output_names=["y"],
        dynamic_axes={"x": {0: "n"}, "y": {0: "n"}} if dynamic else None)


def expected(name, samples_are_columns=False, rows=4):
    session = onnxruntime.InferenceSession(name + ".onnx")
    shape = session.get_inputs()[0].shape
    x = rng.standard_normal((rows, shape[0 if samples_are_columns else 1])).astype(np.float32)
    feed = session.get_inputs()[0].name
    if samples_are_columns:
        y = session.run(None, {feed: x.T})[0].T
    elif shape[0] == 1:
        y = np.concatenate([session.run(None, {feed: row[None]})[0] for row in x])
    else:
        y = session.run(None, {feed: x})[0]
    np.savetxt(name + ".csv", np.hstack([x, y]), delimiter=",", fmt="%.9g")


def columns(name):
    """Samples as columns, W X + b, with weights as typed data instead of raw bytes."""
    def tensor(label, *shape):
        values = rng.standard_normal(shape).astype(np.float32)
        return helper.make_tensor(label, TensorProto.FLOAT, shape, values.ravel().tolist())

    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["W1", "x"], ["z"], "first"),
            helper.make_node("Add", ["z", "b1"], ["Z1"]),
            helper.make_node("Tanh", ["Z1"], ["A1"]),
            helper.make_node("Gemm", ["W2", "A1", "b2"], ["Z2"], transA=1),
            helper.make_node("Sigmoid", ["Z2"], ["y"]),
        ],
        "columns",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, "m"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, "m"])],
        [tensor("W1", 4, 2), tensor("b1", 4, 1), tensor("W2", 4, 1), tensor("b2", 1, 1)])
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 13)], producer_name="onnx.helper")
    model.ir_version = 8
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, name + ".onnx")


torch.manual_seed(7)
nn = torch.nn
exported(
    "torch-softmax",
    nn.Sequential(
        nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3), nn.Softmax(1)),
    3, dynamic=True)
exported(
    "torch-logit",
    nn.Sequential(nn.Linear(3, 4, bias=False), nn.LeakyReLU(0.01), nn.Linear(4, 1)),
    3, dynamic=False)
columns("columns-sigmoid")
expected("torch-softmax")
expected("torch-logit")
expected("columns-sigmoid", samples_are_columns=True)

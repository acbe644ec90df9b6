"""CLIP's two towers as ONNX graphs, written node by node from a hub state dict; weights stored in half precision.

Each weight is a float16 initializer followed by a Cast to float32, which ONNX Runtime folds when it loads the file.
"""

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper


class Graph:
    def __init__(self, state):
        self.state, self.nodes, self.weights, self.n = state, [], [], 0

    def node(self, kind, *inputs, name=None, **attributes):
        self.n += 1
        out = name or f"{kind.lower()}_{self.n}"
        self.nodes.append(helper.make_node(kind, list(inputs), [out], name=f"{kind}_{self.n}", **attributes))
        return out

    def constant(self, value, kind=np.int64):
        self.n += 1
        name = f"constant_{self.n}"
        self.weights.append(numpy_helper.from_array(np.asarray(value, kind), name))
        return name

    def weight(self, array, name):
        half = np.asarray(array, np.float32).astype(np.float16)
        if not np.isfinite(half).all():
            raise ValueError(f"{name} does not fit into half precision")
        self.weights.append(numpy_helper.from_array(half, name))
        return self.node("Cast", name, to=TensorProto.FLOAT)

    def linear(self, x, name):
        y = self.node("MatMul", x, self.weight(self.state[name + ".weight"].T, name + ".weight"))
        return self.node("Add", y, self.weight(self.state[name + ".bias"], name + ".bias"))

    def norm(self, x, name, eps):
        scale, bias = (self.weight(self.state[f"{name}.{k}"], f"{name}.{k}") for k in ("weight", "bias"))
        return self.node("LayerNormalization", x, scale, bias, axis=-1, epsilon=eps)

    def blocks(self, x, prefix, config, mask=None):
        width, heads = config["hidden_size"], config["num_attention_heads"]
        split = self.constant([0, 0, heads, width // heads])
        joined = self.constant([0, 0, width])
        scale = self.constant((width // heads) ** -0.5, np.float32)
        steep = self.constant(1.702, np.float32)
        for i in range(config["num_hidden_layers"]):
            p = f"{prefix}encoder.layers.{i}."
            y = self.norm(x, p + "layer_norm1", config["layer_norm_eps"])
            q, k, v = (self.node("Reshape", self.linear(y, f"{p}self_attn.{n}_proj"), split) for n in "qkv")
            q = self.node("Mul", self.node("Transpose", q, perm=[0, 2, 1, 3]), scale)
            s = self.node("MatMul", q, self.node("Transpose", k, perm=[0, 2, 3, 1]))
            if mask:
                s = self.node("Add", s, mask)
            y = self.node("MatMul", self.node("Softmax", s, axis=-1), self.node("Transpose", v, perm=[0, 2, 1, 3]))
            y = self.node("Reshape", self.node("Transpose", y, perm=[0, 2, 1, 3]), joined)
            x = self.node("Add", x, self.linear(y, p + "self_attn.out_proj"))
            y = self.linear(self.norm(x, p + "layer_norm2", config["layer_norm_eps"]), p + "mlp.fc1")
            y = self.node("Mul", y, self.node("Sigmoid", self.node("Mul", y, steep)))
            x = self.node("Add", x, self.linear(y, p + "mlp.fc2"))
        return x

    def model(self, name, given, made):
        graph = helper.make_graph(self.nodes, name, [given], [made], self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="streetdex")
        model.ir_version = 8
        checker.check_model(model, full_check=True)
        return model


def vision_model(state, config):
    v, g, p = config["vision_config"], Graph(state), "vision_model."
    width = v["hidden_size"]
    x = g.node("Conv", "pixel_values", g.weight(state[p + "embeddings.patch_embedding.weight"], "patch_embedding"),
               strides=[v["patch_size"]] * 2)
    x = g.node("Transpose", g.node("Reshape", x, g.constant([0, width, -1])), perm=[0, 2, 1])
    # The class token is repeated by the batch's size, which is only known when the graph runs.
    batch = g.node("Shape", "pixel_values", start=0, end=1)
    shape = g.node("Concat", batch, g.constant([1, width]), axis=0)
    cls = g.weight(state[p + "embeddings.class_embedding"].reshape(1, 1, -1), "class_embedding")
    x = g.node("Concat", g.node("Expand", cls, shape), x, axis=1)
    x = g.node("Add", x, g.weight(state[p + "embeddings.position_embedding.weight"], "position_embedding"))
    x = g.norm(x, p + "pre_layrnorm", v["layer_norm_eps"])
    x = g.blocks(x, p, v)
    x = g.node("Gather", x, g.constant(0), axis=1)
    x = g.norm(x, p + "post_layernorm", v["layer_norm_eps"])
    g.node("MatMul", x, g.weight(state["visual_projection.weight"].T, "visual_projection"), name="image_embeds")
    size = v["image_size"]
    return g.model("vision", helper.make_tensor_value_info("pixel_values", TensorProto.FLOAT, ["n", 3, size, size]),
                   helper.make_tensor_value_info("image_embeds", TensorProto.FLOAT, ["n", config["projection_dim"]]))


def text_model(state, config):
    t, g, p = config["text_config"], Graph(state), "text_model."
    positions = t["max_position_embeddings"]
    x = g.node("Gather", g.weight(state[p + "embeddings.token_embedding.weight"], "token_embedding"), "input_ids")
    length = g.node("Shape", "input_ids", start=1, end=2)
    zero, one = g.constant([0]), g.constant([1])
    place = g.weight(state[p + "embeddings.position_embedding.weight"], "position_embedding")
    x = g.node("Add", x, g.node("Slice", place, zero, length, zero, one))
    mask = g.constant(np.triu(np.full((positions, positions), -1e4), 1), np.float32)
    mask = g.node("Slice", mask, g.constant([0, 0]), g.node("Concat", length, length, axis=0), g.constant([0, 1]))
    x = g.norm(g.blocks(x, p, t, mask), p + "final_layer_norm", t["layer_norm_eps"])
    # Pooled at the first end token: ArgMax takes the first of equals.
    end = g.node("Cast", g.node("Equal", "input_ids", g.constant(t["eos_token_id"])), to=TensorProto.INT32)
    last = g.node("ArgMax", end, axis=1, keepdims=0)
    rows = g.node("Range", g.constant(0), g.node("Squeeze", g.node("Shape", "input_ids", start=0, end=1), zero),
                  g.constant(1))
    at = g.node("Concat", *(g.node("Unsqueeze", r, one) for r in (rows, last)), axis=1)
    x = g.node("GatherND", x, at)
    g.node("MatMul", x, g.weight(state["text_projection.weight"].T, "text_projection"), name="text_embeds")
    return g.model("text", helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["n", "len"]),
                   helper.make_tensor_value_info("text_embeds", TensorProto.FLOAT, ["n", config["projection_dim"]]))

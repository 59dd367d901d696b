"""all-MiniLM-L6-v2, the sentence encoder: BertModel as PyTorch exports it with opset 17.

Six layers of 12 heads and 384 channels; the weights are the model's own safetensors file. The
output is the last hidden state; a sentence's embedding is its mean over the unmasked tokens.
"""

import numpy as np

from lib import safetensors
from lib.graph import Graph

LAYERS, HEADS, HIDDEN, POSITIONS = 6, 12, 384, 512
LAYER_NORM_EPSILON = 9.999999960041972e-13  # 1e-12 in float32, as the exporter writes it


class Builder:
    def __init__(self, state):
        self.graph, self.state = Graph("minilm_l6"), state

    def linear(self, x, scope, name):
        """MatMul with the transposed weight, then Add with the bias first."""
        g = self.graph
        weight = g.init(f"{name}.weight", self.state[f"{name}.weight"].T)
        y = g.add("MatMul", [x, weight], scope)
        return g.add("Add", [g.init(f"{name}.bias", self.state[f"{name}.bias"]), y], scope)

    def layer_norm(self, x, scope, name, output=None):
        inputs = [x] + [
            self.graph.init(n, self.state[n]) for n in (f"{name}.weight", f"{name}.bias")
        ]
        return self.graph.add("LayerNormalization", inputs, scope, output=output, axis=-1,
                              epsilon=LAYER_NORM_EPSILON)  # fmt: skip

    def dim(self, x, axis, scope):
        g = self.graph
        shape = g.add("Shape", [x], scope)
        index = g.constant(np.array(axis, np.int64), scope)
        return g.add("Gather", [shape, index], scope, axis=0)

    def reshape(self, x, tail, scope):
        """Reshape to [batch, tokens, *tail], the leading two taken from `x` as it runs."""
        g, parts = self.graph, []
        for axis in (0, 1):
            zero = g.constant(np.array([0], np.int64), scope)
            parts.append(g.add("Unsqueeze", [self.dim(x, axis, scope), zero], scope))
        parts += [g.constant(np.array([n], np.int64), scope) for n in tail]
        return g.add("Reshape", [x, g.add("Concat", parts, scope, axis=0)], scope, allowzero=0)

    def attention(self, x, mask, scope, name):
        g, head = self.graph, (HEADS, HIDDEN // HEADS)
        query = self.linear(x, f"{scope}/query", f"{name}.query")
        key = self.linear(x, f"{scope}/key", f"{name}.key")
        key = self.reshape(key, head, scope)
        value = self.linear(x, f"{scope}/value", f"{name}.value")
        value = self.reshape(value, head, scope)
        value = g.add("Transpose", [value], scope, perm=[0, 2, 1, 3])
        query = self.reshape(query, head, scope)
        query = g.add("Transpose", [query], scope, perm=[0, 2, 1, 3])
        key = g.add("Transpose", [key], scope, perm=[0, 2, 3, 1])
        y = g.add("MatMul", [query, key], scope)
        root = g.constant(np.float32(np.sqrt(HIDDEN // HEADS)), scope)
        y = g.add("Div", [y, root], scope)
        y = g.add("Add", [y, mask], scope)
        y = g.add("Softmax", [y], scope, axis=-1)
        y = g.add("MatMul", [y, value], scope)
        y = g.add("Transpose", [y], scope, perm=[0, 2, 1, 3])
        return self.reshape(y, (HIDDEN,), scope)

    def gelu(self, x, scope):
        """0.5 x (1 + erf(x / sqrt 2)) as the exporter writes it."""
        g = self.graph
        y = g.add("Div", [x, g.constant(np.float32(np.sqrt(2.0)), scope)], scope)
        y = g.add("Erf", [y], scope)
        y = g.add("Add", [y, g.constant(np.float32(1), scope)], scope)
        y = g.add("Mul", [x, y], scope)
        return g.add("Mul", [y, g.constant(np.float32(0.5), scope)], scope)

    def layer(self, x, mask, index):
        g, name = self.graph, f"encoder.layer.{index}"
        scope, last = f"encoder/layer.{index}", index + 1 == LAYERS
        y = self.attention(x, mask, f"{scope}/attention/self", f"{name}.attention.self")
        at, part = f"{scope}/attention/output", f"{name}.attention.output"
        y = self.linear(y, f"{at}/dense", f"{part}.dense")
        y = g.add("Add", [y, x], at)
        x = self.layer_norm(y, f"{at}/LayerNorm", f"{part}.LayerNorm")
        y = self.linear(x, f"{scope}/intermediate/dense", f"{name}.intermediate.dense")
        y = self.gelu(y, f"{scope}/intermediate/intermediate_act_fn")
        y = self.linear(y, f"{scope}/output/dense", f"{name}.output.dense")
        y = g.add("Add", [y, x], f"{scope}/output")
        output = "last_hidden_state" if last else None
        return self.layer_norm(y, f"{scope}/output/LayerNorm", f"{name}.output.LayerNorm", output)

    def mask(self):
        """0 where the token counts, the lowest float32 where it is padding; [N,1,1,S]."""
        g, x = self.graph, "attention_mask"
        for axis in (1, 2):
            x = g.add("Unsqueeze", [x, g.constant(np.array([axis], np.int64))])
        x = g.add("Cast", [x], to=1)
        x = g.add("Sub", [g.constant(np.float32(1)), x])
        return g.add("Mul", [x, g.constant(np.finfo(np.float32).min)])

    def embeddings(self):
        g, scope = self.graph, "embeddings"

        def table(kind, index):
            name = f"embeddings.{kind}_embeddings.weight"
            weight = g.init(name, self.state[name])
            return g.add("Gather", [weight, index], f"{scope}/{kind}_embeddings")

        def vector(value):
            return g.constant(np.array([value], np.int64), scope)

        tokens = self.dim("input_ids", 1, scope)
        ids = g.constant(np.arange(POSITIONS, dtype=np.int64)[None], scope)
        axis, begin, zero = vector(1), vector(0), vector(0)
        end = g.add("Unsqueeze", [tokens, zero], scope)
        positions = g.add("Slice", [ids, begin, end, axis, vector(1)], scope)
        x = g.add("Add", [table("word", "input_ids"), table("token_type", "token_type_ids")], scope)
        x = g.add("Add", [x, table("position", positions)], scope)
        return self.layer_norm(x, f"{scope}/LayerNorm", "embeddings.LayerNorm")


def make(sources):
    b = Builder(safetensors.load(sources["model.safetensors"]))
    mask = b.mask()
    x = b.embeddings()
    for index in range(LAYERS):
        x = b.layer(x, mask, index)
    names = ("input_ids", "attention_mask", "token_type_ids")
    return b.graph.model(
        [(n, "INT64", ["N", "S"]) for n in names],
        [("last_hidden_state", "FLOAT", ["N", "S", HIDDEN])],
    ).SerializeToString()

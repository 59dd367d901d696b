#include <algorithm>

#include "support/batch_test.h"

using namespace vernier;
using namespace vernier::test;

namespace {

Tensor bytes(const std::vector<std::uint8_t>& values, const Shape& shape) {
  auto tensor = Tensor::allocate(DType::uint8, shape);
  REQUIRE(tensor);
  std::copy(values.begin(), values.end(), tensor->mutable_as<std::uint8_t>());
  return std::move(tensor).value();
}

/// What is given, as bytes.
ValueId bytes_of(Dsl& dsl, ValueId x) {
  return dsl.op("QuantizeLinear", {x, dsl.scalar(0.02F), dsl.constant(bytes({120}, {}))});
}

ValueId as_float(Dsl& dsl, ValueId x) { return dsl.op("Cast", {x}, {attr("to", 1)}); }

}  // namespace

TEST_CASE("dynamic batch: operators on pictures give each sample its own", "[passes]") {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({1, 4, 6, 6}));
  const auto channels = [&](float low) { return dsl.weight({4}, low, 2.0F); };
  ValueId y = ValueId::none;
  SECTION("Conv") { y = dsl.op("Conv", {x, dsl.weight({3, 4, 3, 3}), dsl.weight({3})}); }
  SECTION("ConvTranspose") { y = dsl.op("ConvTranspose", {x, dsl.weight({4, 2, 3, 3})}); }
  SECTION("ConvInteger") {
    const ValueId w = bytes_of(dsl, dsl.weight({3, 4, 3, 3}));
    y = as_float(dsl, dsl.op("ConvInteger", {bytes_of(dsl, x), w}));
  }
  SECTION("QLinearConv") {
    const ValueId zero = dsl.constant(bytes({120}, {}));
    const ValueId w = bytes_of(dsl, dsl.weight({3, 4, 3, 3}));
    const ValueId scale = dsl.scalar(0.02F);
    const std::vector<ValueId> inputs = {
        bytes_of(dsl, x), scale, zero, w, scale, zero, scale, zero};
    y = as_float(dsl, dsl.op("QLinearConv", inputs));
  }
  SECTION("MaxPool") { y = dsl.op("MaxPool", {x}, {attr("kernel_shape", {2, 2})}); }
  SECTION("AveragePool") { y = dsl.op("AveragePool", {x}, {attr("kernel_shape", {3, 2})}); }
  SECTION("LpPool") { y = dsl.op("LpPool", {x}, {attr("kernel_shape", {2, 2})}); }
  SECTION("GlobalAveragePool") { y = dsl.op("GlobalAveragePool", {x}); }
  SECTION("GlobalMaxPool") { y = dsl.op("GlobalMaxPool", {x}); }
  SECTION("GlobalLpPool") { y = dsl.op("GlobalLpPool", {x}); }
  SECTION("BatchNormalization") {
    const ValueId mean = channels(-1.0F);
    y = dsl.op("BatchNormalization", {x, channels(0.5F), channels(-1.0F), mean, channels(0.5F)});
  }
  SECTION("InstanceNormalization") {
    y = dsl.op("InstanceNormalization", {x, channels(0.5F), channels(-1.0F)});
  }
  SECTION("GroupNormalization") {
    y = dsl.op("GroupNormalization", {x, channels(0.5F), channels(-1.0F)}, {attr("num_groups", 2)});
  }
  SECTION("MeanVarianceNormalization") {
    y = dsl.op("MeanVarianceNormalization", {x}, {attr("axes", {2, 3})});
  }
  SECTION("LRN") { y = dsl.op("LRN", {x}, {attr("size", 3)}); }
  SECTION("DepthToSpace") { y = dsl.op("DepthToSpace", {x}, {attr("blocksize", 2)}); }
  SECTION("SpaceToDepth") { y = dsl.op("SpaceToDepth", {x}, {attr("blocksize", 2)}); }
  SECTION("GridSample with one grid for all") {
    y = dsl.op("GridSample", {x, dsl.weight({1, 3, 5, 2})});
  }
  SECTION("GridSample with a grid of each sample") {
    const ValueId grid = dsl.op("Reshape", {x, dsl.ints({1, 12, 6, 2})});
    y = dsl.op("GridSample", {dsl.weight({1, 2, 5, 5}), grid});
  }
  SECTION("Col2Im") {
    const ValueId columns = dsl.op("Reshape", {x, dsl.ints({1, 36, 4})});
    y = dsl.op("Col2Im", {columns, dsl.ints({5, 5}), dsl.ints({2, 2})}, {attr("strides", {3, 3})});
  }
  SECTION("scales of channels") {
    const ValueId q = bytes_of(dsl, x);
    const ValueId zeros = dsl.constant(bytes({120, 119, 121, 118}, {4}));
    y = dsl.op("DequantizeLinear", {q, channels(0.01F), zeros}, {attr("axis", 1)});
  }
  SECTION("one scale on the batch axis is that of all") {
    const ValueId scale = dsl.weight({1}, 0.01F, 0.02F);
    const ValueId zero = dsl.constant(bytes({120}, {1}));
    const ValueId q = dsl.op("QuantizeLinear", {x, scale, zero}, {attr("axis", 0)});
    y = dsl.op("DequantizeLinear", {q, scale, zero}, {attr("axis", 0)});
  }
  dsl.output("y", y);
  freed(dsl.build());
}

TEST_CASE("dynamic batch: operators on rows give each sample its own", "[passes]") {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({1, 4, 6}));
  ValueId y = ValueId::none;
  SECTION("Dropout") { y = dsl.op("Dropout", {x}); }
  SECTION("CastLike") { y = dsl.op("CastLike", {bytes_of(dsl, x), dsl.scalar(1.0F)}); }
  SECTION("CastLike of a constant") {
    y = dsl.op("Add", {x, dsl.op("CastLike", {dsl.ints({3}), x})});
  }
  SECTION("LogSoftmax") { y = dsl.op("LogSoftmax", {x}, {attr("axis", 1)}); }
  SECTION("Hardmax") { y = dsl.op("Hardmax", {x}, {attr("axis", 2)}); }
  SECTION("LpNormalization") { y = dsl.op("LpNormalization", {x}, {attr("axis", 1)}); }
  SECTION("LayerNormalization") {
    y = dsl.op("LayerNormalization", {x, dsl.weight({4, 6})}, {attr("axis", 1)});
  }
  SECTION("RMSNormalization") {
    y = dsl.op("RMSNormalization", {x, dsl.weight({6})}, {attr("axis", -1)});
  }
  SECTION("CumSum") { y = dsl.op("CumSum", {x, dsl.ints({1})}); }
  SECTION("Trilu") { y = dsl.op("Trilu", {x}); }
  SECTION("ArgMin") {
    y = as_float(dsl, dsl.op("ArgMin", {x}, {attr("axis", 1), attr("keepdims", 0)}));
  }
  SECTION("Unsqueeze in front") {
    const ValueId more = dsl.op("Unsqueeze", {x, dsl.ints({0, 3})});
    y = dsl.op("Transpose", {more}, {attr("perm", {1, 3, 0, 2, 4})});
  }
  SECTION("Gemm") {
    const ValueId row = dsl.op("Reshape", {x, dsl.ints({1, 24})});
    y = dsl.op("Gemm", {row, dsl.weight({24, 5}), dsl.weight({1, 5})});
  }
  SECTION("Gemm of columns") {
    const ValueId column = dsl.op("Transpose", {dsl.op("Reshape", {x, dsl.ints({1, 24})})});
    y = dsl.op("Gemm", {column, dsl.weight({5, 24})}, {attr("transA", 1), attr("transB", 1)});
  }
  SECTION("Gemm on the right") {
    const ValueId row = dsl.op("Reshape", {x, dsl.ints({1, 24})});
    const ValueId product = dsl.op("Gemm", {dsl.weight({5, 24}), row}, {attr("transB", 1)});
    y = dsl.op("Transpose", {product});
  }
  SECTION("MatMul on the right") { y = dsl.op("MatMul", {dsl.weight({5, 4}), x}); }
  SECTION("MatMulInteger") {
    const ValueId w = bytes_of(dsl, dsl.weight({6, 5}));
    y = as_float(dsl, dsl.op("MatMulInteger", {bytes_of(dsl, x), w}));
  }
  SECTION("QLinearMatMul") {
    const ValueId zero = dsl.constant(bytes({120}, {}));
    const ValueId w = bytes_of(dsl, dsl.weight({6, 5}));
    const ValueId scale = dsl.scalar(0.02F);
    const std::vector<ValueId> inputs = {
        bytes_of(dsl, x), scale, zero, w, scale, zero, scale, zero};
    y = as_float(dsl, dsl.op("QLinearMatMul", inputs));
  }
  SECTION("Einsum with spaces") {
    y = dsl.op("Einsum", {dsl.weight({6, 5}), x}, {attr("equation", "jk, bij -> bki")});
  }
  SECTION("RNN, samples first") {
    const auto rnn = dsl.ops("RNN", {x, dsl.weight({1, 3, 6}), dsl.weight({1, 3, 3})}, 2,
                             {attr("hidden_size", 3), attr("layout", 1)});
    y = dsl.op("Concat", {dsl.op("Flatten", {rnn[0]}), dsl.op("Flatten", {rnn[1]})},
               {attr("axis", 1)});
  }
  SECTION("ReverseSequence") {
    const ValueId steps = dsl.op("Transpose", {x}, {attr("perm", {1, 0, 2})});
    const ValueId turned = dsl.op("ReverseSequence", {steps, dsl.ints({3})});
    y = dsl.op("Transpose", {turned}, {attr("perm", {1, 0, 2})});
  }
  dsl.output("y", y);
  freed(dsl.build());
}

TEST_CASE("dynamic batch: Attention gives each sample its own", "[passes]") {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({1, 4, 6}));
  const ValueId k = dsl.op("MatMul", {x, dsl.weight({6, 6})});
  const std::vector<Attribute> heads = {attr("q_num_heads", 2), attr("kv_num_heads", 2)};
  ValueId y = ValueId::none;
  SECTION("of itself") { y = dsl.op("Attention", {x, k, x}, heads); }
  SECTION("a mask of all") { y = dsl.op("Attention", {x, k, x, dsl.weight({4, 4})}, heads); }
  SECTION("a mask that is broadcast") {
    y = dsl.op("Attention", {x, k, x, dsl.weight({1, 2, 4, 4})}, heads);
  }
  SECTION("a mask of each sample") {
    const ValueId scores =
        dsl.op("MatMul", {x, dsl.op("Transpose", {k}, {attr("perm", {0, 2, 1})})});
    const ValueId mask = dsl.op("Unsqueeze", {scores, dsl.ints({1})});
    y = dsl.op("Attention", {x, k, x, mask}, heads);
  }
  SECTION("keys and values of all") {
    y = dsl.op("Attention", {x, dsl.weight({1, 5, 6}), dsl.weight({1, 5, 6})}, heads);
  }
  SECTION("a cache of all") {
    const ValueId past = dsl.weight({1, 2, 3, 3});
    y = dsl.ops("Attention", {x, k, x, ValueId::none, past, past}, 3, heads)[0];
  }
  dsl.output("y", y);
  freed(dsl.build());
}

TEST_CASE("dynamic batch: what gathers and scatters beside the batch", "[passes]") {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({1, 4, 6}));
  const ValueId behind = dsl.op("Transpose", {x}, {attr("perm", {1, 0, 2})});  // [4,1,6]
  const auto places = [&](std::vector<std::int64_t> values, const Shape& shape) {
    return dsl.constant(Tensor::from_int64(values, shape));
  };
  ValueId y = ValueId::none;
  SECTION("Gather behind it") {
    y = dsl.op("Gather", {x, places({5, 0, 2, 2}, {2, 2})}, {attr("axis", 2)});
  }
  SECTION("Gather before it") {
    const ValueId picked = dsl.op("Gather", {behind, places({3, 0, 2, 2}, {2, 2})});
    y = dsl.op("Transpose", {picked}, {attr("perm", {2, 0, 1, 3})});
  }
  SECTION("Gather from a table") {
    const ValueId best = dsl.op("ArgMax", {x}, {attr("axis", 2), attr("keepdims", 0)});
    y = dsl.op("Gather", {dsl.weight({6, 3}), best});
  }
  SECTION("GatherElements") {
    y = dsl.op("GatherElements", {x, places({3, 1, 0, 2, 2, 0}, {1, 1, 6})}, {attr("axis", 1)});
  }
  SECTION("GatherND before it") {
    const ValueId picked = dsl.op("GatherND", {behind, places({3, 1}, {2, 1})});
    y = dsl.op("Transpose", {picked}, {attr("perm", {1, 0, 2})});
  }
  SECTION("GatherND from a table") {
    const ValueId best = dsl.op("ArgMax", {x}, {attr("axis", 2)});
    y = dsl.op("GatherND", {dsl.weight({6, 3}), best});
  }
  SECTION("ScatterElements") {
    y = dsl.op("ScatterElements", {x, places({3, 1, 0, 2, 2, 0}, {1, 1, 6}), dsl.weight({1, 1, 6})},
               {attr("axis", 1)});
  }
  SECTION("ScatterElements of each sample into a table of all") {
    const ValueId best = dsl.op("ArgMax", {x}, {attr("axis", 2)});  // [1,4,1]
    const ValueId largest = dsl.op("ReduceMax", {x, dsl.ints({2})});
    y = dsl.op("ScatterElements", {dsl.weight({1, 4, 6}), best, largest}, {attr("axis", 2)});
  }
  SECTION("ScatterND into each sample") {
    const ValueId put =
        dsl.op("ScatterND", {behind, places({2, 0}, {2, 1}), dsl.weight({2, 1, 6})});
    y = dsl.op("Transpose", {put}, {attr("perm", {1, 0, 2})});
  }
  SECTION("ScatterND of each sample into a table of all") {
    const ValueId put =
        dsl.op("ScatterND", {dsl.weight({7, 1, 6}), places({6, 1, 0, 3}, {4, 1}), behind});
    y = dsl.op("Transpose", {put}, {attr("perm", {1, 0, 2})});
  }
  SECTION("ScatterND of each sample into itself") {
    const ValueId put =
        dsl.op("ScatterND", {behind, places({2, 0, 1, 3}, {4, 1}), dsl.op("Exp", {behind})});
    y = dsl.op("Transpose", {put}, {attr("perm", {1, 0, 2})});
  }
  dsl.output("y", y);
  freed(dsl.build());
}

TEST_CASE("dynamic batch: rules that refuse", "[passes]") {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({1, 3, 4}));
  const auto reason = [&](ValueId y) {
    dsl.output("y", as_float(dsl, y));
    return refused(dsl.build());
  };
  const auto places = [&](std::vector<std::int64_t> values, const Shape& shape) {
    return dsl.constant(Tensor::from_int64(values, shape));
  };
  SECTION("ScatterND that addresses samples") {
    CHECK(reason(dsl.op("ScatterND", {x, places({0, 2}, {1, 2}), dsl.weight({1, 4})})) ==
          "ScatterND: its indices count samples");
  }
  SECTION("ScatterElements along the batch") {
    CHECK(reason(dsl.op("ScatterElements", {x, places({0}, {1, 1, 1}), dsl.weight({1, 1, 1})},
                        {attr("axis", 0)})) == "ScatterElements: its indices count samples");
  }
  SECTION("GatherElements along the batch") {
    CHECK(reason(dsl.op("GatherElements", {x, places({0}, {1, 1, 1})}, {attr("axis", 0)})) ==
          "GatherElements: its indices count samples");
  }
  SECTION("Attention over samples") {
    const ValueId turned = dsl.op("Transpose", {x}, {attr("perm", {1, 0, 2})});
    CHECK(reason(dsl.op("Attention", {turned, turned, turned},
                        {attr("q_num_heads", 2), attr("kv_num_heads", 2)})) ==
          "Attention: the batch is not its first axis");
  }
  SECTION("Conv over samples") {
    const ValueId turned = dsl.op("Transpose", {x}, {attr("perm", {1, 0, 2})});
    CHECK(reason(dsl.op("Conv", {turned, dsl.weight({2, 1, 3})})) ==
          "Conv: the batch is not its first axis");
  }
  SECTION("LayerNormalization") {
    CHECK(reason(dsl.op("LayerNormalization", {x, dsl.weight({1, 3, 4})}, {attr("axis", 0)})) ==
          "LayerNormalization: it normalises over the batch");
  }
  SECTION("MeanVarianceNormalization") {
    const ValueId picture = dsl.op("Unsqueeze", {x, dsl.ints({3})});
    CHECK(reason(dsl.op("MeanVarianceNormalization", {picture})) ==
          "MeanVarianceNormalization: it takes the mean of the batch");
  }
  SECTION("CumSum") {
    CHECK(reason(dsl.op("CumSum", {x, dsl.ints({0})})) == "CumSum: it sums over the batch");
  }
  SECTION("LpNormalization") {
    CHECK(reason(dsl.op("LpNormalization", {x}, {attr("axis", 0)})) ==
          "LpNormalization: it runs over the batch axis");
  }
  SECTION("ArgMax") {
    CHECK(reason(dsl.op("ArgMax", {x}, {attr("axis", 0)})) == "ArgMax: it reduces over the batch");
  }
  SECTION("Trilu") {
    const ValueId row = dsl.op("Reshape", {x, dsl.ints({1, 12})});
    CHECK(reason(dsl.op("Trilu", {row})) == "Trilu: the batch is a side of its triangle");
  }
  SECTION("the places of MaxPool") {
    const auto pooled = dsl.ops("MaxPool", {x}, 2, {attr("kernel_shape", {2})});
    CHECK(reason(pooled[1]) == "MaxPool: its indices count over the whole batch");
  }
  SECTION("DynamicQuantizeLinear") {
    CHECK(reason(dsl.ops("DynamicQuantizeLinear", {x}, 3)[0]) ==
          "DynamicQuantizeLinear: its scale is that of the whole batch");
  }
  SECTION("Unique") {
    CHECK(reason(dsl.op("Unique", {x})) == "Unique: its result has no axis for the samples");
  }
  SECTION("Gemm of samples") {
    const ValueId row = dsl.op("Reshape", {x, dsl.ints({1, 12})});
    CHECK(reason(dsl.op("Gemm", {row, row}, {attr("transB", 1)})) ==
          "Gemm: it multiplies samples with each other");
  }
  SECTION("Gemm over samples") {
    const ValueId row = dsl.op("Reshape", {x, dsl.ints({1, 12})});
    CHECK(reason(dsl.op("Gemm", {row, dsl.weight({1, 5})}, {attr("transA", 1)})) ==
          "Gemm: it sums over the batch");
  }
  SECTION("weights of an LSTM") {
    const ValueId weight = dsl.op("Reshape", {x, dsl.ints({1, 4, 3})});
    const ValueId steps = dsl.weight({5, 1, 3});
    CHECK(reason(dsl.ops("LSTM", {steps, weight, dsl.weight({1, 4, 1})}, 1,
                         {attr("hidden_size", 1)})[0]) == "LSTM: its weights have a batch");
  }
}

TEST_CASE("dynamic batch: scales of each of several samples are refused", "[passes]") {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({2, 3}));
  const ValueId zeros = dsl.constant(bytes({120, 120}, {2}));
  const ValueId scales = dsl.weight({2}, 0.01F, 0.02F);
  dsl.output("y", as_float(dsl, dsl.op("QuantizeLinear", {x, scales, zeros}, {attr("axis", 0)})));
  CHECK(refused(dsl.build()) == "QuantizeLinear: its scales run over the batch");
}

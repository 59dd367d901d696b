#include "support/batch_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("dynamic batch: a Reshape copies the batch or leaves it open", "[passes]") {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({1, 12, 8}));
  SECTION("copied beside an open size") {
    dsl.output("y", dsl.op("Reshape", {x, dsl.ints({1, -1, 4})}));
    REQUIRE(freed(dsl.build()).rewritten.at(0).find("[1,-1,4] -> [0,-1,4]") != std::string::npos);
  }
  SECTION("joined to another axis and taken apart again") {
    const ValueId rows = dsl.op("Reshape", {x, dsl.ints({12, 8})});
    const ValueId product = dsl.op("MatMul", {rows, dsl.weight({8, 6})});
    dsl.output("y", dsl.op("Reshape", {product, dsl.ints({1, 12, 6})}));
    const auto report = freed(dsl.build());
    REQUIRE(report.rewritten.at(0).find("[12,8] -> [-1,8]") != std::string::npos);
    REQUIRE(report.rewritten.at(1).find("[1,12,6] -> [-1,12,6]") != std::string::npos);
  }
  SECTION("joined while another size was the open one") {
    const ValueId rows = dsl.op("Reshape", {x, dsl.ints({24, -1})});
    dsl.output("y", dsl.op("Reshape", {rows, dsl.ints({1, 12, 8})}));
    REQUIRE(freed(dsl.build()).rewritten.at(0).find("[24,-1] -> [-1,4]") != std::string::npos);
  }
  SECTION("windows as a shifted-window transformer makes them") {
    const ValueId grid = dsl.op("Reshape", {x, dsl.ints({1, 2, 2, 3, 2, 4})});
    const ValueId order = dsl.op("Transpose", {grid}, {attr("perm", {0, 1, 3, 2, 4, 5})});
    const ValueId windows = dsl.op("Reshape", {order, dsl.ints({6, 4, 4})});
    const ValueId scores =
        dsl.op("MatMul", {windows, dsl.op("Transpose", {windows}, {attr("perm", {0, 2, 1})})});
    const ValueId masked = dsl.op("Add", {scores, dsl.weight({6, 4, 4})});
    dsl.output("y", dsl.op("Reshape", {masked, dsl.ints({1, 6, 16})}));
    const auto report = freed(dsl.build());
    REQUIRE(report.rewritten.size() == 4);  // the mask is that of every sample, too
  }
}

TEST_CASE("dynamic batch: a 1 that is no batch stays", "[passes]") {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({1, 6}));
  const ValueId table = dsl.op("Reshape", {dsl.weight({6}), dsl.ints({1, 6})});
  const ValueId column = dsl.op("Reshape", {dsl.op("Exp", {table}), dsl.ints({1, 6})});
  dsl.output("y", dsl.op("Mul", {x, column}));
  REQUIRE(freed(dsl.build()).rewritten.empty());
}

TEST_CASE("dynamic batch: what was made for one sample is repeated", "[passes]") {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({1, 4, 6}));
  SECTION("a token joined to each sample") {
    dsl.output("y", dsl.op("Concat", {dsl.weight({1, 1, 6}), x}, {attr("axis", 1)}));
    REQUIRE(freed(dsl.build()).rewritten.size() == 1);
  }
  SECTION("the first state of an LSTM") {
    const ValueId steps = dsl.op("Transpose", {x}, {attr("perm", {1, 0, 2})});
    const ValueId state = dsl.weight({1, 1, 3});
    const auto lstm = dsl.ops("LSTM",
                              {steps, dsl.weight({1, 12, 6}), dsl.weight({1, 12, 3}),
                               dsl.weight({1, 24}), ValueId::none, state, state},
                              3, {attr("hidden_size", 3)});
    dsl.output("y", dsl.op("Transpose", {dsl.op("Squeeze", {lstm[1], dsl.ints({0})})},
                           {attr("perm", {0, 1})}));
    REQUIRE(freed(dsl.build()).rewritten.size() == 2);
  }
  SECTION("a state made by ConstantOfShape") {
    const ValueId steps = dsl.op("Transpose", {x}, {attr("perm", {1, 0, 2})});
    const ValueId state = dsl.op("ConstantOfShape", {dsl.ints({1, 1, 3})});
    const auto gru = dsl.ops(
        "GRU",
        {steps, dsl.weight({1, 9, 6}), dsl.weight({1, 9, 3}), ValueId::none, ValueId::none, state},
        2, {attr("hidden_size", 3)});
    dsl.output("y", dsl.op("Squeeze", {gru[1], dsl.ints({0})}));
    REQUIRE(freed(dsl.build()).rewritten.size() == 1);
  }
}

TEST_CASE("dynamic batch: other sizes that were written down", "[passes]") {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({1, 2, 4, 4}));
  SECTION("Expand") {
    const ValueId mean = dsl.op("ReduceMean", {x, dsl.ints({2, 3})});
    dsl.output("y", dsl.op("Expand", {mean, dsl.ints({1, 2, 4, 4})}));
    REQUIRE(freed(dsl.build()).rewritten.empty());  // 1 keeps any batch
  }
  SECTION("sizes of a Resize are computed") {
    dsl.output("y", dsl.op("Resize", {x, ValueId::none, ValueId::none, dsl.ints({1, 2, 8, 8})}));
    const auto report = freed(dsl.build());
    REQUIRE(report.rewritten.at(0).find("[1,2,8,8] -> [batch,2,8,8]") != std::string::npos);
  }
  SECTION("the end of a Slice") {
    dsl.output("y", dsl.op("Slice", {x, dsl.ints({0, 1}), dsl.ints({1, 3}), dsl.ints({0, 2})}));
    REQUIRE(freed(dsl.build()).rewritten.size() == 1);
  }
  SECTION("sizes that are computed from Shape need nothing") {
    const ValueId first = dsl.op("Gather", {dsl.op("Shape", {x}), dsl.ints({0})});
    const ValueId target = dsl.op("Concat", {first, dsl.ints({32})}, {attr("axis", 0)});
    dsl.output("y", dsl.op("Reshape", {x, target}));
    REQUIRE(freed(dsl.build()).rewritten.empty());
  }
  SECTION("sizes that are computed without the batch are replaced") {
    const ValueId rest = dsl.op("Gather", {dsl.op("Shape", {x}), dsl.ints({1, 2})});
    const ValueId target =
        dsl.op("Concat", {dsl.ints({1}), rest, dsl.ints({4})}, {attr("axis", 0)});
    dsl.output("y", dsl.op("Reshape", {x, target}));
    REQUIRE(freed(dsl.build()).rewritten.size() == 1);
  }
}

TEST_CASE("dynamic batch: a batch larger than one", "[passes]") {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({2, 3, 4}));
  SECTION("joined, and repeated constants are those of one sample") {
    std::vector<float> twice;
    for (int i = 0; i < 24; ++i) twice.push_back(static_cast<float>(i % 12));
    const ValueId table = dsl.constant(Tensor::from_float(twice, {2, 3, 4}));
    const ValueId rows = dsl.op("Reshape", {dsl.op("Add", {x, table}), dsl.ints({6, 4})});
    dsl.output("y", dsl.op("Reshape", {dsl.op("Relu", {rows}), dsl.ints({2, 12})}));
    REQUIRE(freed(dsl.build(), 2).rewritten.size() == 3);
  }
  SECTION("a Squeeze without axes gets them") {
    const ValueId one = dsl.op("Reshape", {x, dsl.ints({1, 2, 1, 12})});
    dsl.output("y", dsl.op("Squeeze", {one}));
    const auto report = freed(dsl.build(), 2);
    REQUIRE(report.rewritten.back().find("(Squeeze): none -> [0,2]") != std::string::npos);
  }
  SECTION("a Squeeze that finds nothing to remove") {
    dsl.output("y", dsl.op("Squeeze", {x}));
    REQUIRE(refused(dsl.build()) == "Squeeze: it would remove a batch of 1");
  }
  SECTION("a constant with other numbers for each sample") {
    dsl.output("y", dsl.op("Add", {x, dsl.weight({2, 3, 4})}));
    REQUIRE(refused(dsl.build()) == "Add: the constant 'c0' has other numbers for each sample");
  }
}

TEST_CASE("dynamic batch: what holds for one batch only is refused", "[passes]") {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({1, 3, 4}));
  const auto reason = [&](ValueId y) {
    dsl.output("y", dsl.op("Exp", {y}));
    return refused(dsl.build());
  };
  SECTION("Squeeze") {
    REQUIRE(reason(dsl.op("Squeeze", {x, dsl.ints({0})})) == "Squeeze: it removes the batch axis");
  }
  SECTION("Flatten") {
    REQUIRE(reason(dsl.op("Flatten", {x}, {attr("axis", 0)})) ==
            "Flatten: it joins the batch to the values of a sample");
  }
  SECTION("reduction") {
    REQUIRE(reason(dsl.op("ReduceMax", {x, dsl.ints({0, 1})})) ==
            "ReduceMax: it reduces over the batch");
  }
  SECTION("Softmax") {
    REQUIRE(reason(dsl.op("Softmax", {x}, {attr("axis", 0)})) ==
            "Softmax: it runs over the batch axis");
  }
  SECTION("Gather") {
    REQUIRE(reason(dsl.op("Gather", {x, dsl.ints({0})}, {attr("axis", 0)})) ==
            "Gather: it picks samples of the batch");
  }
  SECTION("a product over the batch") {
    const ValueId flat = dsl.op("Reshape", {x, dsl.ints({1, 12})});
    REQUIRE(reason(dsl.op("MatMul", {dsl.weight({5, 1}), flat})) ==
            "MatMul: it sums over the batch");
  }
  SECTION("one sample times another") {
    const ValueId flat = dsl.op("Reshape", {x, dsl.ints({1, 12})});
    const ValueId other = dsl.op("Transpose", {flat});
    REQUIRE(reason(dsl.op("MatMul", {flat, other})) ==
            "MatMul: it multiplies samples with each other");
  }
  SECTION("a mean of the batch's size") {
    const ValueId size = dsl.op("Cast", {dsl.op("Size", {x})}, {attr("to", 1)});
    REQUIRE(reason(dsl.op("Div", {x, size})) ==
            "Div: it mixes samples with a number that follows the batch");
  }
  SECTION("positions") {
    REQUIRE(reason(dsl.op("Cast", {dsl.op("NonZero", {x})}, {attr("to", 1)})) ==
            "NonZero: its result has no axis for the samples");
  }
}

TEST_CASE("dynamic batch: more operators let it pass", "[passes]") {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({1, 4, 6}));
  SECTION("Split beside it") {
    const auto parts = dsl.ops("Split", {x, dsl.ints({2, 4})}, 2, {attr("axis", -1)});
    dsl.output("a", parts[0]);
    dsl.output("b", parts[1]);
  }
  SECTION("Tile beside it") { dsl.output("y", dsl.op("Tile", {x, dsl.ints({1, 3, 2})})); }
  SECTION("Pad beside it") { dsl.output("y", dsl.op("Pad", {x, dsl.ints({0, 1, 2, 0, 0, 1})})); }
  SECTION("Pad of some axes") {
    dsl.output("y", dsl.op("Pad", {x, dsl.ints({1, 1}), ValueId::none, dsl.ints({-1})}));
  }
  SECTION("TopK of each row") {
    dsl.output("y", dsl.ops("TopK", {x, dsl.ints({2})}, 2, {attr("axis", 2)})[0]);
  }
  SECTION("Einsum that keeps its label") {
    dsl.output("y", dsl.op("Einsum", {x, dsl.weight({6, 5})}, {attr("equation", "bij,jk->bki")}));
  }
  SECTION("Einsum of a sample with itself") {
    dsl.output("y", dsl.op("Einsum", {x, x}, {attr("equation", "bij,bkj->bik")}));
  }
  SECTION("GatherND behind shared batch axes") {
    const ValueId places =
        dsl.constant(Tensor::from_int64(std::vector<std::int64_t>{2, 0}, {1, 2, 1}));
    dsl.output("y", dsl.op("GatherND", {x, places}, {attr("batch_dims", 1)}));
  }
  SECTION("OneHot of a row's largest") {
    const ValueId best = dsl.op("ArgMax", {x}, {attr("axis", 2), attr("keepdims", 0)});
    const ValueId values = dsl.constant(Tensor::from_float(std::vector<float>{0.5F, 2.0F}, {2}));
    dsl.output("y", dsl.op("OneHot", {best, dsl.ints({6}), values}, {attr("axis", 1)}));
  }
  freed(dsl.build());
}

TEST_CASE("dynamic batch: operators that reach into it are refused", "[passes]") {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({1, 3, 4}));
  const auto reason = [&](ValueId y) {
    dsl.output("y", dsl.op("Exp", {y}));
    return refused(dsl.build());
  };
  SECTION("Split") {
    const ValueId part = dsl.ops("Split", {x, dsl.ints({1})}, 1, {attr("axis", 0)})[0];
    REQUIRE(reason(part) == "Split: it splits the batch");
  }
  SECTION("Tile") {
    REQUIRE(reason(dsl.op("Tile", {x, dsl.ints({2, 1, 1})})) == "Tile: it repeats the samples");
  }
  SECTION("Pad") {
    REQUIRE(reason(dsl.op("Pad", {x, dsl.ints({1, 0, 0, 0, 0, 0})})) ==
            "Pad: it pads the batch axis");
  }
  SECTION("TopK") {
    REQUIRE(reason(dsl.ops("TopK", {x, dsl.ints({1})}, 2, {attr("axis", 0)})[0]) ==
            "TopK: it sorts the batch");
  }
  SECTION("Einsum") {
    REQUIRE(reason(dsl.op("Einsum", {x}, {attr("equation", "bij->ij")})) ==
            "Einsum: it sums over the batch");
  }
  SECTION("GatherND") {
    const ValueId places =
        dsl.constant(Tensor::from_int64(std::vector<std::int64_t>{0, 2}, {1, 2}));
    REQUIRE(reason(dsl.op("GatherND", {x, places})) == "GatherND: its indices count samples");
  }
}

#include "support/pass_test.h"

using namespace vernier;
using namespace vernier::test;

namespace {

struct Case {
  Dsl dsl;
  ValueId x = dsl.input("x", f32({"N", 4, 6, 6}));
  ValueId norm(ValueId v, std::int64_t channels) {
    return dsl.op("BatchNormalization",
                  {v, dsl.weight({channels}, 0.5F, 1.5F), dsl.weight({channels}),
                   dsl.weight({channels}), dsl.weight({channels}, 0.5F, 2.0F)},
                  {attr("epsilon", 1e-3F)});
  }
  Graph done(ValueId y) {
    dsl.output("y", y);
    return dsl.build();
  }
};
std::vector<Tensor> data() { return {random_tensor({2, 4, 6, 6}, 3)}; }

}  // namespace

TEST_CASE("fuse_conv_batch_norm folds into weight and bias", "[passes]") {
  Case c;
  const auto check = [&](ValueId linear, std::int64_t channels, const char* op) {
    const PassRun run =
        run_pass(c.done(c.norm(linear, channels)), fuse_conv_batch_norm_pass(), data(), 1e-5);
    INFO(print(run.graph));
    REQUIRE(count_ops(run.graph, "") == 1);
    REQUIRE(only(run.graph, op).inputs.size() == 3);
  };
  SECTION("Conv without bias") {
    check(c.dsl.op("Conv", {c.x, c.dsl.weight({8, 4, 3, 3})}), 8, "Conv");
  }
  SECTION("Conv with bias and groups") {
    check(c.dsl.op("Conv", {c.x, c.dsl.weight({8, 2, 3, 3}), c.dsl.weight({8})},
                   {attr("group", 2), attr("pads", {1, 1, 1, 1})}),
          8, "Conv");
  }
  SECTION("ConvTranspose with groups") {
    check(c.dsl.op("ConvTranspose", {c.x, c.dsl.weight({4, 3, 2, 2})}, {attr("group", 2)}), 6,
          "ConvTranspose");
  }
}

TEST_CASE("fuse_conv_batch_norm folds into Gemm", "[passes]") {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({3, 4}));
  const auto check = [&](ValueId gemm) {
    dsl.output("y", dsl.op("BatchNormalization", {gemm, dsl.weight({5}), dsl.weight({5}),
                                                  dsl.weight({5}), dsl.weight({5}, 0.5F, 2.0F)}));
    const PassRun run =
        run_pass(dsl.build(), fuse_conv_batch_norm_pass(), {random_tensor({3, 4}, 1)}, 1e-5);
    REQUIRE(count_ops(run.graph, "") == 1);
  };
  SECTION("transposed weight, alpha and beta") {
    check(dsl.op("Gemm", {x, dsl.weight({5, 4}), dsl.weight({5})},
                 {attr("transB", 1), attr("alpha", 0.5F), attr("beta", 3.0F)}));
  }
  SECTION("plain weight, no bias") { check(dsl.op("Gemm", {x, dsl.weight({4, 5})})); }
}

TEST_CASE("fuse_conv_batch_norm says what forbids it", "[passes]") {
  Case c;
  const Pass& pass = fuse_conv_batch_norm_pass();
  SECTION("another reader") {
    const ValueId conv = c.dsl.op("Conv", {c.x, c.dsl.weight({8, 4, 3, 3})});
    c.dsl.output("conv", conv);
    REQUIRE(run_idle(c.done(c.norm(conv, 8)), pass, data())
                .blocked("the convolution's output has other uses") == 1);
  }
  SECTION("weight that is computed") {
    const ValueId w = c.dsl.op("Neg", {c.dsl.weight({8, 4, 3, 3})});
    REQUIRE(run_idle(c.done(c.norm(c.dsl.op("Conv", {c.x, w}), 8)), pass, data())
                .blocked("the weight is not constant") == 1);
  }
  SECTION("bias that differs between rows") {
    Dsl dsl;
    const ValueId x = dsl.input("x", f32({3, 4}));
    const ValueId gemm = dsl.op("Gemm", {x, dsl.weight({4, 5}), dsl.weight({3, 1})});
    dsl.output("y", dsl.op("BatchNormalization", {gemm, dsl.weight({5}), dsl.weight({5}),
                                                  dsl.weight({5}), dsl.weight({5}, 1, 2)}));
    REQUIRE(run_idle(dsl.build(), pass, {random_tensor({3, 4}, 1)})
                .blocked("the bias differs between rows") == 1);
  }
  SECTION("no convolution") { run_idle(c.done(c.norm(c.dsl.op("Neg", {c.x}), 4)), pass, data()); }
}

TEST_CASE("fuse_conv_batch_norm reads misaligned weights", "[passes]") {
  const Tensor weight = random_tensor({8, 4, 1, 1}, 9);
  auto bytes = std::make_shared<std::vector<std::byte>>(weight.byte_count() + 1);
  std::copy_n(weight.data(), weight.byte_count(), bytes->data() + 1);
  const Tensor shifted = Tensor::borrow(DType::float32, weight.shape(), bytes->data() + 1, bytes);
  REQUIRE_FALSE(shifted.aligned());
  Case c;
  const PassRun run = run_pass(c.done(c.norm(c.dsl.op("Conv", {c.x, c.dsl.constant(shifted)}), 8)),
                               fuse_conv_batch_norm_pass(), data(), 1e-5);
  REQUIRE(run.applied() == 1);
}

TEST_CASE("a budget that is too small stops weight folding", "[passes]") {
  Case c;
  Graph graph = c.done(c.norm(c.dsl.op("Conv", {c.x, c.dsl.weight({8, 4, 3, 3})}), 8));
  RewriteOptions options;
  options.budget = std::make_shared<MemoryBudget>(64);
  const auto report = run_passes(graph, options);
  REQUIRE_FALSE(report);
  REQUIRE(report.error().code == Errc::limit);
  REQUIRE(report.error().message.find("fuse_conv_batch_norm") != std::string::npos);
}

TEST_CASE("fuse_conv_scale folds arithmetic with per-channel constants", "[passes]") {
  Case c;
  const ValueId conv = c.dsl.op("Conv", {c.x, c.dsl.weight({8, 4, 3, 3}), c.dsl.weight({8})});
  const auto check = [&](ValueId y) {
    const PassRun run = run_pass(c.done(y), fuse_conv_scale_pass(), data(), 1e-5);
    INFO(print(run.graph));
    REQUIRE(count_ops(run.graph, "") == 1);
  };
  SECTION("Mul") { check(c.dsl.op("Mul", {conv, c.dsl.weight({1, 8, 1, 1})})); }
  SECTION("Add") { check(c.dsl.op("Add", {c.dsl.weight({8, 1, 1}), conv})); }
  SECTION("Div") { check(c.dsl.op("Div", {conv, c.dsl.weight({8, 1, 1}, 1, 2)})); }
  SECTION("Sub from the left and the right") {
    check(c.dsl.op("Sub", {c.dsl.scalar(2.0F), c.dsl.op("Sub", {conv, c.dsl.weight({8, 1, 1})})}));
  }
}

TEST_CASE("fuse_conv_scale leaves other constants", "[passes]") {
  Case c;
  const ValueId conv = c.dsl.op("Conv", {c.x, c.dsl.weight({4, 4, 3, 3})});
  const char* reason = "the constant is not one value for each channel";
  SECTION("along the last dim") {
    REQUIRE(
        run_idle(c.done(c.dsl.op("Mul", {conv, c.dsl.weight({4})})), fuse_conv_scale_pass(), data())
            .blocked(reason) == 1);
  }
  SECTION("more dims than the output") {
    REQUIRE(run_idle(c.done(c.dsl.op("Mul", {conv, c.dsl.weight({2, 1, 1, 1, 1})})),
                     fuse_conv_scale_pass(), data())
                .blocked(reason) == 1);
  }
  SECTION("constant divided by it") {
    run_idle(c.done(c.dsl.op("Div", {c.dsl.scalar(1.0F), conv})), fuse_conv_scale_pass(), data());
  }
  SECTION("not constant") {
    run_idle(c.done(c.dsl.op("Mul", {conv, c.dsl.op("Relu", {conv})})), fuse_conv_scale_pass(),
             data());
  }
}

TEST_CASE("fuse_pad_conv moves zeros into the convolution", "[passes]") {
  Case c;
  SECTION("all axes") {
    const ValueId pad = c.dsl.op("Pad", {c.x, c.dsl.ints({0, 0, 1, 2, 0, 0, 3, 0})});
    const PassRun run = run_pass(
        c.done(c.dsl.op("Conv", {pad, c.dsl.weight({2, 4, 3, 3})}, {attr("pads", {1, 0, 0, 1})})),
        fuse_pad_conv_pass(), data());
    REQUIRE(count_ops(run.graph, "") == 1);
  }
  SECTION("named axes") {
    const ValueId pad =
        c.dsl.op("Pad", {c.x, c.dsl.ints({1, 2, 3, 0}), c.dsl.scalar(0.0F), c.dsl.ints({-1, 2})});
    const PassRun run = run_pass(c.done(c.dsl.op("Conv", {pad, c.dsl.weight({2, 4, 3, 3})})),
                                 fuse_pad_conv_pass(), data());
    REQUIRE(count_ops(run.graph, "") == 1);
  }
}

TEST_CASE("fuse_pad_conv says what forbids it", "[passes]") {
  Case c;
  const Pass& pass = fuse_pad_conv_pass();
  const auto conv = [&](ValueId pad, std::vector<Attribute> attributes = {}) {
    return c.done(c.dsl.op("Conv", {pad, c.dsl.weight({2, 4, 3, 3})}, std::move(attributes)));
  };
  const ValueId pads = c.dsl.ints({0, 0, 1, 1, 0, 0, 1, 1});
  SECTION("other values") {
    REQUIRE(run_idle(conv(c.dsl.op("Pad", {c.x, pads, c.dsl.scalar(1.0F)})), pass, data())
                .blocked("the padding is not known to be zero") == 1);
  }
  SECTION("reflection") {
    REQUIRE(run_idle(conv(c.dsl.op("Pad", {c.x, pads}, {attr("mode", "reflect")})), pass, data())
                .blocked("the padding is not constant") == 1);
  }
  SECTION("cropping") {
    const ValueId crop = c.dsl.ints({0, 0, -1, 0, 0, 0, 0, 0});
    REQUIRE(run_idle(conv(c.dsl.op("Pad", {c.x, crop})), pass, data())
                .blocked("the pads are negative") == 1);
  }
  SECTION("batch") {
    const ValueId batch = c.dsl.ints({1, 0, 0, 0, 0, 0, 0, 0});
    REQUIRE(run_idle(conv(c.dsl.op("Pad", {c.x, batch})), pass, data())
                .blocked("batch or channels are padded") == 1);
  }
  SECTION("automatic padding") {
    REQUIRE(
        run_idle(conv(c.dsl.op("Pad", {c.x, pads}), {attr("auto_pad", "SAME_UPPER")}), pass, data())
            .blocked("the convolution pads automatically") == 1);
  }
}

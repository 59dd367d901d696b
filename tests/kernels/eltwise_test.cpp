#include "backend/cpu/kernels/eltwise/eltwise.h"
#include "backend/cpu/kernels/eltwise/select.h"
#include "kernels/kernel_check.h"

using namespace vernier;
using kernel_check::GuardedFloats;
using kernel_check::host_runs;
using kernel_check::Rng;

namespace {

double unary(UnaryOp op, double x, double a, double b) {
  const auto sigmoid = [](double v) { return 1 / (1 + std::exp(-v)); };
  const auto softplus = [](double v) {
    return std::max(v, 0.0) + std::log1p(std::exp(-std::fabs(v)));
  };
  switch (op) {
    case UnaryOp::relu:
      return std::max(x, 0.0);
    case UnaryOp::clip:
      return std::min(b, std::max(a, x));
    case UnaryOp::sigmoid:
      return sigmoid(x);
    case UnaryOp::tanh:
      return std::tanh(x);
    case UnaryOp::exp:
      return std::exp(x);
    case UnaryOp::log:
      return std::log(x);
    case UnaryOp::sqrt:
      return std::sqrt(x);
    case UnaryOp::neg:
      return -x;
    case UnaryOp::abs:
      return std::fabs(x);
    case UnaryOp::erf:
      return std::erf(x);
    case UnaryOp::floor:
      return std::floor(x);
    case UnaryOp::ceil:
      return std::ceil(x);
    case UnaryOp::round:
      return std::nearbyint(x);
    case UnaryOp::reciprocal:
      return 1 / x;
    case UnaryOp::leaky_relu:
      return x < 0 ? a * x : x;
    case UnaryOp::hard_sigmoid:
      return std::min(1.0, std::max(0.0, a * x + b));
    case UnaryOp::hard_swish:
      return x * std::min(1.0, std::max(0.0, x / 6 + 0.5));
    case UnaryOp::swish:
      return x * sigmoid(a * x);
    case UnaryOp::silu:
      return x * sigmoid(x);
    case UnaryOp::gelu_erf:
      return 0.5 * x * (1 + std::erf(x * std::sqrt(0.5)));
    case UnaryOp::gelu_tanh:
      return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x)));
    case UnaryOp::elu:
      return x < 0 ? a * std::expm1(x) : x;
    case UnaryOp::selu:
      return b * (x <= 0 ? a * std::expm1(x) : x);
    case UnaryOp::celu:
      return x < 0 ? a * std::expm1(x / a) : x;
    case UnaryOp::softplus:
      return softplus(x);
    case UnaryOp::softsign:
      return x / (1 + std::fabs(x));
    case UnaryOp::mish:
      return x * std::tanh(softplus(x));
    case UnaryOp::sign:
      return (x > 0) - (x < 0);
    case UnaryOp::thresholded_relu:
      return x > a ? x : 0;
    case UnaryOp::shrink:
      return x < -a ? x + b : x > a ? x - b : 0;
    case UnaryOp::square:
      return x * x;
    case UnaryOp::cube:
      return x * x * x;
    default:
      return 0;
  }
}

double binary(BinaryOp op, double a, double b) {
  switch (op) {
    case BinaryOp::add:
      return a + b;
    case BinaryOp::sub:
      return a - b;
    case BinaryOp::mul:
      return a * b;
    case BinaryOp::div:
      return a / b;
    case BinaryOp::max:
      return std::max(a, b);
    case BinaryOp::min:
      return std::min(a, b);
    case BinaryOp::prelu:
      return a < 0 ? a * b : a;
    default:
      return 0;
  }
}

bool near(float got, double want) {
  const double eps = static_cast<double>(std::numeric_limits<float>::epsilon());
  return std::fabs(static_cast<double>(got) - want) <= 12 * eps * std::max(0.25, std::fabs(want));
}

void check_unary(const EltwiseF32Kernel& kernel) {
  for (size_t op = 0; op < static_cast<size_t>(UnaryOp::count_f32); ++op) {
    for (ptrdiff_t n = 1; n <= 70; n += (n < 20 ? 1 : 7)) {
      GuardedFloats x(static_cast<size_t>(2 * n + 3));
      GuardedFloats y(static_cast<size_t>(2 * n + 5));
      Rng rng(op * 100 + static_cast<uint64_t>(n));
      const bool positive =
          op == static_cast<size_t>(UnaryOp::log) || op == static_cast<size_t>(UnaryOp::sqrt);
      for (size_t i = 0; i < x.size(); ++i) {
        x.data()[i] = positive ? std::fabs(rng.value()) * 9 + 0.1F : rng.value() * 5;
      }
      kernel_check::fill_canary(&y);
      EltwiseArgs args{};
      args.x[0] = x.data();
      args.y = y.data();
      args.rows = 2;
      args.n = n;
      args.y_step = args.step[0] = 1;
      args.pitch[0] = n + 3;
      args.y_pitch = n + 5;
      args.alpha = 0.6F;
      args.beta = 1.3F;
      kernel.unary[op](args);
      INFO("op " << op << " n " << n);
      for (ptrdiff_t r = 0; r < 2; ++r) {
        for (ptrdiff_t i = 0; i < n; ++i) {
          const double want =
              unary(static_cast<UnaryOp>(op), static_cast<double>(x[r * (n + 3) + i]),
                    static_cast<double>(args.alpha), static_cast<double>(args.beta));
          INFO("x " << x[r * (n + 3) + i] << " got " << y[r * (n + 5) + i] << " want " << want);
          REQUIRE(near(y[r * (n + 5) + i], want));
        }
      }
      for (ptrdiff_t i = n; i < n + 5; ++i) REQUIRE(y[i] == kernel_check::kCanary);
    }
  }
}

// Every combination of moving and fixed operands, and steps that only the buffered path takes.
void check_binary(const EltwiseF32Kernel& kernel) {
  for (size_t op = 0; op < static_cast<size_t>(BinaryOp::count_f32); ++op) {
    for (const ptrdiff_t n : {1, 5, 16, 33, 64, 97, 1300}) {
      for (const auto& [sa, sb, sy] : {std::tuple<ptrdiff_t, ptrdiff_t, ptrdiff_t>{1, 1, 1},
                                       {1, 0, 1},
                                       {0, 1, 1},
                                       {0, 0, 1},
                                       {2, 1, 1},
                                       {1, 3, 1},
                                       {1, 1, 2},
                                       {0, 2, 3}}) {
        GuardedFloats a(static_cast<size_t>((n - 1) * sa + 1));
        GuardedFloats b(static_cast<size_t>((n - 1) * sb + 1));
        GuardedFloats y(static_cast<size_t>((n - 1) * sy + 1));
        Rng rng(op);
        rng.fill(a.data(), a.size());
        for (size_t i = 0; i < b.size(); ++i) b.data()[i] = std::fabs(rng.value()) + 0.5F;
        kernel_check::fill_canary(&y);
        EltwiseArgs args{};
        args.x[0] = a.data();
        args.x[1] = b.data();
        args.y = y.data();
        args.rows = 1;
        args.n = n;
        args.step[0] = sa;
        args.step[1] = sb;
        args.y_step = sy;
        eltwise_f32_run(kernel.binary[op], 2, args);
        INFO("op " << op << " n " << n << " steps " << sa << sb << sy);
        for (ptrdiff_t i = 0; i < n; ++i) {
          REQUIRE(near(y[i * sy], binary(static_cast<BinaryOp>(op), static_cast<double>(a[i * sa]),
                                         static_cast<double>(b[i * sb]))));
          for (ptrdiff_t gap = 1; gap < sy && i + 1 < n; ++gap) {
            REQUIRE(y[i * sy + gap] == kernel_check::kCanary);
          }
        }
      }
    }
  }
}

void check_scale_shift(const EltwiseF32Kernel& kernel) {
  for (const auto& [sb, sc] : {std::pair<ptrdiff_t, ptrdiff_t>{0, 0}, {0, 1}, {1, 0}, {1, 1}}) {
    constexpr ptrdiff_t kN = 53;
    GuardedFloats a(kN);
    GuardedFloats b(static_cast<size_t>((kN - 1) * sb + 1));
    GuardedFloats c(static_cast<size_t>((kN - 1) * sc + 1));
    GuardedFloats y(kN);
    Rng rng(3);
    for (GuardedFloats* p : {&a, &b, &c}) rng.fill(p->data(), p->size());
    EltwiseArgs args{};
    args.x[0] = a.data();
    args.x[1] = b.data();
    args.x[2] = c.data();
    args.y = y.data();
    args.rows = 1;
    args.n = kN;
    args.y_step = args.step[0] = 1;
    args.step[1] = sb;
    args.step[2] = sc;
    kernel.scale_shift(args);
    for (ptrdiff_t i = 0; i < kN; ++i) {
      REQUIRE(near(y[i], static_cast<double>(a[i]) * static_cast<double>(b[i * sb]) +
                             static_cast<double>(c[i * sc])));
    }
  }
}

}  // namespace

#define VERNIER_ELTWISE_F32(isa, kernel)           \
  TEST_CASE("eltwise " #kernel) {                  \
    if (!host_runs(IsaTier::isa, #kernel)) return; \
    check_unary(kernel);                           \
    check_binary(kernel);                          \
    check_scale_shift(kernel);                     \
  }
#include "backend/cpu/kernels/eltwise/kernels.inc"
#undef VERNIER_ELTWISE_F32

TEST_CASE("integer division never traps") {
  const EltwiseFn divide = eltwise_typed_binary(BinaryOp::div, DType::int32);
  const EltwiseFn modulo = eltwise_typed_binary(BinaryOp::mod, DType::int32);
  const int32_t a[] = {std::numeric_limits<int32_t>::min(), 7, -7, 5};
  const int32_t b[] = {-1, 2, 2, 0};
  int32_t y[4] = {};
  EltwiseArgs args{};
  args.x[0] = a;
  args.x[1] = b;
  args.y = y;
  args.rows = 1;
  args.y_step = args.step[0] = args.step[1] = 1;
  args.n = 3;
  CHECK(divide(args));
  CHECK(y[0] == std::numeric_limits<int32_t>::min());
  CHECK(y[1] == 3);
  CHECK(y[2] == -3);
  CHECK(modulo(args));
  CHECK(y[0] == 0);
  CHECK(y[2] == 1);
  args.n = 4;
  CHECK_FALSE(divide(args));
  CHECK_FALSE(modulo(args));
}

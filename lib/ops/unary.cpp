#include "ops/unary.h"

namespace vernier {
namespace {

template <class T>
void run(const TensorView& in, const MutTensorView& out,
         void (*row_function)(T*, std::int64_t, const OpParams&), const OpParams& params) {
  std::array<T, kRowLength> row;
  for_each_row<2>(in.shape, {in.strides, out.strides},
                  [&](const auto& at, const auto& stride, std::int64_t count) {
                    load_row(in.dtype, element_ptr(in, at[0]), stride[0], count, row.data());
                    row_function(row.data(), count, params);
                    store_row(out.dtype, element_ptr(out, at[1]), stride[1], count, row.data());
                  });
}

}  // namespace

Result<void> map_unary(EvalContext& context, const UnaryRows& rows, DType output) {
  const TensorView& in = context.input(0);
  const Lane lane = lane_of(in.dtype);
  const bool known = (lane == Lane::real && rows.real != nullptr) ||
                     (lane == Lane::signed_int && rows.signed_int != nullptr) ||
                     (lane == Lane::unsigned_int && rows.unsigned_int != nullptr);
  if (!known) return unsupported_dtype(in.dtype);
  VERNIER_ASSIGN(const MutTensorView out,
                 context.output(0, output == DType::undefined ? in.dtype : output, in.shape));
  if (lane == Lane::real) {
    run(in, out, rows.real, context.params());
  } else if (lane == Lane::signed_int) {
    run(in, out, rows.signed_int, context.params());
  } else {
    run(in, out, rows.unsigned_int, context.params());
  }
  return {};
}

}  // namespace vernier

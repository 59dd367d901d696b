#include "ops/equal.h"

#include <string>

#include "ops/binary.h"
#include "tensor/strided.h"

namespace vernier {
namespace {

template <class T>
bool compare(T a, T b) {
  return a == b;
}
Result<void> reference(EvalContext& context) {
  const TensorView& x = context.input(0);
  const TensorView& y = context.input(1);
  if (x.dtype != DType::string) {
    return eval_comparison<compare<double>, compare<std::int64_t>, compare<std::uint64_t>>(context);
  }
  VERNIER_ASSIGN(const Shape shape, broadcast_shapes(x.shape, y.shape));
  VERNIER_ASSIGN(const MutTensorView z, context.output(0, DType::boolean, shape));
  for_each_offset<3>(shape,
                     {broadcast_strides(x.shape, x.strides, shape),
                      broadcast_strides(y.shape, y.strides, shape), z.strides},
                     [&](const auto& at) {
                       z.as<bool>()[at[2]] =
                           x.as<std::string>()[at[0]] == y.as<std::string>()[at[1]];
                     });
  return {};
}
constexpr DTypeSet kComparable = kNumbers | kBool | dtype_set(DType::string);

}  // namespace

const OpDef equal_op = binary_op("Equal", 19, true, infer_comparison_of<kComparable>, reference);

}  // namespace vernier

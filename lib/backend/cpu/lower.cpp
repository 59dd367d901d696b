#include "backend/cpu/lower.h"

namespace vernier {

const CpuRow* find_cpu_row(std::string_view domain, std::string_view op) {
  using Table = std::span<const CpuRow> (*)();
  static constexpr Table kTables[] = {conv_rows,     gemm_rows,   eltwise_rows, pool_rows,
                                      softmax_rows,  reduce_rows, norm_rows,    resize_rows,
                                      gather_rows,   rnn_rows,    qconv_rows,   qmatmul_rows,
                                      qeltwise_rows, qpool_rows,  wgemm_rows,   misc_rows};
  for (const Table table : kTables) {
    for (const CpuRow& row : table()) {
      if (row.op == op && row.domain == domain) return &row;
    }
  }
  return nullptr;
}

}  // namespace vernier

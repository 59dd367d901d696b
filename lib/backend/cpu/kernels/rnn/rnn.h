#pragma once
// rnn_f32: the elementwise part of recurrent cells, after the matrix products. Gates of one
// sequence are `hidden` floats each, one after another, in ONNX order.
//   lstm       gates i, o, f, g before activation: c = s(f) c + s(i) tanh(g), h = s(o) tanh(c)
//   gru_reset  gates z, r before activation: z = s(z) in place, reset = s(r) h
//   gru_out    gates z (activated), r, n before tanh: h = (1 - z) tanh(n) + z h
//   gru_linear gates z, r, n of the input and `recurrent` of the state (linear_before_reset):
//              h = (1 - z) tanh(n + r n') + z h, z = s(z + z'), r = s(r + r')
#include <cstddef>

namespace vernier {

struct RnnF32Args {
  float* gates;  // rows of gate_count * hidden floats
  ptrdiff_t gates_pitch;
  const float* recurrent;  // gru_linear: rows of 3 * hidden floats, dense
  float* reset;            // gru_reset: rows of hidden floats, dense
  float* h;                // [rows][hidden] state, in place
  float* c;                // [rows][hidden], lstm
  float* y;                // copy of h for the output sequence, dense rows, or null
  ptrdiff_t rows;
  ptrdiff_t hidden;
};
using RnnF32Fn = void (*)(const RnnF32Args& args);

struct RnnF32Kernel {
  const char* name;
  RnnF32Fn lstm;
  RnnF32Fn gru_reset;
  RnnF32Fn gru_out;
  RnnF32Fn gru_linear;
};
#define VERNIER_RNN_F32(isa, kernel) extern const RnnF32Kernel kernel;
#include "backend/cpu/kernels/rnn/kernels.inc"
#undef VERNIER_RNN_F32

}  // namespace vernier

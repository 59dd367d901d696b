// The worker program of the engine `opencv-system`.
#include "engine/opencv_dnn.h"
#include "engine/worker_server.h"

int main() { return vernier::serve_worker(*vernier::make_opencv_engine()) ? 0 : 1; }

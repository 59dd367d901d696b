// A worker process for the tests: serves FakeEngine, or breaks the protocol on purpose.
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "engine/fake_engine.h"
#include "engine/worker_server.h"

int main(int argc, char** argv) {
  const char* mode = argc > 1 ? argv[1] : "";
  if (std::strcmp(mode, "garbage") == 0) {
    std::printf("this is not JSON\n");
    std::fflush(stdout);
    pause();
  }
  if (std::strcmp(mode, "mute") == 0) pause();
  if (std::strcmp(mode, "exit") == 0) {
    std::fprintf(stderr, "first line\nModuleNotFoundError: No module named 'engine'\n");
    return 1;
  }
  vernier::FakeEngine engine;
  return vernier::serve_worker(engine) ? 0 : 1;
}

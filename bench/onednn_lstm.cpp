//===- onednn_lstm.cpp - oneDNN's LSTM, to compare with -------------------===//
//
// Forward training and backward of one LSTM layer with every workspace kept,
// as oneDNN does it with weights in the layout of its choice. Prints one line
// of JSON; times are the best of `--repeat` runs after one that is not counted.
//
//===----------------------------------------------------------------------===//

#include <dnnl.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <limits>
#include <random>
#include <unordered_map>

using dnnl::memory;
using Tag = memory::format_tag;
using Arguments = std::unordered_map<int, memory>;

namespace {
struct Problem {
  int64_t steps = 2000, batch = 16, input = 256, hidden = 256;
  int64_t threads = 2, repeat = 5;
};

struct Seconds {
  double forward = std::numeric_limits<double>::infinity();
  double backward = std::numeric_limits<double>::infinity();
};
} // namespace

static memory::desc describe(const memory::dims &dims, Tag tag) {
  return memory::desc(dims, memory::data_type::f32, tag);
}

/// Memory of `desc`, filled with small random numbers.
static memory makeFilled(const memory::desc &desc, const dnnl::engine &engine) {
  memory result(desc, engine);
  std::mt19937 generator(42);
  std::uniform_real_distribution<float> uniform(-0.05f, 0.05f);
  auto *data = static_cast<float *>(result.get_data_handle());
  std::generate_n(data, desc.get_size() / sizeof(float),
                  [&] { return uniform(generator); });
  return result;
}

static double run(const dnnl::primitive &primitive, dnnl::stream &stream,
                  const Arguments &arguments) {
  auto start = std::chrono::steady_clock::now();
  primitive.execute(stream, arguments);
  stream.wait();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
      .count();
}

static Seconds measure(const Problem &p) {
  dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  dnnl::stream stream(engine);
  auto sequence = describe({p.steps, p.batch, p.input}, Tag::tnc);
  auto output = describe({p.steps, p.batch, p.hidden}, Tag::tnc);
  auto state = describe({1, 1, p.batch, p.hidden}, Tag::ldnc);
  auto layer = describe({1, 1, p.input, 4, p.hidden}, Tag::any);
  auto iter = describe({1, 1, p.hidden, 4, p.hidden}, Tag::any);
  auto bias = describe({1, 1, 4, p.hidden}, Tag::ldgo);
  auto direction = dnnl::rnn_direction::unidirectional_left2right;

  dnnl::lstm_forward::primitive_desc forwardDesc(
      dnnl::lstm_forward::desc(dnnl::prop_kind::forward_training, direction,
                               sequence, state, state, layer, iter, bias,
                               output, state, state),
      engine);
  dnnl::lstm_backward::primitive_desc backwardDesc(
      dnnl::lstm_backward::desc(dnnl::prop_kind::backward, direction, sequence,
                                state, state, layer, iter, bias, output, state,
                                state, sequence, state, state, layer, iter,
                                bias, output, state, state),
      engine, forwardDesc);

  Arguments forward = {
      {DNNL_ARG_SRC_LAYER, makeFilled(sequence, engine)},
      {DNNL_ARG_SRC_ITER, makeFilled(state, engine)},
      {DNNL_ARG_SRC_ITER_C, makeFilled(state, engine)},
      {DNNL_ARG_WEIGHTS_LAYER,
       makeFilled(forwardDesc.weights_layer_desc(), engine)},
      {DNNL_ARG_WEIGHTS_ITER,
       makeFilled(forwardDesc.weights_iter_desc(), engine)},
      {DNNL_ARG_BIAS, makeFilled(bias, engine)},
      {DNNL_ARG_DST_LAYER, makeFilled(output, engine)},
      {DNNL_ARG_DST_ITER, makeFilled(state, engine)},
      {DNNL_ARG_DST_ITER_C, makeFilled(state, engine)},
      {DNNL_ARG_WORKSPACE, memory(forwardDesc.workspace_desc(), engine)}};
  Arguments backward = forward;
  backward[DNNL_ARG_WEIGHTS_LAYER] =
      makeFilled(backwardDesc.weights_layer_desc(), engine);
  backward[DNNL_ARG_WEIGHTS_ITER] =
      makeFilled(backwardDesc.weights_iter_desc(), engine);
  backward.insert({{DNNL_ARG_DIFF_SRC_LAYER, makeFilled(sequence, engine)},
                   {DNNL_ARG_DIFF_SRC_ITER, makeFilled(state, engine)},
                   {DNNL_ARG_DIFF_SRC_ITER_C, makeFilled(state, engine)},
                   {DNNL_ARG_DIFF_WEIGHTS_LAYER,
                    makeFilled(backwardDesc.diff_weights_layer_desc(), engine)},
                   {DNNL_ARG_DIFF_WEIGHTS_ITER,
                    makeFilled(backwardDesc.diff_weights_iter_desc(), engine)},
                   {DNNL_ARG_DIFF_BIAS, makeFilled(bias, engine)},
                   {DNNL_ARG_DIFF_DST_LAYER, makeFilled(output, engine)},
                   {DNNL_ARG_DIFF_DST_ITER, makeFilled(state, engine)},
                   {DNNL_ARG_DIFF_DST_ITER_C, makeFilled(state, engine)}});

  dnnl::lstm_forward first(forwardDesc);
  dnnl::lstm_backward second(backwardDesc);
  Seconds best;
  for (int64_t i = 0; i <= p.repeat; ++i) {
    double forwardSeconds = run(first, stream, forward);
    double backwardSeconds = run(second, stream, backward);
    if (i == 0)
      continue;
    best.forward = std::min(best.forward, forwardSeconds);
    best.backward = std::min(best.backward, backwardSeconds);
  }
  return best;
}

/// Reads `--name=N`; false where the option is unknown or N is not positive.
static bool parse(Problem &problem, const char *argument) {
  std::pair<const char *, int64_t *> options[] = {
      {"--steps=", &problem.steps},     {"--batch=", &problem.batch},
      {"--input=", &problem.input},     {"--hidden=", &problem.hidden},
      {"--threads=", &problem.threads}, {"--repeat=", &problem.repeat}};
  for (auto [prefix, value] : options) {
    if (std::strncmp(argument, prefix, std::strlen(prefix)) != 0)
      continue;
    char *end;
    *value = std::strtoll(argument + std::strlen(prefix), &end, 10);
    return *end == '\0' && *value > 0 && *value <= 1'000'000'000;
  }
  return false;
}

int main(int argc, char **argv) {
  Problem problem;
  for (int i = 1; i < argc; ++i) {
    if (parse(problem, argv[i]))
      continue;
    std::fprintf(stderr,
                 "bench-onednn-lstm: cannot use '%s'; options are --steps, "
                 "--batch, --input, --hidden, --threads, --repeat, each =N\n",
                 argv[i]);
    return 1;
  }
  // oneDNN is built against one of several OpenMP runtimes: ask the one loaded.
  auto setThreads = reinterpret_cast<void (*)(int)>(
      dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
  if (setThreads)
    setThreads(static_cast<int>(problem.threads));
  Seconds best = measure(problem);
  double scale = 1e6 / problem.steps;
  std::printf("{\"benchmark\": \"onednn-lstm\", \"steps\": %lld, \"batch\": "
              "%lld, \"input\": %lld, \"hidden\": %lld, \"threads\": %lld, "
              "\"us_per_step\": %.2f, \"forward_us_per_step\": %.2f, "
              "\"backward_us_per_step\": %.2f}\n",
              (long long)problem.steps, (long long)problem.batch,
              (long long)problem.input, (long long)problem.hidden,
              (long long)problem.threads,
              scale * (best.forward + best.backward), scale * best.forward,
              scale * best.backward);
  return 0;
}

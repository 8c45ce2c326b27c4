/* A driver without a device, for tests: memory is the host's, and the kernels
   are C. Every call is logged; the environment has a call fail.

     FAKE_CUDA_LOG=FILE             a line for each call
     FAKE_CUDA_FAIL=cuMemAlloc_v2=2 that call returns 2
     FAKE_CUDA_DEVICES=0            so many devices, 1 otherwise
     FAKE_CUDA_CAPABILITY=80        the device's, 90 otherwise
     FAKE_CUDA_ANY_KERNEL=1         kernels of any name, which do nothing
     FAKE_CUDA_CLUSTERS=0           launches in clusters are refused
     FAKE_CUDA_DRIFT=1              kernels add 1, then 2, ...
     FAKE_CUDA_LEAK=8               each launch takes 8 bytes
     FAKE_CUDA_CONTEXT=2            the context is another one than 1
     FAKE_CUDA_BYTES=1000           all its memory, 1 MiB otherwise */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int Result;
enum {
  INVALID_VALUE = 1,
  OUT_OF_MEMORY = 2,
  NO_BINARY = 209,
  INVALID_CONTEXT = 201,
  INVALID_PTX = 218,
  NOT_FOUND = 500,
  CAPTURE_UNSUPPORTED = 900
};

static const struct {
  Result result;
  const char *name, *text;
} errors[] = {
    {1, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {2, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {3, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {100, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {201, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {209, "CUDA_ERROR_NO_BINARY_FOR_GPU",
     "no kernel image is available for execution on the device"},
    {218, "CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"},
    {222, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION",
     "the provided PTX was compiled with an unsupported toolchain."},
    {500, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {700, "CUDA_ERROR_ILLEGAL_ADDRESS",
     "an illegal memory access was encountered"},
    {900, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED",
     "operation not permitted when stream is capturing"}};

static long get_number(const char *variable, long otherwise) {
  const char *text = getenv(variable);
  return text ? atol(text) : otherwise;
}

/* Logs the call; what it is to return if it is to fail. */
static Result enter(const char *name) {
  const char *path = getenv("FAKE_CUDA_LOG");
  if (path) {
    FILE *log = fopen(path, "a");
    fprintf(log, "%s\n", name);
    fclose(log);
  }
  const char *fail = getenv("FAKE_CUDA_FAIL");
  size_t length = strlen(name);
  if (fail && strncmp(fail, name, length) == 0 && fail[length] == '=')
    return atoi(fail + length + 1);
  return 0;
}
#define ENTER()                                                                \
  do {                                                                         \
    Result failure = enter(__func__);                                          \
    if (failure)                                                               \
      return failure;                                                          \
  } while (0)

Result cuGetErrorName(Result result, const char **name) {
  for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); ++i)
    if (errors[i].result == result)
      return *name = errors[i].name, 0;
  return INVALID_VALUE;
}
Result cuGetErrorString(Result result, const char **text) {
  for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); ++i)
    if (errors[i].result == result)
      return *text = errors[i].text, 0;
  return INVALID_VALUE;
}

Result cuInit(unsigned flags) {
  (void)flags;
  ENTER();
  return 0;
}
Result cuDeviceGetCount(int *count) {
  ENTER();
  *count = get_number("FAKE_CUDA_DEVICES", 1);
  return 0;
}
Result cuDeviceGet(int *device, int ordinal) {
  ENTER();
  *device = ordinal;
  return 0;
}
Result cuDeviceGetName(char *name, int length, int device) {
  (void)device;
  ENTER();
  snprintf(name, length, "Fake GPU");
  return 0;
}
Result cuDeviceGetAttribute(int *value, int attribute, int device) {
  (void)device;
  ENTER();
  long capability = get_number("FAKE_CUDA_CAPABILITY", 90);
  if (attribute != 75 && attribute != 76)
    return INVALID_VALUE;
  *value = attribute == 75 ? capability / 10 : capability % 10;
  return 0;
}

static char primary;
static _Thread_local void *current;
#define ENTER_CONTEXT()                                                        \
  do {                                                                         \
    ENTER();                                                                   \
    if (!current)                                                              \
      return INVALID_CONTEXT;                                                  \
  } while (0)
Result cuDevicePrimaryCtxRetain(void **context, int device) {
  (void)device;
  ENTER();
  *context = &primary;
  return 0;
}
Result cuDevicePrimaryCtxRelease_v2(int device) {
  (void)device;
  ENTER();
  return 0;
}
Result cuCtxSetCurrent(void *context) {
  ENTER();
  current = context;
  return 0;
}
Result cuCtxGetCurrent(void **context) {
  ENTER();
  *context = current;
  return 0;
}
Result cuCtxGetDevice(int *device) {
  ENTER();
  *device = 0;
  return 0;
}

#ifndef FAKE_CUDA_HAS_NO_ID
Result cuCtxGetId(void *context, unsigned long long *id) {
  (void)context;
  ENTER();
  *id = get_number("FAKE_CUDA_CONTEXT", 1);
  return 0;
}
#endif

enum { MAX_BLOCKS = 64 };
static struct {
  char *address;
  size_t bytes;
} blocks[MAX_BLOCKS];
static size_t used;

static size_t total(void) { return get_number("FAKE_CUDA_BYTES", 1 << 20); }

Result cuMemGetInfo_v2(size_t *free, size_t *all) {
  ENTER_CONTEXT();
  *free = total() - used;
  *all = total();
  return 0;
}
Result cuMemAlloc_v2(unsigned long long *address, size_t bytes) {
  ENTER_CONTEXT();
  if (bytes > total() - used)
    return OUT_OF_MEMORY;
  for (int i = 0; i < MAX_BLOCKS; ++i)
    if (!blocks[i].address) {
      blocks[i].address = aligned_alloc(256, (bytes + 255) / 256 * 256);
      blocks[i].bytes = bytes;
      used += bytes;
      *address = (uintptr_t)blocks[i].address;
      return 0;
    }
  return OUT_OF_MEMORY;
}
Result cuMemFree_v2(unsigned long long address) {
  ENTER_CONTEXT();
  for (int i = 0; i < MAX_BLOCKS; ++i)
    if (address && (uintptr_t)blocks[i].address == address) {
      free(blocks[i].address);
      blocks[i].address = NULL;
      used -= blocks[i].bytes;
      return 0;
    }
  return INVALID_VALUE;
}
static int is_capturing;
static int is_device(unsigned long long address) {
  for (int i = 0; i < MAX_BLOCKS; ++i)
    if (blocks[i].address && address >= (uintptr_t)blocks[i].address &&
        address < (uintptr_t)blocks[i].address + blocks[i].bytes)
      return 1;
  return 0;
}
Result cuPointerGetAttribute(void *value, int attribute,
                             unsigned long long address) {
  ENTER();
  if (is_capturing)
    return CAPTURE_UNSUPPORTED;
  if (attribute != 2 || !is_device(address))
    return INVALID_VALUE;
  *(unsigned *)value = 2;
  return 0;
}
Result cuMemcpyHtoD_v2(unsigned long long to, const void *from, size_t bytes) {
  ENTER_CONTEXT();
  if (!is_device(to))
    return INVALID_VALUE;
  memcpy((void *)(uintptr_t)to, from, bytes);
  return 0;
}
Result cuMemcpyDtoH_v2(void *to, unsigned long long from, size_t bytes) {
  ENTER_CONTEXT();
  if (!is_device(from))
    return INVALID_VALUE;
  memcpy(to, (void *)(uintptr_t)from, bytes);
  return 0;
}
Result cuMemsetD8_v2(unsigned long long to, unsigned char value, size_t bytes) {
  ENTER_CONTEXT();
  if (!is_device(to))
    return INVALID_VALUE;
  memset((void *)(uintptr_t)to, value, bytes);
  return 0;
}

static char stream, events[8];
static int num_events;
Result cuStreamCreate(void **result, unsigned flags) {
  (void)flags;
  ENTER_CONTEXT();
  *result = &stream;
  return 0;
}
Result cuStreamDestroy_v2(void *which) {
  (void)which;
  ENTER_CONTEXT();
  return 0;
}
Result cuStreamSynchronize(void *which) {
  (void)which;
  ENTER_CONTEXT();
  return 0;
}
Result cuEventCreate(void **event, unsigned flags) {
  (void)flags;
  ENTER_CONTEXT();
  *event = &events[num_events++ % 8];
  return 0;
}
Result cuEventDestroy_v2(void *event) {
  (void)event;
  ENTER_CONTEXT();
  return 0;
}
Result cuEventRecord(void *event, void *which) {
  (void)event, (void)which;
  ENTER_CONTEXT();
  return 0;
}
Result cuEventSynchronize(void *event) {
  (void)event;
  ENTER_CONTEXT();
  return 0;
}
Result cuEventElapsedTime(float *milliseconds, void *begin, void *end) {
  (void)begin, (void)end;
  ENTER_CONTEXT();
  *milliseconds = 2;
  return 0;
}

/* A module is text: `sm_90`, `ptx` or `bad ptx`. */
Result cuModuleLoadDataEx(void **module, const void *image, unsigned count,
                          int *options, void **values) {
  ENTER_CONTEXT();
  const char *text = image;
  if (strncmp(text, "sm_", 3) == 0 &&
      atoi(text + 3) / 10 != get_number("FAKE_CUDA_CAPABILITY", 90) / 10)
    return NO_BINARY;
  if (strcmp(text, "bad ptx") == 0) {
    for (unsigned i = 0; i < count; ++i)
      if (options[i] == 5)
        strcpy(values[i], "ptxas error : line 1 is bad");
    return INVALID_PTX;
  }
  *module = (void *)image;
  return 0;
}
Result cuModuleLoadData(void **module, const void *image) {
  ENTER();
  *module = (void *)image;
  return 0;
}
Result cuModuleUnload(void *module) {
  (void)module;
  ENTER();
  return 0;
}

/* y[i] = 2 * x[i] for 0 <= i < n. */
static void twice(void **parameters) {
  static long drift;
  drift += get_number("FAKE_CUDA_DRIFT", 0);
  used += get_number("FAKE_CUDA_LEAK", 0);
  const float *x = *(const float **)parameters[0];
  float *y = *(float **)parameters[1];
  for (int64_t i = 0, n = *(int64_t *)parameters[2]; i < n; ++i)
    y[i] = 2 * x[i] + drift;
}
static void nothing(void **parameters) { (void)parameters; }
Result cuModuleGetFunction(void **function, void *module, const char *name) {
  (void)module;
  ENTER();
  int is_known = strcmp(name, "twice") == 0;
  if (!is_known && !getenv("FAKE_CUDA_ANY_KERNEL"))
    return NOT_FOUND;
  *function = is_known ? (void *)twice : (void *)nothing;
  return 0;
}

/* Dynamic shared memory that a kernel of any name may have. */
static unsigned allowed_bytes = 48 * 1024;
Result cuFuncSetAttribute(void *function, int attribute, int value) {
  (void)function;
  ENTER_CONTEXT();
  if (attribute != 8) /* of clusters */
    return get_number("FAKE_CUDA_CLUSTERS", 1) ? 0 : INVALID_VALUE;
  if (value > 227 * 1024)
    return INVALID_VALUE;
  allowed_bytes = value;
  return 0;
}

/* Logs what it is asked for; refuses what NVIDIA's driver does. */
#ifndef FAKE_CUDA_HAS_NO_ID
Result cuTensorMapEncodeTiled(void *map, int type, uint32_t rank, void *address,
                              const uint64_t *extents, const uint64_t *strides,
                              const uint32_t *box, const uint32_t *steps,
                              int interleave, int swizzle, int promotion,
                              int fill) {
  (void)promotion;
  ENTER();
  int bytes = type == 7 ? 4 : 2, row = bytes * box[0];
  if ((uintptr_t)map % 64 || (uintptr_t)address % 16 || rank != 2 ||
      !is_device((uintptr_t)address) || strides[0] % 16 || row % 16 ||
      (type != 6 && type != 7 && type != 9) || interleave || fill ||
      extents[0] == 0 || extents[1] == 0 || box[0] > 256 || box[1] > 256 ||
      (swizzle && row > 16 << swizzle) || steps[0] != 1 || steps[1] != 1)
    return INVALID_VALUE;
  memset(map, 0, 128);
  memcpy(map, &address, sizeof(address));
  const char *path = getenv("FAKE_CUDA_LOG");
  if (path) {
    FILE *log = fopen(path, "a");
    fprintf(log, "  type %d, %dx%d, stride %d, box %dx%d, swizzle %d\n", type,
            (int)extents[1], (int)extents[0], (int)strides[0], (int)box[1],
            (int)box[0], swizzle);
    fclose(log);
  }
  return 0;
}
#endif

/* Launches that were captured, of kernels of three parameters. */
typedef struct {
  struct {
    void *function;
    int64_t parameters[3];
  } launches[16];
  int num_launches;
} Graph;
static Graph *captured;

Result cuStreamBeginCapture_v2(void *which, int mode) {
  (void)which;
  ENTER_CONTEXT();
  if (mode != 2) /* relaxed: others prohibit calls that runs make */
    return INVALID_VALUE;
  is_capturing = 1;
  captured = calloc(1, sizeof(Graph));
  return 0;
}
Result cuStreamEndCapture(void *which, void **graph) {
  (void)which;
  ENTER_CONTEXT();
  *graph = captured;
  captured = NULL;
  is_capturing = 0;
  return 0;
}
Result cuGraphInstantiateWithFlags(void **exec, void *graph,
                                   unsigned long long flags) {
  (void)flags;
  ENTER();
  *exec = malloc(sizeof(Graph));
  memcpy(*exec, graph, sizeof(Graph));
  return 0;
}
Result cuGraphLaunch(void *exec, void *which) {
  (void)which;
  ENTER_CONTEXT();
  Graph *graph = exec;
  for (int i = 0; i < graph->num_launches; ++i) {
    void *parameters[] = {&graph->launches[i].parameters[0],
                          &graph->launches[i].parameters[1],
                          &graph->launches[i].parameters[2]};
    ((void (*)(void **))graph->launches[i].function)(parameters);
  }
  return 0;
}
Result cuGraphExecDestroy(void *exec) {
  free(exec); /* even if it is to fail: nobody tries again */
  ENTER();
  return 0;
}
Result cuGraphDestroy(void *graph) {
  free(graph);
  ENTER();
  return 0;
}

#ifndef FAKE_CUDA_IS_OLD
Result cuLaunchKernel(void *function, unsigned gx, unsigned gy, unsigned gz,
                      unsigned bx, unsigned by, unsigned bz, unsigned shared,
                      void *which, void **parameters, void **extra) {
  (void)gx, (void)gy, (void)gz, (void)bx, (void)by, (void)bz;
  (void)which, (void)extra;
  ENTER();
  if (shared > allowed_bytes)
    return INVALID_VALUE;
  if (captured) {
    if (function == (void *)nothing)
      return 0;
    if (captured->num_launches == 16)
      return OUT_OF_MEMORY;
    int n = captured->num_launches++;
    captured->launches[n].function = function;
    for (int i = 0; i < 3; ++i)
      captured->launches[n].parameters[i] = *(int64_t *)parameters[i];
    return 0;
  }
  ((void (*)(void **))function)(parameters);
  return 0;
}
Result cuLaunchCooperativeKernel(void *function, unsigned gx, unsigned gy,
                                 unsigned gz, unsigned bx, unsigned by,
                                 unsigned bz, unsigned shared, void *which,
                                 void **parameters) {
  (void)gx, (void)gy, (void)gz, (void)bx, (void)by, (void)bz, (void)shared;
  (void)which;
  ENTER();
  ((void (*)(void **))function)(parameters);
  return 0;
}
/* In a cluster, as the first of the attributes says. */
Result cuLaunchKernelEx(
    const struct {
      unsigned grid[3], block[3], shared;
      void *stream;
      int *attributes;
      unsigned num_attributes;
    } * config,
    void *function, void **parameters, void **extra) {
  (void)extra;
  ENTER();
  if (config->num_attributes != 1 || config->attributes[0] != 4 ||
      (unsigned)config->attributes[2] != config->grid[0])
    return INVALID_VALUE;
  ((void (*)(void **))function)(parameters);
  return 0;
}
#endif

// RUN: bptt-opt %s --bptt-form-kernels="wgmma=true chip=sm_100" --verify-diagnostics

// expected-error @+1 {{wgmma is an instruction of sm_90a, not of sm_100}}
module {
}

#!/usr/bin/env bash
# Every kind as a fleet on a GPU, the benchmark and a real study, in under eight minutes: bash scripts/gpu_check.sh [cpu]
exec python -m narrows bench gpu device="${1:-cuda}" out="${2:-outputs/bench/gpu.json}"

"""Predicted against measured: statistics with intervals, beside rules that use no physics."""

from __future__ import annotations

from ._measured import Measured, measured_of, setting, volume_change
from ._outliers import Bin, judged, outliers, reliability
from ._run import BenchmarkResult, benchmark_rows, run_benchmark
from ._statistics import BASELINES, GROUPS, grouped, pair_of, statistics
from ._values import Difference, Estimate, NearThreshold, Scores, Statistics
from ._verdict import sentence, verdict

__all__ = [
    "BASELINES",
    "GROUPS",
    "BenchmarkResult",
    "Bin",
    "Difference",
    "Estimate",
    "Measured",
    "NearThreshold",
    "Scores",
    "Statistics",
    "benchmark_rows",
    "grouped",
    "judged",
    "measured_of",
    "outliers",
    "pair_of",
    "reliability",
    "run_benchmark",
    "sentence",
    "setting",
    "statistics",
    "verdict",
    "volume_change",
]

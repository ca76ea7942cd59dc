/**
 * Benchmarks: every primitive of a backend ({@code *Benchmark} but {@link
 * org.shallownet.benchmarks.TrainingBenchmark}), every {@link org.shallownet.benchmarks.Work} by
 * backend, engine and precision, and our side of the comparison with other tools.
 */
@NullMarked
package org.shallownet.benchmarks;

import org.jspecify.annotations.NullMarked;

package org.shallownet.cli;

import org.jspecify.annotations.Nullable;
import org.shallownet.backend.device.BackendException;
import org.shallownet.training.TrainingFaultException;
import org.shallownet.training.comparison.ComparisonFaultException;
import org.shallownet.training.comparison.ComparisonResult;

/**
 * How a comparison ended.
 *
 * @param fault what failed; null for nothing
 * @param interrupted whether it was broken off, maybe only in what comes after the comparison
 */
record ComparisonEnding(
    ComparisonResult result, @Nullable ComparisonFaultException fault, boolean interrupted) {
  /** Whether all networks that the memory holds came to their ends. */
  boolean isWhole() {
    return !interrupted && (fault == null || fault.isOutOfMemory());
  }

  /** Whether the backend can still compute. */
  boolean isDeviceSound() {
    return fault == null || !(fault.reason() instanceof BackendException);
  }

  /** The same, but what came after the comparison failed; of two failures the first is told. */
  ComparisonEnding failed(TrainingFaultException after) {
    if (fault != null && !fault.isOutOfMemory()) {
      return this;
    }
    return new ComparisonEnding(result, new ComparisonFaultException(result, after), interrupted);
  }

  /** The same, but broken off. */
  ComparisonEnding brokenOff() {
    return new ComparisonEnding(result, fault, true);
  }

  /** The most epochs that a network has had. */
  int epochs() {
    return result.ranking().stream()
        .flatMap(standing -> standing.runs().stream())
        .mapToInt(run -> run.result().epochs())
        .max()
        .orElse(0);
  }

  int networks() {
    return result.ranking().stream().mapToInt(standing -> standing.runs().size()).sum();
  }
}

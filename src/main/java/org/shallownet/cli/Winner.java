package org.shallownet.cli;

import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.shallownet.model.Model;
import org.shallownet.model.metrics.Metrics;
import org.shallownet.training.comparison.ComparisonEnsemble;

/**
 * What a comparison saves.
 *
 * @param title what it is, or of an ensemble what the best network alone is
 * @param seed of that network
 * @param refitEpochs for how many epochs it was trained again on all rows; null if it was not
 * @param ensemble what it is made of; null if it is one network
 * @param metrics asks how good it is, by the names of the rows
 */
record Winner(
    Model model,
    String title,
    long seed,
    @Nullable Integer refitEpochs,
    @Nullable ComparisonEnsemble ensemble,
    Supplier<Map<String, Metrics>> metrics) {}

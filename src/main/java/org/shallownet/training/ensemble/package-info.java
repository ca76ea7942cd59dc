/**
 * What trains where no network is named: families of networks on folds of the rows ({@link
 * org.shallownet.training.ensemble.EnsembleTrainer}), shares chosen greedily on answers for rows
 * that a network hasn't seen, and scores by folds ({@link
 * org.shallownet.training.ensemble.CrossValidation}).
 *
 * <p>Uses {@code training}.
 */
@NullMarked
package org.shallownet.training.ensemble;

import org.jspecify.annotations.NullMarked;

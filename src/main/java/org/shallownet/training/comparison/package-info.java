/**
 * Many settings trained beside each other and ranked ({@link
 * org.shallownet.training.comparison.Comparison}): by a dev set or by folds, alone or with an
 * ensemble of them.
 *
 * <p>Uses {@code training} and {@code training.ensemble}.
 */
@NullMarked
package org.shallownet.training.comparison;

import org.jspecify.annotations.NullMarked;

/**
 * Scoring rows in plain Java, without a backend: for a service that answers row by row.
 *
 * <p>Uses {@code data} and {@code network}. {@link org.shallownet.model.Model#scorer()} makes a
 * scorer.
 */
@NullMarked
package org.shallownet.model.scoring;

import org.jspecify.annotations.NullMarked;

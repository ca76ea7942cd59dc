/** ShallowNet trains shallow neural networks on tables. */
@NullMarked
package org.shallownet;

import org.jspecify.annotations.NullMarked;

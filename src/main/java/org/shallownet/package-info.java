/** ShallowNet trains shallow neural networks on tables of numbers. */
@NullMarked
package org.shallownet;

import org.jspecify.annotations.NullMarked;

/** A model behind HTTP: what {@code shallownet serve} starts. */
@NullMarked
package org.shallownet.cli.serving;

import org.jspecify.annotations.NullMarked;

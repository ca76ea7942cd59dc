/** Event files as TensorBoard reads them. */
@NullMarked
package org.shallownet.cli.tensorboard;

import org.jspecify.annotations.NullMarked;

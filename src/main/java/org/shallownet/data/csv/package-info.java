/**
 * Tables of text: how a file is written is found by looking, its rows are read on all processors.
 */
@NullMarked
package org.shallownet.data.csv;

import org.jspecify.annotations.NullMarked;

/**
 * What readers of files from anywhere must hold, whatever the bytes are. {@code ci/fuzz.sh} looks
 * for bytes with which they don't, and those that it found are tested from then on.
 */
package org.shallownet.fuzz;

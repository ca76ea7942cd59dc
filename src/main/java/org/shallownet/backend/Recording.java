package org.shallownet.backend;

/**
 * A sequence of operations that {@link Backend#record} has taken down and {@link Backend#replay}
 * performs, as often as wanted, with the operands and numbers that they were recorded with.
 */
public interface Recording {}

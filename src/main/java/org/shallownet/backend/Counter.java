package org.shallownet.backend;

/**
 * A count of steps in a backend's memory, from 0. Operations that read it there, {@link
 * Backend#gatherBatch} and {@link Backend#adamStep}, do something else at each step though they are
 * called, or replayed, the same way.
 */
public interface Counter {}

package org.shallownet.data;

/**
 * The task that a target's values suggest.
 *
 * @param task what to learn
 * @param reason why, a clause for the user
 */
public record TaskChoice(Task task, String reason) {}

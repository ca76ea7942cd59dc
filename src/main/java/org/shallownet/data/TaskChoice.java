package org.shallownet.data;

/**
 * The task that a target's values suggest.
 *
 * @param task what to learn
 * @param reason a sentence for the user that says why
 */
public record TaskChoice(Task task, String reason) {}

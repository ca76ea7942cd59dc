package org.shallownet.training;

/** Hears what the user of a training should know. Calls come from the thread that trains. */
public interface WarningListener {
  /** Something the user should know, one sentence. */
  default void onWarning(String warning) {}
}

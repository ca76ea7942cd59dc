package org.shallownet.backend;

/**
 * Something that was found out about a backend on this machine.
 *
 * @param subject what it is about, a word or two
 * @param good whether it is as it should be
 * @param text what was found, a clause without a full stop; with what to do if it is not good
 */
public record Finding(String subject, boolean good, String text) {
  /** Something as it should be. */
  public static Finding good(String subject, String text) {
    return new Finding(subject, true, text);
  }

  /** Something missing or wrong, and what to do. */
  public static Finding bad(String subject, Availability.Unavailable why) {
    return new Finding(subject, false, why.explanation() + "; " + why.fix());
  }
}

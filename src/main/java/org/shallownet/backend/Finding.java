package org.shallownet.backend;

/**
 * Something that was found out about a backend on this machine.
 *
 * @param subject what it is about, a word or two
 * @param text what was found, a clause without a full stop
 * @param fix what to do about it, a clause without a full stop; empty if all is as it should be
 */
public record Finding(String subject, String text, String fix) {
  /** Something as it should be. */
  public static Finding good(String subject, String text) {
    return new Finding(subject, text, "");
  }

  /** Something missing or wrong, and what to do. */
  public static Finding bad(String subject, Availability.Unavailable why) {
    return new Finding(subject, why.explanation(), why.fix());
  }

  /** Whether all is as it should be. */
  public boolean good() {
    return fix.isEmpty();
  }
}

package org.shallownet.backend;

/** A backend that was asked for can't be opened on this machine. */
public final class BackendUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String backend;
  private final Availability.Reason reason;
  private final String explanation;
  private final String fix;

  /** Says which backend, why not, and what to do. */
  public BackendUnavailableException(String backend, Availability.Unavailable why) {
    super("backend '" + backend + "' is unavailable: " + why.explanation() + "; " + why.fix());
    this.backend = backend;
    this.reason = why.reason();
    this.explanation = why.explanation();
    this.fix = why.fix();
  }

  /** The name of the backend that was asked for. */
  public String backend() {
    return backend;
  }

  /** The kind of reason. */
  public Availability.Reason reason() {
    return reason;
  }

  /** The reason and what to do about it. */
  public Availability.Unavailable why() {
    return new Availability.Unavailable(reason, explanation, fix);
  }
}

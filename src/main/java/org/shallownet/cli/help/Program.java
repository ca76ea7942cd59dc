package org.shallownet.cli.help;

/** This program's name in messages. */
public final class Program {
  /** How it is started, as the launcher knows: so what messages tell to type works. */
  public static final String NAME = System.getProperty("shallownet.command", "shallownet");

  private Program() {}
}

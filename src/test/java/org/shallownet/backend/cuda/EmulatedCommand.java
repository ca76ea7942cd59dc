package org.shallownet.backend.cuda;

import java.util.Arrays;
import org.shallownet.backend.cuda.natives.LibraryFolders;
import org.shallownet.cli.Main;

/** The command line on the emulation, in a JVM of its own, with one call of the driver failing. */
final class EmulatedCommand {
  private EmulatedCommand() {}

  /**
   * Runs a command line, and with it the JVM, to its end.
   *
   * @param args the function that fails, at which call, with which code; then the command line
   */
  public static void main(String[] args) {
    System.setProperty(LibraryFolders.PROPERTY, CudaEmulator.folder().toString());
    CudaEmulator.failAt(args[0], Long.parseLong(args[1]), Integer.parseInt(args[2]));
    Main.main(Arrays.copyOfRange(args, 3, args.length));
  }
}

package org.shallownet.cli;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.shallownet.cli.output.Terminal;
import org.shallownet.cli.serving.ModelServer;
import org.shallownet.data.text.Printable;
import org.shallownet.model.Model;
import org.shallownet.training.Defaults;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code shallownet serve}: a model behind HTTP. */
@Command(
    name = "serve",
    description =
        "Answer HTTP requests with what a model says: POST /predict takes rows as JSON or CSV, GET"
            + " / shows what the model wants. Only this machine can ask unless --host says"
            + " otherwise. Ctrl-C or SIGTERM ends it.")
final class ServeCommand implements Callable<Integer> {
  private static final int MOST_PORTS = 65_535;

  private final Terminal terminal;
  private final Interruption interruption;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "MODEL", description = "The model, an .onnx file.")
  private Path modelFile = Path.of("");

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "Where to listen; 0 for any port that is free (default: ${DEFAULT-VALUE}).")
  private int port = Defaults.PORT;

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      description =
          "The address to listen on; 0.0.0.0 lets every machine that reaches this one ask (default:"
              + " ${DEFAULT-VALUE}).")
  private String host = Defaults.HOST;

  ServeCommand(Terminal terminal, Interruption interruption) {
    this.terminal = terminal;
    this.interruption = interruption;
  }

  @Override
  public Integer call() throws IOException {
    if (port < 0 || port > MOST_PORTS) {
      throw new ParameterException(
          spec.commandLine(), "--port is a number from 0 to " + MOST_PORTS + ", not " + port);
    }
    InetSocketAddress address = new InetSocketAddress(host, port);
    if (address.isUnresolved()) {
      throw new ParameterException(
          spec.commandLine(), "--host: there is no address '" + host + "'");
    }
    Model model = Model.load(modelFile);
    String name = Printable.text(String.valueOf(modelFile.getFileName()));
    // What is under way is still answered.
    interruption.guard();
    try (ModelServer server = new ModelServer(name, model, address, this::fault)) {
      terminal.say("Serving " + name + " on " + server.url() + " until Ctrl-C.");
      interruption.await();
    } catch (SocketException e) {
      throw new IOException(
          "can't listen on "
              + host
              + ":"
              + port
              + ": "
              + e.getMessage()
              + "; choose another --port or --host",
          e);
    }
    interruption.endsWith(ExitCode.OK);
    return ExitCode.OK;
  }

  private void fault(Throwable fault) {
    terminal.warn("a request failed inside, which is a fault of ours: " + fault);
  }
}

package org.shallownet.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.shallownet.Version;
import org.shallownet.backend.Availability;
import org.shallownet.backend.BackendOptions;
import org.shallownet.backend.BackendProvider;
import org.shallownet.backend.Backends;
import org.shallownet.backend.Finding;
import org.shallownet.backend.SelfTest;
import org.shallownet.cli.output.Json;
import org.shallownet.cli.output.Terminal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code shallownet doctor}: which backends there are and which one would be used. */
@Command(
    name = "doctor",
    description = "Show which backends there are, which one would be used, and why not the others.")
final class DoctorCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Option(names = "--json", description = "Print it as one JSON object.")
  private boolean json;

  DoctorCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  /**
   * What there is to know of one backend.
   *
   * @param availability whether it can be used
   * @param findings what else was found out
   */
  private record Examination(Availability availability, List<Finding> findings) {}

  @Override
  public Integer call() {
    List<BackendProvider> providers = Backends.providers();
    Map<String, Examination> found = new LinkedHashMap<>();
    for (BackendProvider provider : providers) {
      found.put(provider.name(), examine(provider));
    }
    for (String name : List.of("cuda", "cpu")) {
      found.putIfAbsent(name, new Examination(Backends.notInstalled(name), List.of()));
    }
    String used =
        Backends.select("auto", BackendOptions.DEFAULT, providers, Long.MAX_VALUE)
            .provider()
            .name();
    if (json) {
      printJson(found, used);
    } else {
      print(found, used);
    }
    return ExitCode.OK;
  }

  private static Examination examine(BackendProvider provider) {
    Availability availability = provider.probe(BackendOptions.DEFAULT);
    List<Finding> findings = new ArrayList<>(provider.diagnose());
    if (availability instanceof Availability.Available) {
      findings.add(SelfTest.run(provider, BackendOptions.DEFAULT));
    }
    return new Examination(availability, findings);
  }

  private void print(Map<String, Examination> found, String used) {
    line("shallownet", Version.current());
    line("java", Runtime.version() + ", " + System.getProperty("java.vendor"));
    line("system", system());
    found.forEach(
        (name, examination) -> {
          if (examination.availability() instanceof Availability.Available available) {
            line(name, available.device() + (name.equals(used) ? "; used by default" : ""));
          } else if (examination.availability() instanceof Availability.Unavailable why) {
            printWhyNot(name, why, examination.findings());
          }
          for (Finding finding : examination.findings()) {
            line("  " + finding.subject(), (finding.good() ? "" : "problem: ") + finding.text());
            if (!finding.good()) {
              line("", "fix: " + finding.fix());
            }
          }
        });
  }

  /** What a finding says below is not said twice. */
  private void printWhyNot(String name, Availability.Unavailable why, List<Finding> findings) {
    if (findings.stream().anyMatch(finding -> finding.text().equals(why.explanation()))) {
      line(name, "unavailable");
    } else {
      line(name, "unavailable: " + why.explanation());
      line("", "fix: " + why.fix());
    }
  }

  private void printJson(Map<String, Examination> found, String used) {
    List<Object> backends = new ArrayList<>();
    found.forEach(
        (name, examination) -> {
          Map<String, @Nullable Object> entry = new LinkedHashMap<>();
          entry.put("name", name);
          entry.put("available", examination.availability() instanceof Availability.Available);
          if (examination.availability() instanceof Availability.Available available) {
            entry.put("device", available.device());
          } else if (examination.availability() instanceof Availability.Unavailable why) {
            entry.put("reason", why.reason().name().toLowerCase(Locale.ROOT));
            entry.put("explanation", why.explanation());
            entry.put("fix", why.fix());
          }
          List<Object> findings = new ArrayList<>();
          for (Finding finding : examination.findings()) {
            Map<String, @Nullable Object> object = new LinkedHashMap<>();
            object.put("subject", finding.subject());
            object.put("good", finding.good());
            object.put("text", finding.text());
            if (!finding.good()) {
              object.put("fix", finding.fix());
            }
            findings.add(object);
          }
          entry.put("findings", findings);
          backends.add(entry);
        });
    terminal
        .out()
        .println(
            new Json()
                .put("shallownet", Version.current())
                .put("java", Runtime.version().toString())
                .put("system", system())
                .put("used", used)
                .put("backends", backends));
  }

  private static String system() {
    return System.getProperty("os.name")
        + " "
        + System.getProperty("os.arch")
        + ", "
        + Runtime.getRuntime().availableProcessors()
        + " processors";
  }

  private void line(String name, String value) {
    terminal.say(String.format(Locale.ROOT, "%-12s%s", name, value));
  }
}

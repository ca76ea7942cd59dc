package org.shallownet.cli.report;

import java.util.LinkedHashMap;
import java.util.Map;
import org.shallownet.backend.Backend;
import org.shallownet.cli.help.Words;
import org.shallownet.model.Model;

/** Where results are from: settings, device, and the command that gives them again. */
final class OriginSection {
  private OriginSection() {}

  /**
   * Writes it.
   *
   * @param model whose settings to tell; of several one
   * @param facts what else there is to tell, by names
   * @param command what was typed
   */
  static void write(
      Page page, Backend backend, Model model, Map<String, String> facts, String command) {
    page.section("Settings and how to repeat it");
    Map<String, String> all = new LinkedHashMap<>(facts);
    all.put("device", backend.device());
    all.put("networks", Texts.count(model.parts().size()));
    all.put("layers", model.sizes());
    all.put("parameters", Texts.count(model.parameterCount()));
    model.provenance().forEach((name, value) -> all.put(name.replace('_', ' '), Words.of(value)));
    page.facts(all);
    page.paragraph("The command:");
    page.typed(command);
  }
}

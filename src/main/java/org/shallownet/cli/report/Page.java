package org.shallownet.cli.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.shallownet.Version;
import org.shallownet.cli.report.plots.Figure;
import org.shallownet.cli.report.svg.Markup;

/**
 * An HTML page under construction. It stands for itself: no script, nothing from the network, which
 * its policy forbids besides. All text is escaped.
 */
public final class Page {
  private static final String POLICY =
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

  private final Markup markup = new Markup();
  private boolean inSection;

  /**
   * A page without sections.
   *
   * @param lead a sentence below the title
   */
  public Page(String title, String lead) {
    markup.raw("<!DOCTYPE html>\n").open("html", "lang", "en").open("head");
    markup.empty("meta", "charset", "utf-8");
    markup.empty("meta", "http-equiv", "Content-Security-Policy", "content", POLICY);
    markup.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
    markup.empty("meta", "name", "color-scheme", "content", "light dark");
    markup.empty("link", "rel", "icon", "href", "data:,");
    markup.element("title", title);
    markup.open("style", "id", "plots").raw("\n" + resource("plot.css")).close();
    markup.open("style").raw("\n" + resource("page.css")).close();
    markup.close().raw("\n").open("body").raw("\n").element("h1", title).raw("\n");
    markup.element("p", lead, "class", "lead");
  }

  private static String resource(String name) {
    try (InputStream in = Page.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the resource " + name + " is not there");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Begins a section. */
  public Page section(String title) {
    endSection();
    markup.raw("\n").open("section").element("h2", title);
    inSection = true;
    return this;
  }

  private void endSection() {
    if (inSection) {
      markup.close();
      inSection = false;
    }
  }

  /** Adds a paragraph. */
  public Page paragraph(String text) {
    markup.raw("\n").element("p", text);
    return this;
  }

  /** Adds plots beside each other, as many as there is room for. */
  public Page figures(List<Figure> figures) {
    markup.raw("\n").open("div", "class", "figures");
    for (Figure figure : figures) {
      markup.raw("\n");
      if (figure.large()) {
        markup.open("figure", "class", "large");
      } else {
        markup.open("figure");
      }
      markup.raw(figure.svg());
      if (!figure.caption().isEmpty()) {
        markup.element("figcaption", figure.caption());
      }
      markup.close();
    }
    markup.close();
    return this;
  }

  /**
   * Adds a table.
   *
   * @param heads of the columns; one that begins with {@code #} is of numbers, without that sign
   * @param rows cells
   */
  public Page table(List<String> heads, List<List<String>> rows) {
    markup.raw("\n").open("div", "class", "wide").open("table").open("thead").open("tr");
    for (String head : heads) {
      boolean number = head.startsWith("#");
      markup.element("th", number ? head.substring(1) : head, "class", number ? "n" : "text");
    }
    markup.close().close().open("tbody");
    for (List<String> row : rows) {
      markup.raw("\n").open("tr");
      for (int i = 0; i < row.size(); i++) {
        markup.element("td", row.get(i), "class", heads.get(i).startsWith("#") ? "n" : "text");
      }
      markup.close();
    }
    markup.close().close().close();
    return this;
  }

  /** Adds a table of names and what they are. */
  public Page facts(Map<String, String> facts) {
    markup.raw("\n").open("div", "class", "wide").open("table").open("tbody");
    facts.forEach(
        (name, value) ->
            markup
                .raw("\n")
                .open("tr")
                .element("th", name, "scope", "row")
                .element("td", value, "class", "text")
                .close());
    markup.close().close().close();
    return this;
  }

  /** Adds text as it was typed. */
  public Page typed(String text) {
    markup.raw("\n").element("pre", text);
    return this;
  }

  /** Ends the page. */
  public String finish() {
    endSection();
    markup.raw("\n").element("footer", "Written by ShallowNet " + Version.current() + ".");
    return markup.raw("\n").close().close().raw("\n").toString();
  }
}

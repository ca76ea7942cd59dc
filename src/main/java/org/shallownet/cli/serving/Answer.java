package org.shallownet.cli.serving;

import java.nio.charset.StandardCharsets;

/** What is sent back for a request. */
final class Answer {
  static final String JSON = "application/json; charset=utf-8";
  static final String CSV = "text/csv; charset=utf-8";
  static final String TEXT = "text/plain; charset=utf-8";

  private final String type;
  private final byte[] body;
  private final int rows;

  /**
   * An answer.
   *
   * @param type the body's media type
   * @param rows how many rows were scored for it
   */
  Answer(String type, String body, int rows) {
    this.type = type;
    this.body = body.getBytes(StandardCharsets.UTF_8);
    this.rows = rows;
  }

  String type() {
    return type;
  }

  byte[] body() {
    return body;
  }

  int rows() {
    return rows;
  }
}

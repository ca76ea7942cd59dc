package org.shallownet.backend.cuda;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Which engine is to train, for comparing them; one that can't train a network never does. */
enum ForcedEngine {
  /** The one that suits the plan. */
  CHOSEN,
  LAYERED,
  /** The same with passes over the output layer. */
  OUTPUT_PASS,
  ONE_PASS,
  WHOLE_RUN,
  /** The same with weights in the card's memory, whatever registers could hold. */
  WHOLE_RUN_WIDE;

  /** The system property that says it. */
  static final String PROPERTY = "shallownet.cuda.engine";

  /**
   * What the system property says.
   *
   * @throws IllegalArgumentException if it is no engine
   */
  static ForcedEngine fromProperty() {
    String asked = System.getProperty(PROPERTY, CHOSEN.id());
    return Arrays.stream(values())
        .filter(choice -> choice.id().equals(asked))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "the system property "
                        + PROPERTY
                        + " is '"
                        + asked
                        + "': choose one of "
                        + Arrays.stream(values())
                            .map(ForcedEngine::id)
                            .collect(Collectors.joining(", "))));
  }

  private String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}

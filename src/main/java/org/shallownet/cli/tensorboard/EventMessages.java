package org.shallownet.cli.tensorboard;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import org.shallownet.model.onnx.WireMessage;

/**
 * Messages of TensorFlow's <a
 * href="https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto">
 * event.proto</a>: {@code wall_time} is field 1, {@code step} 2, {@code file_version} 3, {@code
 * summary} 5, {@code session_log} 7; of a summary {@code value} is 1; of that {@code tag} is 1 and
 * {@code simple_value} 2; of a session's log {@code status} is 1, which is 1 for a start.
 */
final class EventMessages {
  private static final int WALL_TIME = 1;
  private static final int STEP = 2;
  private static final int FILE_VERSION = 3;
  private static final int SUMMARY = 5;
  private static final int SESSION_LOG = 7;
  private static final int STATUS = 1;
  private static final int START = 1;
  private static final int VALUE = 1;
  private static final int TAG = 1;
  private static final int SIMPLE_VALUE = 2;

  private EventMessages() {}

  /**
   * The first event of a file.
   *
   * @param time in seconds since 1970
   */
  static byte[] version(double time) {
    return bytes(new WireMessage().number(WALL_TIME, time).text(FILE_VERSION, "brain.Event:2"));
  }

  /**
   * That a training goes on: who reads it drops what a run has from this step on, as of {@code
   * purge_step} of other writers of events.
   *
   * @param time in seconds since 1970
   */
  static byte[] start(double time, long step) {
    return bytes(
        new WireMessage()
            .number(WALL_TIME, time)
            .integer(STEP, step)
            .message(SESSION_LOG, new WireMessage().integer(STATUS, START)));
  }

  /**
   * Numbers at one step.
   *
   * @param time in seconds since 1970
   * @param values by their tags
   */
  static byte[] scalars(double time, long step, Map<String, Double> values) {
    WireMessage summary = new WireMessage();
    values.forEach(
        (tag, value) ->
            summary.message(
                VALUE, new WireMessage().text(TAG, tag).real(SIMPLE_VALUE, value.floatValue())));
    return bytes(
        new WireMessage().number(WALL_TIME, time).integer(STEP, step).message(SUMMARY, summary));
  }

  private static byte[] bytes(WireMessage message) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      message.writeTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory can always be written to
    }
    return out.toByteArray();
  }
}

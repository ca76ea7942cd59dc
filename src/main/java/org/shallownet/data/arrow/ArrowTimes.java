package org.shallownet.data.arrow;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.DurationVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.jspecify.annotations.Nullable;

/** Dates and times, which are written as the same ones in Parquet are. */
final class ArrowTimes extends ArrowCells {
  private static final long SECONDS_A_DAY = 86_400;
  private static final long NANOS_A_SECOND = 1_000_000_000;

  private static final DateTimeFormatter TIMESTAMP =
      new DateTimeFormatterBuilder()
          .appendPattern("yyyy-MM-dd HH:mm:ss")
          .appendFraction(ChronoField.NANO_OF_SECOND, 1, 9, true)
          .toFormatter();

  private final BaseFixedWidthVector vector;
  private final ArrowType type;
  private final long perSecond;

  private ArrowTimes(BaseFixedWidthVector vector, ArrowType type, long perSecond) {
    super(vector);
    this.vector = vector;
    this.type = type;
    this.perSecond = perSecond;
  }

  /**
   * The cells of a column.
   *
   * @return null if they are neither dates nor times
   */
  static @Nullable ArrowCells of(FieldVector vector) {
    ArrowType type = vector.getField().getType();
    if (!(vector instanceof BaseFixedWidthVector cells)) {
      return null;
    } else if (type instanceof ArrowType.Timestamp timestamp) {
      return new ArrowTimes(cells, type, perSecond(timestamp.getUnit()));
    } else if (type instanceof ArrowType.Time time) {
      return new ArrowTimes(cells, type, perSecond(time.getUnit()));
    } else if (type instanceof ArrowType.Date date) {
      return new ArrowTimes(cells, type, date.getUnit() == DateUnit.DAY ? 0 : 1000);
    } else if (type instanceof ArrowType.Duration) {
      return new ArrowTimes(cells, type, 0);
    }
    return null;
  }

  private static long perSecond(TimeUnit unit) {
    return switch (unit) {
      case SECOND -> 1;
      case MILLISECOND -> 1000;
      case MICROSECOND -> 1_000_000;
      case NANOSECOND -> NANOS_A_SECOND;
    };
  }

  @Override
  String textAt(int row) {
    if (vector instanceof DurationVector durations) {
      return durations.getObject(row).toString();
    }
    long value =
        vector.getTypeWidth() == Long.BYTES
            ? vector.getDataBuffer().getLong((long) row * Long.BYTES)
            : vector.getDataBuffer().getInt((long) row * Integer.BYTES);
    if (perSecond == 0) {
      return LocalDate.ofEpochDay(value).toString();
    }
    long seconds = Math.floorDiv(value, perSecond);
    long nanos = Math.floorMod(value, perSecond) * (NANOS_A_SECOND / perSecond);
    if (type instanceof ArrowType.Date) {
      return LocalDate.ofEpochDay(Math.floorDiv(seconds, SECONDS_A_DAY)).toString();
    } else if (type instanceof ArrowType.Time) {
      return LocalTime.ofNanoOfDay(seconds * NANOS_A_SECOND + nanos).toString();
    } else if (type instanceof ArrowType.Timestamp stamp && stamp.getTimezone() != null) {
      return OffsetDateTime.ofInstant(Instant.ofEpochSecond(seconds, nanos), ZoneOffset.UTC)
          .toString();
    }
    return TIMESTAMP.format(LocalDateTime.ofEpochSecond(seconds, (int) nanos, ZoneOffset.UTC));
  }
}

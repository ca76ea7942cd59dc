package org.shallownet.backend.cpu.primitives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WorkerTeamTest {
  @Test
  void everyPieceIsDoneOnce() throws InterruptedException {
    for (int size : new int[] {1, 2, 5}) {
      try (WorkerTeam team = new WorkerTeam(size)) {
        assertThat(team.size()).isEqualTo(size);
        for (int round = 0; round < 2000; round++) {
          int pieces = round % 13;
          AtomicIntegerArray done = new AtomicIntegerArray(13);
          team.run(
              pieces,
              (piece, member) -> {
                assertThat(member).isBetween(0, size - 1);
                done.incrementAndGet(piece);
              });
          for (int piece = 0; piece < 13; piece++) {
            assertThat(done.get(piece)).isEqualTo(piece < pieces ? 1 : 0);
          }
          if (round % 500 == 0) {
            // Long enough for the members to park.
            TimeUnit.MILLISECONDS.sleep(20);
          }
        }
      }
    }
  }

  @Test
  void aMemberRunsOnePieceAtATime() {
    try (WorkerTeam team = new WorkerTeam(3)) {
      AtomicIntegerArray busy = new AtomicIntegerArray(3);
      team.run(
          300,
          (piece, member) -> {
            assertThat(busy.incrementAndGet(member)).isEqualTo(1);
            Thread.onSpinWait();
            busy.decrementAndGet(member);
          });
    }
  }

  @Test
  void slowPiecesAreWaitedFor() {
    try (WorkerTeam team = new WorkerTeam(2)) {
      AtomicIntegerArray done = new AtomicIntegerArray(4);
      team.run(
          4,
          (piece, member) -> {
            sleep(member == 0 ? 1 : 30);
            done.set(piece, 1);
          });
      for (int piece = 0; piece < 4; piece++) {
        assertThat(done.get(piece)).isEqualTo(1);
      }
    }
  }

  private static void sleep(long milliseconds) {
    try {
      TimeUnit.MILLISECONDS.sleep(milliseconds);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void whatAPieceThrowsReachesTheCaller() {
    try (WorkerTeam team = new WorkerTeam(3)) {
      for (int failing = 0; failing < 20; failing++) {
        int bad = failing;
        assertThatThrownBy(
                () ->
                    team.run(
                        20,
                        (piece, member) -> {
                          if (piece == bad) {
                            throw new IllegalArgumentException("piece " + piece);
                          }
                        }))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessage("piece " + bad);
      }
      assertThatThrownBy(
              () ->
                  team.run(
                      20,
                      (piece, member) -> {
                        throw new StackOverflowError();
                      }))
          .isInstanceOf(StackOverflowError.class);
      int[] done = new int[20];
      team.run(20, (piece, member) -> done[piece]++);
      assertThat(done).containsOnly(1);
    }
  }

  @Test
  void closingEndsTheThreads() throws InterruptedException {
    WorkerTeam team = new WorkerTeam(3);
    Thread[] members = new Thread[3];
    while (members[1] == null || members[2] == null) {
      team.run(
          50,
          (piece, member) -> {
            members[member] = Thread.currentThread();
            sleep(1);
          });
    }
    team.close();
    for (int i = 1; i < 3; i++) {
      assertThat(members[i].isDaemon()).isTrue();
      members[i].join();
    }
  }
}

package org.shallownet.backend.cpu.primitives;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A fixed team of daemon threads that works through numbered pieces together with its caller.
 *
 * <p>A member without work spins for some ten microseconds before it parks: training hands over
 * work many thousand times a second, and waking a parked thread costs more than a small piece.
 */
public final class WorkerTeam implements AutoCloseable {
  private static final int SPINS = 1_000;

  /** The first ticket that stands for no piece. */
  private static final long NO_TICKET = 1L << 31;

  /** A part of a job. */
  public interface Work {
    /**
     * Does one piece.
     *
     * @param piece its number, from 0
     * @param member who does it, from 0 to the team's size - 1; no two at once
     */
    public void run(int piece, int member);
  }

  private final Member[] members;

  /**
   * The number of the current job in the upper half; in the lower one its next ticket, of which
   * those from 2³¹ - pieces to 2³¹ - 1 each stand for a piece. So a ticket says by itself whether
   * it is worth a piece, and one that is keeps its job from ending.
   */
  private final AtomicLong tickets = new AtomicLong(NO_TICKET);

  private final AtomicInteger done = new AtomicInteger();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private volatile @Nullable Work work;
  private volatile int pieces;
  private volatile @Nullable Thread parkedCaller;
  private volatile boolean closed;

  /** A team of so many threads, the caller's included. */
  public WorkerTeam(int threads) {
    members = new Member[threads - 1];
    for (int i = 0; i < members.length; i++) {
      members[i] = new Member(i + 1);
      members[i].start();
    }
  }

  /** How many threads work, the caller's included. */
  public int size() {
    return members.length + 1;
  }

  /**
   * Does all pieces and returns when they are done. What a piece throws is thrown here, the first
   * one if there are several. Allocates nothing.
   */
  public void run(int count, Work newWork) {
    if (count <= 1 || members.length == 0) {
      for (int piece = 0; piece < count; piece++) {
        newWork.run(piece, 0);
      }
      return;
    }
    done.set(0);
    work = newWork;
    pieces = count;
    tickets.set((((tickets.get() >>> 32) + 1) << 32) + NO_TICKET - count);
    int helpers = Math.min(members.length, count - 1);
    for (int i = 0; i < helpers; i++) {
      members[i].wake();
    }
    work(0);
    awaitEnd();
    // What the work holds can be collected.
    work = null;
    Throwable thrown = failure.getAndSet(null);
    if (thrown instanceof RuntimeException e) {
      throw e;
    } else if (thrown instanceof Error e) {
      throw e;
    }
  }

  /** Takes pieces while there are any. */
  private void work(int member) {
    int ticket = (int) tickets.getAndIncrement();
    while (ticket >= 0) {
      Work current = work;
      try {
        if (failure.get() == null && current != null) {
          current.run(ticket + pieces + Integer.MIN_VALUE, member);
        }
      } catch (RuntimeException | Error e) {
        failure.compareAndSet(null, e);
      }
      if (done.incrementAndGet() == pieces) {
        LockSupport.unpark(parkedCaller);
      }
      ticket = (int) tickets.getAndIncrement();
    }
  }

  private void awaitEnd() {
    for (int spin = 0; spin < SPINS; spin++) {
      if (done.get() == pieces) {
        return;
      }
      Thread.onSpinWait();
    }
    parkedCaller = Thread.currentThread();
    while (done.get() < pieces) {
      LockSupport.park(this);
    }
    parkedCaller = null;
  }

  @Override
  public void close() {
    closed = true;
    for (Member member : members) {
      member.wake();
    }
  }

  private final class Member extends Thread {
    private final int number;
    private volatile boolean parked;

    Member(int number) {
      super("shallownet-cpu-" + number);
      this.number = number;
      setDaemon(true);
    }

    void wake() {
      if (parked) {
        LockSupport.unpark(this);
      }
    }

    @Override
    public void run() {
      long last = 0;
      while (!closed) {
        last = awaitJobAfter(last);
        work(number);
      }
    }

    /** The number of the next job, or of none when the team has closed. */
    private long awaitJobAfter(long last) {
      for (int spin = 0; spin < SPINS; spin++) {
        long job = tickets.get() >>> 32;
        if (job != last) {
          return job;
        }
        Thread.onSpinWait();
      }
      parked = true;
      try {
        long job = tickets.get() >>> 32;
        while (job == last && !closed) {
          LockSupport.park(WorkerTeam.this);
          job = tickets.get() >>> 32;
        }
        return job;
      } finally {
        parked = false;
      }
    }
  }
}

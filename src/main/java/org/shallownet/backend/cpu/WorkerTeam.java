package org.shallownet.backend.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A fixed team of daemon threads that works through numbered pieces together with its caller.
 *
 * <p>A member without work spins for some ten microseconds before it parks: training hands over
 * work many thousand times a second, and waking a parked thread costs more than a small piece.
 */
final class WorkerTeam implements AutoCloseable {
  private static final int SPINS = 1_000;

  /** A part of a job. */
  interface Work {
    /**
     * Does one piece.
     *
     * @param piece its number, from 0
     * @param member who does it, from 0 to the team's size - 1; no two at once
     */
    void run(int piece, int member);
  }

  private final Member[] members;
  private volatile @Nullable Job current;
  private volatile boolean closed;
  private long jobs;

  /** A team of so many threads, the caller's included. */
  WorkerTeam(int threads) {
    members = new Member[threads - 1];
    for (int i = 0; i < members.length; i++) {
      members[i] = new Member(i + 1);
      members[i].start();
    }
  }

  /** How many threads work, the caller's included. */
  int size() {
    return members.length + 1;
  }

  /**
   * Does all pieces and returns when they are done. What a piece throws is thrown here, the first
   * one if there are several.
   */
  void run(int pieces, Work work) {
    if (pieces == 1 || members.length == 0) {
      for (int piece = 0; piece < pieces; piece++) {
        work.run(piece, 0);
      }
      return;
    }
    Job job = new Job(++jobs, pieces, work, Thread.currentThread());
    current = job;
    int helpers = Math.min(members.length, pieces - 1);
    for (int i = 0; i < helpers; i++) {
      members[i].wake();
    }
    job.work(0);
    job.awaitEnd();
    current = null;
    Throwable failure = job.failure.get();
    if (failure instanceof RuntimeException e) {
      throw e;
    } else if (failure instanceof Error e) {
      throw e;
    }
  }

  @Override
  public void close() {
    closed = true;
    for (Member member : members) {
      member.wake();
    }
  }

  private static final class Job {
    private final long number;
    private final int pieces;
    private final Work work;
    private final Thread caller;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger done = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private volatile boolean callerParked;

    Job(long number, int pieces, Work work, Thread caller) {
      this.number = number;
      this.pieces = pieces;
      this.work = work;
      this.caller = caller;
    }

    void work(int member) {
      int piece = next.getAndIncrement();
      while (piece < pieces) {
        try {
          if (failure.get() == null) {
            work.run(piece, member);
          }
        } catch (RuntimeException | Error e) {
          failure.compareAndSet(null, e);
        }
        if (done.incrementAndGet() == pieces && callerParked) {
          LockSupport.unpark(caller);
        }
        piece = next.getAndIncrement();
      }
    }

    void awaitEnd() {
      for (int spin = 0; spin < SPINS; spin++) {
        if (done.get() == pieces) {
          return;
        }
        Thread.onSpinWait();
      }
      callerParked = true;
      while (done.get() < pieces) {
        LockSupport.park(this);
      }
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
      // The number and not the job, which would keep its matrices from being collected.
      long last = 0;
      while (!closed) {
        Job job = awaitJobAfter(last);
        if (job != null) {
          job.work(number);
          last = job.number;
        }
      }
    }

    /** The next job, or null when the team has closed. */
    private @Nullable Job awaitJobAfter(long last) {
      for (int spin = 0; spin < SPINS; spin++) {
        Job job = current;
        if (job != null && job.number != last) {
          return job;
        }
        Thread.onSpinWait();
      }
      parked = true;
      try {
        while (!closed) {
          Job job = current;
          if (job != null && job.number != last) {
            return job;
          }
          LockSupport.park(WorkerTeam.this);
        }
        return null;
      } finally {
        parked = false;
      }
    }
  }
}

package org.shallownet.data.arrow;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.arrow.memory.AllocationManager;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.ReferenceManager;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.memory.util.MemoryUtil;

/**
 * Memory outside of Java's heap. All of it is given back at the end, even what Arrow lost sight of,
 * as it does when it finds that a file is damaged.
 */
final class ArrowMemory implements AllocationManager.Factory, AutoCloseable {
  private final Set<Chunk> chunks = ConcurrentHashMap.newKeySet();
  private final ArrowBuf empty = new ArrowBuf(ReferenceManager.NO_OP, null, 0, 0);

  /**
   * Hands the memory out. It is not to be closed, since Arrow would write of what it lost into the
   * log.
   *
   * @param limit the most bytes at a time
   */
  BufferAllocator allocator(long limit) {
    return new RootAllocator(
        RootAllocator.configBuilder().allocationManagerFactory(this).maxAllocation(limit).build());
  }

  @Override
  public AllocationManager create(BufferAllocator user, long size) {
    Chunk chunk = new Chunk(user, size);
    chunks.add(chunk);
    return chunk;
  }

  @Override
  public ArrowBuf empty() {
    return empty;
  }

  @Override
  public void close() {
    chunks.forEach(Chunk::release0);
  }

  private final class Chunk extends AllocationManager {
    private final long size;
    private final long address;
    private final AtomicBoolean isReleased = new AtomicBoolean();

    Chunk(BufferAllocator user, long size) {
      super(user);
      this.size = size;
      address = MemoryUtil.allocateMemory(size);
    }

    @Override
    public long getSize() {
      return size;
    }

    @Override
    protected long memoryAddress() {
      return address;
    }

    @Override
    protected void release0() {
      if (isReleased.compareAndSet(false, true)) {
        chunks.remove(this);
        MemoryUtil.freeMemory(address);
      }
    }
  }
}

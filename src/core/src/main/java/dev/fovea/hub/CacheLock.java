package dev.fovea.hub;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One writer at a time for one file of the cache, among all threads and processes. */
final class CacheLock implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CacheLock.class);
  private static final Duration PAUSE = Duration.ofMillis(50);

  /** Attempts between two lines in the log. */
  private static final int LOUD = 200;

  private final FileChannel channel;

  private CacheLock(FileChannel channel) {
    this.channel = channel;
  }

  /** Waits for the lock; the system gives a dead process's lock to the next one. */
  static CacheLock take(Path file) throws IOException {
    HubCache.makeParent(file);
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    // The channel stays open while it waits: closing any channel of the file would free the lock
    // that another thread of this process holds (POSIX fcntl).
    for (int attempt = 1; attempt(channel) == null; attempt++) {
      if (attempt % LOUD == 0) {
        LOG.info("waiting for {}, which another download holds", file);
      }
      try {
        HubHttp.sleep(PAUSE);
      } catch (InterruptedIOException e) {
        channel.close();
        throw e;
      }
    }
    return new CacheLock(channel);
  }

  private static @Nullable FileLock attempt(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}

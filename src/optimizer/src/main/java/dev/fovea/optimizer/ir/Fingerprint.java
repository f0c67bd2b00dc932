package dev.fovea.optimizer.ir;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Tells models apart without writing them: a SHA-256 of a structure and of its weights. */
public final class Fingerprint {

  private static final int PART = 1 << 20; // bytes that one thread digests at a time

  private Fingerprint() {}

  /**
   * Digests on all processors: large tensors in parts.
   *
   * @param structure the model without its weights
   * @param tensors the weights, in the order in which the structure names them
   * @return the digest
   */
  public static byte[] of(byte[] structure, List<ByteBuffer> tensors) {
    List<ByteBuffer> parts = new ArrayList<>();
    parts.add(ByteBuffer.wrap(structure));
    for (ByteBuffer tensor : tensors) {
      for (int start = 0; start < tensor.remaining(); start += PART) {
        int length = Math.min(PART, tensor.remaining() - start);
        parts.add(tensor.slice(tensor.position() + start, length));
      }
    }
    byte[][] digests = new byte[parts.size()][];
    IntStream.range(0, digests.length).parallel().forEach(i -> digests[i] = digest(parts.get(i)));
    MessageDigest all = sha256();
    for (byte[] digest : digests) {
      all.update(digest);
    }
    return all.digest();
  }

  private static byte[] digest(ByteBuffer bytes) {
    MessageDigest digest = sha256();
    digest.update(bytes.duplicate());
    return digest.digest();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }
}

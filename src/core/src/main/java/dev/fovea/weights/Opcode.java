package dev.fovea.weights;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The pickle opcodes that {@code torch.save} writes, in protocols 2 to 5, for a nest of
 * dictionaries, lists, numbers, text and tensors. Named as in CPython's {@code pickletools}.
 */
enum Opcode {
  PROTO(0x80),
  FRAME(0x95),
  STOP('.'),
  MARK('('),
  NONE('N'),
  NEWTRUE(0x88),
  NEWFALSE(0x89),
  BININT('J'),
  BININT1('K'),
  BININT2('M'),
  LONG1(0x8a),
  BINFLOAT('G'),
  BINUNICODE('X'),
  SHORT_BINUNICODE(0x8c),
  BINUNICODE8(0x8d),
  BINSTRING('T'),
  SHORT_BINSTRING('U'),
  EMPTY_TUPLE(')'),
  TUPLE1(0x85),
  TUPLE2(0x86),
  TUPLE3(0x87),
  TUPLE('t'),
  EMPTY_LIST(']'),
  APPEND('a'),
  APPENDS('e'),
  EMPTY_DICT('}'),
  SETITEM('s'),
  SETITEMS('u'),
  BINGET('h'),
  LONG_BINGET('j'),
  BINPUT('q'),
  LONG_BINPUT('r'),
  MEMOIZE(0x94),
  GLOBAL('c'),
  STACK_GLOBAL(0x93),
  REDUCE('R'),
  BUILD('b'),
  BINPERSID('Q');

  private static final Map<Integer, Opcode> BY_CODE = new HashMap<>();

  static {
    for (Opcode opcode : values()) {
      BY_CODE.put(opcode.code, opcode);
    }
  }

  private final int code;

  Opcode(int code) {
    this.code = code;
  }

  static @Nullable Opcode of(int code) {
    return BY_CODE.get(code);
  }
}

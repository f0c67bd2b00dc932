package dev.fovea.weights;

import dev.fovea.weights.Pickled.Dict;
import dev.fovea.weights.Pickled.Global;
import dev.fovea.weights.Pickled.Sequence;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads pickles of PyTorch files, and nothing else: a machine that builds text, numbers, lists,
 * dictionaries and descriptions of tensors.
 *
 * <p>The rules are those of {@code torch.load(weights_only=True)} ({@code
 * torch/_weights_only_unpickler.py}, 2.7): an opcode or a name that is not on the list ends the
 * reading. Stricter: a name is only compared with {@link Global}, so there is nothing to execute;
 * and what is built is counted, so that a pickle of any size cannot exhaust the heap. Nothing here
 * recurses.
 */
final class Unpickler {
  /** What may be pushed, stored or copied. Real state dicts need about 40 a tensor. */
  static final int MOST_VALUES = 1 << 20;

  private final PickleBytes in;
  private final Map<String, Pickled.Storage> storages;

  private final ArrayList<Object> stack = new ArrayList<>();
  private final ArrayList<Integer> marks = new ArrayList<>();
  private final Map<Integer, Object> memo = new HashMap<>();
  private int values;

  private Unpickler(PickleBytes in, Map<String, Pickled.Storage> storages) {
    this.in = in;
    this.storages = storages;
  }

  /**
   * Reads one pickle.
   *
   * @param in where it starts; where it ended afterwards
   * @param storages takes the storages that it mentions, by key
   */
  static Object load(PickleBytes in, Map<String, Pickled.Storage> storages)
      throws WeightsFormatException {
    return new Unpickler(in, storages).load();
  }

  private Object load() throws WeightsFormatException {
    while (true) {
      int code = in.unsigned(1);
      Opcode opcode = Opcode.of(code);
      if (opcode == null) {
        throw in.fault(String.format("has opcode 0x%02x, which torch.save does not write", code));
      }
      if (opcode == Opcode.STOP) {
        Object result = pop();
        if (!stack.isEmpty() || !marks.isEmpty()) {
          throw in.fault("ends with more than one value");
        }
        return result;
      }
      step(opcode);
    }
  }

  private void step(Opcode opcode) throws WeightsFormatException {
    switch (opcode) {
      case PROTO -> in.protocol();
      case FRAME -> in.frame();
      case NONE -> push(Pickled.NONE);
      case NEWTRUE -> push(true);
      case NEWFALSE -> push(false);
      case BININT -> push((long) in.signed32());
      case BININT1 -> push((long) in.unsigned(1));
      case BININT2 -> push((long) in.unsigned(2));
      case LONG1 -> push(in.integer(in.unsigned(1)));
      case BINFLOAT -> push(in.float64());
      case BINUNICODE, BINSTRING -> push(in.text(in.unsigned32()));
      case SHORT_BINUNICODE, SHORT_BINSTRING -> push(in.text(in.unsigned(1)));
      case BINUNICODE8 -> push(in.text(in.signed64()));
      case EMPTY_TUPLE -> push(new Sequence(true, List.of()));
      case TUPLE1 -> tuple(1);
      case TUPLE2 -> tuple(2);
      case TUPLE3 -> tuple(3);
      case TUPLE -> push(new Sequence(true, popToMark()));
      case EMPTY_LIST -> push(new Sequence(false, List.of()));
      case APPEND -> append(List.of(pop()));
      case APPENDS -> append(popToMark());
      case EMPTY_DICT -> push(new Dict(false));
      case SETITEM -> {
        Object value = pop();
        put(List.of(pop(), value));
      }
      case SETITEMS -> put(popToMark());
      case MARK -> {
        count(1);
        marks.add(stack.size());
      }
      case BINGET -> push(remembered(in.unsigned(1)));
      case LONG_BINGET -> push(remembered(in.signed32()));
      case BINPUT -> remember(in.unsigned(1));
      case LONG_BINPUT -> remember(in.signed32());
      case MEMOIZE -> remember(memo.size());
      case GLOBAL -> global(in.line(), in.line());
      case STACK_GLOBAL -> {
        Object name = pop();
        if (!(pop() instanceof String module) || !(name instanceof String text)) {
          throw in.fault("names a global by something that is not text");
        }
        global(module, text);
      }
      case REDUCE -> reduce();
      case BUILD -> build();
      case BINPERSID -> push(storage(pop()));
      default -> throw new AssertionError(opcode);
    }
  }

  private void count(int more) throws WeightsFormatException {
    if (more > MOST_VALUES - values) {
      throw in.fault("builds more than " + MOST_VALUES + " values");
    }
    values += more;
  }

  private void push(Object value) throws WeightsFormatException {
    count(1);
    stack.add(value);
  }

  private Object pop() throws WeightsFormatException {
    return stack.remove(top());
  }

  private Object peek() throws WeightsFormatException {
    return stack.get(top());
  }

  /** What lies below the last mark cannot be reached. */
  private int top() throws WeightsFormatException {
    int floor = marks.isEmpty() ? 0 : marks.get(marks.size() - 1);
    if (stack.size() <= floor) {
      throw in.fault("takes a value where there is none");
    }
    return stack.size() - 1;
  }

  private List<Object> popToMark() throws WeightsFormatException {
    if (marks.isEmpty()) {
      throw in.fault("takes values up to a mark where there is none");
    }
    List<Object> above = stack.subList(marks.remove(marks.size() - 1), stack.size());
    List<Object> items = List.copyOf(above);
    above.clear();
    return items;
  }

  private void tuple(int size) throws WeightsFormatException {
    Object[] items = new Object[size];
    for (int i = size - 1; i >= 0; i--) {
      items[i] = pop();
    }
    push(new Sequence(true, List.of(items)));
  }

  private void append(List<Object> items) throws WeightsFormatException {
    if (!(peek() instanceof Sequence list) || list.tuple) {
      throw in.fault("appends to what is not a list");
    }
    count(items.size());
    list.addAll(items);
  }

  private void put(List<Object> items) throws WeightsFormatException {
    if (!(peek() instanceof Dict dict)) {
      throw in.fault("sets an item of what is not a dictionary");
    }
    if (items.size() % 2 != 0) {
      throw in.fault("sets a key without a value");
    }
    count(items.size());
    for (int i = 0; i < items.size(); i += 2) {
      dict.put(items.get(i), items.get(i + 1));
    }
  }

  private Object remembered(int index) throws WeightsFormatException {
    Object value = memo.get(index);
    if (value == null) {
      throw in.fault("recalls value " + index + ", which it did not store");
    }
    return value;
  }

  private void remember(int index) throws WeightsFormatException {
    if (index < 0) {
      throw in.fault("stores a value under the negative number " + index);
    }
    count(1);
    memo.put(index, peek());
  }

  private void global(String module, String name) throws WeightsFormatException {
    Global global = Global.named(module, name);
    if (global == null) {
      String path = WeightsFormatException.printable(module + "." + name);
      throw in.fault(
          "asks for "
              + path
              + ", which weights are not made of; nothing was executed. If the file can be trusted,"
              + " load it in Python and save its state_dict() alone");
    }
    push(global);
  }

  private void reduce() throws WeightsFormatException {
    if (!(pop() instanceof Sequence arguments) || !arguments.tuple) {
      throw in.fault("calls with arguments that are not a tuple");
    }
    if (!(pop() instanceof Global function)) {
      throw in.fault("calls what is not a function");
    }
    List<Object> items = arguments.items();
    String called = function.path;
    Object result =
        switch (function) {
          case ORDERED_DICT -> orderedDict(items);
          case SIZE ->
              items.size() == 1 && items.get(0) instanceof Sequence s && s.tuple ? s : null;
          case TENSOR_V2 -> tensor(items, 6);
          case TENSOR_V3 -> tensor(items, 7);
          case PARAMETER ->
              items.size() == 3 && items.get(0) instanceof TorchTensor tensor ? tensor : null;
          default -> throw in.fault("calls " + called + ", which is a type of elements");
        };
    if (result == null) {
      throw in.fault("calls " + called + " with other arguments than PyTorch does");
    }
    push(result);
  }

  /** Of nothing; or, as Python 2 wrote them, of a list of pairs. */
  private @Nullable Dict orderedDict(List<Object> items) throws WeightsFormatException {
    Dict dict = new Dict(true);
    if (items.isEmpty()) {
      return dict;
    }
    if (items.size() > 1 || !(items.get(0) instanceof Sequence pairs)) {
      return null;
    }
    count(2 * pairs.items().size());
    for (Object item : pairs.items()) {
      if (!(item instanceof Sequence pair) || pair.items().size() != 2) {
        return null;
      }
      dict.put(pair.items().get(0), pair.items().get(1));
    }
    return dict;
  }

  /** An argument more tells of a pending conjugation or negation of the elements. */
  private @Nullable TorchTensor tensor(List<Object> arguments, int most)
      throws WeightsFormatException {
    boolean more = arguments.size() == most + 1;
    if (more && !(arguments.get(most) instanceof Dict bits && bits.entries().isEmpty())) {
      throw in.fault("has a lazily conjugated or negated tensor; save it with .resolve_conj()");
    }
    TorchTensor tensor =
        more || arguments.size() == most ? TorchTensor.of(arguments.subList(0, most)) : null;
    count(tensor == null ? 0 : 2 * tensor.shape().dimension());
    return tensor;
  }

  /** Attributes of a state dict, such as {@code _metadata}, say nothing about its tensors. */
  private void build() throws WeightsFormatException {
    if (!(pop() instanceof Dict) || !(peek() instanceof Dict dict) || !dict.ordered) {
      throw in.fault("gives attributes to what is not an OrderedDict");
    }
  }

  /** The one thing that lies outside of the pickle: ("storage", type, key, device, length). */
  private Pickled.Storage storage(Object id) throws WeightsFormatException {
    List<Object> items = id instanceof Sequence tuple ? tuple.items() : List.of();
    if (items.size() == 6 && items.get(5) != Pickled.NONE) {
      throw in.fault("has a view of a storage as PyTorch 0.1 wrote; save it with a newer one");
    }
    Pickled.Storage storage = Pickled.Storage.of(items);
    if (storage == null) {
      throw in.fault("refers to something that is not a storage");
    }
    Pickled.Storage known = storages.putIfAbsent(storage.key(), storage);
    if (known != null && !known.equals(storage)) {
      String key = WeightsFormatException.printable(storage.key());
      throw in.fault("refers to storage '" + key + "' in two ways");
    }
    return storage;
  }
}
